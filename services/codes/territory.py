"""Trees of divisions as ranges of codes: what lies in a division shares its leading digits."""

from collections.abc import Iterable
from typing import NamedTuple

from services.kit.territory import region_prefix


class CodeRange(NamedTuple):
    """Division codes with ``low <= code < high``, as text."""

    low: str
    high: str


def tree_of(root: str) -> CodeRange:
    """The codes of a division and of all below it."""
    prefix = region_prefix(root)
    return CodeRange(prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1))


def trees_of(roots: Iterable[str], *, within: str | None = None) -> list[CodeRange]:
    """The trees of ``roots``, those inside others left out, cut down to the tree of ``within`` if that is given."""
    prefixes = {region_prefix(root) for root in roots}
    outermost = {one for one in prefixes if not any(one != other and one.startswith(other) for other in prefixes)}
    if within is not None:
        asked = region_prefix(within)
        if any(asked.startswith(prefix) for prefix in outermost):
            outermost = {asked}
        else:
            outermost = {prefix for prefix in outermost if prefix.startswith(asked)}
    return [tree_of(prefix.ljust(12, "0")) for prefix in sorted(outermost)]
