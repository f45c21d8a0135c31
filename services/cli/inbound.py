"""Connections that come in, with bounds that Uvicorn does not set: how large a request's head may be, and how long a
client may take to say what it wants.

A request that never ends costs its sender nothing and holds a place here. Nothing is timed for each request: every few
seconds one looks at all connections, so a request costs an addition.
"""

import asyncio
from typing import Any, ClassVar, cast
from weakref import WeakSet

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from services.cli.outbound import JoinedWrites

HEAD_LIMIT_BYTES = 32 * 1024
"""Request line and headers; the piece of the stream that a head begins in is not counted."""
PATIENCE_SECONDS = 30.0
"""How long a request may take to arrive, whatever its size."""
SLOWEST_BYTES_A_SECOND = 1024
"""What takes longer must arrive at this rate: the worst of telephone lines does better."""
SILENCE_SECONDS = 75.0
"""How long a connection may stand on which nothing was ever asked."""
LOOK_SECONDS = 5.0

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, with these bounds."""

    _looking: ClassVar["WeakSet[ServerState]"] = WeakSet()
    """Servers at whose connections somebody looks."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._made_at = self.loop.time()
        self._is_in_head = False
        self._arriving_since: float | None = None
        """When the request began that has not wholly arrived."""
        self._received_bytes = 0
        """Of that request, without the piece that it began in."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(cast("asyncio.Transport", JoinedWrites(transport, self.loop)))
        if self.server_state not in self._looking:
            self._looking.add(self.server_state)
            self.loop.call_later(LOOK_SECONDS, self._look_at_all, self.loop, self.server_state)

    def data_received(self, data: bytes) -> None:
        """A piece of a request is here."""
        self._received_bytes += len(data)
        super().data_received(data)
        if self._is_in_head and self._received_bytes > HEAD_LIMIT_BYTES:
            self._hang_up(_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._is_in_head = True
        self._arriving_since = self.loop.time()
        self._received_bytes = 0

    def on_headers_complete(self) -> None:
        """Its head has arrived."""
        self._is_in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of it has arrived."""
        self._arriving_since = None
        super().on_message_complete()

    def look(self, now: float) -> None:
        """Hang up on a client that has taken too long."""
        if self._arriving_since is None:
            if self.cycle is None and now - self._made_at > SILENCE_SECONDS:
                self.transport.close()
            return
        if self.flow.read_paused:  # it is we who do not listen
            self._arriving_since += LOOK_SECONDS
            return
        late_seconds = now - self._arriving_since - PATIENCE_SECONDS
        if late_seconds > 0 and self._received_bytes < late_seconds * SLOWEST_BYTES_A_SECOND:
            self._hang_up(_TOO_SLOW)

    def _hang_up(self, answer: bytes) -> None:
        if self._is_in_head or not self.cycle.response_started:
            self.transport.write(answer)
        self.transport.close()

    @classmethod
    def _look_at_all(cls, loop: asyncio.AbstractEventLoop, state: ServerState) -> None:
        now = loop.time()
        for connection in list(state.connections):
            if isinstance(connection, cls):
                connection.look(now)
        if state.connections:
            loop.call_later(LOOK_SECONDS, cls._look_at_all, loop, state)
        else:
            cls._looking.discard(state)
