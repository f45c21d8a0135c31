"""The use case of recording refunds, and of applying those that waited."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.clock import business_day
from services.sales.line import RejectedLine
from services.sales.queries import refunds as queries
from services.sales.refund import (
    WHOLE_ORDER,
    DateBasis,
    JudgedRefund,
    LineBalance,
    PendingRefund,
    Plan,
    judge_refund,
    plan_refunds,
)
from services.sales.submission import Submission
from services.sales.wire import Refund, Result, Unreadable

RefundSubmission = Submission[JudgedRefund]
OrderKey = tuple[str, str]
"""order_no, platform."""
RefundKey = tuple[str, str, str, str]
"""order_no, platform, line_no, refund_no: the key of a refund, for ever."""

_OTHER_CONTENT = "此退款号已有不同内容,未改动 / Another content is recorded under this key; nothing was changed"


def judge_refunds(
    submission: RefundSubmission,
    refunds: Sequence[Refund],
    unreadable: Sequence[Unreadable],
    *,
    now: datetime,
    date_basis: DateBasis = DateBasis.STATED,
) -> None:
    """Judge every refund of a request into ``submission``."""
    for refund in refunds:
        try:
            submission.take(judge_refund(refund, now, date_basis))
        except RejectedLine as error:
            submission.reject(
                Result(
                    refund.order_no,
                    refund.line_no,
                    "rejected",
                    refund_no=refund.refund_no,
                    reason=error.reason,
                    detail=error.detail,
                )
            )
    submission.reject_unreadable(unreadable)


async def record_refunds(connection: AsyncConnection, submissions: Sequence[RefundSubmission]) -> None:
    """Record the refunds of all submissions, apply what can be applied, and decide every result."""
    first: dict[RefundKey, tuple[RefundSubmission, int]] = {}
    again: list[tuple[RefundSubmission, int]] = []
    for submission in submissions:
        for index, item in enumerate(submission.items):
            key = (item.order_no, submission.platform, item.line_no, item.refund_no)
            if key in first:
                again.append((submission, index))
            else:
                first[key] = (submission, index)
    if not first:
        return
    orders = {(key[0], key[1]): submission.batch_id for key, (submission, _) in first.items()}
    balances = await _lock_lines(connection, orders)
    added = {tuple(row) for row in await connection.execute(queries.ADD_REFUNDS, _columns(first))}
    plan = await _apply(connection, orders, balances)
    waiting = {_key(refund): "exceeds_line" for refund in plan.exceeding}
    waiting.update({_key(refund): "no_order" for refund in plan.without_line})
    for key, (submission, index) in first.items():
        if key in added:
            reason = waiting.get(key)
            submission.decide(index, _result(key, "parked" if reason else "accepted", reason))
        else:
            again.append((submission, index))
    if again:
        await _compare_with_existing(connection, again)


async def apply_waiting_refunds(connection: AsyncConnection, orders: Mapping[OrderKey, int]) -> list[int]:
    """Apply what waits for the lines of ``orders`` (each with the batch that enters it); answers the amounts in fen."""
    balances = await _lock_lines(connection, orders)
    plan = await _apply(connection, orders, balances)
    return [application.amount_fen for application in plan.applications]


async def _lock_lines(connection: AsyncConnection, orders: Mapping[OrderKey, int]) -> list[LineBalance]:
    order_nos, platforms = (list(column) for column in zip(*sorted(orders), strict=True))
    rows = await connection.execute(queries.LOCK_LINES, {"order_no": order_nos, "platform": platforms})
    return [LineBalance(*row) for row in rows.all()]


async def _apply(connection: AsyncConnection, orders: Mapping[OrderKey, int], balances: list[LineBalance]) -> Plan:
    rows = await connection.execute(queries.PENDING_REFUNDS, {"order_no": sorted({key[0] for key in orders})})
    pending = [PendingRefund(*row) for row in rows.all() if (row.order_no, row.platform) in orders]
    plan = plan_refunds(balances, pending)
    if plan.applications:
        await connection.execute(queries.APPLY_REFUNDS, _applications(plan, orders))
    states = _states(plan, orders)
    if states["order_no"]:
        await connection.execute(queries.SETTLE_STATES, states)
    shares = _shares(plan, orders)
    if shares["order_no"]:
        await connection.execute(queries.ADD_SHARES, shares)
    return plan


def _applications(plan: Plan, orders: Mapping[OrderKey, int]) -> dict[str, list[Any]]:
    applied = plan.applications
    return {
        "order_no": [a.line.order_no for a in applied],
        "platform": [a.line.platform for a in applied],
        "line_no": [a.line.line_no for a in applied],
        "refund_no": [a.refund.refund_no for a in applied],
        "amount_fen": [a.amount_fen for a in applied],
        "entry_no": [a.entry_no for a in applied],
        "event_day": [business_day(a.refund.occurred_at) for a in applied],
        "batch_id": [orders[a.line.order_no, a.line.platform] for a in applied],
    }


def _states(plan: Plan, orders: Mapping[OrderKey, int]) -> dict[str, list[Any]]:
    outcomes: dict[RefundKey, tuple[str, str | None, int | None]] = {}
    for application in plan.applications:
        refund = application.refund
        state = "spread" if refund.line_no == WHOLE_ORDER else "applied"
        outcomes[_key(refund)] = (state, None, orders[refund.order_no, refund.platform])
    for refund in plan.exceeding:
        outcomes[_key(refund)] = ("parked", "exceeds_line", None)
    keys = sorted(outcomes)
    return {
        "order_no": [key[0] for key in keys],
        "platform": [key[1] for key in keys],
        "line_no": [key[2] for key in keys],
        "refund_no": [key[3] for key in keys],
        "state": [outcomes[key][0] for key in keys],
        "parked_reason": [outcomes[key][1] for key in keys],
        "applied_in": [outcomes[key][2] for key in keys],
    }


def _shares(plan: Plan, orders: Mapping[OrderKey, int]) -> dict[str, list[Any]]:
    shares = [a for a in plan.applications if a.refund.line_no == WHOLE_ORDER]
    return {
        "order_no": [a.line.order_no for a in shares],
        "platform": [a.line.platform for a in shares],
        "line_no": [a.line.line_no for a in shares],
        "refund_no": [a.refund.refund_no for a in shares],
        "amount_fen": [a.amount_fen for a in shares],
        "applied_in": [orders[a.line.order_no, a.line.platform] for a in shares],
    }


def _key(refund: PendingRefund) -> RefundKey:
    return (refund.order_no, refund.platform, refund.line_no, refund.refund_no)


def _result(key: RefundKey, status: str, reason: str | None) -> Result:
    return Result(key[0], key[2] or None, status, refund_no=key[3], reason=reason)


def _columns(first: Mapping[RefundKey, tuple[RefundSubmission, int]]) -> dict[str, list[Any]]:
    entries = [(submission, submission.items[index]) for submission, index in first.values()]
    return {
        "order_no": [item.order_no for _, item in entries],
        "platform": [submission.platform for submission, _ in entries],
        "line_no": [item.line_no for _, item in entries],
        "refund_no": [item.refund_no for _, item in entries],
        "amount_fen": [item.amount_fen for _, item in entries],
        "occurred_at": [item.occurred_at for _, item in entries],
        "reason": [item.reason for _, item in entries],
        "date_basis": [str(item.date_basis) for _, item in entries],
        "content_hash": [item.content_hash for _, item in entries],
        "batch_id": [submission.batch_id for submission, _ in entries],
    }


async def _compare_with_existing(connection: AsyncConnection, again: list[tuple[RefundSubmission, int]]) -> None:
    keys = sorted({(s.items[i].order_no, s.platform, s.items[i].line_no, s.items[i].refund_no) for s, i in again})
    names = ("order_no", "platform", "line_no", "refund_no")
    columns = dict(zip(names, (list(column) for column in zip(*keys, strict=True)), strict=True))
    rows = await connection.execute(queries.EXISTING_REFUNDS, columns)
    known = {(row.order_no, row.platform, row.line_no, row.refund_no): row for row in rows.all()}
    for submission, index in again:
        item = submission.items[index]
        key = (item.order_no, submission.platform, item.line_no, item.refund_no)
        row = known.get(key)
        if row is not None and row.content_hash == item.content_hash:
            result = _result(key, "duplicate", row.parked_reason)
            result.state = "parked" if row.state == "parked" else "accepted"
        else:
            # No row: the number is taken by the share of an order-level refund of the same number.
            result = _result(key, "conflict", "other_content")
            result.detail = _OTHER_CONTENT
        submission.decide(index, result)
