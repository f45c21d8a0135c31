"""Guizhou's administrative divisions, five levels down to the village, as they come with the package.

``data/regions_guizhou.csv`` holds the province's 19,572 statistical division codes (GB/T 2260 for the first six digits,
GB/T 10114 and the statistics bureau's village codes for the rest): columns code, name, level, parent_code. What a look
at the data showed:

* No level is skipped: all 17,964 villages lie under a township, all 1,510 townships under a county, all 88 counties
  under one of 9 prefectures. No division is without children but the villages.
* ``parent_code`` never says anything else than the code itself does: the parent's digits (2, 4, 6, 9), then zeros.
* Names are unique among siblings, but not beyond: 1,820 village names occur more than once (和平村村民委员会 50 times).
  Village names come in several habits by county (党武村, 大乐歌村委会, 田坝村村民委员会), so they are kept as they are.
* The state is that of 2021 or later (水城区 is so called since 2020, 黔西市 since 2021): a roster of 2019 may use codes
  that have gone since.
* 4,261 village codes have 0 as their tenth digit (residents' committees 居民委员会, towns), 13,687 have 2 (villagers'
  committees 村民委员会, countryside), 14 have 1 and 2 have 5.
* Gui'an New Area 贵安新区 is no division; see :mod:`services.codes.reporting_units`.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Final


class Level(StrEnum):
    """The five levels, from the top down."""

    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"

    @property
    def digits(self) -> int:
        """How many of a code's twelve digits name a division of this level; the others are zeros."""
        return _DIGITS[self]


_DIGITS: Final = {
    Level.PROVINCE: 2,
    Level.PREFECTURE: 4,
    Level.COUNTY: 6,
    Level.TOWNSHIP: 9,
    Level.VILLAGE: 12,
}

CODE_LENGTH: Final = 12

GUIZHOU: Final = "520000000000"

GUIZHOU_COUNTS: Final[Mapping[Level, int]] = {
    Level.PROVINCE: 1,
    Level.PREFECTURE: 9,
    Level.COUNTY: 88,
    Level.TOWNSHIP: 1510,
    Level.VILLAGE: 17964,
}
"""How many divisions of each level the package's own data has."""


@dataclass(frozen=True, slots=True)
class Division:
    """One division: its 12-digit code, its name without those of its parents, and the code of the one above it."""

    code: str
    name: str
    level: Level
    parent_code: str | None


class DivisionsFlawed(ValueError):
    """A list of divisions does not hang together; ``flaws`` are sentences about the rows, at most twenty."""

    def __init__(self, flaws: Sequence[str]) -> None:
        self.flaws = tuple(flaws[:20])
        super().__init__("行政区划数据有误 / the divisions do not hang together: " + "; ".join(self.flaws))


def read_divisions(lines: Iterable[str] | None = None) -> tuple[Division, ...]:
    """The divisions of a CSV file with columns code, name, level, parent_code; by default the package's own.

    Parents come before their children. Raises :class:`DivisionsFlawed` if a column is missing, a level is none of the
    five, or the rows do not form a tree.
    """
    if lines is None:
        lines = files("services.codes").joinpath("data/regions_guizhou.csv").read_text(encoding="utf-8").splitlines()
    try:
        divisions = tuple(
            Division(row["code"], row["name"], Level(row["level"]), row["parent_code"] or None)
            for row in csv.DictReader(lines)
        )
    except KeyError as missing:
        raise DivisionsFlawed([f"缺少列 / missing column {missing}"]) from None
    except ValueError as unknown:
        raise DivisionsFlawed([f"级别无效 / {unknown}"]) from None
    flaws = list(find_flaws(divisions))
    if flaws:
        raise DivisionsFlawed(flaws)
    return tuple(sorted(divisions, key=lambda division: (division.level.digits, division.code)))


def find_flaws(divisions: Iterable[Division]) -> Iterator[str]:
    """What is wrong with a list of divisions, a sentence each: codes, names, and parents one level up that exist."""
    by_code: dict[str, Division] = {}
    for division in divisions:
        if division.code in by_code:
            yield f"{division.code} occurs twice"
        by_code[division.code] = division
    for division in by_code.values():
        yield from _flaws_of_code(division)
        yield from _flaws_of_place(division, by_code)


def _flaws_of_code(division: Division) -> Iterator[str]:
    code = division.code
    if not (len(code) == CODE_LENGTH and code.isascii() and code.isdigit()):
        yield f"{code!r} is not a 12-digit code"
    elif code[division.level.digits :].strip("0") or not code.strip("0"):
        yield f"{code} is not the code of a {division.level}"
    if not division.name or division.name != division.name.strip():
        yield f"{code} has no proper name"


def _flaws_of_place(division: Division, by_code: Mapping[str, Division]) -> Iterator[str]:
    if division.level is Level.PROVINCE:
        if division.parent_code is not None:
            yield f"{division.code} is a province and has a parent"
        return
    levels = list(Level)
    above = levels[levels.index(division.level) - 1]
    parent = by_code.get(division.parent_code or "")
    if parent is None:
        yield f"{division.code} has no parent in the list"
    elif parent.level is not above or parent.code != parent_code_of(division.code, above):
        yield f"{division.code} has {parent.code} for a parent, not its own {above}"


def parent_code_of(code: str, level: Level) -> str:
    """The code of the division of ``level`` that ``code`` lies in (or is)."""
    return code[: level.digits].ljust(CODE_LENGTH, "0")


def count_levels(divisions: Iterable[Division]) -> dict[Level, int]:
    """How many divisions there are of each level."""
    counts = Counter(division.level for division in divisions)
    return {level: counts[level] for level in Level}


def full_name(code: str, by_code: Mapping[str, Division]) -> str:
    """All names on the way down, as in 贵州省贵阳市花溪区党武街道党武村. Raises ``KeyError`` for an unknown code."""
    division = by_code[code]
    above = "" if division.parent_code is None else full_name(division.parent_code, by_code)
    return above + division.name
