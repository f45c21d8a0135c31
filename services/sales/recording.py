"""The use case of recording order lines: judged one by one, recorded together, answered one by one."""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.money import format_yuan
from services.sales.line import JudgedLine, RejectedLine, judge_line, judge_order
from services.sales.parts import write_codes
from services.sales.queries import lines
from services.sales.queries.incoming import as_columns
from services.sales.sharing import Outcome, SharedRow, record_shared_lines
from services.sales.submission import Submission
from services.sales.wire import Order, Result, Unreadable

Key = tuple[str, str, str]
"""order_no, platform, line_no: the key of a line, for ever."""

LineSubmission = Submission[JudgedLine]
_OTHER_CONTENT = "此行号已有不同内容,未改动 / Another content is recorded under this key; nothing was changed"
_CANCELLED = (
    "此行号的行已取消(更正,或明细取代了整单),未改动;确为另一行的,请换行号再发 / The line of this number was cancelled, "
    "by a correction or because items took the place of the whole order; another line needs another number"
)


def judge_orders(
    submission: LineSubmission,
    orders: Sequence[Order],
    unreadable: Sequence[Unreadable],
    *,
    now: datetime,
    categories: Container[str],
) -> None:
    """Judge every line of a request into ``submission``."""
    for order in orders:
        try:
            judged = judge_order(order, now)
        except RejectedLine as error:
            for line in order.lines:
                submission.reject(_rejection(order, line.line_no, error))
            continue
        for line in order.lines:
            try:
                submission.take(judge_line(judged, line, categories))
            except RejectedLine as error:
                submission.reject(_rejection(order, line.line_no, error))
    submission.reject_unreadable(unreadable)


def _rejection(order: Order, line_no: str, error: RejectedLine) -> Result:
    return Result(order.order_no, line_no, "rejected", reason=error.reason, detail=error.detail)


async def record_lines(
    connection: AsyncConnection,
    submissions: Sequence[LineSubmission],
    *,
    beside: Container[int] = (),
    are_new: bool = False,
) -> None:
    """Record the lines of all submissions in the caller's transaction and decide every result; lines ``beside`` have
    been decided. ``are_new`` is quicker, and an error of the database if somebody else records one of them just now.
    """
    first: dict[Key, tuple[LineSubmission, int]] = {}
    again: list[tuple[LineSubmission, int]] = []
    for submission in submissions:
        for index, line in enumerate(submission.items):
            if beside and index in beside:
                continue
            key = (line.order_no, submission.platform, line.line_no)
            if key in first:
                again.append((submission, index))
            else:
                first[key] = (submission, index)
    if not first:
        return
    others = await _record(connection, first, are_new=are_new)
    for key, (submission, index) in first.items():
        if key not in others:
            submission.decide(index, Result(key[0], key[2], "accepted"))
        elif others[key] is not None:
            submission.decide(index, Result(key[0], key[2], "parked", reason=others[key]))
        else:
            again.append((submission, index))
    if again:
        await _compare_with_existing(connection, again)


async def record_new_lines(connection: AsyncConnection, submissions: Sequence[LineSubmission]) -> None:
    """As :func:`record_lines`, in the hope that nobody else records one of the lines at this moment."""
    await record_lines(connection, submissions, are_new=True)


NotAccepted = dict[Key, str | None]
"""Lines that were not accepted: newly parked, with the reason; or there before (``None``)."""


async def _record(
    connection: AsyncConnection, found: Mapping[Key, tuple[LineSubmission, int]], *, are_new: bool
) -> NotAccepted:
    """Lines of one code (or of none) go together, in one statement; those that several share by themselves."""
    alone: list[tuple[Any, ...]] = []
    several: list[SharedRow] = []
    for submission, index in found.values():
        line = submission.items[index]
        if line.codes is None:
            alone.append(row_of(submission, line))
        else:
            several.append((row_of(submission, line), write_codes(line.codes)))
    others: NotAccepted = dict.fromkeys(found)
    if are_new and alone:
        others = dict.fromkeys((row[0], row[1], row[2]) for row, _ in several)
        others |= await _record_new_rows(connection, alone)
        alone = []
    for order_no, platform, line_no, status, reason in await record_rows(connection, alone, several):
        if status == "accepted":
            del others[order_no, platform, line_no]
        else:
            others[order_no, platform, line_no] = reason
    return others


async def _record_new_rows(connection: AsyncConnection, rows: list[tuple[Any, ...]]) -> NotAccepted:
    answered = await connection.execute(lines.RECORD_NEW_LINES, as_columns(rows))
    (*_, accepted), *others = answered.all()
    if accepted + len(others) != len(rows):
        message = "a line was neither accepted nor found wanting"
        raise RuntimeError(message)
    return {(order_no, platform, line_no): reason for order_no, platform, line_no, reason, _ in others}


async def record_rows(
    connection: AsyncConnection, alone: Sequence[tuple[Any, ...]], several: Sequence[SharedRow], *, again: bool = False
) -> list[Outcome]:
    """Record rows of CONTENT, and rows that several codes share; those without an outcome were there before. The uptake
    judges parked ones ``again``.
    """
    outcomes: list[Outcome] = []
    if alone:
        found = await connection.execute(lines.RECORD_LINES, as_columns(list(alone)))
        outcomes += [tuple(row) for row in found.all()]
    if several:
        outcomes += await record_shared_lines(connection, several, again=again)
    return outcomes


def row_of(submission: LineSubmission, line: JudgedLine) -> tuple[Any, ...]:
    """A line as a row of CONTENT."""
    return (
        line.order_no,
        submission.platform,
        line.line_no,
        line.occurred_at,
        line.shop,
        line.station,
        line.buyer_region,
        line.trade,
        line.campaign,
        line.buyer_code,
        line.code,
        line.sku,
        line.title,
        line.category,
        line.quantity_milli,
        line.unit,
        line.amount_fen,
        line.content_hash,
        submission.batch_id,
    )


async def _compare_with_existing(connection: AsyncConnection, again: list[tuple[LineSubmission, int]]) -> None:
    keys = {(s.items[i].order_no, s.platform, s.items[i].line_no) for s, i in again}
    order_nos, platforms, line_nos = (list(column) for column in zip(*keys, strict=True))
    rows = await connection.execute(
        lines.EXISTING_LINES, {"order_no": order_nos, "platform": platforms, "line_no": line_nos}
    )
    known = {(row.order_no, row.platform, row.line_no): row for row in rows.all()}
    for submission, index in again:
        line = submission.items[index]
        row = known[line.order_no, submission.platform, line.line_no]
        if row.content_hash is None:
            message = "a line was neither recorded nor found"
            raise RuntimeError(message)
        result = Result(line.order_no, line.line_no, "duplicate", reason=row.reason, state=row.state)
        if row.refunded_fen is not None:
            result.refunded = format_yuan(row.refunded_fen)
        if row.content_hash != line.content_hash:
            result.status = "conflict"
            gone = row.state == "cancelled"
            result.reason, result.detail = ("line_cancelled", _CANCELLED) if gone else ("other_content", _OTHER_CONTENT)
        submission.decide(index, result)
