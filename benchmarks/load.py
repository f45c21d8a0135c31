"""The load: prepared requests over keep-alive connections, and nothing else, so that the load is light.

It runs in the benchmark's own process; what is measured runs in others. Each drive says what part of one processor the
load itself took: where that is far below 1, the load waits for the server and not the server for the load.
"""

import asyncio
import gc
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

_END_OF_HEAD = b"\r\n\r\n"
_OK = b"200"


class LoadFailed(RuntimeError):
    """An answer was not the expected one; the text holds its beginning."""


@dataclass(frozen=True, slots=True)
class Drive:
    """What a drive took."""

    seconds: float
    latencies_ms: list[float]
    load_share: float
    """CPU seconds of the load's process for each second."""

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return len(self.latencies_ms) / self.seconds

    def quantile_ms(self, share: float) -> float:
        """The latency that so large a share of the requests did not exceed."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def request(method: str, address: str, path: str, *, token: str = "", body: bytes | None = None) -> bytes:
    """A whole HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {urlsplit(address).netloc}"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + (body or b"")


class Connection(asyncio.Protocol):
    """One keep-alive connection; one request after the other."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._ends_at = 0
        self._answer: asyncio.Future[bytes] | None = None

    async def ask(self, sent: bytes) -> bytes:
        """Send a request; answers head and body of its answer. Raises :class:`LoadFailed` if the server hangs up."""
        if self._transport.is_closing():
            raise LoadFailed("hung up before")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(sent)
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Part of an answer is here."""
        self._received += data
        if not self._ends_at:
            head_ends = self._received.find(_END_OF_HEAD)
            if head_ends < 0:
                return
            head = bytes(self._received[:head_ends]).lower()
            _, found, after = head.partition(b"content-length:")
            if not found:
                self._settle(LoadFailed(f"an answer without a length: {head!r}"))
                return
            self._ends_at = head_ends + len(_END_OF_HEAD) + int(after.partition(b"\r\n")[0])
        if len(self._received) >= self._ends_at:
            answer = bytes(self._received)
            self._received.clear()
            self._ends_at = 0
            self._settle(answer)

    def connection_lost(self, error: Exception | None) -> None:
        """The server hung up."""
        self._settle(LoadFailed(f"hung up: {error}"))

    def _settle(self, outcome: bytes | Exception) -> None:
        if self._answer is None or self._answer.done():
            return
        if isinstance(outcome, Exception):
            self._answer.set_exception(outcome)
        else:
            self._answer.set_result(outcome)


async def connect(address: str) -> Connection:
    """Connect to ``http://host:port``."""
    parts = urlsplit(address)
    if parts.hostname is None or parts.port is None:
        raise ValueError(f"not an address: {address}")
    _, connection = await asyncio.get_running_loop().create_connection(Connection, parts.hostname, parts.port)
    return connection


def check(answer: bytes, expected: bytes) -> bytes:
    """The answer, if it is a 200 that contains ``expected``. Raises :class:`LoadFailed`."""
    if answer[9:12] != _OK or expected not in answer:
        raise LoadFailed(answer[:1500].decode(errors="replace"))
    return answer


async def drive(address: str, requests: Sequence[bytes], *, connections: int, expected: bytes = b"") -> Drive:
    """Send all requests as fast as so many connections get answers, each of which must contain ``expected``."""
    links = [await connect(address) for _ in range(connections)]
    waiting = iter(requests)
    latencies_ms: list[float] = []
    gc.collect()
    gc.freeze()  # the prepared requests are many and stay: looking through them would be the load's largest cost
    began, cpu_began = time.perf_counter(), time.process_time()
    try:
        await asyncio.gather(*(_work_off(link, waiting, latencies_ms, expected) for link in links))
        seconds = time.perf_counter() - began
        return Drive(seconds, latencies_ms, (time.process_time() - cpu_began) / seconds)
    finally:
        gc.unfreeze()
        for link in links:
            link.close()


async def _work_off(link: Connection, waiting: Iterator[bytes], latencies_ms: list[float], expected: bytes) -> None:
    for sent in waiting:
        asked = time.perf_counter()
        answer = await link.ask(sent)
        latencies_ms.append((time.perf_counter() - asked) * 1000)
        check(answer, expected)
