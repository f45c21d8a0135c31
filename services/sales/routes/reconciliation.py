"""``/v1/reconciliation``: both sides compare their days."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from services.kit.auth import Caller, caller_with
from services.kit.errors import InvalidInput, NotAllowed
from services.sales import reconciliation
from services.sales.schemas.fields import PlatformKey
from services.sales.schemas.reconciliation import By, ComparisonOut, DaysOut, OwnDays
from services.sales.sight import sight_of

router = APIRouter(tags=["reconciliation"])

LedgerReader = Annotated[Caller, Depends(caller_with("ledger:read"))]
CutOff = Annotated[str, Query(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="When a recorded day begins.")]
_WHICH = "请指明平台 / Say which platform"
_OTHER = "令牌只可对账本平台 / This token may only reconcile its own platform"
_PART = "对账需要全省权限 / Reconciling a platform needs the whole province"


@router.get("/v1/reconciliation")
async def read_days(
    request: Request,
    caller: LedgerReader,
    *,
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to", description="The last day, included.")],
    by: By = By.SALE,
    platform: PlatformKey | None = None,
    cut_off: CutOff = "00:00",
) -> DaysOut:
    """A platform's days: lines, sales, refunds, net, what is parked, and a digest that the platform can compute too."""
    question = reconciliation.Question(_platform(caller, platform), by, cut_off, first, last)
    return await reconciliation.days_of_platform(request.app.state.database, question)


@router.post("/v1/reconciliation")
async def compare_days(request: Request, caller: LedgerReader, body: OwnDays) -> ComparisonOut:
    """Compare a platform's own figures with ours, down to the orders that only one side has, where it names them."""
    return await reconciliation.compare(request.app.state.database, _platform(caller, body.platform), body)


def _platform(caller: Caller, asked: str | None) -> str:
    if caller.platform is not None:
        if asked not in (None, caller.platform):
            raise NotAllowed(_OTHER)
        return caller.platform
    if not sight_of(caller).whole_province:
        raise NotAllowed(_PART)
    if asked is None:
        raise InvalidInput(_WHICH)
    return asked
