"""Finds the village that a row names, within the region that the roster covers.

Names repeat: 1,820 village names of Guizhou occur more than once, and a county office writes 包阳 or 包阳村 for what
the list calls 包阳村村民委员会. So a name is compared in a few steps, from its full form to its stem; the first step at
which anything fits decides, and if several fit, that is for a person to decide.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from services.codes.divisions import CODE_LENGTH, Level, parent_code_of
from services.codes.territory import CodeRange
from services.kit.territory import region_prefix

MAX_CANDIDATES: Final = 50

_PEOPLES: Final = "(?:(?:各族|布依族|苗族|侗族|土家族|仡佬族|水族|彝族|回族|瑶族|壮族|白族|满族|蒙古族|民族)*)"
_COUNTY_END: Final = re.compile(rf"{_PEOPLES}(?:自治县|自治州|特区|地区|县|市|区|州)$")
_TOWNSHIP_END: Final = re.compile(rf"{_PEOPLES}(?:街道办事处|街道办|街道|办事处|镇|乡)$")
_VILLAGERS: Final = re.compile(r"村?(?:村民委员会|村委会|民委员会)$")
_RESIDENTS: Final = re.compile(r"(?:社区)?(?:居民委员会|居委会|社区委员会)$")
_VILLAGE_END: Final = re.compile(r"(?:村|社区)$")


def _as_is(name: str) -> str:
    return name


def _without_committee(name: str) -> str:
    return _VILLAGERS.sub("村", _RESIDENTS.sub("社区", name))  # 居民委员会 ends like 村民委员会, and goes first


def _village_stem(name: str) -> str:
    return _VILLAGE_END.sub("", _without_committee(name))


def _residents_stem(name: str) -> str:
    """广惠 for 广惠居, too; a step of its own, because 安居 is a village's whole name."""
    return _village_stem(name).removesuffix("居")


def _county_stem(name: str) -> str:
    return _COUNTY_END.sub("", name)


def _township_stem(name: str) -> str:
    return _TOWNSHIP_END.sub("", name)


_STEPS: Final[Mapping[Level, tuple[Callable[[str], str], ...]]] = {
    Level.PREFECTURE: (_as_is, _county_stem),
    Level.COUNTY: (_as_is, _county_stem),
    Level.TOWNSHIP: (_as_is, _township_stem),
    Level.VILLAGE: (_as_is, _without_committee, _village_stem, _residents_stem),
}


class Place(NamedTuple):
    """What a row's place came to: one village; or none and why (``reason``), with the villages it may be."""

    village: str | None
    reason: str | None = None
    candidates: tuple[str, ...] = ()


class Written(NamedTuple):
    """A place as a row writes it; empty where it says nothing."""

    region: str
    prefecture: str
    county: str
    township: str
    village: str


@dataclass(frozen=True, slots=True)
class NamedDivision:
    """A division that existed on the roster's day."""

    code: str
    name: str
    level: Level


class Places:
    """The divisions by name, for rows of one roster; remembers what it has found."""

    def __init__(self, divisions: Iterable[NamedDivision], scope: CodeRange) -> None:
        self._scope = scope
        self._divisions: dict[Level, list[NamedDivision]] = {level: [] for level in Level}
        for division in divisions:
            self._divisions[division.level].append(division)
        self._villages = {division.code for division in self._divisions[Level.VILLAGE]}
        self._by_name: dict[tuple[Level, int], dict[str, list[str]]] = {}
        self._found: dict[Written, Place] = {}

    def _named_at(self, level: Level, step: int) -> Mapping[str, list[str]]:
        """Codes of a level by the names that a step makes; made when it is first needed: most files need one step."""
        by_name = self._by_name.get((level, step))
        if by_name is None:
            shorten = _STEPS[level][step]
            by_name = {}
            for division in self._divisions[level]:
                by_name.setdefault(shorten(division.name), []).append(division.code)
            self._by_name[level, step] = by_name
        return by_name

    def find(self, written: Written) -> Place:
        """The village that is meant."""
        place = self._found.get(written)
        if place is None:
            place = self._find(written)
            self._found[written] = place
        return place

    def is_village(self, code: str) -> bool:
        """Whether the code is a village's, in the roster's region."""
        return code in self._villages and self._covers(code)

    def _covers(self, code: str) -> bool:
        return self._scope.low <= code < self._scope.high

    def _find(self, written: Written) -> Place:
        if written.region:
            return self._by_code(written.region)
        if not written.village:
            return Place(None, "place_missing")
        within: list[str] | None = None
        for level in (Level.PREFECTURE, Level.COUNTY, Level.TOWNSHIP):
            name = getattr(written, level.value)
            if name:
                within = self._named(level, name, within)
                if not within:
                    return Place(None, "place_unknown")
        villages = self._named(Level.VILLAGE, written.village, within)
        covered = [code for code in villages if self._covers(code)]
        if len(covered) == 1:
            return Place(covered[0])
        if not covered:
            return Place(None, "place_outside" if villages and within else "place_unknown")
        return Place(None, "place_ambiguous", tuple(covered[:MAX_CANDIDATES]))

    def _by_code(self, code: str) -> Place:
        if len(code) != CODE_LENGTH or code not in self._villages:
            return Place(None, "not_a_village")
        return Place(code) if self._covers(code) else Place(None, "place_outside")

    def _named(self, level: Level, name: str, within: list[str] | None) -> list[str]:
        """Divisions of a level with this name below one of ``within`` (anywhere if None): at the first step that finds
        any in the roster's region, or else anywhere.
        """
        elsewhere: list[str] = []
        prefixes = tuple(region_prefix(above) for above in within or ())
        for step, shorten in enumerate(_STEPS[level]):
            by_name = self._named_at(level, step)
            # As it was written, too: who writes 新村 may mean the community 新村社区, and has shortened it already.
            found = [code for one in {name, shorten(name)} for code in by_name.get(one, ())]
            if within is not None:
                found = [code for code in found if code.startswith(prefixes)]
            here = [code for code in found if self._touches(code, level)]
            if here:
                return sorted(here)
            elsewhere = elsewhere or sorted(found)
        return elsewhere

    def _touches(self, code: str, level: Level) -> bool:
        return self._covers(code) or parent_code_of(self._scope.low.ljust(CODE_LENGTH, "0"), level) == code
