"""The periods of a release as a tree: which make up which. Pure.

The pieces are the finest spans that the periods cut time into. What a period holds beyond the periods in it follows by
subtraction, so it is a period here too, without a name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """Periods that stand side by side in one that encloses them, and are shown for a division all or none."""

    enclosing: int | None
    periods: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Periods, by number, as sets of pieces; each after the one that encloses it."""

    labels: tuple[str, ...]
    """Empty for a period without a name."""
    pieces: tuple[frozenset[int], ...]
    enclosing: tuple[int | None, ...]
    groups: tuple[Group, ...]
    """What encloses comes first."""
    group_of: tuple[int, ...]
    piece_count: int

    def within(self, period: int) -> list[int]:
        """The period and those in it."""
        return [other for other, pieces in enumerate(self.pieces) if pieces <= self.pieces[period]]

    def chain(self, period: int) -> list[int]:
        """The period and those that enclose it, from the inside out."""
        found = [period]
        while (above := self.enclosing[found[-1]]) is not None:
            found.append(above)
        return found


def build_calendar(periods: Mapping[str, tuple[int, int]]) -> Calendar:
    """A calendar of periods given by label as [first, past) in any whole units, such as ordinals of days.

    Raises ``ValueError`` where two periods cross.
    """
    cuts = sorted({cut for span in periods.values() for cut in span})
    pieces = {cut: number for number, cut in enumerate(cuts)}
    by_size = sorted(periods.items(), key=lambda item: (item[1][0] - item[1][1], item[1][0], item[0]))
    sets = [(label, frozenset(range(pieces[first], pieces[past]))) for label, (first, past) in by_size]
    order: list[tuple[str, frozenset[int]]] = []
    for label, held in sets:
        if any(held & other and not held <= other for _, other in order):
            raise ValueError(label)
        order.append((label, held))
    for _, held in list(order):
        parts = [other for _, other in order if other < held]
        rest = held.difference(*parts) if parts else frozenset()
        if rest:
            order.append(("", frozenset(rest)))
    order.sort(key=lambda item: (-len(item[1]), min(item[1]), item[0]))
    return _arrange(order, len(cuts) - 1)


def _arrange(order: Sequence[tuple[str, frozenset[int]]], piece_count: int) -> Calendar:
    enclosing: list[int | None] = []
    for number, (_, held) in enumerate(order):
        around = [other for other in range(number) if held <= order[other][1]]
        enclosing.append(max(around) if around else None)
    tops = [Group(None, (number,)) for number, above in enumerate(enclosing) if above is None]
    nested = [
        Group(number, inside)
        for number in range(len(order))
        if (inside := tuple(other for other, above in enumerate(enclosing) if above == number))
    ]
    groups = (*tops, *nested)
    group_of = [0] * len(order)
    for number, group in enumerate(groups):
        for period in group.periods:
            group_of[period] = number
    return Calendar(
        labels=tuple(label for label, _ in order),
        pieces=tuple(held for _, held in order),
        enclosing=tuple(enclosing),
        groups=groups,
        group_of=tuple(group_of),
        piece_count=piece_count,
    )
