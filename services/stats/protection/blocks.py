"""The proof of the remainders: contributor by contributor, of every kind, over each block that a pattern leaves."""

from collections.abc import Sequence

import numpy as np

from services.stats.protection.calendar import Calendar
from services.stats.protection.geography import Geography
from services.stats.protection.rules import Bools, Ints, Rules
from services.stats.protection.table import HOLDER, Table, cells_of, largest, summarise


def unsafe_blocks(
    table: Table, /, geography: Geography, calendar: Calendar, periods: Sequence[int], *, shown: Bools, rules: Rules
) -> Ints:
    """The shown nodes whose remainders are not safe for some kind of contributor, in a period or member."""
    block = geography.enclosing(shown)
    holders = summarise(table, geography, calendar, periods, block)
    safe = rules.holder_is_safe(holders.count, holders.total, holders.first, holders.second, holders.with_household)
    for kind, contributor in table.contributions.contributors.items():
        if kind != HOLDER and kind in rules.by_kind:
            cell, rows = cells_of(table, table.contributions, calendar, periods, block[table.contributions.place])
            found = largest(cell, contributor[rows], table.contributions.amount[rows], safe.size)
            safe &= rules.by_kind[kind].is_safe(*found).reshape(safe.shape)
    return np.flatnonzero(~safe.all(axis=1))
