"""How an income base is divided among a group's members (DESIGN.md §4, "Split").

An amount is a pure function of the whole base of a (group, day, category, basis) and of the member list, never of a
difference: whoever knows both can compute every member's fen again. Each party's exact share is rounded down; the
fen left over go, one each, to the largest remainders, ties by SHA-256 of (group, day, category, member). What the
group keeps for itself is one more party, the last in ties.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.kit.money import split_by_weight

ALL_BP = 10_000


@dataclass(frozen=True, slots=True)
class Member:
    """A household or cooperative in a group, with the weight of its link (利益联结)."""

    subject_id: int
    kind: str
    weight: int


@dataclass(frozen=True, slots=True)
class MemberList:
    """A group's members and terms on one day, as known at one position of the registry's feed."""

    members: tuple[Member, ...]
    members_bp: int
    """Part of the base that goes to members, in 1/10000."""
    region: str
    """Where the group is seated on that day; ``""`` when nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Division:
    """A base, divided: one amount for each member in the order of the list, and what the group keeps."""

    amounts_fen: Sequence[int]
    kept_fen: int


def tie_digests(group_id: int, day: date, category: str, members: Sequence[Member]) -> list[bytes]:
    """What decides between equal remainders, the smaller first: so no member is always first."""
    prefix = f"{group_id}|{day.isoformat()}|{category}|".encode()
    return [hashlib.sha256(b"%b%d" % (prefix, member.subject_id)).digest() for member in members]


def divide(base_fen: int, group_id: int, day: date, category: str, parties: MemberList) -> Division:
    """Divide a base that is not negative. Without members, or with nothing promised to them, the group keeps it all."""
    members = parties.members
    if not members or parties.members_bp == 0 or base_fen == 0:
        return Division([0] * len(members), base_fen)
    total_weight = sum(member.weight for member in members)
    weights = [member.weight * parties.members_bp for member in members]
    weights.append(total_weight * (ALL_BP - parties.members_bp))
    tie_order = [(0, digest) for digest in tie_digests(group_id, day, category, members)]
    tie_order.append((1, b""))
    *amounts, kept = split_by_weight(base_fen, weights, tie_order)
    return Division(amounts, kept)
