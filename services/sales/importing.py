"""The use case of importing an export file: read as it arrives, recorded in pieces, answered with totals.

A file states what *is*. So importing the same file again changes nothing, and a later export of the same orders posts
the difference. Each piece is one transaction, which also moves the import's watermark: what was recorded before an
error stays, and the file can be sent again, or resumed where it stopped if its digest was given.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Container
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError

from services.kit import clock
from services.kit.database import Database
from services.kit.errors import Unavailable
from services.sales.errors import ImportInProgress, UnreadableFile
from services.sales.formats.layout import Row
from services.sales.formats.reading import FileReader
from services.sales.formats.row import GivenRefund, Outcome, Skipped, UnreadableRow
from services.sales.queries import imports as queries
from services.sales.statement import StatedLine, StatedRefund, group_lines
from services.sales.stating import RowError, Statement, Stating
from services.sales.tally import Tally

PIECE_LINES = 1_000
"""Order lines of one transaction, unless one order has more."""
PIECE_ROWS = 5_000
"""Rows after which an import says how far it is, though few of them were sales."""
MAX_KEPT_ERRORS = 20_000
MAX_SHOWN_ERRORS = 100
_RETRYABLE = {"40001", "40P01"}  # serialization failure, deadlock
_RETRIES = 5
_LOOK_EVERY_SECONDS = 0.02
_MAX_LOOKS = 500
"""A transaction that lasts longer than ten seconds is none that answers a request."""
_STILL_BUSY = (
    "该平台首次导入须等待先前的请求结束,请稍后重发 / "
    "The first import of a platform waits for earlier requests to end, and one has not: send it again in a moment"
)


@dataclass(frozen=True, slots=True)
class ImportTarget:
    """Where a file's orders belong, and who imports it."""

    platform: str
    shop: str
    format_name: str
    client_id: str
    category: str = "other"
    """Of lines that name none."""
    mapping: str | None = None
    """The mapping file, for the format ``mapping``."""
    file_name: str | None = None
    exported_at: datetime | None = None
    """The moment of which the file speaks; ``None``: now."""
    sha256: bytes | None = None
    """The file's digest, if the client knows it: an import of the same file that was cut short is resumed."""


@dataclass(slots=True)
class ImportSummary:
    """What an import did."""

    import_id: int
    format_name: str
    tally: Tally
    resumed_after_row: int
    errors: list[RowError]
    """The first of them that this request met."""

    def document(self) -> dict[str, Any]:
        """As the API answers it."""
        return {
            "import_id": self.import_id,
            "state": "done",
            "format": self.format_name,
            "resumed_after_row": self.resumed_after_row,
            **self.tally.document(),
            "errors": [error_document(error) for error in self.errors],
            "errors_csv": f"/v1/imports/{self.import_id}/errors.csv" if self.tally.errors else None,
        }


def error_document(error: RowError) -> dict[str, Any]:
    """A row that was not taken, as the API answers it."""
    return {
        "row": error.row_no,
        "column": error.column,
        "reason": error.reason,
        "detail": error.detail,
        "cells": error.cells,
    }


