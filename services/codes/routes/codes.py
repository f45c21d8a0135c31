"""``/v1/codes``: what a code is, its label, and what officers do with it."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.codes.label import draw_png, draw_svg, label_address, label_matrix
from services.codes.routes.callers import Anybody, Officer, Storage
from services.codes.schemas.base import Moment
from services.codes.schemas.codes import ChangedOut, ChangeIn, ChangeOut, CodeOut, HolderOut
from services.codes.service.codes import change_code, describe_code, find_issued
from services.codes.timeline import Change
from services.kit import clock
from services.kit.auth import Caller
from services.kit.clock import SHANGHAI
from services.kit.database import Database

router = APIRouter(prefix="/v1/codes", tags=["codes"])

IMMUTABLE = "public, max-age=31536000, immutable"


@router.get("/{code}", response_model_exclude_unset=True)
async def code(
    *,
    code: str,
    caller: Anybody,
    database: Storage,
    response: Response,
    at: Moment | None = None,
    as_of: Annotated[Moment | None, Query(description="As known when the feed stood at this moment.")] = None,
) -> CodeOut:
    """What this code is, now or ``at`` a moment. Needs no token; with one for its region it tells more.

    404 ``unknown_code``: well-formed, but never issued. 422 ``malformed_code``: no code; ``flaw`` says why, and
    ``slip`` (one_character, transposition or null) which slip of the hand would make an issued code of it.
    """
    now = clock.now()
    found = await describe_code(database, code, caller, at=at or now, as_of=as_of, now=now)
    response.headers["Cache-Control"] = "no-store" if caller else "public, max-age=5"
    response.headers["Vary"] = "Authorization"
    shown = CodeOut(code=found.code, state=found.state, since=found.since, place=found.place)
    more: dict[str, object] = {}
    if found.kind is not None:
        more["kind"] = found.kind
    if found.name is not None:
        more["name"] = found.name
    if found.detail is not None:
        more["subject_id"] = str(found.detail.subject_id)
        more["region"] = found.detail.region
        more["replaced_by"] = found.detail.replaced_by
        more["replaces"] = found.detail.replaces
        more["holders"] = [
            HolderOut(
                subject_id=str(one.subject_id),
                valid_from=one.valid_from.astimezone(SHANGHAI),
                valid_to=None if one.valid_to is None else one.valid_to.astimezone(SHANGHAI),
            )
            for one in found.detail.holders
        ]
        more["history"] = [
            ChangeOut(
                state=row.state,
                valid_from=row.valid_from.astimezone(SHANGHAI),
                recorded_at=row.recorded_at.astimezone(SHANGHAI),
                operation=row.operation,
                actor=row.actor,
                reason=row.reason,
            )
            for row in found.detail.history
        ]
    return shown.model_copy(update=more)


@router.get("/{code}/qr.svg", response_class=Response)
async def qr_svg(code: str, request: Request, database: Storage) -> Response:
    """The label of the code as SVG. Only its host depends on where the service runs; it never changes."""
    issued = await find_issued(database, code)
    return _drawing(request, draw_svg(label_matrix(_address(request, issued))), "image/svg+xml")


@router.get("/{code}/qr.png", response_class=Response)
async def qr_png(code: str, request: Request, database: Storage) -> Response:
    """The label of the code as PNG, 10 pixels a module."""
    issued = await find_issued(database, code)
    return _drawing(request, draw_png(label_matrix(_address(request, issued))), "image/png")


def _address(request: Request, issued: str) -> str:
    return label_address(request.app.state.public_url, issued)


def _drawing(request: Request, content: bytes, media_type: str) -> Response:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": IMMUTABLE}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


@router.post("/{code}/suspend")
async def suspend(code: str, body: ChangeIn, caller: Officer, database: Storage) -> ChangedOut:
    """Suspend a code: sales under it from then on are parked until it is reinstated."""
    return await _change(database, caller, code, Change.SUSPEND, body)


@router.post("/{code}/reinstate")
async def reinstate(code: str, body: ChangeIn, caller: Officer, database: Storage) -> ChangedOut:
    """Put a suspended code in force again."""
    return await _change(database, caller, code, Change.REINSTATE, body)


@router.post("/{code}/revoke")
async def revoke(code: str, body: ChangeIn, caller: Officer, database: Storage) -> ChangedOut:
    """Revoke a code. This is final; sales until then stay where they are."""
    return await _change(database, caller, code, Change.REVOKE, body)


async def _change(database: Database, caller: Caller, code: str, change: Change, body: ChangeIn) -> ChangedOut:
    moment = body.valid_from or clock.now()
    changed = await change_code(database, caller, code, change, moment=moment, reason=body.reason)
    since = changed.interval.valid_from.astimezone(SHANGHAI)
    return ChangedOut(code=changed.code, state=changed.interval.state.value, since=since, changed=changed.changed)
