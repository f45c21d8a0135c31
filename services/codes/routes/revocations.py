"""``/v1/revocations``: what stations must no longer accept."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from services.codes.revocation import as_text
from services.codes.routes.callers import Storage
from services.codes.routes.cards import Secrets
from services.codes.routes.reporters import Seeing
from services.codes.schemas.base import RegionCode
from services.codes.schemas.cards import RevocationsOut, StateOut
from services.codes.service.revocations import list_revocations
from services.kit import clock
from services.kit.clock import SHANGHAI

router = APIRouter(tags=["cards"])


@router.get("/v1/revocations", response_model=RevocationsOut)
async def revocations(
    *,
    reporter: Seeing,
    database: Storage,
    secrets: Secrets,
    since: Annotated[int, Query(ge=0, lt=2**32, description="The position of the list you have; 0 for all.")] = 0,
    region: Annotated[RegionCode | None, Query(description="By default your only region, or your county.")] = None,
    form: Annotated[Literal["json", "text", "binary"], Query(alias="format")] = "json",
) -> RevocationsOut | Response:
    """Codes that were suspended, revoked or reinstated and cards that were revoked in a division since a position of
    the feed, signed with a card key: 84 bytes, and 5 for a code, 4 for a card. ``format=text`` is the signed list alone
    in base64url, for a text message (an ordinary one of 160 characters carries 6 codes); ``binary`` the same as bytes.
    """
    found = await list_revocations(database, secrets, reporter, region=region, since=since, moment=clock.now())
    headers = {"Cache-Control": "no-store", "OneCode-Position": str(found.delta.upto)}
    if form == "text":
        return Response(as_text(found.signed), media_type="text/plain", headers=headers)
    if form == "binary":
        return Response(found.signed, media_type="application/octet-stream", headers=headers)
    delta = found.delta
    return RevocationsOut(
        since=delta.since,
        position=delta.upto,
        at=delta.at.astimezone(SHANGHAI),
        region=delta.region,
        key_id=found.key_id,
        codes=[StateOut(code=code, state=state.value) for code, state in delta.codes.items()],
        cards=[str(card_no) for card_no in delta.cards],
        withdrawn_keys=list(delta.keys),
        bytes=len(found.signed),
        text=as_text(found.signed),
    )
