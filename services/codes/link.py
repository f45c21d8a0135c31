"""When two links of the same member and group are at odds, and which kinds may be linked."""

from dataclasses import dataclass
from datetime import date

from services.codes.code import Kind

_MAY_JOIN = {
    Kind.HOUSEHOLD: {Kind.COOPERATIVE, Kind.ENTERPRISE},
    Kind.COOPERATIVE: {Kind.ENTERPRISE},
    Kind.ENTERPRISE: set(),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a link says: the member's weight in the group, from ``valid_from`` until before ``valid_to``."""

    weight: int
    valid_from: date
    valid_to: date | None
    contract: str | None

    def overlaps(self, other: "Terms") -> bool:
        """Whether there is a day in both periods."""
        return (self.valid_to is None or other.valid_from < self.valid_to) and (
            other.valid_to is None or self.valid_from < other.valid_to
        )


def may_join(member: Kind, group: Kind) -> bool:
    """Whether subjects of these kinds can be linked."""
    return group in _MAY_JOIN[member]
