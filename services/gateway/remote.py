"""A service in another process as an ASGI application, so that the gateway need not know where a service runs."""

import asyncio
import ssl
import time
from urllib.parse import urlsplit

import structlog
from starlette.types import Receive, Scope, Send

from services.gateway.connection import Connection, Headers, Silent
from services.gateway.errors import AnswerCutShort, BrokenAnswer, ClientLeft, NoAnswer, ServiceAway

log = structlog.get_logger(__name__)

WHOLE_BODY_BYTES = 256 * 1024
"""Bodies up to this length are sent in one piece with their head; longer ones as they come."""
IDLE_SECONDS = 30.0
"""How long an unused connection is kept; less than the 75 s for which ``onecode serve`` keeps it."""
MAX_IDLE = 200
REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that may be sent again on a new connection when an old one turns out to have been closed."""

_HOP_BY_HOP = frozenset({
    b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
    b"trailer", b"transfer-encoding", b"upgrade",
})  # fmt: skip
_NOT_PASSED_ON = _HOP_BY_HOP | {b"expect", b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"}
_NOT_PASSED_BACK = _HOP_BY_HOP | {b"date", b"server"}  # the server in front of the gateway writes its own


class RemoteService:
    """The service ``name`` at ``address`` (``http://host:port``, or https).

    Raises :class:`ServiceAway`, :class:`NoAnswer` or :class:`BrokenAnswer` before an answer has begun, and
    :class:`AnswerCutShort` after.
    """

    def __init__(self, name: str, address: str, *, connect_seconds: float, silence_seconds: float) -> None:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
            raise ValueError(f"{name}: 不是服务地址 / not the address of a service: {address!r} (http://host:port)")
        self._name = name
        self._host = parts.hostname
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._connect_seconds = connect_seconds
        self._silence_seconds = silence_seconds
        self._idle: list[tuple[Connection, float]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and its answer back."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        connection = self._idle_connection()
        if connection is not None:
            try:
                await self._exchange(connection, scope, receive, send)
            except AnswerCutShort:
                if connection.has_answered:
                    raise
                if scope["method"] not in REPEATABLE or _has_body(scope):
                    raise BrokenAnswer(self._name) from None
            else:
                return
        connection = await self._connect()
        try:
            await self._exchange(connection, scope, receive, send)
        except AnswerCutShort:
            if connection.has_answered:
                raise
            raise BrokenAnswer(self._name) from None

    async def _exchange(self, connection: Connection, scope: Scope, receive: Receive, send: Send) -> None:
        """One request and its answer; the connection is kept for the next one, or closed."""
        try:
            await self._pass_on(connection, scope, receive)
            await connection.wait_for_head()
            await _pass_back(connection, receive, send)
        except Silent:
            log.warning("service_silent", upstream=self._name, seconds=self._silence_seconds)
            if connection.has_answered:
                raise AnswerCutShort(self._name) from None
            raise NoAnswer(self._name) from None
        finally:
            if connection.can_be_reused and len(self._idle) < MAX_IDLE:
                self._idle.append((connection, time.monotonic()))
            else:
                connection.close()

    async def _pass_on(self, connection: Connection, scope: Scope, receive: Receive) -> None:
        length, is_chunked = _framing(scope)
        is_head = scope["method"] == "HEAD"
        if not is_chunked and length <= WHOLE_BODY_BYTES:
            body = await _whole_body(receive) if length else b""
            connection.start(_request_head(scope, is_chunked=False) + body, is_head=is_head)
            return
        connection.start(_request_head(scope, is_chunked=is_chunked), is_head=is_head)
        more = True
        while more and not connection.has_answered:  # a service that has answered wants no more
            part, more = await _body_part(receive)
            if part:
                await connection.write(b"%x\r\n%b\r\n" % (len(part), part) if is_chunked else part)
        if more:
            connection.spoil()
        elif is_chunked:
            await connection.write(b"0\r\n\r\n")

    def _idle_connection(self) -> Connection | None:
        """The connection used last, so that in quiet times the others grow old and are closed."""
        oldest = time.monotonic() - IDLE_SECONDS
        while self._idle:
            connection, since = self._idle.pop()
            if connection.is_open and since > oldest:
                return connection
            connection.close()
        return None

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_seconds):
                _, connection = await loop.create_connection(
                    lambda: Connection(self._silence_seconds), self._host, self._port, ssl=self._tls
                )
        except OSError as error:  # refused, unknown host, no route, timed out
            log.warning("service_away", upstream=self._name, error=str(error))
            raise ServiceAway(self._name) from error
        return connection

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for connection, _ in self._idle:
            connection.close()
        self._idle.clear()
        await send({"type": "lifespan.shutdown.complete"})


def _framing(scope: Scope) -> tuple[int, bool]:
    """Announced length of the body (0 if there is none), and whether it comes in chunks of unknown number."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value), False
        if name == b"transfer-encoding":
            return 0, True
    return 0, False


def _has_body(scope: Scope) -> bool:
    return _framing(scope) != (0, False)


def _request_head(scope: Scope, *, is_chunked: bool) -> bytes:
    target = scope.get("raw_path") or scope["path"].encode()
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    dropped = _nominated(scope["headers"])
    lines = [b"%b %b HTTP/1.1" % (scope["method"].encode(), target)]
    host = b""
    for name, value in scope["headers"]:
        if name not in dropped:
            lines.append(b"%b: %b" % (name, value))
            if name == b"host":
                host = value
    client = scope.get("client")
    if client:
        lines.append(b"x-forwarded-for: " + client[0].encode())
    lines.append(b"x-forwarded-proto: " + scope.get("scheme", "http").encode())
    if host:
        lines.append(b"x-forwarded-host: " + host)
    if is_chunked:
        lines.append(b"transfer-encoding: chunked")
    lines.append(b"\r\n")
    return b"\r\n".join(lines)


def _nominated(headers: Headers) -> frozenset[bytes]:
    """The headers that go no further: those of this hop, and those that ``Connection`` says are of this hop."""
    for name, value in headers:
        if name == b"connection":
            tokens = {token.strip().lower() for token in value.split(b",")}
            return _NOT_PASSED_ON | (tokens - {b"host", b"content-length"})
    return _NOT_PASSED_ON


async def _body_part(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientLeft
    return message.get("body", b""), message.get("more_body", False)


async def _whole_body(receive: Receive) -> bytes:
    body, more = await _body_part(receive)
    if more:
        parts = [body]
        while more:
            body, more = await _body_part(receive)
            parts.append(body)
        return b"".join(parts)
    return body


async def _pass_back(connection: Connection, receive: Receive, send: Send) -> None:
    """Send the answer on as it arrives; stop when the client is gone."""
    headers = [header for header in connection.headers if header[0] not in _NOT_PASSED_BACK]
    await send({"type": "http.response.start", "status": connection.status, "headers": headers})
    if connection.is_complete:
        await send({"type": "http.response.body", "body": await connection.take_body()})
        return
    gone = asyncio.ensure_future(_until_gone(receive))
    try:
        while not connection.is_complete and not gone.done():
            part = await connection.take_body()
            await send({"type": "http.response.body", "body": part, "more_body": True})
        if not gone.done():
            await send({"type": "http.response.body", "body": await connection.take_body()})
    finally:
        gone.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass  # the rest of a body that the service did not want
