"""Bytes on disk for a million order lines, and where they are: every table and index, from what fewer lines took.

Without yardstick or budget. The write-ahead log is apart, and so is what does not grow with the lines.
"""

import asyncio

import asyncpg

from benchmarks.backlog import wait_until_drained
from benchmarks.house import Ground, House, house
from benchmarks.load import drive, request
from benchmarks.orders import LINES_A_REQUEST, OrderBook
from benchmarks.province import read_province
from benchmarks.rounds import Figures, Options, Row, Unit

REFUND_SHARE = 0.05
SHOWN = 14
"""Relations with a row of their own, the largest; the others are together."""

RELATIONS = """
SELECT format('%s.%s', space.nspname, relation.relname) AS name, relation.relkind = 'i' AS is_index,
       pg_relation_size(relation.oid) + CASE WHEN relation.relkind = 'i' THEN 0 ELSE
           coalesce(pg_total_relation_size(nullif(relation.reltoastrelid, 0)), 0) END AS bytes
FROM pg_class AS relation JOIN pg_namespace AS space ON space.oid = relation.relnamespace
WHERE space.nspname IN ('auth', 'codes', 'sales', 'stats') AND relation.relkind IN ('r', 'i', 'm')
"""
"""Tables with what is stored beside them, and indexes."""
WRITTEN = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"


async def measure(ground: Ground, options: Options) -> list[Row]:
    """The whole, the log, and the largest relations."""
    lines = options.size(4_000, 200_000, 1_000_000)
    with ground.copy() as data, house(data) as server:
        dsn = server.dsn()
        before, log_before = await _look(dsn)
        await _record(server, lines)
        after, log_after = await _look(dsn)
    grown = {relation: size - before.get(relation, 0) for relation, size in after.items()}
    return _rows(grown, log_after - log_before, lines)


def _rows(grown: dict[tuple[str, bool], int], log_bytes: int, lines: int) -> list[Row]:
    def mib(size: int) -> Figures:
        return Figures((size / 2**20 * 1_000_000 / lines,))

    whole = sum(grown.values())
    indexes = sum(size for (_, is_index), size in grown.items() if is_index)
    note = f"from {lines:,} lines with {REFUND_SHARE:.0%} refunds; indexes are {indexes / whole:.0%} of it"
    rows = [
        Row("on disk for a million order lines", "none", Unit.MIB, mib(whole), note=note),
        Row("write-ahead log for a million order lines", "none", Unit.MIB, mib(log_bytes)),
    ]
    largest = sorted(grown.items(), key=lambda entry: -entry[1])
    for (name, is_index), size in largest[:SHOWN]:
        kind = "index" if is_index else "table"
        rows.append(Row(f"{kind} {name}", "none", Unit.MIB, mib(size), note=f"{size / lines:,.0f} bytes a line"))
    rest = sum(size for _, size in largest[SHOWN:])
    rows.append(Row(f"{len(largest) - SHOWN} other tables and indexes", "none", Unit.MIB, mib(rest)))
    return rows


async def _record(server: House, lines: int) -> None:
    """Record so many lines and their refunds, and wait until everything that follows from them is there."""
    book = OrderBook(read_province(server.data), name="size")
    address, token = server.address, server.token("platform")
    for _ in range(max(1, lines // (10 * LINES_A_REQUEST))):
        batches = book.batches(min(10, lines // LINES_A_REQUEST))
        refunds = [book.refund_some(batch, REFUND_SHARE) for batch in batches]
        for path, bodies in (("/v1/orders", [batch.body for batch in batches]), ("/v1/refunds", refunds)):
            sent = [request("POST", address, path, token=token, body=body) for body in bodies]
            await drive(address, sent, connections=2, expected=b'"counts"')
    connection = await asyncpg.connect(server.dsn())
    try:
        await wait_until_drained(connection)
        await asyncio.sleep(1)  # monitoring follows a moment later than the cube
    finally:
        await connection.close()


async def _look(dsn: str) -> tuple[dict[tuple[str, bool], int], int]:
    """Bytes of every relation, and of the log ever written."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("VACUUM")  # what dead rows left is used again, and no part of what a line costs
        rows = await connection.fetch(RELATIONS)
        return {(row["name"], row["is_index"]): row["bytes"] for row in rows}, await connection.fetchval(WRITTEN)
    finally:
        await connection.close()
