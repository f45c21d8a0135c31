"""``/v1/payments``: what groups paid to members, recorded, voided and read."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit import clock
from services.kit.auth import Caller, caller_with
from services.kit.database import Database
from services.sales.paying import Sight, judge_payments, judge_voids, record_payments, void_payments
from services.sales.payment import JudgedPayment, JudgedVoid
from services.sales.payments import page_of_payments
from services.sales.recorder import Recorder
from services.sales.routes.orders import Atomic, DryRun, IdempotencyKey, documented, read_body, record_and_answer
from services.sales.schemas.fields import Code, Mark
from services.sales.schemas.payments import Month, PaymentOut, PaymentsPage
from services.sales.submission import Submission
from services.sales.wire import (
    Answer,
    PaymentResult,
    Payments,
    PaymentVoids,
    openapi_schema,
    read_payment_voids,
    read_payments,
)

router = APIRouter(tags=["payments"])

Payer = Annotated[Caller, Depends(caller_with("payments:write"))]
PaymentReader = Annotated[Caller, Depends(caller_with("ledger:read"))]


def _answer_schema() -> dict[str, Any]:
    schema = openapi_schema(Answer)
    schema["properties"]["results"]["items"] = openapi_schema(PaymentResult)
    return schema


_ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"schema": _answer_schema()}}}}


@router.post(
    "/v1/payments",
    openapi_extra=documented(Payments, "payments"),
    responses=_ANSWER,
    response_class=Response,
)
async def post_payments(
    request: Request,
    caller: Payer,
    atomic: Atomic = False,  # noqa: FBT002 - a query parameter
    dry_run: DryRun = False,  # noqa: FBT002 - a query parameter
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Record what groups paid to members. What a household is paid replaces what is modelled of the same member,
    group and month.
    """
    body = await read_body(request)
    payments, unreadable = read_payments(body)
    recorder = _recorder(request, caller, record_payments)
    submission: Submission[JudgedPayment] = Submission(
        "", caller.client_id, "api", "payments", await recorder.next_batch_id()
    )
    judge_payments(submission, payments, unreadable, today=clock.business_day(clock.now()))
    return await record_and_answer(
        recorder, submission, body, atomic=atomic, dry_run=dry_run, idempotency_key=idempotency_key
    )


@router.post(
    "/v1/payments/voids",
    openapi_extra=documented(PaymentVoids, "voids"),
    responses=_ANSWER,
    response_class=Response,
)
async def post_payment_voids(
    request: Request,
    caller: Payer,
    atomic: Atomic = False,  # noqa: FBT002 - a query parameter
    dry_run: DryRun = False,  # noqa: FBT002 - a query parameter
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Void payments by their numbers, with a reason. A payment is never edited: void it, and record it under another
    number as it was.
    """
    body = await read_body(request)
    voids, unreadable = read_payment_voids(body)
    recorder = _recorder(request, caller, void_payments)
    submission: Submission[JudgedVoid] = Submission(
        "", caller.client_id, "api", "payment_voids", await recorder.next_batch_id()
    )
    judge_voids(submission, voids, unreadable)
    return await record_and_answer(
        recorder, submission, body, atomic=atomic, dry_run=dry_run, idempotency_key=idempotency_key
    )


@router.get("/v1/payments")
async def read_payments_page(
    request: Request,
    caller: PaymentReader,
    *,
    member: Annotated[Code | None, Query()] = None,
    group: Annotated[Code | None, Query()] = None,
    month: Annotated[Month | None, Query()] = None,
    linked: Annotated[bool | None, Query()] = None,
    after: Annotated[Mark | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> PaymentsPage:
    """Payments to a member, of a group, for a month: at least one of them. Those to members within the caller's
    regions are seen, voided ones too. ``linked=false``: those that replace nothing, because the member was not in the
    group in that month, as it is known now: a link that was forgotten, or a household that had joined another.
    """
    database: Database = request.app.state.database
    first = None if month is None else date.fromisoformat(f"{month}-01")
    page = await page_of_payments(
        database, caller, member=member, group=group, month=first, linked=linked, after=after, limit=limit
    )
    return PaymentsPage(payments=[PaymentOut.of(row) for row in page.rows], next=page.next)


def _recorder(
    request: Request, caller: Caller, record: Callable[[AsyncConnection, Submission[Any], Sight], Awaitable[None]]
) -> Recorder:
    """A recorder for ``caller``, who may act in the divisions of the token only."""

    async def decide(connection: AsyncConnection, submissions: Sequence[Submission[Any]]) -> None:
        for submission in submissions:
            await record(connection, submission, caller.may_see_region)

    like: Recorder = request.app.state.orders
    return like.deciding(decide)
