"""``/v1/labels.pdf`` and ``/v1/cards.pdf``: sheets to print, of a division, a group, a roster or a list."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from services.codes.card_keys import CardSecrets
from services.codes.code import Kind
from services.codes.printout import Printout
from services.codes.routes.callers import Officer, Reader, Storage
from services.codes.routes.cards import Secrets, selection_of
from services.codes.schemas.cards import CODES_LIMIT, LABELS_LIMIT, CardSheetsIn, LabelsIn
from services.codes.service.labels import find_codes, print_cards, print_labels
from services.kit import clock
from services.kit.auth import Caller
from services.kit.database import Database

router = APIRouter(tags=["labels"])

PDF = "application/pdf"
SHEETS = {
    "content": {PDF: {"schema": {"type": "string", "format": "binary"}}},
    "description": "The sheets.",
    "headers": {
        "OneCode-Sheets": {"schema": {"type": "integer"}, "description": "How many."},
        "OneCode-Missing-Characters": {
            "schema": {"type": "string"},
            "description": "What the font lacks and is printed as a box, percent-encoded; empty if nothing.",
        },
        "OneCode-Next": {
            "schema": {"type": "string"},
            "description": "If there are more codes than one document holds: ask again with `after` equal to this.",
        },
    },
}


@router.get("/v1/labels.pdf", response_class=Response, responses={200: SHEETS})
async def labels(asked: Annotated[LabelsIn, Query()], caller: Reader, database: Storage, request: Request) -> Response:
    """Labels of codes in force, 3 × 8 on A4 (70 × 37 mm). With one code and many ``copies``, all of one product."""
    return await _labels(asked, caller, database, request)


@router.post("/v1/labels.pdf", response_class=Response, responses={200: SHEETS})
async def labels_of_list(body: LabelsIn, caller: Reader, database: Storage, request: Request) -> Response:
    """The same for a list that is too long for an address."""
    return await _labels(body, caller, database, request)


@router.get("/v1/cards.pdf", response_class=Response, responses={200: SHEETS})
async def cards(
    *, asked: Annotated[CardSheetsIn, Query()], caller: Officer, database: Storage, secrets: Secrets, request: Request
) -> Response:
    """The cards in use, 2 × 5 on A4 (85 × 54 mm). Issue them with ``POST /v1/cards`` first: 409 names what has none."""
    return await _cards(asked, caller, database, secrets, request)


@router.post("/v1/cards.pdf", response_class=Response, responses={200: SHEETS})
async def cards_of_list(
    *, body: CardSheetsIn, caller: Officer, database: Storage, secrets: Secrets, request: Request
) -> Response:
    """The same for a list that is too long for an address."""
    return await _cards(body, caller, database, secrets, request)


async def _labels(asked: LabelsIn, caller: Caller, database: Database, request: Request) -> Response:
    now = clock.now()
    found = await find_codes(
        database,
        caller,
        selection_of(asked, kind=None),
        after=asked.after,
        limit=min(CODES_LIMIT, max(1, LABELS_LIMIT // asked.copies)),
        moment=now,
    )
    printed = await print_labels(
        found.codes,
        public_url=request.app.state.public_url,
        copies=asked.copies,
        skip=asked.skip,
        cut_lines=asked.cut_lines,
        moment=now,
    )
    return document("onecode-labels.pdf", printed, found.following)


async def _cards(
    asked: CardSheetsIn, caller: Caller, database: Database, secrets: CardSecrets, request: Request
) -> Response:
    now = clock.now()
    selection = selection_of(asked, kind=Kind.HOUSEHOLD)
    found = await find_codes(database, caller, selection, after=asked.after, limit=CODES_LIMIT, moment=now)
    printed = await print_cards(
        found.codes,
        secrets,
        public_url=request.app.state.public_url,
        skip=asked.skip,
        cut_lines=asked.cut_lines,
        moment=now,
    )
    return document("onecode-cards.pdf", printed, found.following)


def document(name: str, printed: Printout, following: str | None) -> Response:
    """The answer that a print job's sheets are, and after which code to go on if these are not all."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "OneCode-Sheets": str(printed.sheets),
        "OneCode-Missing-Characters": quote(printed.missing),
    }
    if following is not None:
        headers["OneCode-Next"] = following
    return Response(printed.pdf, media_type=PDF, headers=headers)
