"""A backlog of order lines, drained by income and cube together, against COPY of the same rows.

The lines come in through the gateway while the consumers are paused; then the house starts again with consumers. The
clock runs, on the database's own watch, from the first sealing to the moment when the cube has taken everything, the
income entries that were settled meanwhile among it.
"""

import asyncio
from statistics import median

import asyncpg

from benchmarks.copy_yardstick import CopyYardstick
from benchmarks.house import Ground, House, fetch_value, house, make_yardstick_database
from benchmarks.load import drive, request
from benchmarks.orders import LINES_A_REQUEST, Batch, OrderBook
from benchmarks.province import read_province
from benchmarks.rounds import Figures, Options, Row, Unit

CONNECTIONS = 4
LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 1_800
BATCHES_AT_ONCE = 100
"""Batches prepared at a time: a million lines would fill the memory."""
MOST_ROUNDS = 3

DRAINED = """
SELECT NOT EXISTS (SELECT FROM sales.unsealed)
   AND last.position = (SELECT position FROM stats.cursors WHERE consumer = 'cube')
   AND last.position = (SELECT position FROM sales.cursors WHERE consumer = 'income.sales')
FROM (SELECT max(position) AS position FROM sales.sealed) AS last
"""
LAST_POSITION = "SELECT coalesce(max(position), 0) FROM sales.sealed"
SECONDS_SINCE = """
SELECT CAST(extract(epoch FROM clock_timestamp() - min(sealed_at)) AS double precision)
FROM sales.sealed WHERE position > $1
"""


async def measure(ground: Ground, options: Options) -> list[Row]:
    """The one row."""
    lines = options.size(2_000, 100_000, 1_000_000)
    ours, theirs = [], []
    for _ in range(options.size(1, min(options.rounds, MOST_ROUNDS))):
        drained, copied = await _round(ground, lines)
        ours.append(drained)
        theirs.append(copied)
    work = f"a backlog of {lines:,} entries, drained by income and cube"
    yardstick = "COPY into a bare keyed table"
    return [Row(work, yardstick, Unit.ENTRIES, Figures(tuple(ours)), Figures(tuple(theirs)), 0.25)]


async def _round(ground: Ground, lines: int) -> tuple[float, float]:
    with ground.copy() as data:
        with house(data, consumers=False) as server:
            before = await fetch_value(server.dsn(), LAST_POSITION)
            copied = await _fill(server, lines)
        with house(data) as server:
            return lines / await _drain(server, before), copied


async def _fill(server: House, lines: int) -> float:
    """Record the backlog, and copy the same rows; answers the rows a second that were copied."""
    book = OrderBook(read_province(server.data), name="backlog", by_source=True)
    copy = await CopyYardstick.open(await make_yardstick_database(server))
    rates = []
    try:
        for first in range(0, lines // LINES_A_REQUEST, BATCHES_AT_ONCE):
            batches = book.batches(min(BATCHES_AT_ONCE, lines // LINES_A_REQUEST - first))
            await _record(server, batches)
            rates.append(await copy.copy([batch.rows for batch in batches]))
    finally:
        await copy.close()
    return median(rates)


async def _record(server: House, batches: list[Batch]) -> None:
    token = server.token("platform")
    sent = [request("POST", server.address, "/v1/orders", token=token, body=batch.body) for batch in batches]
    await drive(server.address, sent, connections=CONNECTIONS, expected=b'"accepted":%d' % LINES_A_REQUEST)


async def _drain(server: House, before: int) -> float:
    """Wait until everything is drained; answers the seconds since the first batch after ``before`` was sealed."""
    connection = await asyncpg.connect(server.dsn())
    try:
        await wait_until_drained(connection, before)
        return float(await connection.fetchval(SECONDS_SINCE, before))
    finally:
        await connection.close()


async def wait_until_drained(
    connection: asyncpg.Connection, before: int = 0, patience_seconds: float = PATIENCE_SECONDS
) -> None:
    """Wait until something has been sealed after the position ``before`` and income and cube have taken everything.

    Raises TimeoutError when patience is at an end (half an hour, unless told).
    """
    async with asyncio.timeout(patience_seconds):
        # What is waited for happens in other processes, so there is no event to wait on.
        while await connection.fetchval(LAST_POSITION) <= before or not await connection.fetchval(DRAINED):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
