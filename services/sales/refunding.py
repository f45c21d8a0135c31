"""The use case of recording refunds, and of applying those that waited."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.clock import business_day
from services.sales.line import RejectedLine
from services.sales.queries import refunds as queries
from services.sales.queries.corrections import ENTER_CORRECTIONS
from services.sales.refund import (
    DateBasis,
    JudgedRefund,
    KnownRefund,
    LineBalance,
    OrderPlan,
    Posting,
    judge_refund,
    plan_order,
)
from services.sales.sharing import holdings_of_lines
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
    balances = await lock_lines(connection, orders)
    added = {tuple(row) for row in await connection.execute(queries.ADD_REFUNDS, _columns(first))}
    plans = await _apply(connection, orders, balances)
    waiting = {
        (*order, refund.line_no, refund.refund_no): reason
        for order, plan in plans.items()
        for refund, reason in plan.waiting
    }
    for key, (submission, index) in first.items():
        if key in added:
            reason = waiting.get(key)
            submission.decide(index, _result(key, "parked" if reason else "accepted", reason))
        else:
            again.append((submission, index))
    if again:
        await _compare_with_existing(connection, again)


async def apply_waiting_refunds(connection: AsyncConnection, orders: Mapping[OrderKey, int]) -> list[int]:
    """Apply what waits for the lines of ``orders`` (each with the batch that enters it), and spread anew what is of a
    whole order; answers the amounts posted, in fen.
    """
    balances = await lock_lines(connection, orders)
    plans = await _apply(connection, orders, balances)
    return [posting.amount_fen for plan in plans.values() for posting in plan.postings]


async def lock_lines(connection: AsyncConnection, orders: Collection[OrderKey]) -> list[LineBalance]:
    """The lines of orders, locked, with what is left of them and, where several hold one, who they are."""
    order_nos, platforms = (list(column) for column in zip(*sorted(orders), strict=True))
    rows = await connection.execute(queries.LOCK_LINES, {"order_no": order_nos, "platform": platforms})
    balances = [LineBalance(*row) for row in rows.all()]
    shared = {(line.order_no, line.platform, line.line_no): line for line in balances if line.split_no is not None}
    divided = {key: line.split_no for key, line in shared.items() if line.split_no is not None}
    for key, holding in (await holdings_of_lines(connection, divided)).items():
        shared[key].holding = holding
    return balances


async def _apply(
    connection: AsyncConnection, orders: Mapping[OrderKey, int], balances: list[LineBalance]
) -> dict[OrderKey, OrderPlan]:
    order_nos = {"order_no": sorted({key[0] for key in orders})}
    lines: dict[OrderKey, list[LineBalance]] = defaultdict(list)
    refunds: dict[OrderKey, list[KnownRefund]] = defaultdict(list)
    shares: dict[OrderKey, dict[tuple[str, str], int]] = defaultdict(dict)
    for balance in balances:
        lines[balance.order_no, balance.platform].append(balance)
    for row in (await connection.execute(queries.REFUNDS_OF_ORDERS, order_nos)).all():
        refunds[row.order_no, row.platform].append(KnownRefund(*row[2:]))
    if any(refund.is_of_order for known in refunds.values() for refund in known):
        for row in (await connection.execute(queries.SHARES_OF_ORDERS, order_nos)).all():
            shares[row.order_no, row.platform][row.line_no, row.refund_no] = row.amount_fen
    plans = {order: plan_order(lines[order], refunds[order], shares[order]) for order in orders}
    await _post(connection, orders, plans)
    return plans


async def _post(
    connection: AsyncConnection, orders: Mapping[OrderKey, int], plans: Mapping[OrderKey, OrderPlan]
) -> None:
    postings = [posting for plan in plans.values() for posting in plan.postings]
    days = [business_day(posting.refund.occurred_at) for posting in postings]
    numbers = [orders[posting.line.order_no, posting.line.platform] for posting in postings]
    await enter_postings(connection, postings, days, numbers)
    outcomes: list[tuple[OrderKey, KnownRefund, str, str | None, int | None]] = []
    for order, plan in plans.items():
        for refund in plan.applied:
            state = "spread" if refund.is_of_order else "applied"
            outcomes.append((order, refund, state, None, orders[order]))
        outcomes += [(order, refund, "parked", reason, None) for refund, reason in plan.waiting]
    if outcomes:
        parameters = {
            **_order_columns([order for order, *_ in outcomes]),
            "line_no": [refund.line_no for _, refund, *_ in outcomes],
            "refund_no": [refund.refund_no for _, refund, *_ in outcomes],
            "state": [state for _, _, state, _, _ in outcomes],
            "parked_reason": [reason for _, _, _, reason, _ in outcomes],
            "applied_in": [batch_id for *_, batch_id in outcomes],
        }
        await connection.execute(queries.SETTLE_STATES, parameters)
    moved = [(order, *key, fen) for order, plan in plans.items() for key, fen in plan.shares.items()]
    if moved:
        parameters = {
            **_order_columns([order for order, *_ in moved]),
            "line_no": [line_no for _, line_no, _, _ in moved],
            "refund_no": [refund_no for _, _, refund_no, _ in moved],
            "amount_fen": [fen for *_, fen in moved],
        }
        await connection.execute(queries.PUT_SHARES, parameters)


async def enter_postings(
    connection: AsyncConnection, postings: Sequence[Posting], days: Sequence[date], batch_ids: Sequence[int]
) -> None:
    """Move the balances of lines and enter what refunds take from them, each on its day and in its batch."""
    if not postings:
        return
    parameters = {
        **_line_columns([posting.line for posting in postings]),
        "refund_no": [posting.refund.refund_no for posting in postings],
        "amount_fen": [posting.amount_fen for posting in postings],
        "entry_no": [posting.entry_no for posting in postings],
        "event_day": list(days),
        "batch_id": list(batch_ids),
    }
    await connection.execute(queries.APPLY_REFUNDS, parameters)
    spread = [(p.line, batch_id) for p, batch_id in zip(postings, batch_ids, strict=True) if p.refund.is_of_order]
    if spread:
        orders = [(line.order_no, line.platform) for line, _ in spread]
        numbers = [batch_id for _, batch_id in spread]
        await connection.execute(queries.NOTE_SPREADS, {**_order_columns(orders), "batch_id": numbers})
    parts = [
        (posting, day, batch_id, *part)
        for posting, day, batch_id in zip(postings, days, batch_ids, strict=True)
        for part in posting.parts
    ]
    if not parts:
        return
    parameters = {
        **_line_columns([posting.line for posting, *_ in parts]),
        "batch_id": [batch_id for _, _, batch_id, *_ in parts],
        "entry_no": [entry_no for *_, entry_no in parts],
        "cause": ["refund"] * len(parts),
        "measure": ["refund"] * len(parts),
        "amount_fen": [fen for *_, fen, _ in parts],
        "subject_id": [holder.subject_id for *_, holder, _, _ in parts],
        "kind": [holder.kind for *_, holder, _, _ in parts],
        "region": [holder.region for *_, holder, _, _ in parts],
        "event_day": [day for _, day, *_ in parts],
        "reference": [posting.refund.refund_no for posting, *_ in parts],
    }
    await connection.execute(ENTER_CORRECTIONS, parameters)


def _line_columns(lines: Sequence[LineBalance]) -> dict[str, list[Any]]:
    return {
        "order_no": [line.order_no for line in lines],
        "platform": [line.platform for line in lines],
        "line_no": [line.line_no for line in lines],
    }


def _order_columns(orders: Sequence[OrderKey]) -> dict[str, list[Any]]:
    return {"order_no": [order_no for order_no, _ in orders], "platform": [platform for _, platform in orders]}


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
        row = known[key]
        if row.content_hash == item.content_hash:
            result = _result(key, "duplicate", row.parked_reason)
            result.state = "parked" if row.state == "parked" else "accepted"
        else:
            result = _result(key, "conflict", "other_content")
            result.detail = _OTHER_CONTENT
        submission.decide(index, result)
