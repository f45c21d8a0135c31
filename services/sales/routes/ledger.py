"""HTTP of the ledger and of what is parked."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from services.kit.auth import Caller, caller_with
from services.kit.database import Database
from services.sales import export, ledger
from services.sales.export import Form, WantedForm
from services.sales.parked import Reason, page_of_parked
from services.sales.schemas.fields import BatchId, Code, Day, Mark, OrderNo, PlatformKey
from services.sales.schemas.ledger import EntriesPage, EntryOut, ParkedOut, ParkedPage

router = APIRouter()

LedgerReader = Annotated[Caller, Depends(caller_with("ledger:read"))]
ParkedReader = Annotated[Caller, Depends(caller_with("ledger:read", "bindings:write"))]
Limit = Annotated[int, Query(ge=1, le=1_000)]
After = Annotated[Mark | None, Query()]


@router.get(
    "/v1/ledger",
    tags=["ledger"],
    response_model=EntriesPage,
    response_model_exclude_unset=True,
    responses={200: {"content": {name.partition(";")[0]: {} for name in list(export.MEDIA_TYPES.values())[1:]}}},
)
async def read_ledger(
    request: Request,
    caller: LedgerReader,
    *,
    code: Annotated[Code | None, Query()] = None,
    order_no: OrderNo | None = None,
    batch_id: BatchId | None = None,
    day: Annotated[Day | None, Query(description="Business day on which entries count; alone, or with `code`.")] = None,
    after: After = None,
    limit: Limit = 100,
    form: WantedForm,
) -> Any:
    """Entries of a subject (by any of its codes; of one `day`, if that is given), of an order, of a batch, or of a day.
    A platform sees its own entries, others those of their regions. As CSV or NDJSON (`format=`, or `Accept`) the answer
    is all of them, streamed; `limit` is for JSON only.
    """
    database: Database = request.app.state.database
    question = ledger.Question(code, order_no, batch_id, day)
    page = await ledger.read_entries(database, caller, question, after=after, limit=limit)
    if form is not Form.JSON:
        pages = export.all_pages(database, caller, question, page)
        headers = {"Content-Disposition": f'attachment; filename="ledger.{form}"', "Vary": "Accept, Authorization"}
        return StreamingResponse(export.written(pages, form), media_type=export.MEDIA_TYPES[form], headers=headers)
    answer = EntriesPage(entries=[EntryOut.of(row) for row in page.rows], next=page.next)
    if code is None or code[0] != "H":
        return answer
    return answer.model_copy(update={"income": f"/v1/stats/explain/household?code={code}&month={{month}}"})


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
