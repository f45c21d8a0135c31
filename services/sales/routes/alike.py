"""``/v1/payments/alike`` and ``/v1/payments/distinct``: payments that may be one, and those that are two."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request

from services.sales.alike import pairs_alike, say_distinct
from services.sales.routes.payments import Payer, PaymentReader
from services.sales.schemas.alike import DistinctionsIn, DistinctionsOut, PairOut, PairsOut
from services.sales.schemas.fields import Code
from services.sales.schemas.payments import Month, PaymentOut

router = APIRouter(tags=["payments"])


@router.get("/v1/payments/alike")
async def read_pairs_alike(
    request: Request,
    caller: PaymentReader,
    *,
    member: Annotated[Code | None, Query()] = None,
    month: Annotated[Month | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> PairsOut:
    """Payments that may be the same: of one day, amount and method to one household, recorded under codes, or for
    households, that were thought to be two. Both count. Void one of them, or say that they are two.
    """
    first = None if month is None else date.fromisoformat(f"{month}-01")
    pairs, more = await pairs_alike(request.app.state.database, caller, member=member, month=first, limit=limit)
    return PairsOut(pairs=[PairOut(first=PaymentOut.of(a), second=PaymentOut.of(b)) for a, b in pairs], more=more)


@router.post("/v1/payments/distinct")
async def post_distinctions(request: Request, caller: Payer, body: DistinctionsIn) -> DistinctionsOut:
    """Say of pairs of payments that they are two each, with a reason: they are not shown as alike again."""
    recorded = await say_distinct(request.app.state.database, caller, body.distinctions)
    return DistinctionsOut(recorded=recorded, known=len(body.distinctions) - recorded)