class Importer:
    """Imports files into the same ledger as the API."""

    def __init__(self, database: Database, categories: Callable[[], Container[str]]) -> None:
        self._database = database
        self.categories = categories
        """Those that are registered now."""
        self.committed: Callable[[], None] = lambda: None
        """Called after each commit, so that the sealer need not wait."""

    async def import_file(self, pieces: AsyncIterator[bytes], target: ImportTarget) -> ImportSummary:
        """Read a file as it arrives and record it.

        Raises UnreadableFile when the file is not of the stated format, or not the one whose digest was given, and
        ImportInProgress when another request goes on with the same import.
        """
        reader = FileReader(target.format_name, target.mapping)
        run = await self._open(target)
        try:
            await self._wait_for_earlier_requests(run.statement.import_id, target.platform)
            await run.read(reader, pieces)
            reader.expect(target.sha256)
        except UnreadableFile as error:
            await self._end(run, "failed", None, error.code)
            raise
        except ImportInProgress:
            raise
        except BaseException:  # the client went away, the house is stopped: the next request may go on from here
            await asyncio.shield(self._end(run, "interrupted", None, None))
            raise
        await self._end(run, "done", reader.sha256, None)
        return ImportSummary(run.statement.import_id, reader.format_name, run.tally, run.resumed_after_row, run.shown)

    async def _open(self, target: ImportTarget) -> "_Run":
        now = clock.now()
        parameters: dict[str, Any] = {
            "platform": target.platform,
            "shop": target.shop,
            "client_id": target.client_id,
            "stated_sha256": target.sha256,
        }
        async with self._database.transaction() as connection:
            found = None
            if target.sha256 is not None:
                found = (await connection.execute(queries.RESUME_IMPORT, parameters)).one_or_none()
            tally = Tally() if found is None else Tally.of(found)
            if found is None:
                opening = {
                    "format": target.format_name,
                    "file_name": target.file_name,
                    "exported_at": min(target.exported_at or now, now),
                    "counts": json.dumps(tally.kept()),
                }
                found = (await connection.execute(queries.OPEN_IMPORT, {**parameters, **opening})).one()
        statement = Statement(
            found.import_id, target.platform, target.shop, target.client_id, target.category, found.exported_at
        )
        return _Run(self, statement, tally, found.watermark_row)

    async def _wait_for_earlier_requests(self, import_id: int, platform: str) -> None:
        """The first import of a platform waits until every transaction has ended that began before it was opened: those
        could not know that orders of this platform come by file too, and did not look. Raises Unavailable if one does
        not end.
        """
        async with self._database.transaction() as connection:
            first = await connection.scalar(queries.FIRST_IMPORT, {"platform": platform, "import_id": import_id})
            if not first:
                return
            earlier = set((await connection.scalars(queries.TRANSACTIONS)).all())
        for _ in range(_MAX_LOOKS):
            async with self._database.transaction() as connection:
                earlier &= set((await connection.scalars(queries.TRANSACTIONS)).all())
            if not earlier:
                return
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
        raise Unavailable(_STILL_BUSY, retry_after_seconds=10)

    async def _end(self, run: "_Run", state: str, sha256: bytes | None, problem: str | None) -> None:
        parameters = {
            "import_id": run.statement.import_id,
            "watermark_row": run.watermark_row,
            "state": state,
            "sha256": sha256,
            "problem": problem,
        }
        async with self._database.transaction() as connection:
            await connection.execute(queries.END_IMPORT, parameters)

    async def record_piece(self, run: "_Run", piece: "_Piece", format_name: str) -> None:
        """Record a piece of a file and move the watermark, in one transaction. Raises ImportInProgress."""
        for attempt in range(1, _RETRIES + 1):
            tally = run.tally.copy()
            tally.rows += piece.rows
            tally.skipped.update(piece.skipped)
            tally.errors += len(piece.errors)
            try:
                async with self._database.transaction() as connection:
                    stating = Stating(connection, run.statement, tally, now=clock.now(), categories=self.categories())
                    await stating.record(group_lines(piece.lines))
                    await stating.record_given(piece.refunds)
                    errors = sorted([*piece.errors, *stating.errors], key=lambda error: error.row_no)
                    await self._advance(connection, run, tally, piece.last_row, format_name)
                    kept = max(0, MAX_KEPT_ERRORS - run.tally.errors)
                    await _keep_errors(connection, run.statement.import_id, errors[:kept])
                break
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _RETRYABLE or attempt == _RETRIES:
                    raise
        self.committed()
        run.tally = tally
        run.watermark_row = piece.last_row
        run.shown += errors[: MAX_SHOWN_ERRORS - len(run.shown)]

    async def _advance(self, connection: Any, run: "_Run", tally: Tally, last_row: int, format_name: str) -> None:
        parameters = {
            "import_id": run.statement.import_id,
            "before": run.watermark_row,
            "watermark_row": last_row,
            "format": format_name,
            "row_count": tally.rows,
            "error_count": tally.errors,
            "first_day": tally.first_day,
            "last_day": tally.last_day,
            "counts": json.dumps(tally.kept()),
        }
        if (await connection.execute(queries.ADVANCE_IMPORT, parameters)).one_or_none() is None:
            raise ImportInProgress(run.statement.import_id)


