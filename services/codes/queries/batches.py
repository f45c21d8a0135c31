"""Batches, locks, and positions of the feed."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.purpose import Purpose
from services.kit.feed import announce
from services.kit.tables import PURPOSE

_OPEN_BATCH = text("""
    INSERT INTO codes.batches (actor, operation, reason) VALUES (:actor, :operation, :reason) RETURNING batch_id
    """)

_LOCK_SUBJECTS = text("""
    SELECT pg_advisory_xact_lock(hashtextextended('codes.subject.' || id, 0))
    FROM (SELECT DISTINCT id FROM unnest(CAST(:ids AS bigint[])) AS id ORDER BY id) AS ordered
    """)

_SAY_PURPOSE = text("SELECT set_config(:setting, :purpose, true)")

_POSITION_AT = text("SELECT coalesce(max(position), 0) FROM codes.sealed WHERE sealed_at <= :moment")


async def open_batch(connection: AsyncConnection, *, actor: str, operation: str, reason: str | None = None) -> int:
    """Write the batch that this transaction's rows belong to, and tell the sealer; answers its id."""
    batch_id = int(
        await connection.scalar(_OPEN_BATCH, {"actor": actor, "operation": operation, "reason": reason}) or 0
    )
    await announce(connection, "codes", [batch_id])
    return batch_id


async def lock_subjects(connection: AsyncConnection, subject_ids: Iterable[int]) -> None:
    """Be the only writer of these subjects' states and links until the transaction ends.

    An advisory lock, because the service may not update the rows it would have to lock. Taken in ascending order, so
    that two writers cannot wait for each other; what is read must be read by a later statement.
    """
    await connection.execute(_LOCK_SUBJECTS, {"ids": list(subject_ids)})


async def say_purpose(connection: AsyncConnection, purpose: Purpose) -> None:
    """Say what this transaction needs person data for: until it ends, and only in it, ``codes.persons`` has rows.

    ``set_config``, because SET takes no parameters; it is undone with the transaction, as the pool needs it.
    """
    await connection.execute(_SAY_PURPOSE, {"setting": PURPOSE, "purpose": purpose.value})


async def position_at(connection: AsyncConnection, moment: datetime) -> int:
    """The last position of the feed that was sealed by ``moment``; 0 before the first."""
    return int(await connection.scalar(_POSITION_AT, {"moment": moment}) or 0)
