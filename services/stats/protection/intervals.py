"""The proof of the intervals: how far a hidden figure may be from what it is without any shown figure changing.

The proof is a *move*. A hidden node of the tree takes something from the other places of its block (whatever is shown
holds all or none of the block, so it does not change), and gives as much back in another period of the same enclosing
one if it is shown there, or in another member of the dimension if the totals are shown. How much can be moved either
way, until a figure would become negative, is less than or equal to the width of what is possible; a linear program
could find more, never less. Moves are what the hypercube method (Repsilber 1994; Giessing 1998) suppresses cells for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from services.stats.protection.arrays import Bools, Ints
from services.stats.protection.calendar import Calendar
from services.stats.protection.table import Table
from services.stats.protection.tree import Tree

Patterns: TypeAlias = Sequence[Bools]
"""Which nodes are shown, by period."""


T = TypeVar("T", np.int64, np.bool_)


@dataclass(frozen=True, slots=True)
class Move:
    """A kind of move for one period: over which pattern, and out of which other period it is given back."""

    pattern: Bools
    back: int | None


@dataclass(frozen=True, slots=True)
class Interval:
    """Of each node and member: by how much the figure of a period can be moved."""

    width: Ints
    """After the nodes, parts of divisions once more: without what only changes places within the division."""
    here: Ints
    """The figure itself."""


@dataclass(frozen=True, slots=True)
class Family:
    """Tables of the same figures, and under which patterns each of them is shown."""

    tables: Sequence[Table]
    patterns: Mapping[str, Patterns]

    def dividing(self, table: Table) -> list[Table]:
        """The other tables by whose members the figures of a table are divided too."""
        total = self.total_of(table)
        return [other for other in self.tables if other.divides and other.within == total and other.name != table.name]

    def at(self, nodes: Ints, edge: Bools, table: Table, wholes: Mapping[str, Ints]) -> "Family":
        """The same about some nodes, as :meth:`Tree.part` numbers them. Those at the edge stand for all that is in
        them: ``wholes`` are the figures of ``table`` with those of places summed up.
        """
        rim = edge[nodes]

        def figures(one: Table, given: Mapping[str, Ints]) -> dict[str, Ints]:
            found = {name: values[nodes] for name, values in given.items()}
            if one.name == table.name:
                for name, values in found.items():
                    values[rim] = wholes[name][nodes[rim]]
            return found

        tables = [
            replace(one, sums=figures(one, one.sums), counts=figures(one, one.counts))
            for one in (table, *self.dividing(table))
        ]
        patterns = {name: [pattern[nodes] for pattern in those] for name, those in self.patterns.items()}
        return Family(tables, patterns)

    @staticmethod
    def total_of(table: Table) -> str:
        """The table of the totals that a table divides; itself, if it divides none."""
        return table.within if table.divides and table.within is not None else table.name


class Uncertainty:
    """The widths of hidden figures, under the patterns of a family."""

    def __init__(self, tree: Tree, calendar: Calendar, percent: int) -> None:
        self.tree = tree
        self.calendar = calendar
        self.percent = percent

    def failing(self, family: Family, table: Table, period: int) -> Bools:
        """The hidden, named nodes some figure of which, in a period, could be told more closely than it should be."""
        hidden = self.tree.is_named & ~family.patterns[table.name][period]
        failing = np.zeros(self.tree.size, dtype=np.bool_)
        if hidden.any():
            for interval in (*self._sums(family, table, period), *self._counts(family, table, period)):
                failing |= hidden & (interval.width[: self.tree.size] < self._needed(interval.here)).any(axis=1)
                self._add_divided(failing, interval, hidden)
        return failing

    def _needed(self, values: Ints) -> Ints:
        return -(-values * self.percent // 100)

    def _add_divided(self, failing: Bools, interval: Interval, hidden: Bools) -> None:
        """Add divisions in several units that could be told: a hidden part must be movable, out of the division,
        by enough of all that is in this. Where none is, all parts fail while some are shown, and then the largest.
        """
        first = self.tree.size
        for nodes in self.tree.divided:
            widths = interval.width[first : first + len(nodes)]
            first += len(nodes)
            parts = np.array(nodes)
            here, is_hidden = interval.here[parts], hidden[parts]
            if is_hidden.any() and (widths[is_hidden].max(axis=0) < self._needed(here.sum(axis=0))).any():
                failing[parts[here.sum(axis=1).argmax()] if is_hidden.all() else parts] = True

    def _with_parts(self, by_node: npt.NDArray[T]) -> npt.NDArray[T]:
        """What is said of nodes, and once more of the parts of divisions."""
        return np.concatenate([by_node, by_node[self.tree.parts]]) if len(self.tree.parts) else by_node

    def _moves(self, period: int, patterns: Patterns) -> Iterator[Move]:
        """From where moves are given back in the closest period, to where they need not be."""
        pattern = np.zeros(self.tree.size, dtype=np.bool_)
        for stage in self.calendar.chain(period):
            pattern = pattern | self._inside(stage if stage == period else None, stage, patterns)
            group = self.calendar.groups[self.calendar.group_of[stage]]
            for other in group.periods:
                if other != stage:
                    yield Move(pattern | self._inside(other, other, patterns), other)
        yield Move(pattern, None)

    def _inside(self, period: int | None, stage: int, patterns: Patterns) -> Bools:
        """What is shown in a period or in those inside it; of an enclosing one, in itself."""
        periods = [stage] if period is None else self.calendar.within(period)
        inside: Bools = np.logical_or.reduce([patterns[other] for other in periods])
        return inside

    def _sums(self, family: Family, table: Table, period: int) -> Iterator[Interval]:
        for name, values in table.sums.items():
            beside = [other.sums[name] for other in family.dividing(table) if name in other.sums]
            width = self._alone(values, beside, period, family.patterns[family.total_of(table)])
            if table.divides:
                width = np.maximum(width, self._paired(values, period, family.patterns[table.name]))
            yield Interval(width, self.tree.sums(self._of_period(values, period)))

    def _of_period(self, values: Ints, period: int) -> Ints:
        """Of pieces, or of pieces and members, to a period's sum."""
        found: Ints = values[:, sorted(self.calendar.pieces[period])].sum(axis=1)
        return found

    def _alone(self, values: Ints, beside: Sequence[Ints], period: int, patterns: Patterns) -> Ints:
        """Moves that change the total of the dimension, where that is hidden or there is none: of each member.

        What is given back is given back in the same members of every other dimension that divides the figures, too
        (``beside``: the figures by each of these), for their sums over the enclosing period may be shown.
        """
        here = self._of_period(values, period)
        widest = np.zeros_like(self._with_parts(here))
        for move in self._moves(period, patterns):
            if move.back is None:
                own, others = self._own_and_others(here, move.pattern)
                width = np.where(others > 0, own + others, 0)
            else:
                up, down = self._exchanged_alone(values, period, move)
                for other in beside:
                    other_up, other_down = self._exchanged_alone(other, period, move)
                    up = np.minimum(up, other_up.sum(axis=1, keepdims=True))
                    down = np.minimum(down, other_down.sum(axis=1, keepdims=True))
                width = up + down
            widest = np.maximum(widest, np.where(self._with_parts(move.pattern)[:, None], 0, width))
        return widest

    def _exchanged_alone(self, values: Ints, period: int, move: Move) -> tuple[Ints, Ints]:
        """How much of each member can be taken up, and how much given away, and back in the move's other period."""
        assert move.back is not None  # noqa: S101 - of the moves that are given back
        own, others = self._own_and_others(self._of_period(values, period), move.pattern)
        own_back, others_back = self._own_and_others(self._of_period(values, move.back), move.pattern)
        return np.minimum(others, own_back), np.minimum(own, others_back)

    def _own_and_others(self, values: Ints, pattern: Bools) -> tuple[Ints, Ints]:
        """What stands in each hidden node's part of its block, and what in the rest of the block; after the nodes, of
        each part of a division in several units: what comes from another part of it leaves the division as it is.

        A node of which only shown nodes hold anything is known, whatever it is next to: nothing can be moved into it.
        """
        own = self.tree.gather(values, pattern)
        block = self.tree.enclosing(pattern)
        whole = own[np.maximum(block, 0)]
        shape = (-1, *[1] * (values.ndim - 1))
        others = np.where((block < 0).reshape(shape), _UNBOUNDED, whole - own)
        if len(self.tree.parts):
            number, other = self.tree.other_parts
            inside = block[self.tree.parts[number]]
            together = ~pattern[other] & (block[other] == inside) & (inside >= 0)
            own, others = self._with_parts(own), self._with_parts(others)
            np.subtract.at(others, self.tree.size + number[together], own[other[together]])
        is_open = own.reshape(len(own), -1).any(axis=1).reshape(shape)
        return own, np.where(is_open, np.maximum(others, 0), 0)

    def _paired(self, values: Ints, period: int, patterns: Patterns) -> Ints:
        """Moves between two members, which leave the total of every piece of time as it is: of each member."""
        pieces = sorted(self.calendar.pieces[period])
        members = range(values.shape[2])
        is_named = self._with_parts(self.tree.is_named)
        widest = np.zeros((len(is_named), values.shape[2]), dtype=np.int64)
        for move in self._moves(period, patterns):
            candidates = np.flatnonzero(~self._with_parts(move.pattern) & is_named)
            own, others = (found[candidates] for found in self._own_and_others(values[:, pieces], move.pattern))
            if move.back is None:
                rest_own, rest_others = (found.sum(axis=2, keepdims=True) - found for found in (own, others))
                found = (np.minimum(others, rest_own) + np.minimum(own, rest_others)).sum(axis=1)
            else:
                back = sorted(self.calendar.pieces[move.back])
                given = (found[candidates] for found in self._own_and_others(values[:, back], move.pattern))
                own_back, others_back = given
                found = np.stack([_exchanged(own, others, own_back, others_back, member) for member in members], axis=1)
            widest[candidates] = np.maximum(widest[candidates], found)
        return widest

    def _counts(self, family: Family, table: Table, period: int) -> Iterator[Interval]:
        """Distinct counts do not add up over time; that of a period lies between its parts' largest and their sum."""
        for values in table.counts.values():
            yield from self._count(values, period, family.patterns[table.name])

    def _count(self, values: Ints, period: int, patterns: Patterns) -> Iterator[Interval]:
        more, fewer = self._slack(values, period)
        chain = np.logical_or.reduce([patterns[other] for other in self.calendar.chain(period)])
        _, others = self._own_and_others(values[:, period], chain)
        own_more, others_more = self._own_and_others(more, patterns[period])
        own_fewer, others_fewer = self._own_and_others(fewer, patterns[period])
        bound = np.minimum(own_more, others_fewer) + np.minimum(own_fewer, others_more)
        width = np.maximum(np.where(self._with_parts(chain)[:, None], 0, others), bound)
        yield Interval(width, self.tree.sums(values[:, period]))

    def _slack(self, values: Ints, period: int) -> tuple[Ints, Ints]:
        """How many more or fewer each place could have in one period, all its other periods as they are."""
        here = values[:, period]
        more, fewer = np.full_like(here, _UNBOUNDED), here.copy()
        inside = [other for other, above in enumerate(self.calendar.enclosing) if above == period]
        if inside:
            more = values[:, inside].sum(axis=1) - here
            fewer = here - values[:, inside].max(axis=1)
        above = self.calendar.enclosing[period]
        if above is not None:
            beside = [other for other, around in enumerate(self.calendar.enclosing) if around == above]
            more = np.minimum(more, values[:, above] - here)
            fewer = np.minimum(fewer, values[:, beside].sum(axis=1) - values[:, above])
        return np.maximum(more, 0), np.maximum(fewer, 0)


_UNBOUNDED = 1 << 40
"""Where nothing above a node is shown, there is no telling what its surroundings hold."""


def _exchanged(own: Ints, others: Ints, own_back: Ints, others_back: Ints, member: int) -> Ints:
    """The best partner among the other members, for moves given back in another period."""
    best = np.zeros(len(own), dtype=np.int64)
    for partner in range(own.shape[2]):
        if partner != member:
            up = np.minimum(others[:, :, member], own[:, :, partner]).sum(axis=1)
            down = np.minimum(own[:, :, member], others[:, :, partner]).sum(axis=1)
            up_back = np.minimum(own_back[:, :, member], others_back[:, :, partner]).sum(axis=1)
            down_back = np.minimum(others_back[:, :, member], own_back[:, :, partner]).sum(axis=1)
            best = np.maximum(best, np.minimum(up, up_back) + np.minimum(down, down_back))
    return best


def as_fixed(earlier: Mapping[int, Bools], patterns: Patterns) -> list[Bools]:
    """Patterns with what earlier releases showed, which nobody forgets."""
    return [pattern | earlier[period] if period in earlier else pattern for period, pattern in enumerate(patterns)]
