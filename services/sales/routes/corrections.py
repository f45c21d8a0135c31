"""``POST /v1/corrections`` and ``POST /v1/reattributions``: putting right by hand, with a reason."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit import clock
from services.kit.auth import Caller, caller_with
from services.kit.errors import InvalidInput, NotAllowed
from services.sales.correcting import Correcting, judge_corrections
from services.sales.correction import JudgedCorrection
from services.sales.reattribution import attribute_again
from services.sales.recorder import Recorder
from services.sales.routes.orders import Atomic, DryRun, IdempotencyKey, documented, read_body, record_and_answer
from services.sales.schemas.reattribution import ReattributionIn, ReattributionOut
from services.sales.submission import Submission
from services.sales.wire import Answer, Corrections, openapi_schema, read_corrections

router = APIRouter(tags=["corrections"])

Corrector = Annotated[Caller, Depends(caller_with("corrections:write"))]
_ONE_PLATFORM = "一次请求只能更正一个平台的订单 / One request may correct orders of one platform only"
_OTHER_PLATFORM = "令牌只可更正本平台的订单 / This token may only correct orders of its own platform"


@router.post(
    "/v1/corrections",
    openapi_extra=documented(Corrections, "corrections"),
    responses={200: {"content": {"application/json": {"schema": openapi_schema(Answer)}}}},
    response_class=Response,
)
async def post_corrections(
    request: Request,
    caller: Corrector,
    atomic: Atomic = False,  # noqa: FBT002 - a query parameter
    dry_run: DryRun = False,  # noqa: FBT002 - a query parameter
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Reassign lines to another code, cancel them, or give a parked line the code it lacked."""
    body = await read_body(request)
    corrections, unreadable = read_corrections(body)
    platforms = {correction.platform for correction in corrections}
    if len(platforms) > 1:
        raise InvalidInput(_ONE_PLATFORM)
    platform = platforms.pop() if platforms else caller.platform or ""
    if caller.platform not in (None, platform):
        raise NotAllowed(_OTHER_PLATFORM)
    recorder = correction_recorder(request, caller)
    submission: Submission[JudgedCorrection] = Submission(
        platform, caller.client_id, "api", "corrections", await recorder.next_batch_id()
    )
    judge_corrections(submission, corrections, unreadable)
    return await record_and_answer(
        recorder, submission, body, atomic=atomic, dry_run=dry_run, idempotency_key=idempotency_key
    )


@router.post("/v1/reattributions")
async def post_reattribution(request: Request, caller: Corrector, body: ReattributionIn) -> ReattributionOut:
    """Attribute a shop's lines of a period again, by the bindings as known now. Lines that carry a code of their own
    keep it; every line that moves is a correction.
    """
    if caller.platform not in (None, body.platform):
        raise NotAllowed(_OTHER_PLATFORM)
    recorder = correction_recorder(request, caller)
    return await attribute_again(request.app.state.database, recorder, body, client_id=caller.client_id)


def correction_recorder(request: Request, caller: Caller) -> Recorder:
    """A recorder of corrections by ``caller``, who may act in the divisions of the token only."""
    today = clock.business_day(clock.now())

    async def decide(connection: AsyncConnection, submissions: Sequence[Submission[Any]]) -> None:
        for submission in submissions:
            await Correcting(connection, today, caller.may_see_region).record(submission)

    like: Recorder = request.app.state.orders
    return like.deciding(decide)
