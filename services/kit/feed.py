"""The feed: one gapless, monotone order of what was committed, made after the commit.

Sequence order is not commit order: a transaction that took batch 5 may commit after the one that took batch 6, and a
consumer that remembers "I have read up to 6" loses 5. So a writer only adds its batch to ``unsealed``; one sealer at a
time moves the batches it can *see* (that is, the committed ones) into ``feed`` and numbers them. Who is still open is
not waited for, who commits late gets a later position, and nobody is lost.

All batches sealed in one pass share ``sealed_at``. What was written after reading another batch cannot be sealed in an
earlier pass than that batch, so states are only ever looked at between passes.

Every consumer keeps a cursor in its own schema and moves it in the transaction of its effect: exactly once.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any

import structlog
from sqlalchemy import BigInteger, Column, DateTime, MetaData, Table, Text, UniqueConstraint, func, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.database import Database
from services.kit.tables import PublishedView, mutable, rows_of_record

log = structlog.get_logger(__name__)

Effect = Callable[[AsyncConnection, "Window"], Awaitable[None]]
"""What a consumer does with a window of the feed, inside the transaction that moves its cursor."""

WINDOW_BATCHES = 500
"""Batches a consumer takes per transaction at most (the last pass is always taken whole)."""


SAVED_SECONDS = 3.0
"""For so long a loop saves up its share of the time while it has little to do."""


@dataclass(frozen=True, slots=True)
class Window:
    """The positions ``after < position <= upto`` of one schema's feed."""

    schema: str
    after: int
    upto: int
    sealed_at: datetime


def feed_tables(metadata: MetaData) -> None:
    """Declare ``unsealed`` and ``sealed`` for a schema that has its own ``batches(batch_id, …)``.

    Readers, the schema's own service among them, see ``sealed`` as the published view ``feed``.
    """
    Table(
        "unsealed",
        metadata,
        Column("batch_id", BigInteger, primary_key=True, autoincrement=False),
        info=mutable(),
        comment="Batches that are committed or about to be, and not yet in the feed.",
    )
    Table(
        "sealed",
        metadata,
        Column("position", BigInteger, primary_key=True, autoincrement=False, comment="Gapless, from 1."),
        Column("batch_id", BigInteger, nullable=False),
        Column("sealed_at", DateTime(timezone=True), nullable=False, comment="Equal for all batches of one pass."),
        UniqueConstraint("batch_id"),
        info=rows_of_record(),
        comment="The order of what was committed; the clock of everything derived.",
    )


