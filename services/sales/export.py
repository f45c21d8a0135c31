"""The ledger as a file: CSV or NDJSON, written page by page as it is read: one of any length needs no room."""

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated, Final

from fastapi import Depends, Query, Request

from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.spreadsheet import BYTE_ORDER_MARK, csv_line, harmless
from services.sales.ledger import Question, read_entries
from services.sales.paging import Page
from services.sales.schemas.ledger import EntryOut

PAGE_ENTRIES: Final = 2_000
COLUMNS: Final = tuple(EntryOut.model_fields)
_TEXTS: Final = ("order_no", "line_no", "reference")
"""Columns in which others say what they like."""


class Form(StrEnum):
    """The forms of an answer; the name is the ending of a file."""

    JSON = "json"
    CSV = "csv"
    NDJSON = "ndjson"


MEDIA_TYPES: Final = {
    Form.JSON: "application/json",
    Form.CSV: "text/csv; charset=utf-8",
    Form.NDJSON: "application/x-ndjson",
}


def _wanted(
    request: Request,
    form: Annotated[
        Form | None, Query(alias="format", description="The form of the answer; without it, `Accept` decides.")
    ] = None,
) -> Form:
    if form is not None:
        return form
    accepted = [part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")]
    known = {media_type.partition(";")[0]: one for one, media_type in MEDIA_TYPES.items()}
    return next((known[name] for name in accepted if name in known), Form.JSON)


WantedForm = Annotated[Form, Depends(_wanted)]


async def all_pages(database: Database, caller: Caller, question: Question, page: Page) -> AsyncIterator[Page]:
    """This page and those after it. Each is read by itself: no transaction lasts as long as a slow reader."""
    yield page
    while page.next is not None:
        page = await read_entries(database, caller, question, after=page.next, limit=PAGE_ENTRIES)
        yield page


async def written(pages: AsyncIterator[Page], form: Form) -> AsyncIterator[bytes]:
    """The entries of pages as lines of a file; a CSV begins with a BOM, so that spreadsheets read it as UTF-8."""
    if form is Form.CSV:
        yield BYTE_ORDER_MARK.encode() + csv_line(COLUMNS)
    async for page in pages:
        entries = [EntryOut.of(row) for row in page.rows]
        if form is Form.CSV:
            yield b"".join(csv_line(_cells(entry)) for entry in entries)
        else:
            yield "".join(f"{entry.model_dump_json()}\n" for entry in entries).encode()


def _cells(entry: EntryOut) -> list[str]:
    shown = entry.model_dump(mode="json")
    for name in _TEXTS:
        shown[name] = harmless(shown[name])
    return ["" if shown[name] is None else str(shown[name]) for name in COLUMNS]
