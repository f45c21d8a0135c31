"""The frame every service stands in: problem documents, request log, probes, metrics."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Protocol

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kit.auth import REFRESH_SECONDS, TokenVerifier
from services.kit.database import Database
from services.kit.errors import CutOff, InvalidInput, MalformedRequest, NotFound, Problem, Unavailable
from services.kit.feed import Loop, running

log = structlog.get_logger(__name__)

REQUESTS = Counter("onecode_requests_total", "Answered requests.", ["service", "route", "method", "status"])
SECONDS = Histogram("onecode_request_seconds", "Time to the end of the answer.", ["service", "route"])


class PlainHTTPProblem(Problem):
    """An error the framework found (no such route, method not allowed), in our form."""

    def __init__(self, error: HTTPException) -> None:
        super().__init__(str(error.detail))
        self.http_status = error.status_code
        self.http_headers = dict(error.headers or {})

    def document(self) -> dict[str, Any]:
        """As any problem document, with the framework's status."""
        codes = {404: ("not_found", NotFound.title), 405: ("method_not_allowed", "方法不允许 / Method not allowed")}
        code, title = codes.get(self.http_status, ("http_error", "请求错误 / Request error"))
        return {**super().document(), "status": self.http_status, "code": code, "title": title}

    def headers(self) -> dict[str, str]:
        """The framework's own headers (``Allow`` for 405)."""
        return self.http_headers


def problem_response(problem: Problem) -> JSONResponse:
    """A problem as an answer of media type ``application/problem+json``."""
    document = problem.document()
    return JSONResponse(
        document, status_code=document["status"], headers=problem.headers(), media_type="application/problem+json"
    )


async def _render(_request: Request, error: Exception) -> Response:
    if isinstance(error, Problem):
        return problem_response(error)
    if isinstance(error, RequestValidationError):
        fields = [
            {"field": ".".join(str(part) for part in item["loc"]), "message": item["msg"]} for item in error.errors()
        ]
        unreadable = any(item["type"] == "json_invalid" for item in error.errors())
        kind = MalformedRequest if unreadable else InvalidInput
        return problem_response(kind("请检查所列字段 / Check the fields listed", errors=fields))
    if isinstance(error, HTTPException):
        return problem_response(PlainHTTPProblem(error))
    log.error("unexpected_error", exc_info=error)
    if isinstance(error, OperationalError | InterfaceError):
        return problem_response(Unavailable("数据库暂不可用 / The database is not available", retry_after_seconds=2))
    return problem_response(Problem("服务器内部错误,已记录 / Something went wrong on our side and has been logged"))


def _route_template(scope: Scope) -> str:
    """The path of the route that answered, as it was declared; with the prefixes of the routers it is included by,
    which FastAPI keeps beside the route.
    """
    included = scope.get("fastapi", {}).get("effective_route_context")
    return str(getattr(included, "path_format", None) or getattr(scope.get("route"), "path", "(none)"))


@lru_cache(maxsize=1_000)
def _metrics_of(service: str, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    """The two of these labels; to look them up takes longer than to count."""
    return REQUESTS.labels(service, route, method, str(status)), SECONDS.labels(service, route)


class RequestRecorder:
    """Pure ASGI middleware: one log line and two metrics per request, by route *template* (never the raw path, which
    may hold a code), and unexpected errors, and the end of the process, as problem documents.
    """

    def __init__(self, app: ASGIApp, service: str) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and record how it ended."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def noting_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting_send)
        except Exception as error:
            if status:
                raise
            response = await _render(Request(scope), error)
            await response(scope, receive, noting_send)
        except asyncio.CancelledError:
            if not status:
                await problem_response(CutOff())(scope, receive, noting_send)
            raise
        finally:
            route = _route_template(scope)
            seconds = time.perf_counter() - started
            answered, taken = _metrics_of(self.service, route, scope["method"], status)
            answered.inc()
            taken.observe(seconds)
            log.info(
                "request",
                service=self.service,
                method=scope["method"],
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
            )


class DirectRoute(Protocol):
    """A route that can answer plain requests without the framework."""

    def is_plain(self, scope: Scope) -> bool:
        """Whether a request to the route's path is one of those."""

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer it. Raises :class:`Problem`."""


class Service(FastAPI):
    """FastAPI, but for the plain requests of the few paths that have most of them: its layers and the search for the
    route take a fifth of a small request's time. Those are recorded, and their errors rendered, as all others.
    """

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(**options)
        self.direct: dict[str, DirectRoute] = {}
        """Path → the route that is declared for it."""
        self.add_middleware(RequestRecorder, service=name)
        self._recorded = RequestRecorder(self._answer_directly, name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or run the lifespan."""
        route = self.direct.get(scope["path"]) if scope["type"] == "http" else None
        if route is None or not route.is_plain(scope):
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        scope["route"] = route
        await self._recorded(scope, receive, send)

    @staticmethod
    async def _answer_directly(scope: Scope, receive: Receive, send: Send) -> None:
        await scope["route"].answer(scope, receive, send)


def create_service_app(
    name: str,
    *,
    description: str,
    database: Database | None = None,
    verifier: TokenVerifier | None = None,
    loops: Sequence[Loop] = (),
) -> Service:
    """A FastAPI application with probes, metrics, error handling and the request log; no docs pages of its own.

    While it runs, ``loops`` (sealer, consumers) run beside it, and ``verifier`` re-reads keys and revocations every
    few seconds; when it stops, the connections of ``database`` are closed. ``/readyz`` asks the database; services
    without one are ready once they run.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        background = list(loops)
        if verifier is not None:
            background.insert(0, Loop(f"{name}.keys", verifier.refresh, rest_seconds=REFRESH_SECONDS))
        async with running(*background):
            yield
        if database is not None:
            await database.close()

    app = Service(
        name,
        title=f"OneCode {name}",
        description=description,
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.database = database
    app.state.verifier = verifier
    for kind in (Problem, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _render)
    for path, endpoint in _PROBES.items():
        app.add_api_route(path, endpoint, methods=["GET"], include_in_schema=False)
    return app


async def _healthz() -> PlainTextResponse:
    """Alive."""
    return PlainTextResponse("ok")


async def _readyz(request: Request) -> PlainTextResponse:
    """Ready: the database answers."""
    database: Database | None = request.app.state.database
    if database is not None:
        async with database.transaction() as connection:
            await connection.execute(text("SELECT 1"))
    return PlainTextResponse("ready")


async def _metrics() -> Response:
    """Prometheus metrics of this process."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


# Functions of the module: FastAPI remembers endpoints, and one made for an application would keep all that it has.
_PROBES: dict[str, Callable[..., Coroutine[Any, Any, Response]]] = {
    "/healthz": _healthz, "/readyz": _readyz, "/metrics": _metrics,
}  # fmt: skip
