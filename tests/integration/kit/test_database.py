"""A single statement that is a transaction by itself: committed when it answers, and honest when it does not."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.kit.database import Database
from services.kit.errors import Unavailable

KEEP = text("""
INSERT INTO sales.idempotency_keys (client_id, key, body_hash, answer)
SELECT 'test', CAST(:key AS text), '', '' FROM pg_sleep(CAST(:seconds AS float)) RETURNING key
""")


async def _scalar(database: Database, statement: str) -> Any:
    async with database.transaction() as connection:
        return await connection.scalar(text(statement))


async def _until_it_sleeps(database: Database) -> None:
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    while not await _scalar(database, sleeping):
        pass


async def test_a_single_statement_is_committed_when_it_answers(sales: Database) -> None:
    """Refused, broken off or left by its caller it has no effect, says so, and leaves no connection behind."""
    rows = await sales.fetch(KEEP, {"key": "kept", "seconds": 0})
    assert [row["key"] for row in rows] == ["kept"]
    with pytest.raises(DBAPIError) as refused:
        await sales.fetch(KEEP, {"key": "kept", "seconds": 0})
    assert getattr(refused.value.orig, "sqlstate", None) == "23505"

    broken = asyncio.create_task(sales.fetch(KEEP, {"key": "broken off", "seconds": 600}))
    await _until_it_sleeps(sales)
    await _scalar(sales, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    with pytest.raises(Unavailable):
        await broken

    left = asyncio.create_task(sales.fetch(KEEP, {"key": "left", "seconds": 600}))
    await _until_it_sleeps(sales)
    left.cancel()
    with pytest.raises(asyncio.CancelledError):
        await left

    again = await asyncio.gather(*(sales.fetch(KEEP, {"key": f"{number}", "seconds": 0}) for number in range(20)))
    assert [rows[0]["key"] for rows in again] == [f"{number}" for number in range(20)]
    assert await _scalar(sales, "SELECT count(*) FROM sales.idempotency_keys") == 21
    assert "Current Checked out connections: 0" in sales.engine.pool.status()


async def test_connections_that_the_server_ended_while_they_rested_cost_nobody_an_answer(sales: Database) -> None:
    """After a restart a pool is full of them, and nothing was sent on any."""
    resting = [await sales.engine.raw_connection() for _ in range(5)]
    drivers: list[Any] = [pooled.driver_connection for pooled in resting]
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ANY(CAST(:pids AS int[]))"
    await sales.fetch(text(ended), {"pids": [driver.get_server_pid() for driver in drivers]})
    while not all(driver.is_closed() for driver in drivers):
        await _scalar(sales, "SELECT 1")
    for pooled in resting:
        pooled.close()
    for number in range(7):
        assert await sales.fetch(KEEP, {"key": f"{number}", "seconds": 0})
    assert "Current Checked out connections: 0" in sales.engine.pool.status()


async def test_a_server_that_takes_nobody_in_is_no_error_of_ours(sales: Database) -> None:
    """What it says instead (here: there is no such database; after a crash: it is starting) means to come again."""
    elsewhere = Database(sales.engine.url.set(database="nowhere"), application="test")
    with pytest.raises(Unavailable):
        await elsewhere.fetch(KEEP, {"key": "kept", "seconds": 0})
    with pytest.raises(Unavailable):
        await _scalar(elsewhere, "SELECT 1")
    await elsewhere.close()
