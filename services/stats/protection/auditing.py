"""The last word: a finished pattern is held against every promise once more, and a table that breaks one shows nothing.

The search in ``protecting.py`` remembers what it has proven and repairs what fails; this remembers nothing and repairs
nothing. So an error in the search costs a table, not a secret.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from services.stats.protection.arrays import Bools
from services.stats.protection.blocks import unsafe_blocks
from services.stats.protection.calendar import Calendar
from services.stats.protection.geography import Geography
from services.stats.protection.intervals import Family, Patterns, Uncertainty, as_fixed
from services.stats.protection.revisions import Before, unsafe_changes
from services.stats.protection.rules import Rules
from services.stats.protection.table import Table


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier releases said of the nodes of a table and period: some they showed, some they hid."""

    shown: Bools
    hidden: Bools


Earlier = Mapping[tuple[str, int], Known]
"""By table and period. What was hidden once stays hidden, and what was shown is known."""


def torn_apart(geography: Geography, earlier: Earlier, table: str, period: int, shown: Bools) -> Bools:
    """The shown parts of divisions that an earlier release showed and that lie in several units, where other parts are
    hidden: the earlier one may have known of no units, and its figure less what is shown now would tell them.
    """
    found = np.zeros(geography.size, dtype=np.bool_)
    known = earlier.get((table, period))
    for parts in map(list, geography.divided if known is not None else ()):
        if known is not None and known.shown[parts].all() and not shown[parts].all():
            found[parts] = shown[parts]
    return found


Shown = dict[tuple[str, int], Bools]
"""Which nodes may be shown, by table and period of the calendar."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """Something that could not be proven, and was therefore hidden whole."""

    table: str
    reason: str
    """``out_of_means``: nothing was left to hide beside it; ``not_nested``, ``unsafe_remainder``,
    ``unsafe_change`` and ``told``: the audit's; ``told_before``: earlier releases tell it
    already, which no later one can undo.
    """
    nodes: int
    """How many it was found at."""


@dataclass(frozen=True, slots=True)
class Audit:
    """The promises about some tables, each after the one that it is within."""

    geography: Geography
    calendar: Calendar
    tables: Sequence[Table]
    rules: Rules
    earlier: Earlier = field(default_factory=dict)
    before: Sequence[Before] = ()

    def withhold(self, shown: Shown) -> list[Withheld]:
        """Hide every table of which a promise is broken, and those within it, until all promises hold."""
        withheld: list[Withheld] = []
        names: set[str] = set()
        while broken := [
            one for table in self.tables if table.name not in names for one in islice(self._broken(table, shown), 1)
        ]:
            withheld += broken
            names.update(one.table for one in broken)
            for table in self.tables:
                if table.name in names or table.within in names:
                    names.add(table.name)
                    for period in range(len(self.calendar.pieces)):
                        shown[table.name, period] = np.zeros(self.geography.size, dtype=np.bool_)
        return withheld

    def told_before(self, table: Table, period: int) -> Bools:
        """The nodes of which too much could be told if this release showed nothing: by what others have shown."""
        if not self.earlier:
            return np.zeros(self.geography.size, dtype=np.bool_)
        return self._told(table, period, {})

    def _broken(self, table: Table, shown: Shown) -> Iterator[Withheld]:
        """The promises about a table that do not hold, the cheapest to look at first."""
        for period in range(len(self.calendar.pieces)):
            if stray := int((shown[table.name, period] & ~self._limit(table, period, shown)).sum()):
                yield Withheld(table.name, "not_nested", stray)
        for period in range(len(self.calendar.pieces)):
            unsafe = unsafe_blocks(
                table, self.geography, self.calendar, [period], shown=shown[table.name, period], rules=self.rules
            )
            if len(unsafe):
                yield Withheld(table.name, "unsafe_remainder", len(unsafe))
            for release in self.before:
                changed = unsafe_changes(
                    table, release, self.geography, self.calendar, [period],
                    shown=shown[table.name, period], rules=self.rules,
                )  # fmt: skip
                if len(changed):
                    yield Withheld(table.name, "unsafe_change", len(changed))
        for period in range(len(self.calendar.pieces)):
            told = self._told(table, period, shown)
            if told.any() and (told := told & ~self.told_before(table, period)).any():
                yield Withheld(table.name, "told", int(told.sum()))

    def _limit(self, table: Table, period: int, shown: Shown) -> Bools:
        """What may be shown at most: named, of a period and table that are shown, and hidden by no earlier release."""
        limit = self.geography.is_named.copy()
        above = self.calendar.enclosing[period]
        if above is not None:
            limit &= shown[table.name, above]
        if table.within is not None:
            limit &= shown[table.within, period]
        if (table.name, period) in self.earlier:
            limit &= ~self.earlier[table.name, period].hidden
        limit &= ~torn_apart(self.geography, self.earlier, table.name, period, shown[table.name, period])
        for beside in self.calendar.groups[self.calendar.group_of[period]].periods:
            limit &= shown[table.name, beside]
        return limit

    def _told(self, table: Table, period: int, shown: Shown) -> Bools:
        names = {table.name, Family.total_of(table)}
        family = Family(self.tables, {name: self._patterns(name, shown) for name in names})
        return Uncertainty(self.geography, self.calendar, self.rules.interval_percent).failing(family, table, period)

    def _patterns(self, name: str, shown: Shown) -> Patterns:
        """What is known of a table, by period: what is shown, or was."""
        nothing = np.zeros(self.geography.size, dtype=np.bool_)
        patterns = [shown.get((name, period), nothing) for period in range(len(self.calendar.pieces))]
        return as_fixed(
            {period: known.shown for (table, period), known in self.earlier.items() if table == name}, patterns
        )
