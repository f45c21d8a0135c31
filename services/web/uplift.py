"""The page of the uplift of a region and year: what is asked of the API, and where its figures lie on the drawings."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.web.api import PublicApi
from services.web.errors import ApiRefused, ApiUnreachable
from services.web.figures import Figure, read_figure
from services.web.schemas import Region, Watermark
from services.web.session import Visitor

WIDTH = 1000
"""Units across every drawing."""
TREND_HEIGHT = 260
_MARGIN = Decimal("0.08")
"""Of the range of a scale: how far it goes on beyond its values."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, and how long its bar is, of :data:`WIDTH`."""

    key: str
    name: str
    """``中文 / English``."""
    values: Mapping[str, Figure]
    length: int

    @property
    def range(self) -> str:
        """Of a band: its bounds as they are read, ``100–500`` or ``≥ 5,000``."""
        low, _, past = self.key.partition("-")
        return f"{int(low):,}–{int(past):,}" if past else f"≥ {int(low):,}"


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference with its interval, and where low, difference, high lie; ``places`` is empty without a figure."""

    key: str
    name: str
    values: Mapping[str, Figure]
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """Means of two groups by year: the table, and where the points lie."""

    years: list[tuple[int, Figure, Figure]]
    reached: list[tuple[int, int]]
    comparison: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class UpliftPage:
    """All that the page shows."""

    region: Region
    crumbs: list[Region]
    year: int
    watermark: Watermark
    figures: Mapping[str, Mapping[str, Figure]]
    bands: list[Row]
    ways: list[Row]
    categories: list[Row]
    intervals: list[Interval]
    zero: int | None
    """Where no difference lies, of :data:`WIDTH`; ``None`` without any figure."""
    trend: Trend | None
    few_villages: bool
    limits: Sequence[Mapping[str, str]]
    audit: Mapping[str, Figure]
    lines: Sequence[Mapping[str, Any]]


async def ask_uplift(api: PublicApi, visitor: Visitor, region: str, year: int) -> UpliftPage:
    """Ask for the uplift and the way to the region. Without the first the errors of :class:`PublicApi` are raised."""
    answer, above = await asyncio.gather(
        api.uplift(visitor.token, region=region, year=year), _divisions_above(api, region)
    )
    intervals, zero = _intervals(answer.comparison.rows)
    return UpliftPage(
        region=answer.region,
        crumbs=above,
        year=year,
        watermark=answer.watermark,
        figures={part: _read(values) for part, values in answer.figures.items()},
        bands=_rows(answer.bands, "people"),
        ways=_rows(answer.ways, "income"),
        categories=sorted(_rows(answer.categories, "income"), key=lambda row: -row.length),
        intervals=intervals,
        zero=zero,
        trend=_trend(answer.comparison.trend),
        few_villages=answer.comparison.few_villages,
        limits=answer.comparison.limits,
        audit=_audit(answer.audit),
        lines=[line for line in answer.poverty_lines if line.get("year") == year],
    )


async def _divisions_above(api: PublicApi, region: str) -> list[Region]:
    try:
        return [division for division in await api.divisions_above(region) if division.code != region]
    except (ApiRefused, ApiUnreachable):
        return []


def _read(values: Mapping[str, Any]) -> dict[str, Figure]:
    return {name: read_figure(value) for name, value in values.items()}


def _audit(estimate: Mapping[str, Any]) -> dict[str, Figure]:
    reason = estimate.get("reason")
    return {
        name: read_figure({"value": None, "reason": reason} if value is None and reason else value)
        for name, value in estimate.items()
        if name != "reason"
    }


def _rows(rows: Sequence[Mapping[str, Any]], measure: str) -> list[Row]:
    read = [(row, _read(row["values"])) for row in rows]
    most = max((values[measure].number or Decimal(0) for _, values in read), default=Decimal(0))
    return [
        Row(row["key"], row["name"], values, int((values[measure].number or 0) * WIDTH / most) if most > 0 else 0)
        for row, values in read
    ]


def _intervals(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Interval], int | None]:
    """One scale for all rows, which holds nought: so that a difference and none can be told apart by eye."""
    read = [(row, _read(row["values"])) for row in rows]
    ends = [values[name].number for _, values in read for name in ("low", "high")]
    known = [end for end in ends if end is not None]
    if not known:
        return [Interval(row["key"], row["name"], values, ()) for row, values in read], None
    lowest, highest = min(Decimal(0), *known), max(Decimal(0), *known)
    room = (highest - lowest) * _MARGIN or Decimal(1)

    def place(number: Decimal) -> int:
        return int((number - lowest + room) * WIDTH / (highest - lowest + 2 * room))

    found = []
    for row, values in read:
        numbers = [values[name].number for name in ("low", "difference", "high")]
        places = tuple(place(number) for number in numbers if number is not None)
        found.append(Interval(row["key"], row["name"], values, places if len(places) == len(numbers) else ()))
    return found, place(Decimal(0))


def _trend(points: Sequence[Mapping[str, Any]]) -> Trend | None:
    years = [(int(point["year"]), read_figure(point["reached"]), read_figure(point["comparison"])) for point in points]
    numbers = [figure.number for _, *figures in years for figure in figures if figure.number is not None]
    if len(numbers) < 2 * len(years) or not years:
        return None
    lowest, highest = min(numbers), max(numbers)
    room = (highest - lowest) * _MARGIN * 2 or Decimal(1)

    def places(which: int) -> list[tuple[int, int]]:
        found = []
        for turn, entry in enumerate(years):
            number = (entry[1], entry[2])[which].number or Decimal(0)
            height = int((highest + room - number) * TREND_HEIGHT / (highest - lowest + 2 * room))
            found.append(((2 * turn + 1) * WIDTH // (2 * len(years)), height))
        return found

    return Trend(years, places(0), places(1))
