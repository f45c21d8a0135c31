"""What to hide so that something hidden becomes uncertain: as little as will do.

What a hidden node can be moved by is what it holds in places that no shown node below it holds, against what its block
holds beside it. So hiding a shown node adds its own *remainder* to either, not all that is in it; and what is hidden
must be made uncertain itself, by a share of all that is in it.
"""

from dataclasses import dataclass, field

import numpy as np

from services.stats.protection.arrays import Bools, Ints
from services.stats.protection.geography import Geography


@dataclass(slots=True)
class Hiding:
    """One round of a pattern: what is shown, and what will be allowed to be."""

    geography: Geography
    shown: Bools
    allowed: Bools
    """Changed: what is hidden is taken out."""
    places: Ints
    """What each place is worth, by node."""
    percent: int
    block: Ints = field(init=False)
    worth: Ints = field(init=False)
    """With all that is in a node."""
    _losses: Ints = field(init=False)
    _uncertain: Ints = field(init=False)
    """What a node must be made uncertain for: of the largest part of a division, for all of this."""
    _own: Ints = field(init=False)
    _reserve: Ints = field(init=False)

    def __post_init__(self) -> None:
        """Sum up once, for all that is hidden in this round."""
        self.block = self.geography.enclosing(self.shown)
        self.worth = self.geography.sums(self.places)
        self._own = self.geography.gather(self.places, self.shown)
        in_hidden_places = np.where(self.shown, 0, self.places)
        self._reserve = np.where(self.geography.is_place, self.places, self.geography.sums(in_hidden_places))
        self._losses = self.geography.losses(self.worth)
        self._uncertain = self.worth.copy()
        for parts in map(np.array, self.geography.divided):
            self._uncertain[parts[self.worth[parts].argmax()]] = self.worth[parts].sum()

    def inside(self, node: int) -> None:
        """Hide something within a node, so that it has more of its own to be moved, or more to be left of it."""
        enough = self._enough(node) - int(self._own[node]) if not self.shown[node] else 1
        self._hide(self._below(node), enough, node)

    def beside(self, node: int) -> None:
        """Hide something in the block of a node and not within it, so that there is more to move it against."""
        block = int(self.block[node])
        inside = set(self._below(node))
        held = int(self._own[block] - self._own[node]) if block >= 0 else 0
        found = [other for other in self._below(max(block, 0)) if other not in inside]
        self._hide(found or sorted(inside), self._enough(node) - held, node)

    def _enough(self, node: int) -> int:
        """Half of the width that a node needs: it can be moved up and down by the smaller of two sums."""
        return -(-int(self._uncertain[node]) * self.percent // 200)

    def _hide(self, found: list[int], enough: int, node: int) -> None:
        """Hide, of some shown nodes: the one worth least whose remainder is enough; or several that are rich in what is
        hidden, until they are; or, where there are none, the one worth least that may become so, for the next round.
        """
        found = [one for one in found if self.allowed[one]]
        sufficient = [one for one in found if self._own[one] >= max(enough, 1)]
        rich = [one for one in found if self._own[one] * 100 >= self.percent * self.worth[one] > 0]
        if sufficient:
            self.allowed[min(sufficient, key=lambda one: (self._losses[one], one))] = False
        elif rich:
            held = 0
            for one in sorted(rich, key=lambda one: (-self._own[one] / self._losses[one], -self.worth[one], one)):
                self.allowed[one] = False
                held += int(self._own[one])
                if held >= enough:
                    break
        elif some := sorted(
            (one for one in found if self.worth[one] > 0), key=lambda one: self._by_reserve(one, enough)
        ):
            held = 0
            for one in some:
                self.allowed[one] = False
                held += int(self._reserve[one])
                if held >= enough or not self._reserve[one]:
                    break
        elif self.block[node] >= 0:
            self.allowed[self.block[node]] = False

    def _by_reserve(self, node: int, enough: int) -> tuple[bool, int, int]:
        reserve = int(self._reserve[node])
        return (reserve < enough, int(self._losses[node]) if reserve >= enough else -reserve, node)

    def _below(self, node: int) -> list[int]:
        """The uppermost shown nodes below a node."""
        found: list[int] = []
        queue = [node]
        for above in queue:
            for child in self.geography.children[above]:
                (found if self.shown[child] else queue).append(int(child))
        return found
