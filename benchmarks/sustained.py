"""The highest rate of order lines, with 5 % refunds, that ingest, income and cube sustain together.

Requests come at their times whether or not earlier ones have been answered (an open loop). For every batch it is seen
when the public watermark passed it: a rate is sustained if the cube was at most 2 s behind for 99 of 100 batches,
income at most 60 s for all, income did not fall further behind towards the end, and requests were answered as fast as
they came. Between the trials the yardstick copies, so both have seen the same minutes.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from statistics import median

import asyncpg

from benchmarks.backlog import wait_until_drained
from benchmarks.copy_yardstick import CopyYardstick
from benchmarks.house import Ground, House, house, make_yardstick_database
from benchmarks.load import Connection, LoadFailed, check, connect, request
from benchmarks.orders import LINES_A_REQUEST, OrderBook
from benchmarks.province import read_province
from benchmarks.rounds import Figures, Options, Row, Unit
from services.stats.queries.context import WATERMARK

BUDGET = 0.15
CUBE_LAG_SECONDS = 2.0
INCOME_LAG_SECONDS = 60.0
REFUND_SHARE = 0.05
CONNECTIONS = 8
LOOK_SECONDS = 0.1
STEP = 1.25
MOST_TRIALS = 10

RECORDED = """
SELECT batch.recorded_at, sealed.position FROM sales.batches AS batch JOIN sales.sealed USING (batch_id)
WHERE batch.channel = 'api' AND batch.kind = 'orders' AND batch.recorded_at >= $1 ORDER BY batch.recorded_at
"""
LOOK = f"SELECT clock_timestamp() AS seen_at, mark.position, mark.income_position FROM ({WATERMARK.text}) AS mark"


@dataclass(frozen=True, slots=True)
class Sight:
    """The watermark at a moment."""

    seen_at: datetime
    position: int
    income_position: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a rate."""

    asked: float
    reached: float
    """Lines a second that were answered."""
    cube_lag_seconds: float
    """Of 99 of 100 batches."""
    income_lags_seconds: list[float]
    refused: int
    """Batches that were not taken: answered 503, for instance."""
    load_share: float
    """CPU seconds of the load's process for each second."""

    @property
    def is_sustained(self) -> bool:
        """Whether it could go on like this."""
        third = max(1, len(self.income_lags_seconds) // 3)
        middle, end = self.income_lags_seconds[third : 2 * third], self.income_lags_seconds[-third:]
        falls_behind = bool(middle) and max(end) > 1.5 * max(middle) + 2
        return (
            not self.refused
            and self.reached >= 0.97 * self.asked
            and self.cube_lag_seconds <= CUBE_LAG_SECONDS
            and max(self.income_lags_seconds) <= INCOME_LAG_SECONDS
            and not falls_behind
        )


async def measure(ground: Ground, options: Options) -> list[Row]:
    """The one row."""
    with ground.copy() as data, house(data) as server:
        book = OrderBook(read_province(data), name="sustained", by_source=True)
        copy = await CopyYardstick.open(await make_yardstick_database(server))
        sight = await asyncpg.connect(server.dsn())
        stage = _Stage(server, sight, book, options)
        try:
            best, last, copied = await _search(stage, copy)
        finally:
            await sight.close()
            await copy.close()
    note = (
        f"cube lag p99 {best.cube_lag_seconds:.1f} s, income lag at most {max(best.income_lags_seconds):.1f} s; "
        f"load took {best.load_share:.0%} of one core"
        if best
        else f"none was sustained; tried last {last.asked:,.0f} lines/s: cube lag p99 {last.cube_lag_seconds:.1f} s"
    )
    ours, theirs = Figures((best.reached,)) if best else None, Figures((median(copied),))
    work = "sustained with income and cube running, 5 % refunds"
    return [Row(work, "COPY into a bare keyed table", Unit.LINES, ours, theirs, BUDGET, note)]


@dataclass(frozen=True, slots=True)
class _Stage:
    """What every trial needs."""

    server: House
    sight: asyncpg.Connection
    book: OrderBook
    options: Options

    @property
    def seconds(self) -> int:
        """How long a rate is kept up."""
        return self.options.size(2, 20, 60)


async def _search(stage: _Stage, copy: CopyYardstick) -> tuple[Trial | None, Trial, list[float]]:
    """The highest sustained rate by steps, the last trial, and what the yardstick did between the trials.

    Begins at the budget; goes down until a rate is sustained, or up until one is not.
    """
    copied: list[float] = []
    best: Trial | None = None
    rate = 0.0
    for _ in range(stage.options.size(1, MOST_TRIALS)):
        copied.append(await copy.copy([batch.rows for batch in stage.book.batches(stage.options.size(10, 100))]))
        rate = rate or BUDGET * copied[0]
        trial = await _try(stage, rate)
        if trial.is_sustained:
            best = trial
            if rate < BUDGET * copied[0]:
                break
            rate *= STEP
        elif best:
            break
        else:
            rate /= STEP
    return best, trial, copied


async def _try(stage: _Stage, rate: float) -> Trial:
    """Keep up a rate for a while, and see how far the watermark is behind."""
    count = max(1, round(rate * stage.seconds / LINES_A_REQUEST))
    token, address = stage.server.token("platform"), stage.server.address
    batches = stage.book.batches(count)
    orders = [request("POST", address, "/v1/orders", token=token, body=batch.body) for batch in batches]
    refunds = [
        request("POST", address, "/v1/refunds", token=token, body=stage.book.refund_some(batch, REFUND_SHARE))
        for batch in batches
    ]
    del batches
    since: datetime = await stage.sight.fetchval("SELECT clock_timestamp()")
    sights: list[Sight] = []
    watching = asyncio.create_task(_watch(stage.sight, sights))
    try:
        cpu_began = time.process_time()
        seconds, refused = await _send_in_time(address, orders, refunds, LINES_A_REQUEST / rate)
        load_share = (time.process_time() - cpu_began) / seconds
        connection = await asyncpg.connect(stage.server.dsn())  # the other one is busy watching
        try:
            await wait_until_drained(connection)
        finally:
            await connection.close()
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    sights.append(await _look(stage.sight))
    recorded = await stage.sight.fetch(RECORDED, since)
    if not recorded:
        raise LoadFailed(f"not one batch was taken at {rate:,.0f} lines/s")
    cube = sorted(_lag(row["recorded_at"], row["position"], sights, income=False) for row in recorded)
    incomes = [_lag(row["recorded_at"], row["position"], sights, income=True) for row in recorded]
    reached = (count - refused) * LINES_A_REQUEST / seconds
    return Trial(rate, reached, cube[min(len(cube) - 1, int(0.99 * len(cube)))], incomes, refused, load_share)


async def _send_in_time(
    address: str, orders: list[bytes], refunds: list[bytes], pause_seconds: float
) -> tuple[float, int]:
    """Send a batch of orders at each of its times, and after it its refunds; answers the seconds until the last answer,
    or as many as the batches were meant to take, and how many were refused.
    """
    free: asyncio.Queue[Connection] = asyncio.Queue()
    links = [await connect(address) for _ in range(CONNECTIONS)]
    for link in links:
        free.put_nowait(link)
    began = time.perf_counter()

    async def send(place: int) -> bool:
        await asyncio.sleep(max(0.0, began + place * pause_seconds - time.perf_counter()))
        link = await free.get()
        try:
            check(await link.ask(orders[place]), b'"accepted":%d' % LINES_A_REQUEST)
            check(await link.ask(refunds[place]), b'"counts"')
        except LoadFailed:
            return False
        finally:
            free.put_nowait(link)
        return True

    taken = await asyncio.gather(*(send(place) for place in range(len(orders))))
    seconds = time.perf_counter() - began
    for link in links:
        link.close()
    return max(seconds, len(orders) * pause_seconds), taken.count(False)


async def _watch(connection: asyncpg.Connection, sights: list[Sight]) -> None:
    while True:
        sights.append(await _look(connection))
        await asyncio.sleep(LOOK_SECONDS)


async def _look(connection: asyncpg.Connection) -> Sight:
    row = await connection.fetchrow(LOOK)
    if row is None:
        raise RuntimeError("the watermark was not answered")
    return Sight(row["seen_at"], row["position"], row["income_position"])


def _lag(recorded_at: datetime, position: int, sights: list[Sight], *, income: bool) -> float:
    """Seconds from a batch's recording to the first sight in which the watermark had passed it."""
    for sight in sights:
        if (sight.income_position if income else sight.position) >= position:
            return max(0.0, (sight.seen_at - recorded_at).total_seconds())
    raise RuntimeError(f"position {position} was never passed")
