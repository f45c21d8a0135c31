"""PINs of cards, and ``/v1/statements``: a household's own statement, opened at a station with card and PIN."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.codes.card import read_scan
from services.codes.code import MalformedCode, parse_code
from services.codes.errors import CodeMalformed
from services.codes.presented import Presented
from services.codes.routes.callers import Keys, Officer, Storage
from services.codes.routes.reporters import DeviceKey, Keeping, Pins, Reporting
from services.codes.schemas.statements import (
    AccessOut,
    AnswerIn,
    ObjectionIn,
    ObjectionOut,
    ObjectionsOut,
    OfficersObjectionOut,
    PinIn,
    PinOut,
    StatementIn,
    StatementOut,
)
from services.codes.service import objections
from services.codes.service.objections import Objection
from services.codes.service.statements import open_statement, set_pin
from services.codes.service.subjects import PERSON_SCOPE
from services.codes.station_errors import CardNeeded, UnknownObjection
from services.kit import clock
from services.kit.auth import Caller
from services.kit.clock import SHANGHAI

router = APIRouter(prefix="/v1", tags=["statements"])

LARGEST_ID = 2**63 - 1


@router.post("/codes/{code}/pin", tags=["codes"])
async def pin(*, code: str, body: PinIn, reporter: Keeping, database: Storage, pins: Pins, key: DeviceKey) -> PinOut:
    """Set the PIN as a card is handed over: at a station with the card's handover code, which works once, or by a
    registry officer. A photographed card sets none.
    """
    shown, now = _presented(body.card), clock.now()
    if _canonical(code) != shown.code:
        raise CardNeeded
    await set_pin(database, pins, key, reporter, shown, pin=body.pin, handover=body.handover, now=now)
    return PinOut(code=shown.code, set_at=now.astimezone(SHANGHAI))


@router.post("/statements")
async def statement(
    *, body: StatementIn, reporter: Reporting, database: Storage, pins: Pins, keys: Keys, response: Response
) -> StatementOut:
    """Open a household's own statement with its card and PIN, in a station's session. It is logged, and the household
    sees where it was opened before. The ``grant`` opens the figures for ten minutes; after five wrong PINs in a row an
    officer has to set a new one.
    """
    opened = await open_statement(
        database, pins, reporter, _presented(body.card), body.pin, station=body.station, now=clock.now()
    )
    response.headers["Cache-Control"] = "no-store"
    return StatementOut(
        code=opened.code,
        grant=opened.grant,
        expires_at=opened.expires_at.astimezone(SHANGHAI),
        accesses=[
            AccessOut(opened_at=row.granted_at.astimezone(SHANGHAI), station=row.station) for row in opened.accesses
        ],
        objections=[_objection(one) for one in await objections.objections_of(database, keys, opened.subject_id)],
    )


@router.post("/statements/objections", status_code=201)
async def object_to(
    *, body: ObjectionIn, reporter: Reporting, database: Storage, keys: Keys, response: Response
) -> ObjectionOut:
    """Write down what the household says is wrong, while its statement is open. The same twice is one."""
    raised, new = await objections.raise_objection(
        database,
        keys,
        reporter,
        body.grant,
        month=None if body.month is None else date.fromisoformat(f"{body.month}-01"),
        text=body.text,
        now=clock.now(),
    )
    response.status_code = 201 if new else 200
    response.headers["Cache-Control"] = "no-store"
    return _objection(raised)


@router.get("/statements/objections")
async def listed(
    *,
    caller: Officer,
    database: Storage,
    keys: Keys,
    response: Response,
    only_open: Annotated[bool, Query(alias="open")] = True,
    after: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> ObjectionsOut:
    """Objections of households in the caller's regions, by default those without an answer. What is written in them may
    name people: it is shown to who holds ``codes:person``.
    """
    found, more = await objections.list_objections(
        database,
        keys,
        caller,
        only_open=only_open,
        after=after,
        limit=limit,
        today=clock.business_day(clock.now()),
    )
    response.headers["Cache-Control"] = "no-store"
    return ObjectionsOut(
        objections=[_officers(one, caller) for one in found], next=str(found[-1].objection_id) if more else None
    )


@router.post("/statements/objections/{objection_id}/answer")
async def answer(
    *, objection_id: str, body: AnswerIn, caller: Officer, database: Storage, keys: Keys, response: Response
) -> OfficersObjectionOut:
    """Answer an objection. The household reads it when its statement is opened next."""
    if not (objection_id.isascii() and objection_id.isdigit() and int(objection_id) <= LARGEST_ID):
        raise UnknownObjection
    now = clock.now()
    answered = await objections.answer_objection(
        database, keys, caller, int(objection_id), body.text, now=now, today=clock.business_day(now)
    )
    response.headers["Cache-Control"] = "no-store"
    return _officers(answered, caller)


def _presented(card: str) -> Presented:
    code, token = read_scan(card)
    return Presented(_canonical(code), token)


def _canonical(code: str) -> str:
    try:
        return parse_code(code)
    except MalformedCode as error:
        raise CodeMalformed(str(error), flaw=error.reason.value) from None


def _objection(one: Objection) -> ObjectionOut:
    return ObjectionOut(
        objection_id=str(one.objection_id),
        month=None if one.month is None else one.month.strftime("%Y-%m"),
        text=one.text,
        raised_at=one.raised_at.astimezone(SHANGHAI),
        station=one.station,
        answer=one.answer,
        answered_at=one.answered_at and one.answered_at.astimezone(SHANGHAI),
    )


def _officers(one: Objection, caller: Caller) -> OfficersObjectionOut:
    said = {**_objection(one).model_dump(), "subject_id": str(one.subject_id), "answered": one.answer is not None}
    if PERSON_SCOPE not in caller.scopes:
        said |= {"text": None, "answer": None}
    return OfficersObjectionOut(**said)
