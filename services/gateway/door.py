"""The only public door: judges each request by what it can see from outside, and passes it to the service it is for.

Pure ASGI, and nothing on the way of an ordinary request but what has to be there: the gateway in the same process may
cost a tenth of what the service can do (DESIGN.md §7).
"""

import asyncio
import itertools
import json
import re
import secrets
import time
from collections.abc import Iterable, Mapping

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.errors import BodyTooLarge, ClientLeft, NoSuchPath, Overloaded, ServiceAway, TooFast
from services.gateway.lifespan import live
from services.gateway.limits import CountedBody, RateLimit, Room
from services.gateway.overview import Overview
from services.gateway.routing import PUBLIC_PATHS, RouteTable
from services.gateway.settings import GatewaySettings
from services.kit.errors import CutOff, Problem

log = structlog.get_logger(__name__)

REFUSED = Counter("onecode_gateway_refused_total", "Requests the gateway answered itself, by problem code.", ["code"])
UNDER_WAY = Gauge("onecode_gateway_requests_under_way", "Requests being worked on.")

_RUN = secrets.token_hex(4).encode()
_numbers = itertools.count(1)
"""A new request id is the run of this process and a number: unlike any other, and cheap."""
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_SAFE_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
]
"""On every answer whose service did not say otherwise."""
_SAFE_NAMES = frozenset(name for name, _ in _SAFE_HEADERS)
_ONLY_TLS = (b"strict-transport-security", b"max-age=31536000")

SMALL_BYTES = 16 * 1024
"""Bodies up to this need no room: as many of them as requests at once are a trifle."""
LARGEST_OF_FILE_BYTES = 64 * 1024 * 1024
"""Of no file more is held at once: rosters may not be larger, orders are read row by row."""


