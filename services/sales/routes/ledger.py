"""HTTP of the ledger, of what is parked, and of the keys that sign receipts."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from services.kit.auth import Caller, caller_with
from services.kit.database import Database
from services.sales import ledger
from services.sales.errors import OneFilter
from services.sales.parked import Reason, page_of_parked
from services.sales.receipt import ReceiptSigner
from services.sales.schemas.fields import BatchId, Code, Mark, OrderNo, PlatformKey
from services.sales.schemas.ledger import EntriesPage, EntryOut, ParkedOut, ParkedPage

router = APIRouter()

LedgerReader = Annotated[Caller, Depends(caller_with("ledger:read"))]
ParkedReader = Annotated[Caller, Depends(caller_with("ledger:read", "bindings:write"))]
Limit = Annotated[int, Query(ge=1, le=1_000)]
After = Annotated[Mark | None, Query()]


@router.get("/v1/ledger", tags=["ledger"])
async def read_ledger(
    request: Request,
    caller: LedgerReader,
    *,
    code: Annotated[Code | None, Query()] = None,
    order_no: OrderNo | None = None,
    batch_id: BatchId | None = None,
    after: After = None,
    limit: Limit = 100,
) -> EntriesPage:
    """Entries of a subject (by any of its codes), of an order, or of a batch: exactly one of them. A platform sees its
    own entries, others those of their regions.
    """
    database: Database = request.app.state.database
    if [code, order_no, batch_id].count(None) != 2:  # noqa: PLR2004 - one of three is given
        raise OneFilter
    if code is not None:
        page = await ledger.entries_of_code(database, caller, code, after=after, limit=limit)
    elif order_no is not None:
        page = await ledger.entries_of_order(database, caller, order_no, after=after, limit=limit)
    elif batch_id is not None:
        page = await ledger.entries_of_batch(database, caller, batch_id, after=after, limit=limit)
    return EntriesPage(entries=[EntryOut.of(row) for row in page.rows], next=page.next)


@router.get("/v1/parked", tags=["ledger"])
async def read_parked(
    request: Request,
    caller: ParkedReader,
    *,
    platform: PlatformKey | None = None,
    reason: Reason | None = None,
    after: After = None,
    limit: Limit = 100,
) -> ParkedPage:
    """Lines and refunds that wait for what they lack. A platform sees its own; others those of their regions, and who
    may see a whole province also those of no region yet.
    """
    database: Database = request.app.state.database
    page = await page_of_parked(database, caller, platform=platform, reason=reason, after=after, limit=limit)
    return ParkedPage(parked=[ParkedOut.of(row) for row in page.rows], next=page.next)


@router.get("/v1/receipts/keys", tags=["receipts"])
async def receipt_keys(request: Request) -> dict[str, Any]:
    """The public keys (JWK set) with which anybody can check a receipt."""
    receipts: ReceiptSigner = request.app.state.receipts
    return receipts.public_keys()
