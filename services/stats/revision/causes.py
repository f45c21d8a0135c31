"""Why a figure moved. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Cause(StrEnum):
    """What was recorded between two positions, in the order in which a movement is divided among them."""

    LATE_ORDERS = "late_orders"
    TAKEN_UP = "taken_up"
    REFUNDS = "refunds"
    CORRECTIONS = "corrections"
    RESETTLEMENT = "resettlement"
    MEMBER_LISTS = "member_lists"
    PAYMENTS = "payments"
    ROSTER_CHANGES = "roster_changes"


WORDS = {
    Cause.LATE_ORDERS: ("补报订单", "Orders that came later"),
    Cause.TAKEN_UP: ("待挂接订单找到归属", "Parked orders that found whose they are"),
    Cause.REFUNDS: ("退款", "Refunds"),
    Cause.CORRECTIONS: ("更正、取消、重新归属", "Corrections: reassigned or cancelled"),
    Cause.RESETTLEMENT: ("收入系数变更后的重新结算", "Settled again under another ratio"),
    Cause.MEMBER_LISTS: ("成员名单变更", "Member lists that changed"),
    Cause.PAYMENTS: ("付款登记、作废、随码更正收款户", "Payments recorded, voided, or moved with their codes"),
    Cause.ROSTER_CHANGES: (
        "名册变更:迁移、人口、身份、追溯登记",
        "The roster: moves, persons, status, late registrations",
    ),
}
"""In Chinese and English."""
OF_ENTRIES = (Cause.LATE_ORDERS, Cause.TAKEN_UP, Cause.REFUNDS, Cause.CORRECTIONS, Cause.ROSTER_CHANGES)
"""The causes of entries of the ledger, in the order of a ladder of sales."""

_BY_ITSELF = "uptake"
"""The channel of batches that the house makes when something is learnt that earlier ones lacked."""


def cause_of(entry_cause: str, channel: str) -> Cause:
    """Why there is an entry: by its own cause, and by how its batch came in."""
    if entry_cause == "refund":
        return Cause.REFUNDS
    if entry_cause == "sale":
        return Cause.TAKEN_UP if channel == _BY_ITSELF else Cause.LATE_ORDERS
    return Cause.ROSTER_CHANGES if channel == _BY_ITSELF else Cause.CORRECTIONS


@dataclass(slots=True)
class Net:
    """Net sales of one line and holder: at the earlier position, and what was recorded since, by cause."""

    unit: tuple[object, ...]
    """What is counted when the net is positive: the line, its order, or its holder."""
    before_fen: int = 0
    since_fen: dict[Cause, int] = field(default_factory=dict)


def count_by_cause(nets: Iterable[Net]) -> Mapping[Cause, int]:
    """How many units more, or fewer, have a line of net > 0 after each step of the ladder."""
    lines = list(nets)
    sold = [line.before_fen for line in lines]
    counted = _units(lines, sold)
    found: dict[Cause, int] = {}
    for cause in OF_ENTRIES:
        sold = [net + line.since_fen.get(cause, 0) for net, line in zip(sold, lines, strict=True)]
        now = _units(lines, sold)
        found[cause] = now - counted
        counted = now
    return found


def _units(lines: Sequence[Net], sold: Sequence[int]) -> int:
    return len({line.unit for line, net in zip(lines, sold, strict=True) if net > 0})