class Gateway:
    """The gateway before ``services`` (name → application, in this process or a :class:`RemoteService`)."""

    def __init__(self, settings: GatewaySettings, services: Mapping[str, ASGIApp], *, version: str) -> None:
        self.services = dict(services)
        self._routes = RouteTable(PUBLIC_PATHS)
        self._overview = Overview(self.services, self._routes, version=version)
        self._rate = (
            RateLimit(settings.requests_per_second, settings.requests_at_once, unlimited=settings.unlimited_clients)
            if settings.requests_per_second
            else None
        )
        self._concurrent_requests = settings.concurrent_requests
        self._body_limit_bytes = settings.body_limit_bytes
        self._small_bytes = min(SMALL_BYTES, settings.body_limit_bytes)
        self._file_limit_bytes = settings.file_limit_bytes
        self._file_paths = frozenset(settings.file_paths)
        self._bodies = Room(settings.bodies_at_once_bytes)
        self._files = Room(settings.files_at_once_bytes)
        self._under_way = 0
        UNDER_WAY.set_function(lambda: self._under_way)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or run the lifespans of the services."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await live(self.services.values(), receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Mark the request with its id, pass it on, and mark the answer."""
        length, request_id = _read_headers(scope)
        is_tls = scope.get("scheme") == "https"
        has_begun = False

        async def marking_send(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                message["headers"] = _marked(message.get("headers", ()), request_id, is_tls=is_tls)
            await send(message)

        self._under_way += 1
        try:
            await self._judge_and_pass(scope, receive, marking_send, length)
        except Problem as problem:
            if has_begun:
                raise
            REFUSED.labels(problem.code).inc()
            await send_problem(marking_send, problem)
        except ClientLeft:
            return
        except asyncio.CancelledError:
            if not has_begun:
                await send_problem(marking_send, CutOff())
            raise
        except Exception:
            if has_begun:
                raise
            log.exception("unexpected_error", request_id=request_id.decode())
            await send_problem(marking_send, Problem("服务器内部错误,已记录 / Something went wrong on our side"))
        finally:
            self._under_way -= 1

    async def _judge_and_pass(self, scope: Scope, receive: Receive, send: Send, length: int | None) -> None:
        """Pass a request on, unless there is something against it. Raises the :class:`Problem` to answer with."""
        path: str = scope["path"]
        service = self._routes.service_of(path)
        if service is None:
            await self._answer_ourselves(scope, path, send)
            return
        app = self._admit(scope, service)
        if length is not None and length <= self._small_bytes:
            await app(scope, receive, send)
            return
        is_file = path in self._file_paths
        limit_bytes = self._file_limit_bytes if is_file else self._body_limit_bytes
        if length is not None and length > limit_bytes:
            raise BodyTooLarge(limit_bytes)
        room = self._files if is_file else self._bodies
        size = limit_bytes if length is None else length
        if is_file:
            size = min(size, LARGEST_OF_FILE_BYTES)
        if not room.take(size):
            raise Overloaded
        try:
            if length is None:
                await _pass_counted(app, scope, receive, send, limit_bytes)
            else:
                await app(scope, receive, send)
        finally:
            room.give_back(size)

    def _admit(self, scope: Scope, service: str) -> ASGIApp:
        client = scope.get("client")
        if self._rate is not None and client is not None:
            wait_seconds = self._rate.wait_seconds(client[0], time.monotonic())
            if wait_seconds:
                raise TooFast(wait_seconds)
        if self._under_way > self._concurrent_requests:
            raise Overloaded
        app = self.services.get(service)
        if app is None:
            raise ServiceAway(service)
        return app

    async def _answer_ourselves(self, scope: Scope, path: str, send: Send) -> None:
        """What is asked of the gateway itself: probes, metrics, the interface of the whole house."""
        if scope["method"] not in {"GET", "HEAD"}:
            raise NoSuchPath
        if path == "/healthz":
            await send_body(send, b"ok", b"text/plain; charset=utf-8")
        elif path == "/readyz":
            await send_json(send, await self._overview.readiness())
        elif path == "/metrics":
            await send_body(send, generate_latest(), CONTENT_TYPE_LATEST.encode())
        elif path == "/openapi.json":
            await send_json(send, await self._overview.interface())
        else:
            raise NoSuchPath


async def _pass_counted(app: ASGIApp, scope: Scope, receive: Receive, send: Send, limit_bytes: int) -> None:
    body = CountedBody(receive, send, limit_bytes)
    try:
        await app(scope, body.receive, body.send)
    except ClientLeft:
        if not body.exceeded:
            raise
    if body.exceeded:
        raise BodyTooLarge(limit_bytes)


def _read_headers(scope: Scope) -> tuple[int | None, bytes]:
    """The announced length of the body (0: no body, ``None``: unknown), and the request's id, new if it has none."""
    length: int | None = 0
    given = b""
    for name, value in scope["headers"]:
        if name == b"content-length":
            length = int(value)
        elif name == b"transfer-encoding":
            length = None
        elif name == b"x-request-id":
            given = value
    if given and _REQUEST_ID.fullmatch(given):
        return length, given
    request_id = _RUN + b"%08x" % next(_numbers)
    others = [header for header in scope["headers"] if header[0] != b"x-request-id"] if given else scope["headers"]
    scope["headers"] = [*others, (b"x-request-id", request_id)]
    return length, request_id


def _marked(headers: Iterable[tuple[bytes, bytes]], request_id: bytes, *, is_tls: bool) -> list[tuple[bytes, bytes]]:
    answered = list(headers)
    said = [name for name, _ in answered if name in _SAFE_NAMES]
    answered += [header for header in _SAFE_HEADERS if header[0] not in said] if said else _SAFE_HEADERS
    if is_tls:
        answered.append(_ONLY_TLS)
    answered.append((b"x-request-id", request_id))
    return answered


async def send_body(
    send: Send, body: bytes, media_type: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> None:
    """A whole answer."""
    lines = [(b"content-type", media_type), (b"content-length", str(len(body)).encode())]
    lines += [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})


async def send_json(send: Send, document: object) -> None:
    """A JSON answer."""
    await send_body(send, json.dumps(document, ensure_ascii=False).encode(), b"application/json")


async def send_problem(send: Send, problem: Problem) -> None:
    """A problem document."""
    document = problem.document()
    await send_body(
        send,
        json.dumps(document, ensure_ascii=False).encode(),
        b"application/problem+json",
        status=document["status"],
        headers=problem.headers(),
    )
