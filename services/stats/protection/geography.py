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

from services.stats.protection.rules import Bools, Ints

_DIGITS = (2, 4, 6, 9, 12)


@dataclass(frozen=True, slots=True)
class Geography:
    """The tree. Nodes stand after their parents; the first is the root."""

    parents: Ints
    """Each node's parent; −1 for the root."""
    depths: Ints
    children: Sequence[Ints]
    nodes_of: Mapping[str, tuple[int, ...]]
    """The nodes that make up each division or unit that has a name."""
    place_of: Mapping[str, int]
    """The node without children that stands for each place."""
    is_named: Bools
    """Whether a node is, or is a part of, something with a name. What is seated in a county itself has none."""
    divided: Sequence[tuple[int, ...]]
    """The nodes of each division that lies in several units."""

    @property
    def size(self) -> int:
        """How many nodes there are."""
        return len(self.parents)

    def gather(self, values: Ints, shown: Bools) -> Ints:
        """Sum values of places (by node) up the tree, but not out of nodes that are shown: what stands in each node and
        in none that is shown below it.
        """
        open_sums = values.copy()
        for depth in range(int(self.depths.max()), 0, -1):
            level = np.flatnonzero((self.depths == depth) & ~shown)
            np.add.at(open_sums, self.parents[level], open_sums[level])
        return open_sums

    def enclosing(self, shown: Bools) -> Ints:
        """For every node, the nearest one above it (or itself) that is shown; −1 where there is none."""
        found = np.where(shown, np.arange(self.size), -1)
        for depth in range(1, int(self.depths.max()) + 1):
            level = np.flatnonzero((self.depths == depth) & ~shown)
            found[level] = found[self.parents[level]]
        return found

    def sums(self, values: Ints) -> Ints:
        """Sum values of places (by node) up the tree."""
        return self.gather(values, np.zeros(self.size, dtype=np.bool_))

    def tops(self) -> Ints:
        """For every node, the one just below the root that it lies in; the root's is itself."""
        found = np.arange(self.size)
        for depth in range(2, int(self.depths.max()) + 1):
            level = np.flatnonzero(self.depths == depth)
            found[level] = found[self.parents[level]]
        return found


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
