"""The protection of a family of tables: coarsen, prove, hide more, until every proof holds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from services.stats.protection.blocks import unsafe_blocks
from services.stats.protection.calendar import Calendar
from services.stats.protection.coarsening import coarsen
from services.stats.protection.geography import Geography
from services.stats.protection.intervals import Family, Uncertainty, as_fixed
from services.stats.protection.rules import Bools, Ints, Rules
from services.stats.protection.table import Summary, Table, summarise


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier releases said of the nodes of a table and period: some they showed, some they hid."""

    shown: Bools
    hidden: Bools


Earlier = Mapping[tuple[str, int], Known]
"""By table and period. What was hidden once stays hidden, and what was shown is known."""


@dataclass(slots=True)
class Protected:
    """What may be shown, by table and period of the calendar."""

    shown: dict[tuple[str, int], Bools]
    rounds: int


@dataclass(slots=True)
class Protection:
    """The tables of a family on their way. Tables come after those that they are within.

    What is hidden only grows: each round hides something more where a proof failed, so the rounds end; at the worst
    with nothing shown, which is safe.
    """

    geography: Geography
    calendar: Calendar
    tables: Sequence[Table]
    rules: Rules
    earlier: Earlier = field(default_factory=dict)
    _allowed: dict[tuple[str, int], Bools] = field(default_factory=dict)
    _summaries: dict[tuple[str, int], Summary] = field(default_factory=dict)
    _chosen: dict[tuple[str, int], Bools] = field(default_factory=dict)
    _inputs: dict[tuple[str, int], Bools] = field(default_factory=dict)
    _attempts: dict[tuple[str, int], Ints] = field(default_factory=dict)

    def run(self) -> Protected:
        """Find the patterns."""
        for table in self.tables:
            for number, group in enumerate(self.calendar.groups):
                self._allowed[table.name, number] = self._at_first(table, group.periods)
                self._summaries[table.name, number] = summarise(table, self.geography, self.calendar, group.periods)
        rounds = 0
        while True:
            rounds += 1
            changed = self._choose()
            if not self._repair(changed):
                return Protected(
                    {
                        (table.name, period): self._chosen[table.name, self.calendar.group_of[period]]
                        for table in self.tables
                        for period in range(len(self.calendar.pieces))
                    },
                    rounds,
                )

    def _at_first(self, table: Table, periods: Sequence[int]) -> Bools:
        allowed = self.geography.is_named.copy()
        for period in periods:
            if (table.name, period) in self.earlier:
                allowed &= ~self.earlier[table.name, period].hidden
        return allowed

    def _choose(self) -> set[str]:
        """Choose every pattern whose limits have changed; answers the tables concerned."""
        changed: set[str] = set()
        for table in self.tables:
            for number, group in enumerate(self.calendar.groups):
                limit = self._allowed[table.name, number]
                if group.enclosing is not None:
                    limit = limit & self._chosen[table.name, self.calendar.group_of[group.enclosing]]
                if table.within is not None:
                    limit = limit & self._chosen[table.within, number]
                key = (table.name, number)
                if key not in self._inputs or not np.array_equal(self._inputs[key], limit):
                    self._chosen[key] = self._choose_one(table, number, limit)
                    self._inputs[key] = limit & self._allowed[key]
                    changed.add(table.name)
        return changed

    def _choose_one(self, table: Table, number: int, limit: Bools) -> Bools:
        """The pattern of one group of periods, proven for every kind of contributor. What is hidden once stays so."""
        periods = self.calendar.groups[number].periods
        allowed = self._allowed[table.name, number]
        allowed &= limit
        while True:
            shown = coarsen(self.geography, self._summaries[table.name, number], allowed, self.rules)
            allowed &= shown
            unsafe = unsafe_blocks(table, self.geography, self.calendar, periods, shown=shown, rules=self.rules)
            if not len(unsafe):
                return shown
            self._chosen[table.name, number] = shown
            worth = np.maximum.reduce([self._worth(table, period) for period in periods])
            for block in unsafe:
                self._hide_beside(table, number, int(block), worth)

    def _worth(self, table: Table, period: int) -> Ints:
        """What each node's sums of a period are worth: what it costs to hide it."""
        return self.geography.sums(summarise(table, self.geography, self.calendar, [period]).total.sum(axis=1))

    def _hide_beside(self, table: Table, number: int, node: int, worth: Ints) -> None:
        """Hide one more of the shown nodes in the block of a node (or what it is taken from, if there is none): the
        smallest that is large enough to leave the node uncertain, or the largest.
        """
        shown, allowed = self._chosen[table.name, number], self._allowed[table.name, number]
        block = int(self.geography.enclosing(shown)[node])
        found = [child for child in self._shown_below(node, shown) if worth[child] > 0 and allowed[child]]
        if shown[node] or sum(worth[child] for child in found) < worth[node]:
            below = self._shown_below(max(block, 0), shown)
            found = [child for child in below if worth[child] > 0 and allowed[child]]
        if not found:
            if block >= 0:
                allowed[block] = False
            return
        enough = worth[node] * self.rules.interval_percent // 100 if node != block else 1
        allowed[min(found, key=lambda child: (worth[child] < enough, abs(worth[child] - enough), child))] = False

    def _shown_below(self, node: int, shown: Bools) -> list[int]:
        """The uppermost shown nodes below a node."""
        found: list[int] = []
        queue = [node]
        for above in queue:
            for child in self.geography.children[above]:
                (found if shown[child] else queue).append(int(child))
        return found

    def _repair(self, changed: set[str]) -> bool:
        """Hide more where an interval is too narrow; answers whether anything was."""
        uncertainty = Uncertainty(self.geography, self.calendar, self.rules.interval_percent)
        family = Family(self.tables, {table.name: self._patterns(table.name) for table in self.tables})
        for table in self.tables if changed else ():
            for number, group in enumerate(self.calendar.groups):
                failing = {period: uncertainty.failing(family, table, period) for period in group.periods}
                # One cause at a time: what is repaired here changes what is chosen inside it.
                if any(nodes.any() for nodes in failing.values()) and self._widen(table, number, failing):
                    return True
        return False

    def _patterns(self, name: str) -> list[Bools]:
        chosen = [self._chosen[name, number] for number in self.calendar.group_of]
        fixed = {period: known.shown for (table, period), known in self.earlier.items() if table == name}
        return as_fixed(fixed, chosen)

    def _widen(self, table: Table, number: int, failing: Mapping[int, Bools]) -> bool:
        """Give failing nodes of a group of periods room, one in each block: hide something beside it; if that was not
        enough, it in the enclosing period too, or more beside it there. Answers whether something was hidden.
        """
        before = sum(int(allowed.sum()) for allowed in self._allowed.values())
        groups = [self.calendar.group_of[stage] for stage in self.calendar.chain(next(iter(failing)))]
        worth = np.maximum.reduce([self._worth(table, period) for period in failing])
        told = np.maximum.reduce([np.where(nodes, self._worth(table, period), -1) for period, nodes in failing.items()])
        blocks = self.geography.enclosing(self._chosen[table.name, number])
        attempts = self._attempts.setdefault((table.name, number), np.zeros(self.geography.size, dtype=np.int64))
        repaired: set[int] = set()
        for node in sorted(np.flatnonzero(told >= 0).tolist(), key=lambda node: (-told[node], node)):
            attempt = int(attempts[node])
            shown_in = [outer for outer in groups[1:] if self._chosen[table.name, outer][node]]
            # Distinct counts are tied by what is shown of the same division, not by what is beside it.
            if shown_in and (attempt or table.counts):
                self._allowed[table.name, shown_in[0]][node] = False
            elif int(blocks[node]) not in repaired:
                repaired.add(int(blocks[node]))
                hidden_in = [outer for outer in groups if outer not in shown_in]
                self._hide_beside(table, hidden_in[min(attempt, len(hidden_in) - 1)], node, worth)
            else:
                continue
            attempts[node] += 1
        return sum(int(allowed.sum()) for allowed in self._allowed.values()) < before


def protect(
    geography: Geography,
    calendar: Calendar,
    tables: Sequence[Table],
    rules: Rules | None = None,
    earlier: Earlier | None = None,
) -> Protected:
    """What may be shown of a family of tables, each after the one that it is within."""
    return Protection(geography, calendar, tables, rules or Rules(), earlier or {}).run()


def shares_hidden(
    geography: Geography, table: Table, calendar: Calendar, found: Protected
) -> Iterator[tuple[str, int, float, float]]:
    """For each named period: its label, how many nodes are hidden, and which part of count and value that is."""
    for period, label in enumerate(calendar.labels):
        if label:
            worth = geography.sums(summarise(table, geography, calendar, [period]).total.sum(axis=1))
            relevant = geography.is_named & (worth > 0)
            hidden = relevant & ~found.shown[table.name, period]
            yield (
                label,
                int(hidden.sum()),
                float(hidden.sum() / max(1, relevant.sum())),
                float(worth[hidden].sum() / max(1, worth[relevant].sum())),
            )
