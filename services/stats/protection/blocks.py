"""The proof of the remainders: contributor by contributor, of every kind, over each block that a pattern leaves."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from services.stats.protection.arrays import Bools, Ints
from services.stats.protection.calendar import Calendar
from services.stats.protection.geography import Geography
from services.stats.protection.rules import Rules
from services.stats.protection.table import HOLDER, Contributions, Table, cells_of, largest, summarise


def unsafe_blocks(
    table: Table, /, geography: Geography, calendar: Calendar, periods: Sequence[int], *, shown: Bools, rules: Rules
) -> Ints:
    """The shown nodes whose remainders are not safe for some kind of contributor, in a period or member."""
    block = geography.enclosing(shown)
    safe = _are_safe(
        table, table.contributions, calendar, periods=periods, block=block, size=geography.size, rules=rules
    )
    return np.flatnonzero(~safe)


def _are_safe(
    table: Table,
    given: Contributions,
    calendar: Calendar,
    *,
    periods: Sequence[int],
    block: Ints,
    size: int,
    rules: Rules,
) -> Bools:
    """Whether each of ``size`` blocks is safe; ``block`` is each node's, −1 of those that are in none."""
    holders = summarise(table, given, calendar, periods, sets=block, size=size)
    safe = rules.holder_is_safe(holders.count, holders.total, holders.first, holders.second, holders.with_household)
    for kind, contributor in given.contributors.items():
        if kind != HOLDER and kind in rules.by_kind:
            cell, rows = cells_of(table, given, calendar, periods, block[given.place])
            found = largest(cell, contributor[rows], given.amount[rows], safe.size)
            safe &= rules.by_kind[kind].is_safe(*found).reshape(safe.shape)
    return np.asarray(safe.all(axis=1))


@dataclass(slots=True)
class Blocks:
    """The blocks of one pattern on its way: those that have changed since they were looked at are looked at again."""

    table: Table
    geography: Geography
    calendar: Calendar
    periods: Sequence[int]
    rules: Rules
    _block: Ints = field(init=False)
    _unsafe: Bools = field(init=False)

    def __post_init__(self) -> None:
        """Nothing has been looked at."""
        self._block = np.full(self.geography.size, -2, dtype=np.int64)
        self._unsafe = np.zeros(self.geography.size, dtype=np.bool_)

    def _changed(self, shown: Bools) -> Ints:
        """Each node's block, if that has changed, and −1 otherwise: what is to be proven."""
        block = self.geography.enclosing(shown)
        moved = block != self._block
        touched = np.zeros(self.geography.size + 1, dtype=np.bool_)
        touched[block[moved]] = True
        touched[self._block[moved & (self._block >= 0)]] = True
        self._block = block
        self._unsafe &= shown
        return np.where((block >= 0) & touched[block], block, -1)

    def unsafe(self, shown: Bools) -> Ints:
        """As :func:`unsafe_blocks` of this pattern."""
        asked = self._changed(shown)
        heads = np.unique(asked[asked >= 0])
        if len(heads):
            renumbered = np.full(self.geography.size + 1, -1, dtype=np.int64)
            renumbered[heads] = np.arange(len(heads))
            given = self.table.contributions.at(asked >= 0)
            block = renumbered[asked]
            self._unsafe[heads] = ~_are_safe(
                self.table, given, self.calendar, periods=self.periods, block=block, size=len(heads), rules=self.rules
            )
        return np.flatnonzero(self._unsafe)
