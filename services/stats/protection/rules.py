"""When a sum may be shown: threshold, dominance and p % for each kind of contributor. Pure, and read where nothing is
protected too, so it does without numpy.

After Hundepool et al., *Statistical Disclosure Control* (2012), ch. 4: a sum of ``n`` contributions x1 ≥ x2 ≥ … is
sensitive if n is below a threshold, if the largest one or two are more than a share of it (dominance), or if the second
largest contributor can estimate the largest to within p %: X − x1 − x2 < p/100 · x1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from services.stats.protection.arrays import Bools, Ints

_ALL = 100
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

    def __post_init__(self) -> None:
        """Bounds of what makes sense."""
        shares = (self.largest_percent, self.largest_two_percent, self.p_percent)
        if self.threshold < 1 or not all(0 <= share <= _ALL for share in shares):
            raise ValueError(f"threshold ≥ 1, percents 0–100: {self}")

    def is_safe(self, count: Ints, total: Ints, first: Ints, second: Ints) -> Bools:
        """Whether sums are safe: element by element. A sum without contributions says nothing about anybody."""
        total_of = total.astype("float64")
        enough = count >= self.threshold
        spread = (100.0 * first <= self.largest_percent * total_of) & (
            100.0 * (first + second) <= self.largest_two_percent * total_of
        )
        vague = 100.0 * (total_of - first - second) >= self.p_percent * first.astype("float64")
        safe: Bools = (count == 0) | (enough & spread & vague)
        return safe

    def is_as_strict_as(self, other: Rule) -> bool:
        """Whether all that is safe under this is safe under another."""
        return (
            self.threshold >= other.threshold
            and self.largest_percent <= other.largest_percent
            and self.largest_two_percent <= other.largest_two_percent
            and self.p_percent >= other.p_percent
        )


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

    def __post_init__(self) -> None:
        """Households and businesses have a rule always: theirs are the holders of codes."""
        if not {HOUSEHOLD, BUSINESS} <= self.by_kind.keys() or not 1 <= self.interval_percent <= _ALL:
            raise ValueError(f"household, business, interval_percent 1–100: {self}")

    def holder_is_safe(self, count: Ints, total: Ints, first: Ints, second: Ints, with_household: Bools) -> Bools:
        """Whether sums are safe for the holders of codes behind them: as households where one is among them."""
        of_households = self.by_kind[HOUSEHOLD].is_safe(count, total, first, second)
        of_businesses = self.by_kind[BUSINESS].is_safe(count, total, first, second)
        safe: Bools = (with_household & of_households) | (~with_household & of_businesses)
        return safe

    def with_changes(self, changes: Mapping[str, Any]) -> Rules:
        """These rules but for what is said otherwise: by kind, what is asked of it; and ``interval_percent``.

        Raises ``ValueError`` where a kind or a name is unknown, or a number is out of bounds.
        """
        kinds = dict(self.by_kind)
        for kind, changed in changes.items():
            if kind != "interval_percent":
                if kind not in kinds:
                    raise ValueError(kind)
                kinds[kind] = Rule(**(asdict(kinds[kind]) | dict(changed)))
        return Rules(MappingProxyType(kinds), changes.get("interval_percent", self.interval_percent))

    def written(self) -> dict[str, Any]:
        """As they are kept with a release; :func:`read_rules` reads them."""
        return {kind: asdict(rule) for kind, rule in self.by_kind.items()} | {"interval_percent": self.interval_percent}

    def is_as_strict_as(self, other: Rules) -> bool:
        """Whether all that is safe under these is safe under others."""
        return self.interval_percent >= other.interval_percent and all(
            kind in self.by_kind and self.by_kind[kind].is_as_strict_as(rule) for kind, rule in other.by_kind.items()
        )


def read_rules(written: Mapping[str, Any]) -> Rules:
    """The rules that were kept."""
    kinds = {kind: Rule(**asked) for kind, asked in written.items() if kind != "interval_percent"}
    return Rules(MappingProxyType(kinds), written["interval_percent"])
