"""COPY into a table within the transaction of a connection: for rows by the thousand.

Against INSERT … FROM unnest it saves asyncpg's look at every element of every array, which was a fifth of the time of
a roster, and PostgreSQL writes whole pages at a time.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection


async def copy_rows(
    connection: AsyncConnection, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Write rows into ``codes.<table>``. Raises ``IntegrityError`` like a statement would.

    A statement must have been executed before: SQLAlchemy begins its transaction with the first one it sees.
    """
    driver: asyncpg.Connection = (await connection.get_raw_connection()).driver_connection  # type: ignore[assignment]
    try:
        await driver.copy_records_to_table(table, schema_name="codes", columns=list(columns), records=rows)
    except asyncpg.IntegrityConstraintViolationError as error:
        raise IntegrityError(f"COPY codes.{table}", None, error) from error
