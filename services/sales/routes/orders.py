"""``POST /v1/orders`` and ``POST /v1/refunds``: what platforms send."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from services.kit import clock
from services.kit.auth import Caller, caller_with
from services.kit.errors import TooLarge
from services.sales.errors import MAX_BODY_BYTES, MAX_LINES, PlatformRequired
from services.sales.line import JudgedLine
from services.sales.recorder import Recorder
from services.sales.recording import judge_orders
from services.sales.refund import JudgedRefund
from services.sales.refunding import judge_refunds
from services.sales.routes.bulk import BulkRoute
from services.sales.submission import Submission
from services.sales.wire import Answer, Orders, Refunds, openapi_schema, read_orders, read_refunds

router = APIRouter(tags=["orders"], route_class=BulkRoute)

PlatformCaller = Annotated[Caller, Depends(caller_with("orders:write"))]
Atomic = Annotated[bool, Query(description="All or nothing: if a line is rejected or conflicts, nothing is recorded.")]
DryRun = Annotated[bool, Query(description="Judge and answer, record nothing.")]
IdempotencyKey = Annotated[str | None, Header(max_length=255, description="Replays the first answer to this key.")]

_NO_PLATFORM = "令牌未绑定平台,请使用平台的凭证 / The token names no platform; use a platform's credentials"


def documented(body: type, name: str) -> dict[str, Any]:
    """What OpenAPI says of a bulk body that msgspec reads."""
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": openapi_schema(body)}}},
        "description": (
            f"At most {MAX_LINES} {name} or {MAX_BODY_BYTES // 2**20} MiB. Every item is judged and answered by "
            "itself; one bad item never blocks the others. 200 means committed durably."
        ),
    }


@router.post(
    "/v1/orders",
    openapi_extra=documented(Orders, "lines"),
    responses={200: {"content": {"application/json": {"schema": openapi_schema(Answer)}}}},
    response_class=Response,
)
async def post_orders(
    request: Request,
    caller: PlatformCaller,
    atomic: Atomic = False,  # noqa: FBT002 - a query parameter
    dry_run: DryRun = False,  # noqa: FBT002 - a query parameter
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Record order lines: each is accepted, parked with a reason, a duplicate, a conflict, or rejected."""
    recorder: Recorder = request.app.state.orders
    platform = _platform(caller)
    body = await read_body(request)
    orders, unreadable = read_orders(body)
    submission: Submission[JudgedLine] = Submission(
        platform, caller.client_id, "api", "orders", await recorder.next_batch_id()
    )
    categories = request.app.state.reference.categories
    judge_orders(submission, orders, unreadable, now=clock.now(), categories=categories)
    return await record_and_answer(
        recorder, submission, body, atomic=atomic, dry_run=dry_run, idempotency_key=idempotency_key
    )


@router.post(
    "/v1/refunds",
    openapi_extra=documented(Refunds, "refunds"),
    responses={200: {"content": {"application/json": {"schema": openapi_schema(Answer)}}}},
    response_class=Response,
)
async def post_refunds(
    request: Request,
    caller: PlatformCaller,
    atomic: Atomic = False,  # noqa: FBT002 - a query parameter
    dry_run: DryRun = False,  # noqa: FBT002 - a query parameter
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Record refunds of lines, or of whole orders; one that comes before its order waits for it."""
    recorder: Recorder = request.app.state.refunds
    platform = _platform(caller)
    body = await read_body(request)
    refunds, unreadable = read_refunds(body)
    submission: Submission[JudgedRefund] = Submission(
        platform, caller.client_id, "api", "refunds", await recorder.next_batch_id()
    )
    judge_refunds(submission, refunds, unreadable, now=clock.now())
    return await record_and_answer(
        recorder, submission, body, atomic=atomic, dry_run=dry_run, idempotency_key=idempotency_key
    )


async def record_and_answer(
    recorder: Recorder,
    submission: Submission[Any],
    body: bytes,
    *,
    atomic: bool,
    dry_run: bool,
    idempotency_key: str | None,
) -> Response:
    """Record a submission as the request asks for, and answer once that is committed."""
    if dry_run:
        answer = await recorder.try_out(submission)
    elif atomic:
        answer = await recorder.record_alone(
            submission, idempotency_key=idempotency_key, body=body, all_or_nothing=True
        )
    else:
        answer = await recorder.record(submission, idempotency_key=idempotency_key, body=body)
    return Response(answer, media_type="application/json")


def _platform(caller: Caller) -> str:
    if caller.platform is None:
        raise PlatformRequired(_NO_PLATFORM)
    return caller.platform


async def read_body(request: Request) -> bytes:
    """The body, as long as it is within the limit. Raises TooLarge (413)."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > MAX_BODY_BYTES:
            limit = MAX_BODY_BYTES // 2**20
            raise TooLarge(f"请求体超过 {limit} MiB,请分批 / The body is over {limit} MiB; send less at once")
        pieces.append(piece)
    return b"".join(pieces)
