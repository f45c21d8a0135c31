"""``/v1/imports``: sellers' export files, streamed; what came of each; the rows that were not taken."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from services.kit.auth import Caller, caller_with
from services.kit.database import Database
from services.kit.errors import NotAllowed
from services.sales import receipts
from services.sales.errors import UnknownCategory, UploadStalled
from services.sales.formats import AUTO, LAYOUTS, MAPPING, NDJSON
from services.sales.formats.mapping import MAX_MAPPING_LENGTH
from services.sales.importing import Importer, ImportTarget
from services.sales.imports import errors_as_csv, one_import, page_of_imports
from services.sales.schemas.fields import CategoryKey, Mark, PlatformKey, ShopName
from services.sales.schemas.imports import ImportAnswer, ImportOut, ImportsPage, ImportState

router = APIRouter(tags=["imports"])

ImportingCaller = Annotated[Caller, Depends(caller_with("imports:write"))]
ImportId = Annotated[int, Path(ge=1, lt=2**63)]
_SHOWN_RECEIPTS = 1_000
_OTHER_PLATFORM = "令牌只可导入本平台的文件 / This token may only import files of its own platform"
_MEDIA_TYPES = (
    "text/csv",
    "application/x-ndjson",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/octet-stream",
)
_FILE = {
    "requestBody": {
        "required": True,
        "content": {name: {"schema": {"type": "string", "format": "binary"}} for name in _MEDIA_TYPES},
    }
}
_FORMATS = "; ".join(
    (
        f"`{AUTO}`: by the header",
        *(f"`{layout.name}`: {layout.description}" for layout in LAYOUTS),
        f"`{NDJSON}`: an order as in POST /v1/orders on each line",
        f"`{MAPPING}`: as `mapping` says",
    )
)


@router.post("/v1/imports", openapi_extra=_FILE, response_model=ImportAnswer)
async def import_file(
    request: Request,
    caller: ImportingCaller,
    *,
    platform: Annotated[PlatformKey, Query()],
    shop: Annotated[ShopName, Query(description="The shop, for rows that name none.")],
    file_format: Annotated[str, Query(alias="format", description=_FORMATS)] = AUTO,
    category: Annotated[CategoryKey, Query(description="Of lines that name none.")] = "other",
    mapping: Annotated[
        str | None, Query(max_length=MAX_MAPPING_LENGTH, description="A mapping file: its TOML or JSON text.")
    ] = None,
    file_name: Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00-\x1f/\\]*$")] = None,
    exported_at: Annotated[
        AwareDatetime | None, Query(description="The moment of which the file speaks; now, if it is not given.")
    ] = None,
    sha256: Annotated[
        str | None, Query(pattern="^[0-9a-f]{64}$", description="Resumes an import of this file that was cut short.")
    ] = None,
) -> dict[str, Any]:
    """Record the orders and refunds of an export. The body is the file itself; it is read as it arrives, so what has
    been sent has nearly been recorded. A file states what is: importing it again changes nothing and says
    `"unchanged": true`, and a later export of the same orders posts the difference. Of buyers only the province is
    read; the file is kept nowhere.
    """
    if caller.platform not in (None, platform):
        raise NotAllowed(_OTHER_PLATFORM)
    importer: Importer = request.app.state.importer
    if category not in importer.categories():
        raise UnknownCategory([category])
    target = ImportTarget(
        platform,
        shop,
        file_format,
        caller.client_id,
        category=category,
        mapping=mapping,
        file_name=file_name,
        exported_at=exported_at,
        sha256=None if sha256 is None else bytes.fromhex(sha256),
    )
    summary = await importer.import_file(_arriving(request.stream(), request.app.state.upload_idle_seconds), target)
    source = receipts.Source(request.app.state.database, request.app.state.receipts, request.app.state.issuer)
    asked = receipts.Question(import_id=summary.import_id)
    page = await receipts.page_of_receipts(source, caller, asked, after=None, limit=_SHOWN_RECEIPTS)
    shown = [{"batch_id": one.batch_id, "kind": one.kind, "receipt": one.receipt} for one in page.receipts]
    return {**summary.document(), "receipts": shown, "receipts_at": f"/v1/receipts?import_id={summary.import_id}"}


async def _arriving(pieces: AsyncIterator[bytes], idle_seconds: int) -> AsyncIterator[bytes]:
    """The pieces of an upload. Raises UploadStalled when none arrives for long: a connection that is kept open without
    sending would hold a place for ever.
    """
    while True:
        try:
            async with asyncio.timeout(idle_seconds):
                piece = await anext(pieces, None)
        except TimeoutError as error:
            raise UploadStalled(idle_seconds) from error
        if piece is None:
            return
        yield piece


@router.get("/v1/imports")
async def list_imports(
    request: Request,
    caller: ImportingCaller,
    *,
    platform: Annotated[PlatformKey | None, Query()] = None,
    state: Annotated[ImportState | None, Query()] = None,
    after: Annotated[Mark | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> ImportsPage:
    """Imports, the newest first. A platform sees its own; who may see a whole province all; others those they sent."""
    database: Database = request.app.state.database
    page = await page_of_imports(database, caller, platform=platform, state=state, after=after, limit=limit)
    return ImportsPage(imports=[ImportOut.of(row) for row in page.rows], next=page.next)


@router.get("/v1/imports/{import_id}")
async def read_import(request: Request, caller: ImportingCaller, import_id: ImportId) -> ImportOut:
    """An import, while it runs and afterwards."""
    return ImportOut.of(await one_import(request.app.state.database, caller, import_id))


@router.get(
    "/v1/imports/{import_id}/errors.csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def read_import_errors(request: Request, caller: ImportingCaller, import_id: ImportId) -> StreamingResponse:
    """The rows that were not taken: row, column, reason, and of the row's cells those by which it is found again."""
    database: Database = request.app.state.database
    await one_import(database, caller, import_id)
    headers = {"Content-Disposition": f'attachment; filename="import-{import_id}-errors.csv"'}
    return StreamingResponse(errors_as_csv(database, import_id), media_type="text/csv; charset=utf-8", headers=headers)
