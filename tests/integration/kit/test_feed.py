"""The feed under concurrency: nothing lost, nothing waited for, nothing done twice."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit import feed
from services.kit.database import Database
from services.kit.errors import Unavailable
from services.kit.feed import Window, announce, consume, seal, watermark

NEXT_BATCH = "INSERT INTO sales.batches (channel, kind, client_id) VALUES ('api', 'orders', 'test') RETURNING batch_id"


async def write(connection: AsyncConnection) -> int:
    """Write one batch in an open transaction, as every writer does."""
    batch_id = int(await connection.scalar(text(NEXT_BATCH)) or 0)
    await announce(connection, "sales", [batch_id])
    return batch_id


async def write_and_commit(sales: Database, batches: int = 1) -> list[int]:
    """One transaction with several batches."""
    async with sales.transaction() as connection:
        return [await write(connection) for _ in range(batches)]


async def rows(sales: Database, statement: str) -> list[tuple[Any, ...]]:
    """What the service reads."""
    async with sales.transaction() as connection:
        return [tuple(row) for row in (await connection.execute(text(statement))).all()]


async def order_of_feed(sales: Database) -> list[int]:
    """Batch ids by position; the positions themselves are 1, 2, 3, …"""
    found = await rows(sales, "SELECT position, batch_id FROM sales.feed ORDER BY position")
    assert [position for position, _ in found] == list(range(1, len(found) + 1))
    return [batch_id for _, batch_id in found]


class Reader:
    """A consumer whose effect is a row for each batch it sees, in the schema of its cursor."""

    def __init__(self, sales: Database, name: str = "reader", *, behind: str = "") -> None:
        self.sales = sales
        self.name = name
        self.behind = behind
        self.windows: list[Window] = []

    async def effect(self, connection: AsyncConnection, window: Window) -> None:
        """A primary key violation if a batch is ever seen twice."""
        await connection.execute(
            text("""
            INSERT INTO sales.platforms (platform, name)
            SELECT :name || ' ' || batch_id, CAST(position AS text) FROM sales.feed
            WHERE position > :after AND position <= :upto
            """),
            {"name": self.name, "after": window.after, "upto": window.upto},
        )
        self.windows.append(window)

    async def step(self) -> int:
        """Take the next window, if there is one."""
        return await consume(
            self.sales, schema="sales", source="sales", consumer=self.name, effect=self.effect, behind=self.behind
        )

    async def read_on(self) -> None:
        """Take windows until nothing is new; the first step of all makes the cursor."""
        if not await self.cursor():
            await self.step()
        while await self.step():
            pass

    async def cursor(self) -> int | None:
        """Where it stands."""
        async with self.sales.transaction() as connection:
            statement = text("SELECT position FROM sales.cursors WHERE consumer = :name")
            position: int | None = await connection.scalar(statement, {"name": self.name})
            return position

    async def seen(self) -> list[int]:
        """The batches whose effect is committed, in the order in which they were seen."""
        found = await rows(
            self.sales,
            f"SELECT split_part(platform, ' ', 2) FROM sales.platforms WHERE platform LIKE '{self.name} %' "
            "ORDER BY CAST(name AS bigint)",
        )
        return [int(batch_id) for (batch_id,) in found]


@pytest.fixture
async def reader(sales: Database) -> Reader:
    """A consumer that has its cursor."""
    reader = Reader(sales)
    assert await reader.step() == 0
    return reader


async def test_batches_that_commit_in_reverse_are_all_seen(sales: Database, reader: Reader) -> None:
    """Five open transactions take batches 1–5 and commit 5, 4, 3, 2, 1, sealed and consumed after every commit: a
    consumer that remembered batch ids would lose four of them.
    """
    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(sales.engine.connect()) for _ in range(5)]
        batch_ids = [await write(connection) for connection in connections]
        assert batch_ids == sorted(batch_ids)
        for connection in reversed(connections):
            await connection.commit()
            assert await seal(sales, "sales") == 1
            await reader.read_on()
    assert await order_of_feed(sales) == batch_ids[::-1]
    assert await reader.seen() == batch_ids[::-1]


async def test_an_open_writer_holds_nobody_up_and_is_not_lost(sales: Database, reader: Reader) -> None:
    """While a transaction with an early batch stays open, later ones are sealed and consumed; it comes after them."""
    async with sales.engine.connect() as open_writer:
        early = await write(open_writer)
        later = await write_and_commit(sales) + await write_and_commit(sales)
        assert await seal(sales, "sales") == 2
        await reader.read_on()
        assert await reader.seen() == later
        assert await seal(sales, "sales") == 0
        await open_writer.commit()
    assert await seal(sales, "sales") == 1
    await reader.read_on()
    assert await reader.seen() == [*later, early]


async def test_what_was_rolled_back_never_enters(sales: Database) -> None:
    """A number that a writer took and gave up leaves no gap."""
    first = await write_and_commit(sales)
    async with sales.engine.connect() as connection:
        await write(connection)
        await connection.rollback()
    last = await write_and_commit(sales)
    assert await seal(sales, "sales") == 2
    assert await order_of_feed(sales) == first + last


async def test_positions_are_gapless_with_many_writers_and_two_sealers(sales: Database, reader: Reader) -> None:
    """Sixty transactions at once, two sealers and a consumer beside them: every batch gets one position, every
    position has one batch, and every batch is seen once.
    """
    writers = [asyncio.create_task(write_and_commit(sales, 1 + number % 3)) for number in range(60)]

    async def seal_meanwhile() -> int:
        sealed = 0
        while not all(writer.done() for writer in writers):
            sealed += await seal(sales, "sales")
            await reader.step()
        return sealed

    sealed = await asyncio.gather(seal_meanwhile(), seal_meanwhile())
    written = [batch_id for writer in writers for batch_id in await writer]
    left = await seal(sales, "sales")
    assert sum(sealed) + left == len(written)
    assert sorted(await order_of_feed(sales)) == sorted(written)
    await reader.read_on()
    assert await reader.seen() == await order_of_feed(sales)
    assert await rows(sales, "SELECT * FROM sales.unsealed") == []


async def test_a_sealer_at_work_is_not_waited_for(sales: Database) -> None:
    """Another process holds the sealer's lock: this one goes away, and the batch waits for that one."""
    await write_and_commit(sales)
    async with sales.transaction() as other:
        await other.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('onecode.seal.sales', 0))"))
        assert await seal(sales, "sales") == 0
    assert await seal(sales, "sales") == 1


