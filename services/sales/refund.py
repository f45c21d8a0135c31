"""The rules of refunds: pure. A refund takes from what is left of its line, never more; one of a whole order is spread
over the order's lines in proportion to what is left of each.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.kit.money import NotAnAmount, parse_yuan, split_by_weight
from services.sales.line import CLOCK_SKEW, EARLIEST, EPOCH, HASH_VERSION, KEY, KEY_DETAIL, MAX_LINE_FEN, RejectedLine
from services.sales.wire import Refund

WHOLE_ORDER = ""
"""The line number under which a refund of a whole order is kept."""
MAX_REASON_LENGTH = 200


class DateBasis(StrEnum):
    """How the time of a refund is known."""

    STATED = "stated"
    IMPUTED = "imputed"


@dataclass(slots=True)
class JudgedRefund:
    """A refund that is well-formed, in canonical form."""

    order_no: str
    line_no: str
    refund_no: str
    amount_fen: int
    occurred_at: datetime
    reason: str | None
    date_basis: DateBasis
    content_hash: bytes


@dataclass(slots=True)
class LineBalance:
    """What is known of a line when refunds are applied to it, and what becomes of it."""

    order_no: str
    platform: str
    line_no: str
    amount_fen: int
    refunded_fen: int
    entry_count: int
    changed: bool = False

    @property
    def left_fen(self) -> int:
        """What can still be refunded."""
        return self.amount_fen - self.refunded_fen

    def take(self, amount_fen: int) -> int:
        """Refund ``amount_fen`` of this line; answers the number of the ledger entry that says so."""
        if not 0 <= amount_fen <= self.left_fen:
            message = "a refund must not exceed what is left of its line"
            raise ValueError(message)
        self.refunded_fen += amount_fen
        self.entry_count += 1
        self.changed = True
        return self.entry_count


@dataclass(frozen=True, slots=True)
class PendingRefund:
    """A refund that is recorded and waits to be applied."""

    order_no: str
    platform: str
    line_no: str
    refund_no: str
    amount_fen: int
    occurred_at: datetime
    date_basis: str


@dataclass(frozen=True, slots=True)
class Application:
    """A refund, or the share of one, applied to a line."""

    refund: PendingRefund
    line: LineBalance
    amount_fen: int
    entry_no: int


@dataclass(slots=True)
class Plan:
    """What becomes of pending refunds."""

    applications: list[Application]
    exceeding: list[PendingRefund]
    without_line: list[PendingRefund]


def judge_refund(refund: Refund, now: datetime, date_basis: DateBasis = DateBasis.STATED) -> JudgedRefund:
    """Judge one refund by itself. Raises :class:`RejectedLine`."""
    for name, key in (("order_no", refund.order_no), ("refund_no", refund.refund_no), ("line_no", refund.line_no)):
        if key is not None and KEY.fullmatch(key) is None:
            raise RejectedLine(name, KEY_DETAIL.format(name=name))
    if refund.occurred_at.tzinfo is None:
        raise RejectedLine("occurred_at", "occurred_at 须带时区 / occurred_at needs an offset, such as +08:00")
    if refund.occurred_at > now + CLOCK_SKEW:
        raise RejectedLine("in_future", "occurred_at 在将来,请检查时钟 / occurred_at is in the future; check the clock")
    if refund.occurred_at < EARLIEST:
        raise RejectedLine("too_old", "occurred_at 早于 2015 年 / occurred_at is before 2015")
    try:
        amount_fen = parse_yuan(refund.amount)
    except NotAnAmount:
        amount_fen = 0
    if not 0 < amount_fen <= MAX_LINE_FEN:
        raise RejectedLine("amount", "退款金额应为正的两位小数 / amount must be positive with at most two decimals")
    line_no = WHOLE_ORDER if refund.line_no is None else refund.line_no
    micros = (refund.occurred_at - EPOCH) // timedelta(microseconds=1)
    canonical = f"{micros}\x1f{amount_fen}\x1f{date_basis}".encode()
    return JudgedRefund(
        order_no=refund.order_no,
        line_no=line_no,
        refund_no=refund.refund_no,
        amount_fen=amount_fen,
        occurred_at=refund.occurred_at,
        reason=None if refund.reason is None else refund.reason[:MAX_REASON_LENGTH].replace("\x00", ""),
        date_basis=date_basis,
        content_hash=HASH_VERSION + hashlib.blake2b(canonical, digest_size=16).digest(),
    )


def plan_refunds(lines: Iterable[LineBalance], pending: Iterable[PendingRefund]) -> Plan:
    """Apply pending refunds, in the order of (occurred_at, refund_no, line), to the lines they are about.

    Mutates the balances in ``lines``. What does not fit into what is left of its line (or order) is left over as
    ``exceeding``, what has no line yet as ``without_line``.
    """
    by_order: dict[tuple[str, str], dict[str, LineBalance]] = {}
    for line in lines:
        by_order.setdefault((line.order_no, line.platform), {})[line.line_no] = line
    plan = Plan([], [], [])
    for refund in sorted(pending, key=lambda r: (r.occurred_at, r.refund_no, r.order_no, r.platform, r.line_no)):
        order = by_order.get((refund.order_no, refund.platform), {})
        targets = list(order.values()) if refund.line_no == WHOLE_ORDER else _only(order.get(refund.line_no))
        if not targets:
            plan.without_line.append(refund)
        elif refund.amount_fen > sum(line.left_fen for line in targets):
            plan.exceeding.append(refund)
        else:
            plan.applications.extend(_spread(refund, targets))
    return plan


def _only(line: LineBalance | None) -> list[LineBalance]:
    return [] if line is None else [line]


def _spread(refund: PendingRefund, lines: Sequence[LineBalance]) -> list[Application]:
    ordered = sorted(lines, key=lambda line: line.line_no)
    parts = split_by_weight(refund.amount_fen, [line.left_fen for line in ordered])
    return [Application(refund, line, part, line.take(part)) for line, part in zip(ordered, parts, strict=True) if part]
