"""What goes out on a connection: the head and the body of an answer in one piece.

Uvicorn hands them over one after the other, and each would be a call of the system that wakes whoever waits for it; a
small request spent a tenth of its time there. What is handed over within one turn of the loop goes together.
"""

import asyncio
from typing import Any

MOST_HELD_BYTES = 64 * 1024
"""More than this goes at once: who sends a large file is told in time that the client does not keep up."""


class JoinedWrites:
    """A transport that writes at the end of the loop's turn; everything else is the transport's own."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []
        self._held_bytes = 0

    def __getattr__(self, name: str) -> Any:
        """Whatever else a transport can do."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send, together with what else is sent now."""
        if not self._held:
            self._loop.call_soon(self._write_held)
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes > MOST_HELD_BYTES:
            self._write_held()

    def close(self) -> None:
        """Send what is held, and hang up."""
        self._write_held()
        self._transport.close()

    def _write_held(self) -> None:
        if self._held:
            held, self._held, self._held_bytes = self._held, [], 0
            self._transport.write(b"".join(held))
