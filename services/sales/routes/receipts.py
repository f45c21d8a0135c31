"""``/v1/receipts``: receipts once more, and the keys with which anybody can check them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from services.kit.auth import Caller, caller_with
from services.sales.imports import one_import
from services.sales.receipt import ReceiptSigner
from services.sales.receipts import Question, Source, page_of_receipts
from services.sales.schemas.fields import BatchId, Mark, PlatformKey
from services.sales.schemas.receipts import ReceiptsPage

router = APIRouter(tags=["receipts"])

Reader = Annotated[Caller, Depends(caller_with("ledger:read", "imports:write"))]


@router.get("/v1/receipts")
async def list_receipts(
    request: Request,
    caller: Reader,
    *,
    batch_id: BatchId | None = None,
    import_id: BatchId | None = None,
    platform: PlatformKey | None = None,
    after: Annotated[Mark | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> ReceiptsPage:
    """Receipts of a batch, of all pieces of an imported file, or of everything, the oldest first. A platform sees its
    own; who may see a whole province all; others those of the imports that they sent.
    """
    state = request.app.state
    if import_id is not None:
        await one_import(state.database, caller, import_id)
    question = Question(batch_id, import_id, platform)
    source = Source(state.database, state.receipts, state.issuer)
    return await page_of_receipts(source, caller, question, after=after, limit=limit)


@router.get("/v1/receipts/keys")
async def receipt_keys(request: Request) -> dict[str, Any]:
    """The public keys (JWK set) with which anybody can check a receipt."""
    receipts: ReceiptSigner = request.app.state.receipts
    return receipts.public_keys()
