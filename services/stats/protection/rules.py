"""When a sum may be shown: threshold, dominance and p % for each kind of contributor. Pure.

After Hundepool et al., *Statistical Disclosure Control* (2012), ch. 4: a sum of ``n`` contributions x1 ≥ x2 ≥ … is
sensitive if n is below a threshold, if the largest one or two are more than a share of it (dominance), or if the second
largest contributor can estimate the largest to within p %: X − x1 − x2 < p/100 · x1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

HOUSEHOLD, BUSINESS, SHOP, PLATFORM = "household", "business", "shop", "platform"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked of the contributors of one kind behind a sum."""

    threshold: int
    """So many of them at least."""
    largest_percent: int
    """The largest is no more than this of the sum."""
    largest_two_percent: int
    """The two largest together are no more than this of it."""
    p_percent: int
    """The rest is at least this of the largest, so that the second largest cannot tell it any closer."""

    def is_safe(self, count: Ints, total: Ints, first: Ints, second: Ints) -> Bools:
        """Whether sums are safe: element by element. A sum without contributions says nothing about anybody."""
        total_of = total.astype(np.float64)
        enough = count >= self.threshold
        spread = (100.0 * first <= self.largest_percent * total_of) & (
            100.0 * (first + second) <= self.largest_two_percent * total_of
        )
        vague = 100.0 * (total_of - first - second) >= self.p_percent * first.astype(np.float64)
        safe: Bools = (count == 0) | (enough & spread & vague)
        return safe


def _by_kind() -> Mapping[str, Rule]:
    return MappingProxyType(
        {
            HOUSEHOLD: Rule(threshold=5, largest_percent=80, largest_two_percent=90, p_percent=10),
            BUSINESS: Rule(threshold=3, largest_percent=80, largest_two_percent=90, p_percent=10),
            SHOP: Rule(threshold=3, largest_percent=80, largest_two_percent=90, p_percent=10),
            PLATFORM: Rule(threshold=2, largest_percent=95, largest_two_percent=100, p_percent=0),
        }
    )


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a house. A kind without a rule is not protected."""

    by_kind: Mapping[str, Rule] = field(default_factory=_by_kind)
    interval_percent: int = 10
    """What is hidden must stay uncertain by this much of itself."""

    def holder_is_safe(self, count: Ints, total: Ints, first: Ints, second: Ints, with_household: Bools) -> Bools:
        """Whether sums are safe for the holders of codes behind them: as households where one is among them."""
        safe: Bools = np.where(
            with_household,
            self.by_kind[HOUSEHOLD].is_safe(count, total, first, second),
            self.by_kind[BUSINESS].is_safe(count, total, first, second),
        )
        return safe