async def test_a_pass_has_one_time_of_its_own(sales: Database) -> None:
    """All batches of a pass share ``sealed_at``, and no two passes do."""
    for batches in (1, 40, 2):
        await write_and_commit(sales, batches)
        await seal(sales, "sales")
    found = await rows(sales, "SELECT sealed_at, count(*) FROM sales.feed GROUP BY sealed_at ORDER BY sealed_at")
    assert [count for _, count in found] == [1, 40, 2]


async def test_time_goes_on_when_the_clock_goes_back(sales: Database, reader: Reader) -> None:
    """The last pass was sealed by a clock far ahead: the next ones are later still, and remain passes of their own."""
    ahead = datetime(2099, 1, 1, tzinfo=UTC)
    (early,) = await write_and_commit(sales)
    async with sales.transaction() as connection:
        await connection.execute(
            text("INSERT INTO sales.sealed (position, batch_id, sealed_at) VALUES (1, :early, :ahead)"),
            {"early": early, "ahead": ahead},
        )
        await connection.execute(text("DELETE FROM sales.unsealed"))
    for _ in range(3):
        await write_and_commit(sales, 2)
        await seal(sales, "sales")
    times = [sealed_at for (sealed_at,) in await rows(sales, "SELECT sealed_at FROM sales.feed ORDER BY position")]
    assert times == sorted(times)
    assert times[0] == ahead
    assert len(set(times)) == 4
    await reader.read_on()
    assert reader.windows[-1].sealed_at == times[-1]


async def test_windows_end_between_passes(sales: Database, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """A window never cuts a pass in two, though it grows beyond its bound by that; and none is empty."""
    monkeypatch.setattr(feed, "WINDOW_BATCHES", 4)
    for batches in (3, 3, 9, 1, 1):
        await write_and_commit(sales, batches)
        await seal(sales, "sales")
    await reader.read_on()
    assert [(window.after, window.upto) for window in reader.windows] == [(0, 6), (6, 15), (15, 17)]
    times = dict(await rows(sales, "SELECT position, sealed_at FROM sales.feed"))
    assert [window.sealed_at for window in reader.windows] == [times[window.upto] for window in reader.windows]


class Died(Exception):
    """What happens between effect and cursor."""


async def test_an_effect_that_fails_has_no_effect(sales: Database, reader: Reader) -> None:
    """The consumer dies after its effect and before its cursor moves: neither happened, and the next try does both."""
    batch_ids = await write_and_commit(sales, 3)
    await seal(sales, "sales")

    async def effect(connection: AsyncConnection, window: Window) -> None:
        await reader.effect(connection, window)
        raise Died

    with pytest.raises(Died):
        await consume(sales, schema="sales", source="sales", consumer="reader", effect=effect)
    assert (await reader.seen(), await reader.cursor()) == ([], 0)
    await reader.read_on()
    assert (await reader.seen(), await reader.cursor()) == (batch_ids, 3)


async def test_a_consumer_that_is_cancelled_leaves_nothing_behind(sales: Database, reader: Reader) -> None:
    """Stopped in the middle of its effect: nothing moved, and nothing stays locked."""
    batch_ids = await write_and_commit(sales)
    await seal(sales, "sales")
    done = asyncio.Event()

    async def effect(connection: AsyncConnection, window: Window) -> None:
        await reader.effect(connection, window)
        done.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(consume(sales, schema="sales", source="sales", consumer="reader", effect=effect))
    await done.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await reader.seen(), await reader.cursor()) == ([], 0)
    assert await reader.step() == 1
    assert await reader.seen() == batch_ids