def cursor_table(metadata: MetaData) -> None:
    """Declare ``cursors`` for a schema that consumes a feed."""
    Table(
        "cursors",
        metadata,
        Column("consumer", Text, primary_key=True),
        Column("position", BigInteger, nullable=False, comment="The last position whose effect is in this schema."),
        Column("moved_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        info=mutable(),
        comment="How far each consumer of a feed has come; moved in the transaction of its effect.",
    )


def feed_view(schema: str, *readers: str) -> PublishedView:
    """The published view ``feed(position, batch_id, sealed_at)`` of a schema."""
    columns = ("position", "batch_id", "sealed_at")
    query = f"SELECT {', '.join(columns)} FROM {schema}.sealed"  # noqa: S608
    return PublishedView(schema, "feed", query, readers, {"sealed": columns})


def pending_view(schema: str, *readers: str) -> PublishedView:
    """The published view ``pending(batch_id)``: what is committed, and so can be seen in views of facts, but has no
    position yet. While feed and this are the same, nothing was committed.
    """
    return PublishedView(
        schema,
        "pending",
        f"SELECT batch_id FROM {schema}.unsealed",  # noqa: S608
        readers,
        {"unsealed": ("batch_id",)},
    )


async def announce(connection: AsyncConnection, schema: str, batch_ids: list[int]) -> None:
    """Tell the sealer of batches that this transaction writes. Call it once, at any point of the transaction."""
    await connection.execute(
        text(f"INSERT INTO {schema}.unsealed (batch_id) SELECT unnest(CAST(:ids AS bigint[]))"),
        {"ids": batch_ids},
    )


async def seal(database: Database, schema: str) -> int:
    """Move every committed, unsealed batch into the feed; answers how many. Does nothing while another sealer works.

    ``sealed_at`` grows from pass to pass, whatever the clock does: it is what tells one pass from the next.
    """
    async with database.transaction() as connection:
        taken = await connection.scalar(
            text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"onecode.seal.{schema}"}
        )
        if not taken:
            return 0
        # A statement of its own: its snapshot is taken after the lock, so it sees the last sealer's work. The time is
        # taken once, in ``last``: clock_timestamp() beside the rows would be another for each of them.
        result = await connection.execute(
            text(f"""
            WITH last AS MATERIALIZED (
                SELECT coalesce(max(position), 0) AS position,
                       greatest(clock_timestamp(), max(sealed_at) + interval '1 microsecond') AS next_sealed_at
                FROM (SELECT position, sealed_at FROM {schema}.sealed ORDER BY position DESC LIMIT 1) AS newest
            ), taken AS (
                DELETE FROM {schema}.unsealed RETURNING batch_id
            )
            INSERT INTO {schema}.sealed (position, batch_id, sealed_at)
            SELECT last.position + row_number() OVER (ORDER BY taken.batch_id), taken.batch_id, last.next_sealed_at
            FROM taken CROSS JOIN last
            """)  # noqa: S608 - the schema is a name in our own code
        )
        return result.rowcount


async def consume(
    database: Database, *, schema: str, source: str, consumer: str, effect: Effect, behind: str = ""
) -> int:
    """Apply ``effect`` to the next window of ``source``'s feed and move the cursor in ``schema``, in one transaction.

    A consumer ``behind`` another one of the same schema reads no further than that one has come: so it leaves the
    machine to it while there is much to do. Answers how many positions were taken: 0 when there is nothing new, or when
    another process is at it.
    """
    async with database.transaction() as connection:
        # First looked at without a lock: that costs no write, and mostly there is nothing new.
        look = (
            await connection.execute(
                text(f"""
                SELECT (SELECT position FROM {schema}.cursors WHERE consumer = :consumer) AS after,
                       least((SELECT max(position) FROM {source}.feed),
                             (SELECT position FROM {schema}.cursors WHERE consumer = :behind)) AS head
                """),  # noqa: S608 - schemas are names in our own code
                {"consumer": consumer, "behind": behind},
            )
        ).one()
        if look.after is not None and (look.head is None or look.head <= look.after):
            return 0
        after = await connection.scalar(
            text(f"SELECT position FROM {schema}.cursors WHERE consumer = :consumer FOR UPDATE SKIP LOCKED"),  # noqa: S608
            {"consumer": consumer},
        )
        if after is None:
            await connection.execute(
                text(f"INSERT INTO {schema}.cursors (consumer, position) VALUES (:consumer, 0) ON CONFLICT DO NOTHING"),  # noqa: S608
                {"consumer": consumer},
            )
            return 0
        row = (
            await connection.execute(
                text(f"""
                WITH bound AS MATERIALIZED (
                    SELECT position, sealed_at FROM {source}.feed
                    WHERE position > :after AND position <= least(:after + :batches, :head)
                    ORDER BY position DESC LIMIT 1
                )
                SELECT coalesce(
                    (
                        SELECT feed.position - 1 FROM {source}.feed AS feed
                        WHERE feed.position > bound.position AND feed.sealed_at > bound.sealed_at
                        ORDER BY feed.position LIMIT 1
                    ),
                    (SELECT max(feed.position) FROM {source}.feed AS feed)
                ) AS position, bound.sealed_at
                FROM bound
                """),  # noqa: S608
                {"after": after, "batches": WINDOW_BATCHES, "head": look.head},
            )
        ).one_or_none()
        if row is None:
            return 0
        await effect(connection, Window(source, after, row.position, row.sealed_at))
        await connection.execute(
            text(f"UPDATE {schema}.cursors SET position = :position, moved_at = now() WHERE consumer = :consumer"),  # noqa: S608
            {"position": row.position, "consumer": consumer},
        )
        return int(row.position - after)


