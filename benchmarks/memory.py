"""Memory of every process of a house: at rest, after minutes of ordinary load, at most under hostile clients.

There is no yardstick and no budget: what is promised is that the last of these has a bound, whatever clients send. Of
PostgreSQL's processes the proportional set is counted (a shared page once), of ours the resident set.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psutil

from benchmarks.house import Ground, House, house
from benchmarks.load import Connection, LoadFailed, connect, drive, request
from benchmarks.orders import LINES_A_REQUEST, OrderBook
from benchmarks.province import PROVINCE, read_province
from benchmarks.rounds import Figures, Options, Row, Unit

LOOK_SECONDS = 0.1
BODY_BYTES = 4 * 2**20
LARGE_CONNECTIONS = 64
STALLED_CONNECTIONS = 600
_YARDSTICK = "none"


@dataclass(slots=True)
class Sight:
    """What a house holds, in MiB."""

    ours: float
    postgres: float
    processes: int


@dataclass(slots=True)
class Peak:
    """The most that our process held while somebody watched, in MiB."""

    ours: float = 0.0
    ends: threading.Event = field(default_factory=threading.Event)


async def measure(ground: Ground, options: Options) -> list[Row]:
    """The rows."""
    with ground.copy() as data, house(data) as server:
        # A house that has just started still reads what it will need; what it holds then is not what it rests at.
        await asyncio.sleep(options.size(1, 5))
        rest = _look(server)
        with _watched(server) as usual:
            await _usual_load(server, options.size(3, 120, 600), options)
        after = _look(server)
        with _watched(server) as hostile:
            await _hostile_load(server, options)
        end = _look(server)
    minutes = options.size(3, 120, 600) / 60
    apart = f"PostgreSQL's {rest.processes} processes {rest.postgres:,.0f} MiB"
    return [
        _row("memory at rest: the process of all services", rest.ours, apart),
        _row("memory at rest: with PostgreSQL", rest.ours + rest.postgres),
        _row(
            f"memory after {minutes:g} min of orders, single orders and summaries",
            after.ours + after.postgres,
            f"services {after.ours:,.0f} MiB (at most {usual.ours:,.0f}), PostgreSQL {after.postgres:,.0f} MiB",
        ),
        _row(
            "memory at most under hostile clients: the process of all services",
            hostile.ours,
            f"{LARGE_CONNECTIONS} connections with bodies of 4 MiB, {STALLED_CONNECTIONS} that stop before the end; "
            f"{end.ours:,.0f} MiB afterwards",
        ),
    ]


def _row(work: str, mib: float, note: str = "") -> Row:
    return Row(work, _YARDSTICK, Unit.MIB, Figures((mib,)), note=note)


def _look(server: House) -> Sight:
    ours = psutil.Process(server.pid)
    family = [ours, *ours.children(recursive=True)]
    theirs = [process for process in family if process.name() == "postgres"]
    return Sight(
        sum(_resident_mib(process) for process in family if process not in theirs),
        sum(_proportional_mib(process) for process in theirs),
        len(theirs),
    )


def _resident_mib(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        return float(process.memory_info().rss) / 2**20
    return 0.0


def _proportional_mib(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        return float(getattr(process.memory_full_info(), "pss", 0)) / 2**20
    return 0.0


@contextmanager
def _watched(server: House) -> Iterator[Peak]:
    """The most that our process holds while the block lasts."""
    peak = Peak()

    def watch() -> None:
        ours = psutil.Process(server.pid)
        while not peak.ends.wait(LOOK_SECONDS):
            peak.ours = max(peak.ours, _resident_mib(ours))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        peak.ends.set()
        watcher.join()


async def _usual_load(server: House, seconds: int, options: Options) -> None:
    """What a day brings, again and again: large requests, single orders, and questions."""
    book = OrderBook(read_province(server.data), name="memory")
    address, platform, bureau = server.address, server.token("platform"), server.token("bureau")
    path = f"/v1/stats/summary?region={PROVINCE}&period=2019"
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        large, single = options.size(2, 10), options.size(20, 200)
        for lines, count, connections in ((LINES_A_REQUEST, large, 2), (1, single, 8)):
            bodies = [batch.body for batch in book.batches(count, lines=lines)]
            sent = [request("POST", address, "/v1/orders", token=platform, body=body) for body in bodies]
            await drive(address, sent, connections=connections, expected=b"accepted")
        await drive(address, [request("GET", address, path, token=bureau)] * 50, connections=4)
        await asyncio.sleep(0.5)  # the consumers follow: what is not drained is no ordinary day


async def _hostile_load(server: House, options: Options) -> None:
    """Bodies as large as they may be, over many connections at once; and many that never end."""
    token = server.token("platform")
    book = OrderBook(read_province(server.data), name="hostile")
    lines = book.batch(options.size(500, 5_000)).body
    padded = lines[:-1] + b" " * (BODY_BYTES - len(lines)) + lines[-1:]
    large = request("POST", server.address, "/v1/orders", token=token, body=padded)
    links = [await connect(server.address) for _ in range(options.size(8, LARGE_CONNECTIONS))]
    await asyncio.gather(*(_ask(link, large) for link in links))
    for link in links:
        link.close()
    stalled = [await _stall(server.address, large) for _ in range(options.size(16, STALLED_CONNECTIONS))]
    await asyncio.sleep(options.size(1, 3))
    for writer in stalled:
        writer.close()


async def _ask(link: Connection, sent: bytes) -> None:
    with suppress(LoadFailed):  # it may well be refused
        await link.ask(sent)


async def _stall(address: str, sent: bytes) -> asyncio.StreamWriter:
    """Send nearly all of a request, and stay."""
    parts = urlsplit(address)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(sent[:-10])
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(1):
            await writer.drain()
    return writer
