"""The use case of recording order lines: judged one by one, recorded together, answered one by one."""

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.money import format_yuan
from services.sales.line import JudgedLine, RejectedLine, judge_line, judge_order
from services.sales.queries import batches, lines
from services.sales.receipt import DigestLine, batch_digest
from services.sales.wire import Amounts, Counts, Order, Result, Unreadable

Key = tuple[str, str, str]
"""order_no, platform, line_no: the key of a line, for ever."""


@dataclass(slots=True)
class Submission:
    """The lines of one batch, judged, with room for what becomes of each."""

    platform: str
    client_id: str
    channel: str
    kind: str
    batch_id: int
    lines: list[JudgedLine] = field(default_factory=list)
    results: list[Result | None] = field(default_factory=list)
    """In the order of the request; None until the line of the same place in ``slots`` is decided."""
    slots: list[int] = field(default_factory=list)
    """For each of ``lines``, its place in ``results``."""
    recorded_at: datetime | None = None

    def reject(self, order_no: str, line_no: str, reason: str, detail: str) -> None:
        """Answer a line that cannot be taken; it takes no key."""
        self.results.append(Result(order_no, line_no, "rejected", reason=reason, detail=detail))

    def take(self, line: JudgedLine) -> None:
        """Add a well-formed line."""
        self.slots.append(len(self.results))
        self.results.append(None)
        self.lines.append(line)

    def decided(self) -> list[Result]:
        """Every line's result. Raises if one was left undecided, which would be a lost line."""
        results = [result for result in self.results if result is not None]
        if len(results) != len(self.results):
            message = "a line was neither recorded nor refused"
            raise RuntimeError(message)
        return results


def judge_orders(
    submission: Submission,
    orders: Sequence[Order],
    unreadable: Sequence[Unreadable],
    *,
    now: datetime,
    categories: Container[str],
) -> None:
    """Judge every line of a request into ``submission``."""
    for order in orders:
        try:
            judge_order(order, now)
        except RejectedLine as error:
            for line in order.lines:
                submission.reject(order.order_no, line.line_no, error.reason, error.detail)
            continue
        for line in order.lines:
            try:
                submission.take(judge_line(order, line, categories))
            except RejectedLine as error:
                submission.reject(order.order_no, line.line_no, error.reason, error.detail)
    for item in unreadable:
        submission.reject(item.order_no, item.line_no, "malformed", item.message)


async def record_lines(connection: AsyncConnection, submissions: Sequence[Submission]) -> None:
    """Record the lines of all submissions in the caller's transaction and decide every result."""
    first: dict[Key, tuple[Submission, int]] = {}
    again: list[tuple[Submission, int]] = []
    for submission in submissions:
        for index, line in enumerate(submission.lines):
            key = (line.order_no, submission.platform, line.line_no)
            if key in first:
                again.append((submission, index))
            else:
                first[key] = (submission, index)
    if not first:
        return
    rows = [_row(submission, submission.lines[index]) for submission, index in first.values()]
    found = await connection.execute(lines.RECORD_LINES, lines.as_arrays(rows))
    for row in found.all():
        submission, index = first.pop((row.order_no, row.platform, row.line_no))
        result = Result(row.order_no, row.line_no, row.status, reason=row.reason)
        submission.results[submission.slots[index]] = result
    again.extend(first.values())
    if again:
        await _compare_with_existing(connection, again)


def _row(submission: Submission, line: JudgedLine) -> tuple[Any, ...]:
    return (
        line.order_no,
        submission.platform,
        line.line_no,
        line.occurred_at,
        line.shop,
        line.station,
        line.buyer_region,
        line.trade,
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


async def _compare_with_existing(connection: AsyncConnection, again: list[tuple[Submission, int]]) -> None:
    keys = {(s.lines[i].order_no, s.platform, s.lines[i].line_no) for s, i in again}
    order_nos, platforms, line_nos = (list(column) for column in zip(*keys, strict=True))
    rows = await connection.execute(
        lines.EXISTING_LINES, {"order_no": order_nos, "platform": platforms, "line_no": line_nos}
    )
    known = {(row.order_no, row.platform, row.line_no): row for row in rows.all()}
    for submission, index in again:
        line = submission.lines[index]
        row = known[line.order_no, submission.platform, line.line_no]
        if row.content_hash is None:
            message = "a line was neither recorded nor found"
            raise RuntimeError(message)
        result = Result(line.order_no, line.line_no, "duplicate", reason=row.reason, state=row.state)
        if row.refunded_fen is not None:
            result.refunded = format_yuan(row.refunded_fen)
        if row.content_hash != line.content_hash:
            result.status = "conflict"
            result.reason = "other_content"
            result.detail = "此行号已有不同内容,未改动 / Another content is recorded under this key; nothing was changed"
        submission.results[submission.slots[index]] = result


def totals(submission: Submission) -> tuple[Counts, Amounts, dict[str, int], bytes]:
    """What a submission did: counts, amounts in yuan and in fen by status, and its digest."""
    amount_of = {slot: line.amount_fen for slot, line in zip(submission.slots, submission.lines, strict=True)}
    fen: Counter[str] = Counter()
    digest_lines: list[DigestLine] = []
    results = submission.decided()
    for slot, result in enumerate(results):
        amount_fen = amount_of.get(slot)
        fen[result.status] += amount_fen or 0
        digest_lines.append((result.order_no, result.line_no or "", result.refund_no or "", result.status, amount_fen))
    counts = Counts(**Counter(result.status for result in results))
    amounts = Amounts(accepted=format_yuan(fen["accepted"]), parked=format_yuan(fen["parked"]))
    return counts, amounts, dict(fen), batch_digest(digest_lines)


async def add_batches(connection: AsyncConnection, submissions: Sequence[Submission]) -> None:
    """Record the submissions' batches with their control totals, announce them, and note when they were recorded."""
    columns: dict[str, list[Any]] = {}
    for submission in submissions:
        counts, _, fen, digest = totals(submission)
        row = {
            "batch_id": submission.batch_id,
            "platform": submission.platform,
            "channel": submission.channel,
            "kind": submission.kind,
            "client_id": submission.client_id,
            "accepted": counts.accepted,
            "parked": counts.parked,
            "duplicate": counts.duplicate,
            "conflict": counts.conflict,
            "rejected": counts.rejected,
            "accepted_fen": fen.get("accepted", 0),
            "parked_fen": fen.get("parked", 0),
            "digest": digest,
        }
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    recorded = {row.batch_id: row.recorded_at for row in (await connection.execute(batches.ADD_BATCHES, columns)).all()}
    for submission in submissions:
        submission.recorded_at = recorded[submission.batch_id]
