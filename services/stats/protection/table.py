"""What a table is made of: contributions to its cells, and the figures that stand in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import numpy as np

from services.stats.protection.arrays import Bools, Ints
from services.stats.protection.calendar import Calendar
from services.stats.protection.geography import Geography

HOLDER = "holder"
"""Whose code it is: households, cooperatives and enterprises, told apart by ``is_household``."""


@dataclass(frozen=True)
class Contributions:
    """What each contributor adds to each cell: parallel arrays, amounts in fen (or heads), none negative."""

    place: Ints
    """Node of the place."""
    piece: Ints
    """Piece of time."""
    member: Ints
    amount: Ints
    is_household: Bools
    contributors: Mapping[str, Ints]
    """Ids by kind: of the holder always, of shop and platform where the figures are theirs too."""

    @cached_property
    def _by_place(self) -> Ints:
        """The rows in the order of their places."""
        return np.argsort(self.place, kind="stable")

    @cached_property
    def _places_in_order(self) -> Ints:
        return self.place[self._by_place]

    def at(self, nodes: Bools) -> Self:
        """Those of some places, by node: found without looking at the others."""
        places = np.flatnonzero(nodes)
        first = np.searchsorted(self._places_in_order, places)
        count = np.searchsorted(self._places_in_order, places, side="right") - first
        ends = np.cumsum(count)
        rows = self._by_place[np.repeat(first - ends + count, count) + np.arange(ends[-1] if len(ends) else 0)]
        return type(self)(
            self.place[rows], self.piece[rows], self.member[rows], self.amount[rows], self.is_household[rows],
            {kind: contributor[rows] for kind, contributor in self.contributors.items()},
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """Figures by place, time and member of a dimension, which a division and period shows all or none of."""

    name: str
    members: tuple[str, ...]
    """The values of the dimension; one empty one if it has none."""
    contributions: Contributions
    within: str | None = None
    """The table whose cells must be shown for this one's to be."""
    divides: bool = False
    """Whether its members add up to the figures of ``within``."""
    sums: Mapping[str, Ints] = field(default_factory=dict)
    """Figures that add up over time: [node of place, piece, member]."""
    counts: Mapping[str, Ints] = field(default_factory=dict)
    """Distinct counts, which add up over divisions only: [node of place, period, member]."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Of sets of places, by period and member: how many hold what is in them, how much it is, and the largest two.

    A holder sits in one place at a time, so sets that do not meet can be put together.
    """

    count: Ints
    total: Ints
    first: Ints
    second: Ints
    with_household: Bools


def summarise(
    table: Table, given: Contributions, calendar: Calendar, periods: Sequence[int], *, sets: Ints, size: int
) -> Summary:
    """Of ``size`` sets of places: ``sets`` says for each node in which it is (−1: in none)."""
    columns = len(periods) * len(table.members)
    cell, rows = cells_of(table, given, calendar, periods, sets[given.place])
    holder, amount, is_household = given.contributors[HOLDER][rows], given.amount[rows], given.is_household[rows]
    count, total, first, second = (
        found.reshape(-1, columns) for found in largest(cell, holder, amount, size * columns)
    )
    with_household = np.zeros(size * columns, dtype=np.bool_)
    with_household[cell[is_household & (amount > 0)]] = True
    return Summary(count, total, first, second, with_household.reshape(-1, columns))


def of_places(table: Table, geography: Geography, calendar: Calendar, periods: Sequence[int]) -> Summary:
    """Of every place by itself, by node."""
    size = geography.size
    return summarise(table, table.contributions, calendar, periods, sets=np.arange(size), size=size)


def cells_of(
    table: Table, given: Contributions, calendar: Calendar, periods: Sequence[int], sets: Ints
) -> tuple[Ints, Ints]:
    """Which contributions fall into ``periods``, and into which cell, numbered by set, period and member."""
    period_of: Ints = np.full(calendar.piece_count, -1, dtype=np.int64)
    for number, asked in enumerate(periods):
        period_of[list(calendar.pieces[asked])] = number
    period = period_of[given.piece]
    rows = np.flatnonzero((period >= 0) & (sets >= 0))
    member = given.member[rows]
    return (sets[rows] * len(periods) + period[rows]) * len(table.members) + member, rows


def summed(cell: Ints, contributor: Ints, amount: Ints) -> tuple[Ints, Ints, Ints]:
    """One row for each contributor of a cell."""
    if not len(cell):
        return cell, contributor, amount
    order = np.lexsort((contributor, cell))
    cell, contributor, amount = cell[order], contributor[order], amount[order]
    starts = np.ones(len(cell), dtype=np.bool_)
    starts[1:] = (cell[1:] != cell[:-1]) | (contributor[1:] != contributor[:-1])
    at = np.flatnonzero(starts)
    return cell[at], contributor[at], np.add.reduceat(amount, at)


def largest(cell: Ints, contributor: Ints, amount: Ints, size: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Of each cell: how many contributors, their sum, and the largest two. Rows of one contributor are one."""
    cell, _, amount = summed(cell, contributor, amount)
    cell, amount = cell[amount > 0], amount[amount > 0]
    order = np.lexsort((-amount, cell))
    cell, amount = cell[order], amount[order]
    count = np.bincount(cell, minlength=size)
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, cell, amount)
    first, second = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    begins = np.ones(len(cell), dtype=np.bool_)
    begins[1:] = cell[1:] != cell[:-1]
    first[cell[begins]] = amount[begins]
    follows = ~begins
    follows[1:] &= begins[:-1]
    second[cell[follows]] = amount[follows]
    return count.astype(np.int64), total, first, second
