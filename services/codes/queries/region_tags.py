"""Dated tags of divisions."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.region_tags import RegionTag
from services.codes.territory import CodeRange

_THERE = text("SELECT DISTINCT tag FROM codes.region_tags")

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('codes.region_tags', 0))")

_GIVEN = """
    SELECT * FROM unnest(
        CAST(:codes AS text[]), CAST(:tags AS text[]), CAST(:froms AS date[]), CAST(:tos AS date[]),
        CAST(:sources AS text[])
    ) AS given (code, tag, valid_from, valid_to, source)
"""

_SUPERSEDE = text(f"""
    UPDATE codes.region_tags AS known SET superseded_in = :batch_id
    FROM ({_GIVEN}) AS given
    WHERE known.code = given.code AND known.tag = given.tag AND known.valid_from = given.valid_from
        AND known.superseded_in IS NULL
        AND (known.valid_to, known.source) IS DISTINCT FROM (given.valid_to, given.source)
    """)

_INSERT = text(f"""
    INSERT INTO codes.region_tags (code, tag, valid_from, recorded_in, valid_to, source)
    SELECT given.code, given.tag, given.valid_from, :batch_id, given.valid_to, given.source
    FROM ({_GIVEN}) AS given
    WHERE NOT EXISTS (
        SELECT FROM codes.region_tags AS known
        WHERE known.code = given.code AND known.tag = given.tag AND known.valid_from = given.valid_from
            AND known.superseded_in IS NULL
    )
    """)

_LEVELS = text("""
    SELECT code, level FROM codes.regions
    WHERE code = ANY(CAST(:codes AS text[])) AND superseded_in IS NULL
    """)

_TAGS = text("""
    SELECT t.code, r.name, t.tag, t.valid_from, t.valid_to, t.source
    FROM codes.region_tags t
    JOIN codes.regions r ON r.code = t.code AND r.superseded_in IS NULL
        AND r.valid_from <= :on AND (r.valid_to IS NULL OR :on < r.valid_to)
    WHERE t.superseded_in IS NULL AND t.tag = :tag AND t.code >= :low AND t.code < :high
        AND t.valid_from <= :on AND (t.valid_to IS NULL OR :on < t.valid_to)
    ORDER BY t.code
    """)


_OVERLAPPING = text("""
    SELECT one.code, one.tag, one.valid_from
    FROM codes.region_tags one JOIN codes.region_tags other
        ON other.code = one.code AND other.tag = one.tag AND other.valid_from > one.valid_from
        AND other.superseded_in IS NULL AND (one.valid_to IS NULL OR other.valid_from < one.valid_to)
    WHERE one.superseded_in IS NULL AND one.code = ANY(CAST(:codes AS text[]))
    ORDER BY one.code, one.tag, one.valid_from LIMIT 1
    """)


async def tags_there(connection: AsyncConnection) -> set[str]:
    """The tags that any division has, or had."""
    return set((await connection.execute(_THERE)).scalars())


async def lock(connection: AsyncConnection) -> None:
    """Be the only one who writes tags until the transaction ends."""
    await connection.execute(_LOCK)


async def insert_tags(connection: AsyncConnection, batch_id: int, tags: Sequence[RegionTag]) -> int:
    """Write tags; one of the same division, kind and first day gives way. Answers how many said something new."""
    parameters: dict[str, Any] = {
        "batch_id": batch_id,
        "codes": [tag.code for tag in tags],
        "tags": [tag.tag.value for tag in tags],
        "froms": [tag.valid_from for tag in tags],
        "tos": [tag.valid_to for tag in tags],
        "sources": [tag.source for tag in tags],
    }
    await connection.execute(_SUPERSEDE, parameters)
    return (await connection.execute(_INSERT, parameters)).rowcount


async def levels_of(connection: AsyncConnection, codes: Sequence[str]) -> dict[str, str]:
    """The level of each of the divisions that exist."""
    rows = await connection.execute(_LEVELS, {"codes": list(codes)})
    return {row.code: row.level for row in rows}


async def overlapping(connection: AsyncConnection, codes: Sequence[str]) -> Row[Any] | None:
    """The first tag of these divisions that another one of the same kind overlaps."""
    return (await connection.execute(_OVERLAPPING, {"codes": list(codes)})).one_or_none()


async def tags_on(connection: AsyncConnection, tag: str, *, tree: CodeRange, on: date) -> Sequence[Row[Any]]:
    """The divisions in a tree that are listed so on a day."""
    return (await connection.execute(_TAGS, {"tag": tag, "low": tree.low, "high": tree.high, "on": on})).all()
