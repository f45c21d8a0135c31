"""The yardstick of writing: COPY of the same rows into one bare keyed table, a transaction for each thousand.

No service, no JSON, no look-up, no second table: what this machine's PostgreSQL can take from a Python client that has
the rows ready. The table lies in the same server as ours and is as durable.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence

import asyncpg

from benchmarks.orders import ROW_COLUMNS, ROW_NAMES, Row

_MAKE = f"CREATE TABLE bare_lines ({', '.join(ROW_COLUMNS)}, PRIMARY KEY (order_no, platform, line_no))"


class CopyYardstick:
    """Copies rows over one connection, or over several at once."""

    def __init__(self, connections: Sequence[asyncpg.Connection]) -> None:
        self._connections = connections

    @classmethod
    async def open(cls, dsn: str, *, connections: int = 1) -> "CopyYardstick":
        """Make the table in a database of its own."""
        opened = [await asyncpg.connect(dsn) for _ in range(connections)]
        await opened[0].execute(_MAKE)
        return cls(opened)

    async def close(self) -> None:
        """Close the connections."""
        for connection in self._connections:
            await connection.close()

    async def copy(self, batches: Sequence[list[Row]]) -> float:
        """Copy the batches, each in a transaction of its own; answers rows a second."""
        waiting = iter(batches)
        began = time.perf_counter()
        await asyncio.gather(*(_copy_all(connection, waiting) for connection in self._connections))
        return sum(map(len, batches)) / (time.perf_counter() - began)


async def _copy_all(connection: asyncpg.Connection, waiting: Iterator[list[Row]]) -> None:
    for rows in waiting:
        async with connection.transaction():
            await connection.copy_records_to_table("bare_lines", records=rows, columns=ROW_NAMES)
