"""``/scan``: the page of a village station, and what it asks in the name of its device. HTTP only."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.kit.errors import Unavailable
from services.web.api import PlainAnswer, PublicApi
from services.web.device import (
    check_path,
    check_sender,
    credential_of,
    forget_credential,
    keep_credential,
)
from services.web.errors import ApiUnreachable
from services.web.scan_page import Document, ScanPage
from services.web.security import SCAN_HEADERS

_GRANT = "onecode-grant"
_CREATED = 201
_RETRY_SECONDS = 5


class NoLine(Unavailable):
    """The pages are there and what they speak for is not."""

    def __init__(self) -> None:
        super().__init__(
            "系统暂时无法访问,请稍候 / The service cannot be reached at the moment", retry_after_seconds=_RETRY_SECONDS
        )


class _Enrolled(BaseModel):
    """What the API answers to an enrolment; all but the secret is the page's to know."""

    model_config = ConfigDict(extra="ignore")

    device: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,32}$")]
    secret: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$", repr=False)]
    station: str
    label: str
    enrolled_at: str


def scan_routes(api: PublicApi, page: ScanPage) -> APIRouter:
    """The routes ``/scan`` and below. What is answered to the page's scripts are the API's own documents."""
    router = APIRouter(include_in_schema=False)

    @router.get("/scan")
    async def scan(request: Request) -> Response:
        """The page; the same for everybody, so that a phone can keep it."""
        return _kept(request, page.html, "text/html")

    @router.get("/scan/worker.js")
    async def worker(request: Request) -> Response:
        """What opens the page without a line. Asked for anew each time: it says which version there is."""
        answer = _kept(request, page.worker, "text/javascript")
        answer.headers["Service-Worker-Allowed"] = "/scan"
        return answer

    @router.post("/scan/enrol")
    async def enrol(request: Request) -> Response:
        """Enrol the browser as a device; its secret goes into the cookie and into no script's hands."""
        check_sender(request)
        answer = await _pass_on(api, request, "/v1/stations/enrol")
        if answer.status != _CREATED:
            return _as_it_came(answer)
        enrolled = _Enrolled.model_validate_json(answer.body)
        response = Response(
            enrolled.model_dump_json(exclude={"secret"}), status_code=_CREATED, media_type="application/json"
        )
        response.headers["Cache-Control"] = "no-store"
        keep_credential(request, response, f"{enrolled.device}:{enrolled.secret}")
        return response

    @router.post("/scan/leave")
    async def leave(request: Request) -> Response:
        """Be no device any more: the credential is gone from this browser."""
        check_sender(request)
        response = Response(status_code=204)
        forget_credential(response)
        return response

    @router.api_route("/scan/v1/{path:path}", methods=["GET", "POST"])
    async def ask(request: Request, path: str) -> Response:
        """What ``/v1/…`` answers to the device whose credential the browser brings."""
        asked = f"/v1/{path}"
        check_path(request.method, asked)
        check_sender(request)
        credential = credential_of(request)
        answer = await _pass_on(api, request, asked, Authorization=f"Device {credential}")
        response = _as_it_came(answer)
        if answer.status == 200 and asked == "/v1/scans":  # noqa: PLR2004
            keep_credential(request, response, credential)
        return response

    return router


def _kept(request: Request, document: Document, media_type: str) -> Response:
    headers = {**SCAN_HEADERS, "ETag": document.tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if document.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    is_packed = "gzip" in request.headers.get("accept-encoding", "")
    packing = {"Content-Encoding": "gzip"} if is_packed else {}
    body = document.compressed if is_packed else document.body
    return Response(body, media_type=f"{media_type}; charset=utf-8", headers={**headers, **packing})


async def _pass_on(api: PublicApi, request: Request, path: str, **headers: str) -> PlainAnswer:
    passed = {name: request.headers[name] for name in ("content-type", _GRANT) if name in request.headers}
    try:
        return await api.pass_on(
            request.method,
            path,
            query=request.url.query,
            headers={"Accept": "application/json, text/*", **passed, **headers},
            body=await request.body() or None,
        )
    except ApiUnreachable as error:
        raise NoLine from error


def _as_it_came(answer: PlainAnswer) -> Response:
    return Response(answer.body, status_code=answer.status, headers={**answer.headers, "Cache-Control": "no-store"})
