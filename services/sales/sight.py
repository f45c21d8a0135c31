"""What a caller may see of sales: a platform its own part, everybody else what lies in their regions."""

from dataclasses import dataclass
from typing import Any

from services.kit.auth import Caller
from services.kit.territory import region_prefix

_PROVINCE_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Sight:
    """The limits of a caller."""

    platform: str | None
    """The only platform whose rows are seen, or ``None``."""
    roots: list[str] | None
    """Leading digits of the divisions whose rows are seen; ``None``: regions are no limit (the platform is)."""
    whole_province: bool
    """Whether rows that belong to no division yet are seen."""

    def limits(self) -> dict[str, Any]:
        """The parameters ``own_platform`` and ``roots`` that every reading statement binds."""
        return {"own_platform": self.platform, "roots": self.roots}


def sight_of(caller: Caller) -> Sight:
    """The sight of ``caller``. Without a platform and without regions it sees nothing."""
    if caller.platform is not None:
        return Sight(caller.platform, None, whole_province=True)
    roots = [region_prefix(root) for root in caller.regions]
    return Sight(None, roots, whole_province=any(len(root) == _PROVINCE_DIGITS for root in roots))
