"""The protection of a family of tables: coarsen, prove, hide more, until every proof holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from services.stats.protection.arrays import Bools, Ints
from services.stats.protection.auditing import Audit, Earlier, Shown, Withheld, torn_apart
from services.stats.protection.blocks import Blocks
from services.stats.protection.calendar import Calendar
from services.stats.protection.coarsening import Coarsening
from services.stats.protection.geography import Geography
from services.stats.protection.hiding import Hiding
from services.stats.protection.intervals import Family, Patterns, as_fixed
from services.stats.protection.proving import Proofs
from services.stats.protection.revisions import Before, unsafe_changes
from services.stats.protection.rules import Rules
from services.stats.protection.table import Table, of_places


@dataclass(slots=True)
class Protected:
    """What may be shown, by table and period of the calendar."""

    shown: Shown
    rounds: int
    withheld: list[Withheld]
    """What could not be proven, and why it is hidden."""


@dataclass(slots=True)
class Protection:
    """The tables of a family on their way. Tables come after those that they are within.

    What is hidden only grows: each round hides something more where a proof failed, so the rounds end; at the worst
    with nothing shown, which is safe. What they end with is audited afresh.
    """

    geography: Geography
    calendar: Calendar
    tables: Sequence[Table]
    rules: Rules
    earlier: Earlier = field(default_factory=dict)
    before: Sequence[Before] = ()
    _allowed: dict[tuple[str, int], Bools] = field(default_factory=dict)
    _patterns_of: dict[int, Coarsening] = field(default_factory=dict)
    _blocks: dict[int, Blocks] = field(default_factory=dict)
    _worth_at: Ints = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    _proofs: Proofs = field(init=False)
    _chosen: dict[tuple[str, int], Bools] = field(default_factory=dict)
    _inputs: dict[tuple[str, int], Bools] = field(default_factory=dict)
    _attempts: dict[tuple[str, int], Ints] = field(default_factory=dict)
    _withheld: list[Withheld] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Nothing is proven yet."""
        self._proofs = Proofs(self.geography, self.calendar, self.tables, self.rules.interval_percent)

    def run(self) -> Protected:
        """Find the patterns: of one table after another, and of the periods that enclose others before those."""
        rounds = sum(self._settle(table) for table in self.tables)
        shown = {
            (table.name, period): self._chosen[table.name, self.calendar.group_of[period]]
            for table in self.tables
            for period in range(len(self.calendar.pieces))
        }
        return Protected(shown, rounds, self._withheld + self._audit().withhold(shown))

    def _audit(self) -> Audit:
        return Audit(self.geography, self.calendar, self.tables, self.rules, self.earlier, self.before)

    def _settle(self, table: Table) -> int:
        """Find the patterns of a table; answers how often something had to be hidden for a proof."""
        given = table.contributions
        worth = np.zeros((self.geography.size, self.calendar.piece_count), dtype=np.int64)
        np.add.at(worth, (given.place, given.piece), given.amount)
        self._worth_at = worth
        for number, group in enumerate(self.calendar.groups):
            self._allowed[table.name, number] = self._at_first(table, group.periods)
            places = of_places(table, self.geography, self.calendar, group.periods)
            self._patterns_of[number] = Coarsening(self.geography, places, self.rules)
            self._blocks[number] = Blocks(table, self.geography, self.calendar, group.periods, self.rules)
        number = rounds = 0
        while number < len(self.calendar.groups):
            self._choose(table, number)
            failing = self._failing(table, number)
            hidden_in = self._widen(table, number, failing) or self._give_up(table, failing) if failing else set()
            rounds += bool(hidden_in)
            # What was hidden in an enclosing period changes everything inside it.
            number = min(hidden_in) if hidden_in else number + 1
        return rounds

    def _at_first(self, table: Table, periods: Sequence[int]) -> Bools:
        allowed = self.geography.is_named.copy()
        for period in periods:
            if (table.name, period) in self.earlier:
                allowed &= ~self.earlier[table.name, period].hidden
        return allowed

    def _choose(self, table: Table, number: int) -> None:
        """Choose the pattern of a group of periods, if what limits it has changed."""
        key, enclosing = (table.name, number), self.calendar.groups[number].enclosing
        limit = self._allowed[key]
        if enclosing is not None:
            limit = limit & self._chosen[table.name, self.calendar.group_of[enclosing]]
        if table.within is not None:
            limit = limit & self._chosen[table.within, number]
        if key not in self._inputs or not np.array_equal(self._inputs[key], limit):
            self._chosen[key] = self._choose_one(table, number, limit)
            self._inputs[key] = limit & self._allowed[key]

    def _choose_one(self, table: Table, number: int, limit: Bools) -> Bools:
        """The pattern of one group of periods, proven for every kind of contributor. What is hidden once stays so."""
        periods = self.calendar.groups[number].periods
        allowed = self._allowed[table.name, number]
        allowed &= limit
        while True:
            shown = self._patterns_of[number].choose(allowed)
            allowed &= shown
            torn = [torn_apart(self.geography, self.earlier, table.name, period, shown) for period in periods]
            if any(nodes.any() for nodes in torn):
                allowed &= ~np.logical_or.reduce(torn)
                continue
            unsafe = self._blocks[number].unsafe(shown)
            if not len(unsafe):
                changed = [self._unsafe_changes(table, before, periods, shown) for before in self.before]
                if not any(map(len, changed)):
                    return shown
                allowed[np.concatenate(changed)] = False
                continue
            self._chosen[table.name, number] = shown
            hiding = Hiding(self.geography, shown, allowed, self._worth_in(periods), self.rules.interval_percent)
            for block in unsafe.tolist():
                hiding.inside(block)

    def _unsafe_changes(self, table: Table, before: Before, periods: Sequence[int], shown: Bools) -> Ints:
        return unsafe_changes(table, before, self.geography, self.calendar, periods, shown=shown, rules=self.rules)

    def _worth_in(self, periods: Iterable[int]) -> Ints:
        """What stands in each place in the largest of some periods."""
        each = [self._worth_at[:, sorted(self.calendar.pieces[period])].sum(axis=1) for period in periods]
        found: Ints = np.maximum.reduce(each)
        return found

    def _failing(self, table: Table, number: int) -> dict[int, Bools]:
        """The hidden nodes of which too much could be told, by period, where there are any."""
        return self._proofs.failing(table, number, self._patterns_beside(table))

    def _patterns_beside(self, table: Table) -> dict[str, Patterns]:
        """Those of a table, and of the totals that it divides."""
        total = next(one for one in self.tables if one.name == Family.total_of(table))
        return {one.name: self._patterns(one) for one in (table, total)}

    def _patterns(self, table: Table) -> list[Bools]:
        """Patterns by period, with what others showed before. Where none is chosen yet, or it was before the enclosing
        period's, it will show no more than that one does.
        """
        chosen: list[Bools] = []
        everything = np.ones(self.geography.size, dtype=np.bool_)
        for period, number in enumerate(self.calendar.group_of):
            above = self.calendar.enclosing[period]
            limit = everything if above is None else chosen[above]
            chosen.append(limit & self._chosen.get((table.name, number), everything))
        fixed = {period: known.shown for (name, period), known in self.earlier.items() if name == table.name}
        return as_fixed(fixed, chosen)

    def _widen(self, table: Table, number: int, failing: Mapping[int, Bools]) -> set[int]:
        """Give failing nodes of a group of periods room, one in each block: hide something beside it; if that was not
        enough, it in the enclosing period too, or more beside it there. Answers in which groups something was hidden.
        """
        before = {outer: int(self._allowed[table.name, outer].sum()) for outer in range(len(self.calendar.groups))}
        groups = [self.calendar.group_of[stage] for stage in self.calendar.chain(next(iter(failing)))]
        worth = self._worth_in(failing)
        hidings = {
            outer: Hiding(
                self.geography,
                self._chosen[table.name, outer],
                self._allowed[table.name, outer],
                worth,
                self.rules.interval_percent,
            )
            for outer in groups
        }
        told = np.where(np.logical_or.reduce(list(failing.values())), hidings[number].worth, -1)
        attempts = self._attempts.setdefault((table.name, number), np.zeros(self.geography.size, dtype=np.int64))
        beyond = self._proofs.failing_with_all_room(table, number, self._patterns_beside(table), failing)
        self._hide_all_parts(table, number, told)
        repaired: set[int] = set()
        for node in sorted(np.flatnonzero(told >= 0).tolist(), key=lambda node: (-told[node], node)):
            attempt = int(attempts[node])
            shown_in = [outer for outer in groups[1:] if self._chosen[table.name, outer][node]]
            # Distinct counts are tied by what is shown of the same division, not by what is beside it.
            if shown_in and (attempt or table.counts or beyond[node]):
                self._allowed[table.name, shown_in[0]][node] = False
            elif beyond[node]:
                hidings[self._where(groups, shown_in, attempt)].inside(node)
            elif int(hidings[number].block[node]) not in repaired:
                repaired.add(int(hidings[number].block[node]))
                hidings[self._where(groups, shown_in, attempt)].beside(node)
            else:
                continue
            attempts[node] += 1
        return {outer for outer, count in before.items() if self._allowed[table.name, outer].sum() < count}

    def _hide_all_parts(self, table: Table, number: int, told: Ints) -> None:
        """Of failing divisions in several units hide what is shown: all that is done of them in this round."""
        shown, allowed = self._chosen[table.name, number], self._allowed[table.name, number]
        for parts in map(list, self.geography.divided):
            if (told[parts] >= 0).any() and shown[parts].any():
                allowed[parts] = False
                told[parts] = -1

    @staticmethod
    def _where(groups: Sequence[int], shown_in: Sequence[int], attempt: int) -> int:
        """In which group to hide something: farther out, the oftener that was not enough."""
        hidden_in = [outer for outer in groups if outer not in shown_in]
        return hidden_in[min(attempt, len(hidden_in) - 1)]

    def _give_up(self, table: Table, failing: Mapping[int, Bools]) -> set[int]:
        """Where nothing is left to hide beside failing nodes: hide the uppermost divisions that they lie in, in all
        periods, and if these are hidden already, the table. Answers in which groups something was hidden.
        """
        told = np.logical_or.reduce(
            [nodes & ~self._audit().told_before(table, period) for period, nodes in failing.items()]
        )
        if not told.any():
            nodes = np.logical_or.reduce(list(failing.values()))
            self._withheld.append(Withheld(table.name, "told_before", int(nodes.sum())))
            return set()
        self._withheld.append(Withheld(table.name, "out_of_means", int(told.sum())))
        tops = self.geography.tops()
        for given_up in (np.isin(tops, tops[told]), np.ones(self.geography.size, dtype=np.bool_)):
            hidden_in = set()
            for outer in range(len(self.calendar.groups)):
                allowed = self._allowed[table.name, outer]
                before = self._chosen.get((table.name, outer), allowed) & allowed & given_up
                allowed &= ~given_up
                if before.any():
                    hidden_in.add(outer)
            if hidden_in:
                return hidden_in
        return set()


def protect(
    geography: Geography,
    calendar: Calendar,
    tables: Sequence[Table],
    rules: Rules | None = None,
    *,
    earlier: Earlier | None = None,
    before: Sequence[Before] = (),
) -> Protected:
    """What may be shown of a family of tables, each after the one that it is within: beside what all others have shown
    and hidden (``earlier``), and beside what those that hold the same periods were made of (``before``).
    """
    return Protection(geography, calendar, tables, rules or Rules(), earlier or {}, before).run()
