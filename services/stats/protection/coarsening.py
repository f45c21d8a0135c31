"""Which divisions a table shows at one grain of time: as many as leave no unsafe remainder.

Showing some nodes of a tree is showing, by subtraction, the sum of what stands in each shown node and in none shown
below it: its *remainder*. The remainders cut the places into blocks that do not meet, so whoever adds and subtracts
learns the sums of unions of blocks and nothing else. So a remainder must be safe, or empty; and what it consists of
must be more than one node, or it would be known.

From the places upwards, every node first hides the children whose own remainders are unsafe. If what then remains of
it is not safe, it hides one more, the one whose loss makes most of it safe and costs least, until it is (a child of
which everything inside is shown would add nothing: something inside it is hidden with it). If all its children do not
suffice, it is itself to be hidden, and they stand as they are.
"""

import numpy as np

from services.stats.protection.arrays import Bools, Ints
from services.stats.protection.geography import Geography
from services.stats.protection.rules import Rules
from services.stats.protection.table import Summary

_OF_ROOT_PERCENT = 90
"""So much of all there is may be hidden for the root, at most."""


class Coarsening:
    """The pattern of one grain of time on its way. What it hides once it never shows again."""

    def __init__(self, geography: Geography, places: Summary, rules: Rules) -> None:
        """``places`` is about the nodes that are places."""
        self.parents = geography.parents
        self.children = geography.children
        self.rules = rules
        self.worth = geography.sums(places.total.sum(axis=1))
        self.losses = geography.losses(self.worth)
        self.shown = np.ones(geography.size, dtype=np.bool_)
        self.allowed = self.shown
        self.unsettled = ~geography.is_place
        self.opened: list[int] = []
        self.remainders = Summary(
            places.count.copy(), places.total.copy(), places.first.copy(), places.second.copy(),
            places.with_household.copy(),
        )  # fmt: skip

    def choose(self, allowed: Bools) -> Bools:
        """The nodes to show, among those ``allowed`` and shown before."""
        self.allowed = allowed & self.shown
        for node in np.flatnonzero(self.shown & ~allowed).tolist():
            above = int(self.parents[node])
            while above >= 0 and not self.unsettled[above]:
                self.unsettled[above] = True
                above = int(self.parents[above])
        self.shown &= allowed
        for node in np.flatnonzero(self.unsettled)[::-1].tolist():
            self._settle(node)
        self.unsettled[:] = False
        own = _take(self.remainders, np.array([0]))
        self.shown[0] = bool(self.allowed[0]) and bool(_is_safe(own, self.rules).all())
        return self.shown.copy()

    def _settle(self, node: int) -> None:
        """Decide about the children of a node."""
        children = self.children[node]
        safe = _is_safe(_take(self.remainders, children), self.rules).all(axis=1)
        wanted = self.allowed[children] & safe
        self.shown[children] = wanted
        before, self.opened = self.shown.copy(), []
        if self.allowed[node] and not self._make_safe(node, children):
            self.shown = before
            for opened in sorted(self.opened, reverse=True):
                self._sum_up(opened)
        self._sum_up(node)

    def _sum_up(self, node: int) -> None:
        """What remains of a node, of what its children say."""
        children = self.children[node]
        _store(self.remainders, node, _merge(_take(self.remainders, children), ~self.shown[children]))

    def _make_safe(self, node: int, children: Ints) -> bool:
        """Hide more, until what remains of the parent is safe; answers whether it can be with less lost than itself."""
        while True:
            part = _take(self.remainders, children)
            kept, filled = self.shown[children], part.total.any(axis=1)
            parts = int((filled & ~kept).sum())
            remainder = _merge(part, ~kept)
            if parts == 0 or (parts > 1 and _is_safe(remainder, self.rules).all()):
                return True
            candidates = np.flatnonzero(kept & filled)
            if len(candidates):
                among = self._alone(children, candidates)
                cheapest = _cheapest(part, among, remainder, self.losses[children], self.rules)
                if self.losses[children[cheapest]] > self._bearable(node):
                    return False
                self.shown[children[cheapest]] = False
            elif not self._open(children[kept & (self.worth[children] > 0)]):
                return False

    def _bearable(self, node: int) -> int:
        """What may be lost so that a node can be shown. The root costs nobody else if it is not: it is hidden itself
        before nearly all that is in it.
        """
        whole = int(self.losses[node])
        return whole if self.parents[node] >= 0 else whole * _OF_ROOT_PERCENT // 100

    def _alone(self, children: Ints, candidates: Ints) -> Ints:
        """Those candidates with which nothing else is lost, if there are such."""
        alone = candidates[self.losses[children[candidates]] <= self.worth[children[candidates]]]
        return alone if len(alone) else candidates

    def _open(self, nodes: Ints) -> bool:
        """Give the smallest of some shown nodes, of which all is shown, something that is not; answers if it has."""
        if not len(nodes):
            return False
        node = int(nodes[np.lexsort((nodes, self.losses[nodes]))[0]])
        below = self.children[node]
        below = below[self.shown[below] & (self.worth[below] > 0)]
        if not len(below):
            return False
        filled = below[self.remainders.total[below].any(axis=1)]
        if not len(filled):
            if not self._open(below):
                return False
            filled = below[self.remainders.total[below].any(axis=1)]
        self.shown[filled[np.lexsort((filled, self.losses[filled]))[0]]] = False
        self.opened.append(node)
        self._sum_up(node)
        return True


def _cheapest(part: Summary, candidates: Ints, remainder: Summary, losses: Ints, rules: Rules) -> int:
    """The candidate whose loss makes most of the remainder safe; of several, the one with which least is lost: so much
    has to be left uncertain of it.
    """
    joined = _join(_take(part, candidates), remainder)
    gains = _is_safe(joined, rules).sum(axis=1)
    return int(candidates[np.lexsort((candidates, losses[candidates], -gains))[0]])


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
