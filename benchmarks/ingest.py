"""Order lines, 1,000 a request, against COPY and against the ORM services.

Ours: through the gateway, authenticated, attributed, balanced, in the ledger, receipt signed; consumers paused, because
the yardsticks have none. Four connections send at once, to ours and to the ORM services alike; COPY has one connection
and has its rows ready, which is its best on two cores.
"""

from collections.abc import Sequence

import asyncpg
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks import orm_services
from benchmarks.copy_yardstick import CopyYardstick
from benchmarks.house import Ground, House, house, make_yardstick_database, yardstick_server
from benchmarks.load import Drive, drive, request
from benchmarks.orders import LINES_A_REQUEST, Batch, OrderBook
from benchmarks.province import read_province
from benchmarks.rounds import Options, Row, Unit, take_turns

CONNECTIONS = 4
WORK = "order lines, 1,000 a request"


async def measure(ground: Ground, options: Options) -> list[Row]:
    """The three rows."""
    with ground.copy() as data, house(data, consumers=False) as server:
        dsn = await make_yardstick_database(server)
        await _make_holders(server, dsn)
        environment = {orm_services.DSN_VARIABLE: dsn}
        with (
            yardstick_server("benchmarks.orm_services:create_bulk", environment) as bulk,
            yardstick_server("benchmarks.orm_services:create_plain", environment) as plain,
        ):
            return await _contest(server, dsn, bulk, plain, options)


async def _contest(server: House, dsn: str, bulk: str, plain: str, options: Options) -> list[Row]:
    book = OrderBook(read_province(server.data), name="ingest")
    copy = await CopyYardstick.open(dsn)
    token = server.token("platform")
    shares: list[float] = []

    async def post(address: str, batches: Sequence[Batch], expected: bytes, token: str = "") -> Drive:
        sent = [request("POST", address, "/v1/orders", token=token, body=batch.body) for batch in batches]
        return await drive(address, sent, connections=CONNECTIONS, expected=expected)

    async def ours(_round: int) -> float:
        done = await post(server.address, book.batches(options.size(8, 25)), b'"accepted":%d' % LINES_A_REQUEST, token)
        shares.append(done.load_share)
        return done.per_second * LINES_A_REQUEST

    async def copied(_round: int) -> float:
        return await copy.copy([batch.rows for batch in book.batches(options.size(20, 60))])

    async def by_bulk(_round: int) -> float:
        done = await post(bulk, book.batches(options.size(4, 6)), b'"accepted":%d' % LINES_A_REQUEST)
        return done.per_second * LINES_A_REQUEST

    async def by_row(_round: int) -> float:
        done = await post(plain, book.batches(4, lines=options.size(25, 100)), b'"accepted":')
        return done.per_second * options.size(25, 100)

    try:
        for contestant in (ours, copied, by_bulk, by_row):
            await contestant(-1)  # connections, prepared statements and caches of all are warm
        shares.clear()
        found = await take_turns(
            {"ours": ours, "copy": copied, "bulk": by_bulk, "plain": by_row}, options.size(1, options.rounds)
        )
    finally:
        await copy.close()
    note = f"load took {max(shares):.0%} of one core"
    return [
        Row(WORK, "COPY into a bare keyed table", Unit.LINES, found["ours"], found["copy"], 0.35, note),
        Row(WORK, "ORM service, bulk inserts", Unit.LINES, found["ours"], found["bulk"], 5),
        Row(WORK, "ORM service, row by row", Unit.LINES, found["ours"], found["plain"], 50),
    ]


async def _make_holders(server: House, dsn: str) -> None:
    """The ORM services' tables, and in them who is behind each code and shop, as ours knows it."""
    engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://"))
    try:
        await orm_services.make_tables(engine)
    finally:
        await engine.dispose()
    known, made = await asyncpg.connect(server.dsn()), await asyncpg.connect(dsn)
    try:
        rows = await known.fetch("""
            SELECT code, subject_id, kind, region FROM codes.directory_entries WHERE superseded_in IS NULL
            UNION ALL
            SELECT 'shop:' || binding.shop, subject_id, kind, region
            FROM sales.shop_bindings AS binding JOIN codes.directory_entries AS entry USING (code)
            WHERE binding.superseded_in IS NULL AND entry.superseded_in IS NULL
        """)
        await made.copy_records_to_table("holders", records=map(tuple, rows))
    finally:
        await known.close()
        await made.close()
