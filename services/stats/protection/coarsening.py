"""Which divisions a table shows at one grain of time: as many as leave no unsafe remainder.

Showing some nodes of a tree is showing, by subtraction, the sum of what stands in each shown node and in none shown
below it: its *remainder*. The remainders cut the places into blocks that do not meet, so whoever adds and subtracts
learns the sums of unions of blocks and nothing else. So a remainder must be safe, or empty; and what it consists of
must be more than one node, or it would be known.

From the places upwards, every node first hides the children whose own remainders are unsafe. If what then remains of
it is not safe, it hides one more, the one whose loss makes most of it safe and costs least, until it is. If all its
children do not suffice, it is itself to be hidden, and they stand as they are.
"""

import numpy as np

from services.stats.protection.geography import Geography
from services.stats.protection.rules import Bools, Ints, Rules
from services.stats.protection.table import Summary


def coarsen(geography: Geography, places: Summary, allowed: Bools, rules: Rules) -> Bools:
    """The nodes to show, among those ``allowed``. ``places`` is about the nodes that are places."""
    remainders = Summary(
        places.count.copy(), places.total.copy(), places.first.copy(), places.second.copy(),
        places.with_household.copy(),
    )  # fmt: skip
    shown = np.zeros(geography.size, dtype=np.bool_)
    for node in range(geography.size - 1, -1, -1):
        children = geography.children[node]
        if len(children):
            part = _take(remainders, children)
            safe = _is_safe(part, rules).all(axis=1)
            kept = _keep(part, allowed[children] & safe, rules=rules, must_hold=bool(allowed[node]))
            shown[children] = kept
            _store(remainders, node, _merge(part, ~kept))
    own = _take(remainders, np.array([0]))
    shown[0] = bool(allowed[0]) and bool(_is_safe(own, rules).all())
    return shown


def _keep(part: Summary, wanted: Bools, *, rules: Rules, must_hold: bool) -> Bools:
    """Which children stay shown, of those ``wanted``, so that what remains of the parent is safe if it can be."""
    kept = wanted.copy()
    filled = part.total.any(axis=1)
    while must_hold:
        parts = int((filled & ~kept).sum())
        remainder = _merge(part, ~kept)
        if parts == 0 or (parts > 1 and _is_safe(remainder, rules).all()):
            return kept
        candidates = np.flatnonzero(kept & filled)
        if not len(candidates):
            return wanted
        kept[_cheapest(part, candidates, remainder, rules)] = False
    return wanted


def _cheapest(part: Summary, candidates: Ints, remainder: Summary, rules: Rules) -> int:
    """The candidate whose loss makes most of the remainder safe; of several, the smallest."""
    joined = _join(_take(part, candidates), remainder)
    gains = _is_safe(joined, rules).sum(axis=1)
    worth = part.total[candidates].sum(axis=1)
    return int(candidates[np.lexsort((candidates, worth, -gains))[0]])


def _take(summary: Summary, rows: Ints) -> Summary:
    return Summary(
        summary.count[rows], summary.total[rows], summary.first[rows], summary.second[rows],
        summary.with_household[rows],
    )  # fmt: skip


def _store(summary: Summary, node: int, found: Summary) -> None:
    summary.count[node], summary.total[node] = found.count, found.total
    summary.first[node], summary.second[node] = found.first, found.second
    summary.with_household[node] = found.with_household


def _merge(part: Summary, rows: Bools) -> Summary:
    """Several sets of places put together."""
    if not rows.any():
        nothing = np.zeros(part.count.shape[1], dtype=np.int64)
        return Summary(nothing, nothing, nothing, nothing, nothing.astype(np.bool_))
    tops = np.sort(np.concatenate([part.first[rows], part.second[rows]]), axis=0)
    return Summary(
        part.count[rows].sum(axis=0), part.total[rows].sum(axis=0), tops[-1], tops[-2],
        np.asarray(part.with_household[rows].any(axis=0)),
    )  # fmt: skip


def _join(each: Summary, one: Summary) -> Summary:
    """Each of several sets put together with one other."""
    shape = each.first.shape
    other = (np.broadcast_to(one.first, shape), np.broadcast_to(one.second, shape))
    tops = np.sort(np.stack([each.first, each.second, *other]), axis=0)
    return Summary(
        each.count + one.count, each.total + one.total, tops[-1], tops[-2], each.with_household | one.with_household
    )


def _is_safe(found: Summary, rules: Rules) -> Bools:
    return rules.holder_is_safe(found.count, found.total, found.first, found.second, found.with_household)