class Loop:
    """Runs one step again and again: while there is work, else when woken, else after a short rest.

    While there is always more to do, its steps take ``share`` of the time, so that each finds more gathered and costs
    less for each piece; but a step begins ``cycle_seconds`` after the one before at the latest, or at once where that
    one took longer. What is not used is saved up, for :data:`SAVED_SECONDS` at most: so nothing is waited for as long
    as there is little to do. ``is_quick`` says of what has gathered that it need not wait. After a full window there is
    no pause: the next one would be no larger for it, and a consumer that takes 500 batches in each cycle falls behind
    where more come in.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[int]],
        *,
        rest_seconds: float = 0.25,
        share: float = 1.0,
        cycle_seconds: float = 1.0,
        is_quick: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self.name = name
        self.step = step
        self.rest_seconds = rest_seconds
        self.share = share
        self.cycle_seconds = cycle_seconds
        self.is_quick = is_quick
        self._paid_until = -inf
        self.woken = asyncio.Event()
        self.followers: list[Loop] = []

    def wake(self) -> None:
        """Let the loop look for work now, or when its pause ends."""
        self.woken.set()

    async def run(self) -> None:
        """Run until cancelled. A failing step is logged and tried again, with a growing pause of at most 5 s."""
        failures = 0
        while True:
            self.woken.clear()
            began = asyncio.get_running_loop().time()
            try:
                done = await self.step()
                if done:
                    for follower in self.followers:
                        follower.wake()
                    pause = self.spend(began, asyncio.get_running_loop().time())
                    if done < WINDOW_BATCHES:
                        await self._pause(pause)
                failures = 0
            except Exception:
                failures += 1
                log.exception("loop_failed", loop=self.name, failures=failures)
                await asyncio.sleep(min(5.0, 0.1 * 2**failures))
                continue
            if done:
                continue
            try:
                async with asyncio.timeout(self.rest_seconds):
                    await self.woken.wait()
            except TimeoutError:
                pass

    async def _pause(self, left: float) -> None:
        """Let work gather for so many seconds, or until a rest has shown that it need not."""
        while left > 0:
            piece = min(left, self.rest_seconds) if self.is_quick else left
            await asyncio.sleep(piece)
            left -= piece
            if self.is_quick and await self.is_quick():
                break

    def spend(self, began: float, ended: float) -> float:
        """Pay for a step with the time since the last one; answers for how many seconds to let work gather.

        A step pays for as much time as it is the ``share`` of: up to now, while something is saved up, or beyond.
        """
        taken = ended - began
        paid_until = max(self._paid_until, ended - SAVED_SECONDS) + taken / self.share
        self._paid_until = min(paid_until, ended + self.cycle_seconds)
        return max(0.0, min(paid_until - ended, self.cycle_seconds - taken))


@asynccontextmanager
async def running(*loops: Loop) -> AsyncIterator[None]:
    """Run loops in the background while the block lasts."""
    tasks = [asyncio.create_task(loop.run(), name=loop.name) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def watermark(connection: AsyncConnection, schema: str) -> dict[str, Any]:
    """The newest position of a feed and when it was sealed (position 0 and ``None`` while the feed is empty)."""
    row = (
        await connection.execute(
            text(f"SELECT position, sealed_at FROM {schema}.feed ORDER BY position DESC LIMIT 1")  # noqa: S608
        )
    ).one_or_none()
    return {"position": row.position, "sealed_at": row.sealed_at} if row else {"position": 0, "sealed_at": None}
