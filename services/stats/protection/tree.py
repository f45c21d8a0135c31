"""A tree (or several) of sets of places, and sums over what a pattern of shown nodes leaves. Arrays, level by level."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from services.stats.protection.arrays import Bools, Ints

_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Tree:
    """Nodes stand after their parents, level by level, and the children of one node side by side."""

    parents: Ints
    """Each node's parent; −1 for a root."""
    depths: Ints
    is_named: Bools
    """Whether a node is, or is a part of, something with a name. What is seated in a county itself has none."""
    divided: Sequence[tuple[int, ...]]
    """The nodes of each division that lies in several units."""

    @property
    def size(self) -> int:
        """How many nodes there are."""
        return len(self.parents)

    @cached_property
    def _levels(self) -> list[tuple[slice, Ints, Ints]]:
        """Below the roots: the nodes of each depth, their parents, and where the children of each begin."""
        cuts = np.searchsorted(self.depths, np.arange(1, int(self.depths.max(initial=0)) + 2))
        found = []
        for first, past in pairwise(cuts.tolist()):
            above, begins = np.unique(self.parents[first:past], return_index=True)
            found.append((slice(first, past), above, begins))
        return found

    @cached_property
    def is_place(self) -> Bools:
        """Whether nothing is below a node."""
        found = np.ones(self.size, dtype=np.bool_)
        found[self.parents[self.parents >= 0]] = False
        return found

    @cached_property
    def parts(self) -> Ints:
        """The parts of divisions that lie in several units, one division after another."""
        return np.array([node for nodes in self.divided for node in nodes], dtype=np.int64)

    @cached_property
    def other_parts(self) -> tuple[Ints, Ints]:
        """For each of ``parts``, by its number there, each other part of the division."""
        pairs: list[tuple[int, int]] = []
        first = 0
        for nodes in self.divided:
            pairs += [(first + i, other) for i, one in enumerate(nodes) for other in nodes if one != other]
            first += len(nodes)
        number, other = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        return number, other

    def with_all_parts(self, nodes: Bools) -> Bools:
        """Nodes, and with a part of a division that lies in several units all its other parts."""
        found = nodes.copy()
        for parts in map(list, self.divided):
            found[parts] |= nodes[parts].any()
        return found

    @cached_property
    def _joined(self) -> list[Ints]:
        """Parts that are lost together: those of one division, and of divisions that have a part in common."""
        groups: list[set[int]] = []
        for nodes in self.divided:
            meeting = [group for group in groups if group & set(nodes)]
            groups = [group for group in groups if group not in meeting] + [set(nodes).union(*meeting)]
        return [np.array(sorted(group)) for group in groups]

    def losses(self, worth: Ints) -> Ints:
        """What is lost with each node that is hidden: what it is worth, and with a part of a division what all are;
        and no less than with something inside it, for that must be hidden too.
        """
        found = worth.copy()
        for nodes in self._joined:
            found[nodes] = worth[nodes].sum()
        for level, above, begins in reversed(self._levels):
            least = np.minimum.reduceat(np.where(worth[level] > 0, found[level], _NEVER), begins)
            found[above] = np.maximum(found[above], np.where(least < _NEVER, least, 0))
        return found

    def gather(self, values: Ints, shown: Bools) -> Ints:
        """Sum values of places (by node) up the tree, but not out of nodes that are shown: what stands in each node and
        in none that is shown below it.
        """
        open_sums = values.copy()
        hidden = (~shown).reshape(-1, *[1] * (values.ndim - 1))
        for level, above, begins in reversed(self._levels):
            open_sums[above] += np.add.reduceat(open_sums[level] * hidden[level], begins, axis=0)
        return open_sums

    def enclosing(self, shown: Bools) -> Ints:
        """For every node, the nearest one above it (or itself) that is shown; −1 where there is none."""
        found = np.where(shown, np.arange(self.size), -1)
        for level, _, _ in self._levels:
            found[level] = np.where(shown[level], found[level], found[self.parents[level]])
        return found

    def sums(self, values: Ints) -> Ints:
        """Sum values of places (by node) up the tree."""
        return self.gather(values, np.zeros(self.size, dtype=np.bool_))

    def tops(self) -> Ints:
        """For every node, the one just below the root that it lies in; the root's is itself."""
        found = np.arange(self.size)
        for level, _, _ in self._levels[1:]:
            found[level] = found[self.parents[level]]
        return found

    def part(self, inside: Bools, edge: Bools) -> "tuple[Ints, Tree]":
        """The trees that some nodes form among themselves and with those at their edge, which are the ends of them:
        nothing hangs from these. Answers the number here of each node there, too.
        """
        parents = np.where((self.parents >= 0) & inside[self.parents], self.parents, -1)
        depths = np.zeros(self.size, dtype=np.int64)
        for level, _, _ in self._levels:
            depths[level] = np.where(parents[level] >= 0, depths[parents[level]] + 1, 0)
        numbers = np.flatnonzero(inside | edge)
        numbers = numbers[np.argsort(depths[numbers], kind="stable")]
        renumbered = np.full(self.size + 1, -1, dtype=np.int64)
        renumbered[numbers] = np.arange(len(numbers))
        parts = [tuple(renumbered[list(parts)].tolist()) for parts in self.divided]
        among = [tuple(node for node in part if node >= 0) for part in parts]
        return numbers, Tree(
            parents=renumbered[parents[numbers]],
            depths=depths[numbers],
            is_named=self.is_named[numbers],
            divided=[part for part in among if part],
        )
