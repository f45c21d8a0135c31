"""Two releases of the same period: whoever reads both knows their difference, and it must not be a few contributors'.

What is shown of a period by both is a pattern too, and leaves remainders (``blocks.py``). The change of each must be
nothing, or rest on contributors who are together safe to show: as many, and none that stands out. What the earlier
release showed cannot be taken back, so it is the later one that hides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.stats.protection.arrays import Bools, Ints
from services.stats.protection.calendar import Calendar
from services.stats.protection.geography import Geography
from services.stats.protection.rules import Rules
from services.stats.protection.table import HOLDER, Contributions, Table, cells_of, largest, summed


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier release: what it showed, and of what."""

    contributions: Mapping[str, Contributions]
    """By table, numbered as those of the later release."""
    shown: Mapping[tuple[str, int], Bools]
    """By table and period, where it had that period."""


def unsafe_changes(
    table: Table,
    before: Before,
    /,
    geography: Geography,
    calendar: Calendar,
    periods: Sequence[int],
    *,
    shown: Bools,
    rules: Rules,
) -> Ints:
    """The lowest of the nodes that are shown in both releases and of which too few contributors have changed.

    The lowest only: what they hide adds to the change of what encloses them, which may then be many contributors'.
    """
    unsafe = np.zeros(geography.size, dtype=np.bool_)
    for period in periods:
        both = shown & before.shown.get((table.name, period), np.zeros(geography.size, dtype=np.bool_))
        if both.any():
            unsafe |= _unsafe_in(
                table, before.contributions[table.name], calendar, period, block=geography.enclosing(both), rules=rules
            )
    if not unsafe.any():
        return np.flatnonzero(unsafe)
    return np.flatnonzero(unsafe & (geography.depths == geography.depths[unsafe].max()))


def _unsafe_in(
    table: Table, before: Contributions, calendar: Calendar, period: int, *, block: Ints, rules: Rules
) -> Bools:
    """The blocks whose change in a period is not safe to know."""
    cells, holders, amounts, households = [], [], [], []
    for sign, given in ((1, table.contributions), (-1, before)):
        cell, rows = cells_of(table, given, calendar, [period], block[given.place])
        holder = given.contributors[HOLDER][rows]
        cell, holder, amount = summed(cell, holder, given.amount[rows])
        # What is counted changes with those who come or go, not with how much they have.
        cells.append(cell)
        holders.append(holder)
        amounts.append(sign * (np.sign(amount) if table.counts else amount))
        households.append(given.contributors[HOLDER][given.is_household])
    cell, holder, change = summed(*(np.concatenate(parts) for parts in (cells, holders, amounts)))
    size = len(block) * len(table.members)
    count, total, first, second = largest(cell, holder, np.abs(change), size)
    with_household = np.zeros(size, dtype=np.bool_)
    is_household = np.isin(holder, np.concatenate(households))
    with_household[cell[is_household & (change != 0)]] = True
    safe = rules.holder_is_safe(count, total, first, second, with_household)
    return np.asarray(~safe.reshape(len(block), -1).all(axis=1))
