"""Handover codes of cards: told one by one, or printed on sheets for those who hand the cards over."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.codes.code import Kind
from services.codes.credential import StationKey
from services.codes.routes.callers import Officer, Storage
from services.codes.routes.cards import CardNo, selection_of
from services.codes.routes.labels import SHEETS, document
from services.codes.routes.reporters import DeviceKey
from services.codes.schemas.cards import CODES_LIMIT, HandoverOut, SelectionIn
from services.codes.service.handovers import print_handovers, tell_handover
from services.codes.service.labels import find_codes
from services.kit import clock
from services.kit.auth import Caller
from services.kit.database import Database

router = APIRouter(tags=["cards"])


@router.post("/v1/codes/{code}/cards/{card_no}/handover")
async def tell(
    *, code: str, card_no: CardNo, caller: Officer, database: Storage, key: DeviceKey, response: Response
) -> HandoverOut:
    """The code by which a station sets the PIN of this card's code, once: as it hands the card over, or when the PIN is
    forgotten. It is on record that it was told.
    """
    canonical, handover = await tell_handover(database, key, caller, code, card_no)
    response.headers["Cache-Control"] = "no-store"
    return HandoverOut(code=canonical, card_no=str(card_no), handover=handover)


@router.get("/v1/handovers.pdf", response_class=Response, responses={200: SHEETS})
async def sheets(
    *, asked: Annotated[SelectionIn, Query()], caller: Officer, database: Storage, key: DeviceKey
) -> Response:
    """Strips with the handover codes of cards that have no PIN yet, 2 × 10 on A4; keep them apart from the cards."""
    return await _sheets(asked, caller, database, key)


@router.post("/v1/handovers.pdf", response_class=Response, responses={200: SHEETS})
async def sheets_of_list(*, body: SelectionIn, caller: Officer, database: Storage, key: DeviceKey) -> Response:
    """The same for a list that is too long for an address; of a list, those that have a PIN too."""
    return await _sheets(body, caller, database, key)


async def _sheets(asked: SelectionIn, caller: Caller, database: Database, key: StationKey) -> Response:
    now = clock.now()
    selection = replace(selection_of(asked, kind=Kind.HOUSEHOLD), without_pin=True)
    found = await find_codes(database, caller, selection, after=asked.after, limit=CODES_LIMIT, moment=now)
    printed = await print_handovers(database, key, caller, found.codes, listed=asked.codes is not None, moment=now)
    return document("onecode-handovers.pdf", printed, found.following)
