"""The rules of refunds: pure. A refund takes from what is left of its line, never more; one of a whole order is spread
over the order's lines in proportion to what is left of each.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.kit.money import NotAnAmount, parse_yuan, split_by_weight
from services.sales.line import CLOCK_SKEW, EARLIEST, EPOCH, HASH_VERSION, KEY, KEY_DETAIL, MAX_LINE_FEN, RejectedLine
from services.sales.parts import Holder, Holding, refund_shares
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
    cancelled: bool = False
    split_no: int | None = None
    """The division by which several hold the line, if so."""
    holding: Holding = ()
    """Those who hold it then."""


@dataclass(slots=True)
class KnownRefund:
    """A refund that is recorded: applied to its line (or spread over its order), or waiting."""

    line_no: str
    refund_no: str
    amount_fen: int
    occurred_at: datetime
    state: str

    @property
    def is_of_order(self) -> bool:
        """Whether it is of the whole order."""
        return self.line_no == WHOLE_ORDER


@dataclass(frozen=True, slots=True)
class Posting:
    """What has to be entered: ``amount_fen`` more (or, negative, less) of a refund on a line."""

    line: LineBalance
    refund: KnownRefund
    amount_fen: int
    entry_no: int
    """Of the last entry."""
    parts: Sequence[tuple[Holder, int, int]] = ()
    """Of a line that several hold: holder, signed fen, number of the entry."""


@dataclass(slots=True)
class OrderPlan:
    """What becomes of an order's refunds."""

    postings: list[Posting]
    applied: list[KnownRefund]
    """Those that waited until now."""
    waiting: list[tuple[KnownRefund, str]]
    """Those that go on waiting, with the reason."""
    shares: dict[tuple[str, str], int]
    """The shares of refunds of the order that changed: (line_no, refund_no) to fen."""


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


Shares = Mapping[tuple[str, str], int]
"""(line_no, refund_no) of shares of refunds of a whole order, in fen."""


def plan_order(lines: Iterable[LineBalance], refunds: Iterable[KnownRefund], shares: Shares) -> OrderPlan:
    """Apply an order's waiting refunds, in the order of (occurred_at, refund_no), as far as they fit.

    A refund of a line fits if the line has that much left beside its other refunds; and all refunds together never
    exceed the order. Refunds of the order are spread by what the lines' own refunds leave of them, so that the spread
    depends on what is known and not on what came first: a line or refund that comes later moves shares, and the
    difference is posted. Mutates the balances in ``lines``. What was applied once stays applied.
    """
    by_no = {line.line_no: line for line in sorted(lines, key=lambda line: line.line_no)}
    known = sorted(refunds, key=lambda refund: (refund.occurred_at, refund.refund_no, refund.line_no))
    own_fen = dict.fromkeys(by_no, 0)
    for refund in known:
        if refund.state == "applied":
            own_fen[refund.line_no] += refund.amount_fen
    spread = [refund for refund in known if refund.state == "spread"]
    plan = OrderPlan([], [], [], {})
    open_lines = [line for line in by_no.values() if not line.cancelled]
    left_fen = sum(line.amount_fen - own_fen[line.line_no] for line in open_lines)
    left_fen -= sum(refund.amount_fen for refund in spread) - _kept(by_no, shares)
    for refund in [refund for refund in known if refund.state == "parked"]:
        reason = _obstacle(refund, by_no, own_fen, left_fen)
        if reason is not None:
            plan.waiting.append((refund, reason))
            continue
        left_fen -= refund.amount_fen
        plan.applied.append(refund)
        if refund.is_of_order:
            spread.append(refund)
        else:
            own_fen[refund.line_no] += refund.amount_fen
            plan.postings.append(post(by_no[refund.line_no], refund, refund.amount_fen))
    _spread(plan, open_lines, own_fen, spread, shares)
    return plan


def _kept(lines: Mapping[str, LineBalance], shares: Shares) -> int:
    """What refunds of the order took from lines that were cancelled since: it stays there."""
    return sum(fen for (line_no, _), fen in shares.items() if lines[line_no].cancelled)


def _obstacle(
    refund: KnownRefund, lines: Mapping[str, LineBalance], own_fen: Mapping[str, int], left_fen: int
) -> str | None:
    """Why a refund cannot be applied now, or None."""
    targets = list(lines.values()) if refund.is_of_order else [lines[n] for n in (refund.line_no,) if n in lines]
    if not targets:
        return "no_order"
    if all(line.cancelled for line in targets):
        return "line_cancelled"
    if refund.amount_fen > left_fen:
        return "exceeds_line"
    if not refund.is_of_order and refund.amount_fen > targets[0].amount_fen - own_fen[refund.line_no]:
        return "exceeds_line"
    return None


def _spread(
    plan: OrderPlan,
    lines: Sequence[LineBalance],
    own_fen: Mapping[str, int],
    spread: Iterable[KnownRefund],
    shares: Shares,
) -> None:
    left = [line.amount_fen - own_fen[line.line_no] for line in lines]
    line_nos = {line.line_no for line in lines}
    for refund in sorted(spread, key=lambda refund: (refund.occurred_at, refund.refund_no)):
        kept_fen = sum(fen for (line_no, number), fen in shares.items()
                       if number == refund.refund_no and line_no not in line_nos)  # fmt: skip
        parts = split_by_weight(refund.amount_fen - kept_fen, left)
        for place, (line, part) in enumerate(zip(lines, parts, strict=True)):
            left[place] -= part
            difference = part - shares.get((line.line_no, refund.refund_no), 0)
            if difference:
                plan.shares[line.line_no, refund.refund_no] = part
                plan.postings.append(post(line, refund, difference))


def post(line: LineBalance, refund: KnownRefund, amount_fen: int) -> Posting:
    """Take ``amount_fen`` more (or, negative, less) from what is left of a line. Mutates the balance."""
    before_fen = line.refunded_fen
    line.refunded_fen += amount_fen
    if not line.holding:
        line.entry_count += 1
        return Posting(line, refund, amount_fen, line.entry_count)
    shares = refund_shares(line.amount_fen, before_fen, line.refunded_fen, line.holding)
    changed = [(holder, fen) for holder, fen in zip(line.holding, shares, strict=True) if fen]
    parts = [(holder, fen, line.entry_count + place) for place, (holder, fen) in enumerate(changed, start=1)]
    line.entry_count += len(parts)
    return Posting(line, refund, amount_fen, line.entry_count, parts)
