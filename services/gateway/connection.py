"""One HTTP/1.1 connection to a service, one request at a time, on the parser that uvicorn itself uses (llhttp).

Why our own: httpx and httpcore, of which one would think first, pass 0.09 times the requests that the service answers
alone (600 of 6,500 a second; most of it pool and stream layers), where the gateway's budget is 0.60. What a proxy
needs is little: bytes out, status, headers and body parts in, flow control both ways, and a limit on silence.
"""

import asyncio
from typing import cast

import httptools

from services.gateway.errors import AnswerCutShort

Headers = list[tuple[bytes, bytes]]

HIGH_WATER_BYTES = 256 * 1024
"""Body bytes that are held before the service is asked to wait."""
INTERIM = 200
"""Answers with a status below are only announcements (100 Continue)."""


class Silent(TimeoutError):
    """The service neither took nor sent anything for as long as it may."""


class Connection(asyncio.Protocol):
    """A connection to a service. ``status``, ``headers`` and the body are those of the answer under way."""

    def __init__(self, silence_seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._silence_seconds = silence_seconds
        self._transport: asyncio.Transport
        self._waiter: asyncio.Future[None] | None = None
        self._lost: Exception | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._writable = True
        self._reading = True
        self._begin(is_head=False)

    def _begin(self, *, is_head: bool) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._is_head = is_head
        self._parts: list[bytes] = []
        self._held_bytes = 0
        self.status = 0
        self.headers: Headers = []
        self.has_answered = False
        """Whether status and headers are here."""
        self.is_complete = False
        """Whether the whole body has arrived, though perhaps not been taken."""
        self._keeps_alive = False
        self._is_spoiled = False

    # What the gateway calls.

    def start(self, head: bytes, *, is_head: bool) -> None:
        """Send the head of a request, or the whole of it, and begin to listen for its answer."""
        self._begin(is_head=is_head)
        self._transport.write(head)

    async def write(self, part: bytes) -> None:
        """Send a part of a request's body, as fast as the service takes it."""
        if self._lost is not None:
            raise self._lost
        self._transport.write(part)
        while not self._writable:
            await self._wait()

    async def wait_for_head(self) -> None:
        """Return when ``status`` and ``headers`` are here. Raises :class:`Silent`, or ``ConnectionError``."""
        while not self.has_answered:
            await self._wait()

    async def take_body(self) -> bytes:
        """What has arrived of the body, waiting if that is nothing; empty after the end of the body.

        Raises :class:`Silent`, or ``ConnectionError`` when the service breaks off.
        """
        while not self._parts and not self.is_complete:
            await self._wait()
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        self._held_bytes = 0
        if not self._reading:
            self._reading = True
            self._transport.resume_reading()
        return body

    @property
    def can_be_reused(self) -> bool:
        """Whether the answer is complete and the connection open for another request."""
        return self.is_complete and self._keeps_alive and not self._is_spoiled and self._lost is None

    @property
    def is_open(self) -> bool:
        """Whether the service has not hung up."""
        return self._lost is None

    def spoil(self) -> None:
        """Note that the request was not sent whole, so that nothing else can be sent here."""
        self._is_spoiled = True

    def close(self) -> None:
        """Hang up."""
        self._transport.abort()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are of no class of asyncio

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone. An answer without a stated length ends this way."""
        if self.has_answered and not self.is_complete and error is None and self._ends_with_connection():
            self.is_complete = True
        self._fail(AnswerCutShort(str(error or "hung up")))

    def data_received(self, data: bytes) -> None:
        """Part of an answer is here."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(AnswerCutShort(f"not HTTP: {error}"))
            self._transport.abort()
            return
        if self._held_bytes > HIGH_WATER_BYTES and self._reading:
            self._reading = False
            self._transport.pause_reading()
        self._wake()

    def pause_writing(self) -> None:
        """The service takes less than it is sent."""
        self._writable = False

    def resume_writing(self) -> None:
        """The service has caught up."""
        self._writable = True
        self._wake()

    # What the parser calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header line."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The body begins; the answer to HEAD has none, whatever its headers say."""
        status = self._parser.get_status_code()
        if status < INTERIM:
            return
        self.status = status
        self.has_answered = True
        self.is_complete = self._is_head

    def on_body(self, part: bytes) -> None:
        """A part of the body."""
        self._parts.append(part)
        self._held_bytes += len(part)

    def on_message_complete(self) -> None:
        """The answer is whole, or it was an announcement and the answer follows."""
        if not self.has_answered:
            self.headers = []
            return
        self.is_complete = True
        # The parser takes what follows an answer to HEAD for its body, so that connection is not used again.
        self._keeps_alive = self._parser.should_keep_alive() and not self._is_head

    def _ends_with_connection(self) -> bool:
        return not any(name in {b"content-length", b"transfer-encoding"} for name, _ in self.headers)

    async def _wait(self) -> None:
        """Wait until something happens here; raises what ended the connection, or :class:`Silent`."""
        if self._lost is not None:
            raise self._lost
        waiter = self._waiter = self._loop.create_future()
        timer = self._loop.call_later(self._silence_seconds, self._fail, Silent())
        try:
            await waiter
        finally:
            timer.cancel()
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, error: Exception) -> None:
        if self._lost is None:
            self._lost = error
        self._wake()
