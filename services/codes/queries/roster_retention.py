"""What rosters say that nobody committed, and that is to be forgotten."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_UPLOADED_BEFORE = text("""
    SELECT roster_id FROM codes.rosters
    WHERE uploaded_at < :before AND stage IN ('previewed', 'committed') ORDER BY roster_id FOR UPDATE SKIP LOCKED
    """)

_DISCARD_PARTS = text("DELETE FROM codes.roster_parts WHERE roster_id = ANY(CAST(:roster_ids AS bigint[]))")

_DISCARD = text("""
    UPDATE codes.rosters SET stage = 'discarded'
    WHERE roster_id = ANY(CAST(:roster_ids AS bigint[])) AND stage IN ('previewed', 'committed')
    """)


async def uploaded_before(connection: AsyncConnection, moment: datetime) -> list[int]:
    """Rosters that nobody works on and that are older than a moment; locked."""
    return list((await connection.execute(_UPLOADED_BEFORE, {"before": moment})).scalars())


async def discard(connection: AsyncConnection, roster_ids: Sequence[int]) -> None:
    """Delete what rosters say that is not in the registry."""
    await connection.execute(_DISCARD_PARTS, {"roster_ids": list(roster_ids)})
    await connection.execute(_DISCARD, {"roster_ids": list(roster_ids)})
