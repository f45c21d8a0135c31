"""The ladder of incomes: from the state at one position to that at a later one, a cause at a time. Pure.

First the net sales of each source's day change, by what was entered, under the ratio and list of the beginning; then
the ratio; then the list; then whom was paid. A source's day that cannot be retraced (its base is not net × ratio) stays
as it was until the ratio's step, so the last state is always that of the later position.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from services.stats.cube.replay import State
from services.stats.cube.settlement import Key, SourceDay, SourceDays
from services.stats.revision.causes import OF_ENTRIES, Cause

Ratio = tuple[str, int]
"""Basis, and ten-thousandths of net sales."""
_ALL = 10_000


def climb(
    before: State,
    after: State,
    entered: Mapping[Key, Mapping[Cause, int]],
    ratios: Mapping[Key, Ratio],
) -> Iterator[tuple[Cause, State]]:
    """Each cause with the state that it leads to; the last is ``after``.

    ``ratios`` are those of the beginning, or those of the end where there was nothing yet.
    """
    nets = {key: sum(day.net_fen for day in bases.values()) for key, bases in before.sources.items()}
    sources = dict(before.sources)
    for cause in OF_ENTRIES:
        for key, amounts in entered.items():
            if amounts.get(cause) and key in ratios and _is_retraced(before.sources.get(key, {}), ratios[key]):
                nets[key] = nets.get(key, 0) + amounts[cause]
                sources[key] = _settled(key, nets[key], ratios[key], before.sources, after.sources)
        yield cause, State(dict(sources), before.paid)
    yield Cause.RESETTLEMENT, State(_with_lists_of(after.sources, before.sources), before.paid)
    yield Cause.MEMBER_LISTS, State(after.sources, before.paid)
    yield Cause.PAYMENTS, after


def _is_retraced(bases: Mapping[str, SourceDay], ratio: Ratio) -> bool:
    """Whether what a source's day had is net × ratio, all under one basis."""
    basis, ratio_bp = ratio
    net = sum(day.net_fen for day in bases.values())
    base = sum(day.base_fen for day in bases.values())
    others = any(day.net_fen or day.base_fen for name, day in bases.items() if name != basis)
    return not others and base == net * ratio_bp // _ALL


def _settled(key: Key, net_fen: int, ratio: Ratio, before: SourceDays, after: SourceDays) -> dict[str, SourceDay]:
    """A source's day with another net. A net that is short of nought for a moment has no base."""
    basis, ratio_bp = ratio
    known = {**after.get(key, {}), **before.get(key, {})}
    pattern = known.get(basis) or next(iter(known.values()))
    day = replace(pattern, net_fen=net_fen, base_fen=max(0, net_fen) * ratio_bp // _ALL)
    return {basis: day}


def _with_lists_of(sources: SourceDays, lists: SourceDays) -> SourceDays:
    """The bases of one state, divided by the lists of another; a day that is new has its own."""
    return {
        key: {
            basis: replace(day, list_position=_list_position(lists[key])) if lists.get(key) else day
            for basis, day in bases.items()
        }
        for key, bases in sources.items()
    }


def _list_position(bases: Mapping[str, SourceDay]) -> int:
    return max(day.list_position for day in bases.values())
