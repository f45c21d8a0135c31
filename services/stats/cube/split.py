"""How an income base is divided among a group's members (DESIGN.md §4, "Split").

An amount is a pure function of the whole base of a (group, day, category, basis) and of the member list, never of a
difference: whoever knows both can compute every member's fen again. Each party's exact share is rounded down; the
fen left over go, one each, to the largest remainders, ties by SHA-256 of (group, day, category, member). What the
group keeps for itself is one more party, the last in ties.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from services.kit.money import split_by_weight

if TYPE_CHECKING:
    import numpy as np

ALL_BP = 10_000
_MOST = 2**63 - 1
"""Of what 64 bits hold; beyond it Python's own integers are taken."""


@dataclass(frozen=True, slots=True)
class Member:
    """A household or cooperative in a group, with the weight of its link (利益联结)."""

    subject_id: int
    kind: str
    weight: int


@dataclass(frozen=True)
class MemberList:
    """A group's members and terms on one day, as known at one position of the registry's feed."""

    members: tuple[Member, ...]
    members_bp: int
    """Part of the base that goes to members, in 1/10000."""
    region: str
    """Where the group is seated on that day; ``""`` when nothing is known of it."""

    @cached_property
    def weights(self) -> list[int]:
        """Of the members, and last of the group itself, in the proportion in which a base is divided."""
        kept = sum(member.weight for member in self.members) * (ALL_BP - self.members_bp)
        return [*(member.weight * self.members_bp for member in self.members), kept]

    @cached_property
    def weight_array(self) -> "np.ndarray":
        """The same as an array of 64-bit integers; asked for only where they fit."""
        import numpy as np  # noqa: PLC0415 - only who divides pays for loading it

        return np.array(self.weights, dtype=np.int64)

    @cached_property
    def whole_weight(self) -> int:
        """The sum of all weights."""
        return sum(self.weights)

    @cached_property
    def member_ids(self) -> "np.ndarray":
        """The members' subjects, in their order."""
        import numpy as np  # noqa: PLC0415

        return np.array([member.subject_id for member in self.members], dtype=np.int64)

    @cached_property
    def are_households(self) -> "np.ndarray":
        """Which of the members are households."""
        import numpy as np  # noqa: PLC0415

        return np.array([member.kind == "household" for member in self.members], dtype=bool)


@dataclass(frozen=True, slots=True)
class Division:
    """A base, divided: one amount for each member in the order of the list, and what the group keeps."""

    amounts: "np.ndarray"
    kept_fen: int

    @property
    def amounts_fen(self) -> list[int]:
        """The members' amounts as plain integers."""
        return [int(amount) for amount in self.amounts]


def tie_digests(group_id: int, day: date, category: str, members: Iterable[Member]) -> list[bytes]:
    """What decides between equal remainders, the smaller first: so no member is always first."""
    prefix = f"{group_id}|{day.isoformat()}|{category}|".encode()
    return [hashlib.sha256(b"%b%d" % (prefix, member.subject_id)).digest() for member in members]


def divide(base_fen: int, group_id: int, day: date, category: str, parties: MemberList) -> Division:
    """Divide a base that is not negative. Without members, or with nothing promised to them, the group keeps it all."""
    import numpy as np  # noqa: PLC0415

    members = parties.members
    if not members or parties.members_bp == 0 or base_fen == 0:
        return Division(np.zeros(len(members), dtype=np.int64), base_fen)
    if base_fen < 0:
        raise ValueError("a base is not negative")
    if base_fen * parties.whole_weight > _MOST:
        tie_order = [(0, digest) for digest in tie_digests(group_id, day, category, members)]
        *amounts, kept = split_by_weight(base_fen, parties.weights, [*tie_order, (1, b"")])
        return Division(np.array(amounts, dtype=np.int64), kept)
    parts, rests = np.divmod(parties.weight_array * base_fen, parties.whole_weight)
    left = base_fen - int(parts.sum())
    if left:
        # The largest remainders are all served but those that tie for what is left in the end.
        least = int(np.partition(rests, len(rests) - left)[len(rests) - left])
        served = rests > least
        parts[served] += 1
        tied: list[int] = np.flatnonzero(rests == least).tolist()
        count = left - int(served.sum())
        if count < len(tied):
            # By digest; the group itself, whose place is after the members', is the last.
            of_members = [place for place in tied if place < len(members)]
            digests = tie_digests(group_id, day, category, [members[place] for place in of_members])
            tied = [place for _, place in sorted(zip(digests, of_members, strict=True))] + [len(members)]
        parts[tied[:count]] += 1
    return Division(parts[:-1], int(parts[-1]))
