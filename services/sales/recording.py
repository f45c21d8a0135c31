"""The use case of recording order lines: judged one by one, recorded together, answered one by one."""

from collections.abc import Collection, Container, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.money import format_yuan
from services.sales.line import JudgedLine, RejectedLine, judge_line, judge_order
from services.sales.parts import write_codes
from services.sales.queries import lines
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
    connection: AsyncConnection, submissions: Sequence[LineSubmission], *, beside: Container[int] = ()
) -> None:
    """Record the lines of all submissions in the caller's transaction and decide every result; lines ``beside`` have
    been decided.
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
    for order_no, platform, line_no, status, reason in await _record(connection, first.values()):
        submission, index = first.pop((order_no, platform, line_no))
        submission.decide(index, Result(order_no, line_no, status, reason=reason))
    again.extend(first.values())
    if again:
        await _compare_with_existing(connection, again)


async def _record(connection: AsyncConnection, found: Collection[tuple[LineSubmission, int]]) -> Sequence[Outcome]:
    """Lines of one code (or of none) go together, in one statement; those that several share by themselves."""
    rows = [_row(submission, submission.items[index]) for submission, index in found]
    shared = [place for place, (submission, index) in enumerate(found) if submission.items[index].codes is not None]
    if not shared:
        return (await connection.execute(lines.RECORD_LINES, lines.as_columns(rows))).all()
    codes = [submission.items[index].codes for submission, index in found]
    alone = [row for row, named in zip(rows, codes, strict=True) if named is None]
    several = [(row, write_codes(named)) for row, named in zip(rows, codes, strict=True) if named is not None]
    return await record_rows(connection, alone, several)


async def record_rows(
    connection: AsyncConnection, alone: Sequence[tuple[Any, ...]], several: Sequence[SharedRow], *, again: bool = False
) -> list[Outcome]:
    """Record rows of CONTENT, and rows that several codes share; those without an outcome were there before. The uptake
    judges parked ones ``again``.
    """
    outcomes: list[Outcome] = []
    if alone:
        found = await connection.execute(lines.RECORD_LINES, lines.as_columns(list(alone)))
        outcomes += [tuple(row) for row in found.all()]
    if several:
        outcomes += await record_shared_lines(connection, several, again=again)
    return outcomes


def _row(submission: LineSubmission, line: JudgedLine) -> tuple[Any, ...]:
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