async def test_a_consumer_whose_connection_is_cut_takes_up_where_it_was(
    sales: Database, reader: Reader, database_url: str
) -> None:
    """The server ends the session after the effect, before the cursor: the next step does it, once."""
    batch_ids = await write_and_commit(sales)
    await seal(sales, "sales")

    async def effect(connection: AsyncConnection, window: Window) -> None:
        await reader.effect(connection, window)
        backend = await connection.scalar(text("SELECT pg_backend_pid()"))
        superuser = await asyncpg.connect(database_url)
        await superuser.execute("SELECT pg_terminate_backend($1)", backend)
        await superuser.close()

    with pytest.raises(Unavailable):
        await consume(sales, schema="sales", source="sales", consumer="reader", effect=effect)
    await reader.read_on()
    assert await reader.seen() == batch_ids


async def test_two_consumers_of_one_name_do_the_work_once(sales: Database, reader: Reader) -> None:
    """While one is at it, the other goes away with nothing; afterwards nothing is left to do."""
    batch_ids = await write_and_commit(sales, 2)
    await seal(sales, "sales")
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def effect(connection: AsyncConnection, window: Window) -> None:
        begun.set()
        await go_on.wait()
        await reader.effect(connection, window)

    first = asyncio.create_task(consume(sales, schema="sales", source="sales", consumer="reader", effect=effect))
    await begun.wait()
    assert await reader.step() == 0
    go_on.set()
    assert await first == 2
    assert await reader.step() == 0
    assert await reader.seen() == batch_ids


async def test_consumers_of_other_names_do_not_know_of_each_other(sales: Database, reader: Reader) -> None:
    """Each has its own cursor and sees everything."""
    batch_ids = await write_and_commit(sales, 2)
    await seal(sales, "sales")
    await reader.read_on()
    other = Reader(sales, "other")
    await other.read_on()
    assert await other.seen() == await reader.seen() == batch_ids


async def test_who_is_behind_another_reads_no_further_than_that_one(sales: Database, reader: Reader) -> None:
    """So it leaves the machine to it, and then has everything, too."""
    behind = Reader(sales, "behind", behind="reader")
    await behind.step()
    first = await write_and_commit(sales, 2)
    await seal(sales, "sales")
    await reader.read_on()
    later = await write_and_commit(sales, 3)
    await seal(sales, "sales")
    await behind.read_on()
    assert await behind.seen() == first
    await reader.read_on()
    await behind.read_on()
    assert await behind.seen() == first + later


async def test_a_look_that_finds_nothing_writes_nothing(sales: Database, reader: Reader) -> None:
    """Not even a lock on the cursor: consumers look several times a second, for years."""
    await write_and_commit(sales, 2)
    await seal(sales, "sales")
    await reader.read_on()
    before = await rows(sales, "SELECT xmin, xmax FROM sales.cursors")
    assert await reader.step() == 0
    assert await rows(sales, "SELECT xmin, xmax FROM sales.cursors") == before


@pytest.mark.parametrize("batches", [[], [2], [2, 1]])
async def test_the_watermark_is_the_newest_position(sales: Database, batches: Sequence[int]) -> None:
    """Position 0 while the feed is empty."""
    for count in batches:
        await write_and_commit(sales, count)
        await seal(sales, "sales")
    (newest,) = await rows(sales, "SELECT max(sealed_at) FROM sales.feed")
    async with sales.transaction() as connection:
        assert await watermark(connection, "sales") == {"position": sum(batches), "sealed_at": newest[0]}
