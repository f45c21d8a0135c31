"""Proofs of intervals that are remembered: what is hidden only grows, and with it how far all that is can be moved.

So what was uncertain enough once stays so, and only what was hidden since, and what failed, is looked at: in its
blocks, for nothing beyond a node that is shown in the period of the proof can take part in a move.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from services.stats.protection.arrays import Bools, Ints
from services.stats.protection.calendar import Calendar
from services.stats.protection.geography import Geography
from services.stats.protection.intervals import Family, Patterns, Uncertainty
from services.stats.protection.table import Table


@dataclass(slots=True)
class Proofs:
    """What has been proven of some tables, by table and group of periods."""

    geography: Geography
    calendar: Calendar
    tables: Sequence[Table]
    percent: int
    _proven: dict[tuple[str, int], Bools] = field(default_factory=dict)
    _wholes: dict[str, dict[str, Ints]] = field(default_factory=dict)

    def failing(self, table: Table, number: int, patterns: Mapping[str, Patterns]) -> dict[int, Bools]:
        """The hidden nodes of which too much could be told, by period of a group, where there are any."""
        periods = self.calendar.groups[number].periods
        shown = np.logical_and.reduce([patterns[table.name][period] for period in periods])
        hidden = self.geography.is_named & ~shown
        proven = self._proven.setdefault((table.name, number), np.zeros(self.geography.size, dtype=np.bool_))
        asked = hidden & ~proven
        if not asked.any():
            return {}
        asked = self.geography.with_all_parts(asked)
        block = self.geography.enclosing(shown)
        touched = np.zeros(self.geography.size + 1, dtype=np.bool_)
        touched[block[asked]] = True
        found = self._among(touched[block], Family(self.tables, patterns), table, periods)
        found = {period: nodes & asked for period, nodes in found.items()}
        proven |= asked & hidden & ~np.logical_or.reduce(list(found.values()))
        return found if any(nodes.any() for nodes in found.values()) else {}

    def failing_with_all_room(
        self, table: Table, number: int, patterns: Mapping[str, Patterns], failing: Mapping[int, Bools]
    ) -> Bools:
        """Those of the failing nodes that would fail with everything beside them hidden: what they hold, and when and
        in which members they hold it, is all that can be moved. Totals that the table divides get no room with it: that
        moves of theirs are not enough is known.
        """
        if (total := Family.total_of(table)) != table.name:
            everything = np.ones(self.geography.size, dtype=np.bool_)
            patterns = {**patterns, total: [everything] * len(self.calendar.pieces)}
        periods = self.calendar.groups[number].periods
        shown = np.logical_and.reduce([patterns[table.name][period] for period in periods])
        asked = self.geography.with_all_parts(np.logical_or.reduce(list(failing.values())))
        inside = np.append(asked & ~shown, False)[self.geography.enclosing(shown | asked)]
        found = self._among(inside, Family(self.tables, patterns), table, list(failing))
        told: Bools = np.logical_or.reduce([found[period] & nodes for period, nodes in failing.items()])
        return told

    def _among(self, inside: Bools, family: Family, table: Table, periods: Sequence[int]) -> dict[int, Bools]:
        """Those of some nodes that fail, by period: looked for among these, and what they end at."""
        edge = ~inside & (self.geography.parents >= 0) & inside[self.geography.parents]
        nodes, tree = self.geography.part(inside, edge)
        there = family.at(nodes, edge, table, self._wholes_of(table))
        [here] = [one for one in there.tables if one.name == table.name]
        uncertainty = Uncertainty(tree, self.calendar, self.percent)
        found = {}
        for period in periods:
            failing = np.zeros(self.geography.size, dtype=np.bool_)
            failing[nodes] = uncertainty.failing(there, here, period)
            found[period] = failing
        return found

    def _wholes_of(self, table: Table) -> dict[str, Ints]:
        if table.name not in self._wholes:
            figures = {**table.sums, **table.counts}
            self._wholes[table.name] = {name: self.geography.sums(values) for name, values in figures.items()}
        return self._wholes[table.name]
