"""What the plan speaks of: its indicators, targets, audiences and industries, as they come with the package.

``data/plan_indicators.csv`` has a row for each indicator:

* ``span``: how a figure of a day is put together: how many there are on it (``day``), what came together since
  1 January (``year``) or since the plan's first day (``plan``);
* ``counted``: the count of :mod:`services.stats.plan.counting` that measures it; empty where the system cannot;
* ``actual``: which of the two figures the target is held against; the other stands beside it, and never in its place;
* ``adds_up``: the units' reports may be summed where the province itself has reported nothing;
* ``whole_only``: only a figure of the whole year counts, because parts of it cannot be added;
* ``all_of``: what there is of it in a unit, for targets that ask for all;
* ``by_audience``: reports may tell whom trainings were for.
"""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from services.kit.money import NotAnAmount, format_yuan, parse_yuan
from services.stats.indicators import Unit, format_rate

PROVINCE = "province"
"""The unit of what is asked of, or reported by, the province as a whole."""

_RATE_PLACES = 4
_MAX_VALUE = 10**15
_LONGEST = 24
"""Characters of a value; int() refuses what has thousands of digits with an error of its own."""


class Span(StrEnum):
    """Over which days a figure of a day is put together."""

    DAY = "day"
    YEAR = "year"
    PLAN = "plan"


class NotAValue(ValueError):
    """The text is no value of the indicator's unit."""


@dataclass(frozen=True, slots=True)
class PlanIndicator:
    """One thing that the plan counts."""

    name: str
    unit: Unit
    span: Span
    counted: str
    actual: str
    adds_up: bool
    whole_only: bool
    all_of: str
    by_audience: bool
    zh: str
    en: str
    counted_zh: str
    counted_en: str
    reported_zh: str
    reported_en: str

    def parse(self, text: str) -> int:
        """A value as it is stored: a count, fen, or ten-thousandths. Raises :class:`NotAValue`."""
        if len(text) > _LONGEST:
            raise NotAValue(text[:_LONGEST])
        if self.unit is Unit.YUAN:
            try:
                value = parse_yuan(text)
            except NotAnAmount as error:
                raise NotAValue(text) from error
        elif self.unit is Unit.RATE:
            value = _parse_rate(text)
        elif text.isascii() and text.isdigit():
            value = int(text)
        else:
            raise NotAValue(text)
        if abs(value) > _MAX_VALUE or (value < 0 and self.unit is not Unit.RATE):
            raise NotAValue(text)
        return value

    def write(self, value: int) -> str:
        """A value as people write it: ``3``, ``1200.00``, ``0.1800``."""
        if self.unit is Unit.YUAN:
            return format_yuan(value)
        return format_rate(value) if self.unit is Unit.RATE else str(value)


def _parse_rate(text: str) -> int:
    digits = text.removeprefix("-")
    whole, _, fraction = digits.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(fraction) <= _RATE_PLACES):
        raise NotAValue(text)
    if fraction and not (fraction.isascii() and fraction.isdigit()):
        raise NotAValue(text)
    value = int(whole + fraction.ljust(_RATE_PLACES, "0"))
    return -value if text.startswith("-") else value


@dataclass(frozen=True, slots=True)
class Target:
    """At least ``value`` (``None``: all there are) in ``unit`` by the end of ``year``."""

    indicator: str
    unit: str
    year: int
    value: int | None


@dataclass(frozen=True, slots=True)
class Industry:
    """A featured industry, and the categories that belong to it."""

    name: str
    zh: str
    en: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it."""

    first_day: date
    last_day: date
    source: str
    indicators: Mapping[str, PlanIndicator]
    targets_of_each_unit: tuple[Target, ...]
    targets_of_province: tuple[Target, ...]
    audiences: Mapping[str, tuple[str, str]]
    industries: tuple[Industry, ...]
    other_agricultural: tuple[str, ...]


@cache
def read_plan() -> Plan:
    """The plan of the package data."""
    folder = files("services.stats").joinpath("data")
    said = tomllib.loads(folder.joinpath("plan.toml").read_text(encoding="utf-8"))
    rows = csv.DictReader(folder.joinpath("plan_indicators.csv").read_text(encoding="utf-8").splitlines())
    indicators = {row["name"]: _indicator(row) for row in rows}
    return Plan(
        first_day=said["first_day"],
        last_day=said["last_day"],
        source=said["source"],
        indicators=indicators,
        targets_of_each_unit=_targets(said["targets"]["each_unit"], indicators, unit=""),
        targets_of_province=_targets(said["targets"]["province"], indicators, unit=PROVINCE),
        audiences={name: (words["zh"], words["en"]) for name, words in said["audiences"].items()},
        industries=tuple(
            Industry(name, words["zh"], words["en"], tuple(words["categories"]))
            for name, words in said["industries"].items()
        ),
        other_agricultural=tuple(said["agricultural"]["categories"]),
    )


def _indicator(row: Mapping[str, str]) -> PlanIndicator:
    flags = {name: row[name] == "yes" for name in ("adds_up", "whole_only", "by_audience")}
    kinds: dict[str, Any] = {"unit": Unit(row["unit"]), "span": Span(row["span"])}
    return PlanIndicator(**{**row, **flags, **kinds})


def _targets(
    said: Mapping[str, Mapping[str, str]], indicators: Mapping[str, PlanIndicator], *, unit: str
) -> tuple[Target, ...]:
    return tuple(
        Target(name, unit, int(year), None if value == "all" else indicators[name].parse(value))
        for year, values in said.items()
        for name, value in values.items()
    )
