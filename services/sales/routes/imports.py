"""``POST /v1/imports``: a seller's export file, streamed."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from services.kit.auth import Caller, caller_with
from services.kit.errors import NotAllowed
from services.sales.formats import FORMATS
from services.sales.importing import Importer, ImportTarget

router = APIRouter(tags=["imports"])

ImportingCaller = Annotated[Caller, Depends(caller_with("imports:write"))]
_OTHER_PLATFORM = "令牌只可导入本平台的文件 / This token may only import files of its own platform"
_FILE = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}}}}


@router.post("/v1/imports", openapi_extra=_FILE)
async def import_file(
    request: Request,
    caller: ImportingCaller,
    platform: Annotated[str, Query(pattern=r"^[a-z0-9_-]{1,32}$")],
    shop: Annotated[str, Query(min_length=1, max_length=64)],
    file_format: Annotated[str, Query(alias="format", description=f"One of: {', '.join(FORMATS)}")],
) -> dict[str, Any]:
    """Record the orders and refunds of an export. The body is the file itself; it is read as it arrives, so what has
    been sent has nearly been recorded. Importing a file again changes nothing and says ``"unchanged": true``.
    """
    if caller.platform not in (None, platform):
        raise NotAllowed(_OTHER_PLATFORM)
    importer: Importer = request.app.state.importer
    target = ImportTarget(platform, shop, file_format, caller.client_id)
    return (await importer.import_file(request.stream(), target)).document()