async def _keep_errors(connection: Any, import_id: int, errors: list[RowError]) -> None:
    if not errors:
        return
    within_row: Counter[int] = Counter()
    numbers = []
    for error in errors:
        within_row[error.row_no] += 1
        numbers.append(within_row[error.row_no])
    parameters = {
        "import_id": import_id,
        "row_no": [error.row_no for error in errors],
        "error_no": numbers,
        "column_name": [error.column for error in errors],
        "reason": [error.reason for error in errors],
        "detail": [error.detail for error in errors],
        "cells": [json.dumps(error.cells, ensure_ascii=False) for error in errors],
    }
    await connection.execute(queries.ADD_ERRORS, parameters)


class _Piece:
    """Rows that have been read and are to be recorded together."""

    def __init__(self, last_row: int) -> None:
        self.last_row = last_row
        self.rows = 0
        self.skipped: Counter[str] = Counter()
        self.lines: list[StatedLine] = []
        self.refunds: list[StatedRefund] = []
        self.errors: list[RowError] = []

    def is_full(self, order_no: str | None) -> bool:
        """Whether it is to be recorded before a row of this order; an order's rows that follow each other stay
        together.
        """
        if len(self.lines) + len(self.refunds) >= PIECE_ROWS:
            return True
        goes_on = bool(self.lines) and self.lines[-1].sold.order_no == order_no
        return not goes_on and (len(self.lines) >= PIECE_LINES or self.rows >= PIECE_ROWS)


class _Run:
    """One request's way through a file."""

    def __init__(self, importer: Importer, statement: Statement, tally: Tally, watermark_row: int) -> None:
        self._importer = importer
        self.statement = statement
        self.tally = tally
        self.watermark_row = watermark_row
        self.resumed_after_row = watermark_row
        self.shown: list[RowError] = []
        self._order_no = ""
        self._repeats: Counter[str] = Counter()

    async def read(self, reader: FileReader, pieces: AsyncIterator[bytes]) -> None:
        """Read the file and record what lies behind the watermark."""
        piece = _Piece(self.watermark_row)
        async for row_no, outcome, cells in reader.rows(pieces):
            if row_no <= self.resumed_after_row:
                continue
            order_no = None if isinstance(outcome, Skipped | UnreadableRow | GivenRefund) else outcome.order_no
            if piece.is_full(order_no) and row_no > piece.last_row:
                await self._importer.record_piece(self, piece, reader.format_name)
                piece = _Piece(piece.last_row)
            self._add(piece, reader, row_no, outcome, cells)
        await self._importer.record_piece(self, piece, reader.format_name)

    def _add(self, piece: _Piece, reader: FileReader, row_no: int, outcome: Outcome, cells: Row) -> None:
        piece.last_row = row_no
        piece.rows += 1
        if isinstance(outcome, Skipped):
            piece.skipped[outcome.why] += 1
            return
        shown = reader.shown(cells)
        if isinstance(outcome, UnreadableRow):
            piece.errors.append(RowError(row_no, outcome.column, outcome.reason, outcome.detail, shown))
            return
        if isinstance(outcome, GivenRefund):
            piece.refunds.append(StatedRefund(row_no, outcome, shown))
            return
        if reader.layout is not None and reader.layout.repeats:
            if outcome.order_no != self._order_no:
                self._order_no = outcome.order_no
                self._repeats.clear()
            self._repeats[outcome.line_no] += 1
            number = self._repeats[outcome.line_no]
            if number > 1:
                outcome = replace(outcome, line_no=f"{outcome.line_no}-{number}")
        piece.lines.append(StatedLine(row_no, outcome, shown))
