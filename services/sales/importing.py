"""The use case of importing an export file: read in pieces, recorded in batches, answered with totals.

A file states what *is*. Lines that are recorded already are left as they are; of refunds only what is not recorded yet
is posted. So importing the same file again changes nothing, and a later export of the same orders posts the difference.
"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.kit import clock
from services.kit.money import format_yuan, parse_yuan
from services.sales.errors import UnreadableFile
from services.sales.formats import FORMATS
from services.sales.formats.row import PaidOrder, Skipped, UnreadableRow
from services.sales.formats.table import CsvTable
from services.sales.line import JudgedLine
from services.sales.recorder import Recorder
from services.sales.recording import judge_orders
from services.sales.refund import DateBasis, JudgedRefund
from services.sales.refunding import judge_refunds
from services.sales.submission import Submission
from services.sales.wire import Line, Order, Refund

BATCH_ROWS = 1_000
MAX_SHOWN_ERRORS = 100


@dataclass(slots=True)
class ImportSummary:
    """What an import did so far."""

    rows: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    refunds: Counter[str] = field(default_factory=Counter)
    accepted_fen: int = 0
    refunded_fen: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    unreadable_rows: int = 0
    first_day: date | None = None
    last_day: date | None = None
    last_batch_id: int | None = None

    def note_sale(self, row: PaidOrder) -> None:
        """Remember between which business days the file's sales lie."""
        day = clock.business_day(row.occurred_at)
        self.first_day = day if self.first_day is None else min(self.first_day, day)
        self.last_day = day if self.last_day is None else max(self.last_day, day)

    def note_error(self, row_no: int, column: str, reason: str) -> None:
        """Count a row that was not taken, and keep the first ones to show."""
        self.unreadable_rows += 1
        if len(self.errors) < MAX_SHOWN_ERRORS:
            self.errors.append({"row": row_no, "column": column, "reason": reason})

    def document(self) -> dict[str, Any]:
        """The summary as the API answers it."""
        statuses = ("accepted", "parked", "duplicate", "conflict", "rejected")
        unchanged = not any(kind[status] for kind in (self.lines, self.refunds) for status in ("accepted", "parked"))
        return {
            "rows": self.rows,
            "skipped": dict(self.skipped),
            "lines": {status: self.lines[status] for status in statuses},
            "refunds": {status: self.refunds[status] for status in statuses},
            "amounts": {
                "sales": format_yuan(self.accepted_fen),
                "refunds": format_yuan(self.refunded_fen),
                "net": format_yuan(self.accepted_fen - self.refunded_fen),
            },
            "unchanged": unchanged,
            "first_day": self.first_day and self.first_day.isoformat(),
            "last_day": self.last_day and self.last_day.isoformat(),
            "last_batch_id": self.last_batch_id,
            "unreadable_rows": self.unreadable_rows,
            "errors": self.errors,
        }


@dataclass(frozen=True, slots=True)
class ImportTarget:
    """Where a file's orders belong, and who imports it."""

    platform: str
    shop: str
    format_name: str
    client_id: str


class Importer:
    """Imports files through the same recorders as the API."""

    def __init__(self, orders: Recorder, refunds: Recorder) -> None:
        self._orders = orders
        self._refunds = refunds

    async def import_file(self, pieces: AsyncIterator[bytes], target: ImportTarget) -> ImportSummary:
        """Read a file as it arrives and record it. What was recorded before an error stays: import the file again.

        Raises UnreadableFile when the file is not of the stated format.
        """
        reader = FORMATS.get(target.format_name)
        if reader is None:
            names = ", ".join(FORMATS)
            raise UnreadableFile(f"未知格式,可用:{names} / unknown format; use one of: {names}")
        table = CsvTable(reader.COLUMNS, format_name=target.format_name)
        summary = ImportSummary()
        waiting: list[tuple[int, PaidOrder]] = []
        async for piece, last in _with_end(pieces):
            for row in table.feed(piece, last=last):
                summary.rows += 1
                try:
                    found = reader.read_row(row)
                except UnreadableRow as error:
                    summary.note_error(table.row_no, error.column, error.reason)
                    continue
                if isinstance(found, Skipped):
                    summary.skipped[found.why] += 1
                    continue
                waiting.append((table.row_no, found))
                if len(waiting) == BATCH_ROWS:
                    await self._record(waiting, target, summary)
                    waiting = []
        if waiting:
            await self._record(waiting, target, summary)
        return summary

    async def _record(self, rows: list[tuple[int, PaidOrder]], target: ImportTarget, summary: ImportSummary) -> None:
        now = clock.now()
        lines: Submission[JudgedLine] = Submission(
            target.platform, target.client_id, "file", "orders", await self._orders.next_batch_id()
        )
        orders = [_order(row, target.shop) for _, row in rows]
        judge_orders(lines, orders, [], now=now, categories=frozenset(row.category for _, row in rows))
        await self._orders.record(lines, idempotency_key=None, body=b"")
        due: list[Refund] = []
        for (row_no, row), result in zip(rows, lines.decided(), strict=True):
            summary.lines[result.status] += 1
            summary.note_sale(row)
            if result.status in ("rejected", "conflict"):
                summary.note_error(row_no, result.reason or result.status, result.detail or result.status)
                continue
            if result.status == "accepted":
                summary.accepted_fen += row.amount_fen
                summary.last_batch_id = lines.batch_id
            known_fen = parse_yuan(result.refunded) if result.refunded else 0
            if row.refunded_fen > known_fen:
                due.append(_refund(row, row.refunded_fen - known_fen))
            elif row.refunded_fen < known_fen:
                summary.note_error(row_no, "refund", _LOWER)
        if due:
            await self._record_refunds(due, target, summary)

    async def _record_refunds(self, due: list[Refund], target: ImportTarget, summary: ImportSummary) -> None:
        refunds: Submission[JudgedRefund] = Submission(
            target.platform, target.client_id, "file", "refunds", await self._refunds.next_batch_id()
        )
        judge_refunds(refunds, due, [], now=clock.now(), date_basis=DateBasis.IMPUTED)
        await self._refunds.record(refunds, idempotency_key=None, body=b"")
        for refund, result in zip(due, refunds.decided(), strict=True):
            summary.refunds[result.status] += 1
            if result.status == "accepted":
                summary.refunded_fen += parse_yuan(refund.amount)


_LOWER = "退款少于已入账,未改动 / less is refunded than was recorded before; nothing was changed"


def _order(row: PaidOrder, shop: str) -> Order:
    line = Line(line_no=row.line_no, amount=format_yuan(row.amount_fen), category=row.category)
    return Order(row.order_no, row.occurred_at, shop, [line], buyer_region=row.buyer_region)


def _refund(row: PaidOrder, amount_fen: int) -> Refund:
    """What is not recorded yet of a row's refund; numbered by the total that the file states."""
    return Refund(
        refund_no=f"report-{row.refunded_fen}",
        order_no=row.order_no,
        amount=format_yuan(amount_fen),
        occurred_at=row.occurred_at,
        line_no=row.line_no,
    )


async def _with_end(pieces: AsyncIterator[bytes]) -> AsyncIterator[tuple[bytes, bool]]:
    async for piece in pieces:
        yield piece, False
    yield b"", True
