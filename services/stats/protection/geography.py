"""The divisions of a release as one tree of sets of places, in which units that cross divisions have room too.

A *place* is where a contributor sits: a village, or a county itself for an enterprise seated "in the county". Every sum
that is published is over a set of places. Divisions and units are two partitions that cross (贵安 is cut out of two
prefectures); whoever knows both knows their intersections by subtraction. So the tree is made of the intersections:
province → unit → prefecture in it → county → township → place. A division that lies in several units is several nodes,
and is shown only if all of them are: what is published is then a function of the nodes shown, and as safe as these.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.stats.protection.arrays import Ints
from services.stats.protection.tree import Tree

_DIGITS = (2, 4, 6, 9, 12)


@dataclass(frozen=True)
class Geography(Tree):
    """The tree. The first node is the root."""

    children: Sequence[Ints]
    nodes_of: Mapping[str, tuple[int, ...]]
    """The nodes that make up each division or unit that has a name."""
    place_of: Mapping[str, int]
    """The node without children that stands for each place."""


def ancestors(code: str) -> list[str]:
    """The divisions that a division code lies in, from the province down to itself."""
    width = next(width for width in _DIGITS if not code[width:].strip("0"))
    return [code[:digits].ljust(12, "0") for digits in _DIGITS if digits <= width]


def seats_too(unit_of_village: Mapping[str, str]) -> dict[str, str]:
    """The units of villages, and of the divisions above them: what is seated in a county itself belongs to the unit of
    most of its villages.
    """
    tallies: dict[str, Counter[str]] = {}
    for village, unit in unit_of_village.items():
        for division in ancestors(village)[1:-1]:
            tallies.setdefault(division, Counter())[unit] += 1
    largest = {division: min(tally, key=lambda unit: (-tally[unit], unit)) for division, tally in tallies.items()}
    return {**largest, **unit_of_village}


def build_geography(root: str, divisions: Iterable[str], unit_of: Mapping[str, str] | None = None) -> Geography:
    """The tree below ``root``. ``unit_of``: the reporting unit of places, by code of village or of any division."""
    codes = sorted({code for division in divisions for code in ancestors(division) if root in ancestors(code)} | {root})
    units = unit_of or {}
    parents: dict[tuple[str, str], tuple[str, str] | None] = {("", root): None}
    places = {code: _hang(parents, root, code, _unit_of(code, units)) for code in codes}
    return _lay_out(parents, places, root)


def _unit_of(code: str, units: Mapping[str, str]) -> str:
    return next((units[above] for above in reversed(ancestors(code)) if above in units), "")


def _hang(parents: dict[tuple[str, str], tuple[str, str] | None], root: str, code: str, unit: str) -> tuple[str, str]:
    """Put a place and what it lies in into the tree."""
    above: tuple[str, str] = ("", root)
    if unit:
        parents.setdefault((unit, ""), above)
        above = (unit, "")
    for division in ancestors(code):
        if division != root and root in ancestors(division):
            parents.setdefault((unit, division), above)
            above = (unit, division)
    place = (unit, f"@{code}")
    parents[place] = above
    return place


def _lay_out(
    parents: Mapping[tuple[str, str], tuple[str, str] | None], places: Mapping[str, tuple[str, str]], root: str
) -> Geography:
    """Number the nodes, with those that hold the same places made one."""
    offspring: dict[tuple[str, str], list[tuple[str, str]]] = {key: [] for key in parents}
    for key, above in parents.items():
        if above is not None:
            offspring[above].append(key)
    numbers: dict[tuple[str, str], int] = {}
    above_of: list[int] = []
    queue: list[tuple[tuple[str, str], int]] = [(("", root), -1)]
    for key, above_number in queue:
        number = len(above_of)
        above_of.append(above_number)
        same = key
        numbers[same] = number
        while len(offspring[same]) == 1:
            [same] = offspring[same]
            numbers[same] = number
        queue += [(child, number) for child in sorted(offspring[same])]
    return _number(np.array(above_of, dtype=np.int64), numbers, places, root)


def _number(
    parents: Ints, numbers: Mapping[tuple[str, str], int], places: Mapping[str, tuple[str, str]], root: str
) -> Geography:
    depths = np.zeros(len(parents), dtype=np.int64)
    children: list[list[int]] = [[] for _ in parents]
    for number in range(1, len(parents)):
        depths[number] = depths[parents[number]] + 1
        children[parents[number]].append(number)
    named: dict[str, set[int]] = {}
    for (unit, division), number in numbers.items():
        if not division.startswith("@"):
            named.setdefault(division or unit, set()).add(number)
    named[root] = {0}
    is_named = np.zeros(len(parents), dtype=np.bool_)
    for nodes in named.values():
        is_named[list(nodes)] = True
    return Geography(
        parents=parents,
        depths=depths,
        children=[np.array(below, dtype=np.int64) for below in children],
        nodes_of={name: tuple(sorted(nodes)) for name, nodes in named.items()},
        place_of={code: numbers[key] for code, key in places.items()},
        is_named=is_named,
        divided=[tuple(sorted(nodes)) for nodes in named.values() if len(nodes) > 1],
    )
