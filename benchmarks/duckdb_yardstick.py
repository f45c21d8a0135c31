"""The yardstick of reading: DuckDB in memory, asked the same of the same ledger entries.

It has the rows in columns in memory and all cores for each question, and nothing else to do. Its statements are as lean
as the rows allow: refunds here are never whole, so distinct orders need no look at each line's net.
"""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import asyncpg
import duckdb

COLUMNS = "order_no, platform, subject_id, region, measure, amount_fen, sale_day, position"

SUMMARY = """
SELECT sum(amount_fen) FILTER (measure = 'gross'), -coalesce(sum(amount_fen) FILTER (measure = 'refund'), 0),
       count(DISTINCT order_no), count(DISTINCT subject_id)
FROM entries WHERE sale_day >= ? AND sale_day < ?
"""
SUMMARY_AT = f"{SUMMARY.rstrip()} AND position <= ?"
"""As of a position."""
BY_VILLAGE = """
SELECT region, sum(amount_fen) FROM entries WHERE sale_day >= ? AND sale_day < ? GROUP BY region ORDER BY 2 DESC
"""


class DuckDB:
    """The entries in memory."""

    def __init__(self) -> None:
        self._connection = duckdb.connect(":memory:")

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Forget the entries."""
        self._connection.close()

    async def load(self, dsn: str, folder: Path) -> None:
        """Take every ledger entry of the database; ``folder`` holds them on their way."""
        path = folder / "entries.csv"
        connection = await asyncpg.connect(dsn)
        try:
            question = f"SELECT {COLUMNS} FROM sales.ledger_entries JOIN sales.sealed USING (batch_id)"
            await connection.copy_from_query(question, output=path, format="csv", header=True)
        finally:
            await connection.close()
        self._connection.execute("CREATE OR REPLACE TABLE entries AS SELECT * FROM read_csv(?)", [str(path)])
        path.unlink()

    def ask(self, question: str, first: str, past: str, *more: int) -> list[Any]:
        """The rows of an answer about the days from ``first`` up to, not including, ``past``."""
        return self._connection.execute(question, [first, past, *more]).fetchall()
