"""Rosters: the uploaded file, and its parts that wait for validation; their rows are in ``roster_rows.py``."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.territory import CodeRange
from services.kit.database import Database


@dataclass(frozen=True, slots=True)
class NewRoster:
    """An uploaded roster."""

    kind: str
    region: str
    as_of: date
    mode: str
    corrections: Sequence[str]
    layout: str
    file_index: bytes
    fields: Sequence[str]
    rows_total: int
    actor: str
    regions: Sequence[str]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a roster: the rows from ``first_row`` to ``last_row``, encrypted."""

    part_no: int
    first_row: int
    last_row: int
    sealed: bytes


_INSERT_ROSTER = text("""
    INSERT INTO codes.rosters (kind, region, as_of, mode, corrections, layout, file_index, fields, stage, rows_total,
                               actor, regions)
    VALUES (:kind, :region, :as_of, :mode, CAST(:corrections AS text[]), :layout, :file_index,
            CAST(:fields AS text[]), 'validating', :rows_total, :actor, CAST(:regions AS text[]))
    RETURNING roster_id
    """)

_SAME_UPLOAD = text("""
    SELECT * FROM codes.rosters
    WHERE file_index = :file_index AND kind = :kind AND region = :region AND as_of = :as_of AND mode = :mode
        AND corrections = CAST(:corrections AS text[]) AND stage NOT IN ('committed', 'discarded')
    ORDER BY roster_id DESC LIMIT 1
    """)

_INSERT_PARTS = text("""
    INSERT INTO codes.roster_parts (roster_id, part_no, first_row, last_row, sealed)
    SELECT :roster_id, new.*
    FROM unnest(CAST(:part_nos AS integer[]), CAST(:first_rows AS integer[]), CAST(:last_rows AS integer[]),
                CAST(:sealed AS bytea[])) AS new
    """)

_ROSTER = text("SELECT * FROM codes.rosters WHERE roster_id = :roster_id")

_LOCK_ROSTER = text("SELECT * FROM codes.rosters WHERE roster_id = :roster_id FOR UPDATE")

_ROSTERS_BEFORE = text("""
    SELECT r.* FROM codes.rosters r
    JOIN unnest(CAST(:lows AS text[]), CAST(:highs AS text[])) AS tree (low, high)
        ON r.region >= tree.low AND r.region < tree.high
    WHERE (CAST(:before AS bigint) IS NULL OR r.roster_id < :before) ORDER BY r.roster_id DESC LIMIT :limit
    """)

_WAITING = text("""
    SELECT * FROM codes.rosters WHERE stage IN ('validating', 'committing') ORDER BY roster_id LIMIT 1
    """)

_NEXT_PART = text("""
    SELECT part_no, first_row, last_row, sealed FROM codes.roster_parts
    WHERE roster_id = :roster_id AND validated = :validated AND part_no > :after ORDER BY part_no LIMIT 1
    """)

_PARTS_OF_ROWS = text("""
    SELECT part_no, first_row, last_row, sealed FROM codes.roster_parts
    WHERE roster_id = :roster_id AND validated AND first_row <= :last AND last_row >= :first ORDER BY part_no
    """)


_REWRITE_PART = text("""
    UPDATE codes.roster_parts SET sealed = :sealed WHERE roster_id = :roster_id AND part_no = :part_no
    """)

_DELETE_PART = text("DELETE FROM codes.roster_parts WHERE roster_id = :roster_id AND part_no = :part_no")


_SET_STAGE = text("""
    UPDATE codes.rosters SET stage = :stage WHERE roster_id = :roster_id AND stage = :before
    """)

_START_COMMIT = text("""
    UPDATE codes.rosters SET stage = 'committing', actor = :actor,
        regions = CAST(:regions AS text[])
    WHERE roster_id = :roster_id AND stage IN ('previewed', 'committed')
    """)


_DIVISIONS = text("""
    SELECT code, name, level FROM codes.regions
    WHERE superseded_in IS NULL AND valid_from <= :day AND (valid_to IS NULL OR :day < valid_to)
    """)


_WORK_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended('codes.rosters', 0))")
_WORK_UNLOCK = text("SELECT pg_advisory_unlock(hashtextextended('codes.rosters', 0))")


@asynccontextmanager
async def only_worker(database: Database) -> AsyncIterator[bool]:
    """Be the only one, in all processes, who works on rosters while the block lasts; False if somebody else is.

    A lock of the session, not of a transaction: the work takes many, and one that stays open would hold up the
    cleaning of the tables that it fills. It falls with the connection.
    """
    async with database.engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
        taken = bool(await connection.scalar(_WORK_LOCK))
        try:
            yield taken
        finally:
            if taken:
                await connection.execute(_WORK_UNLOCK)


async def insert_roster(connection: AsyncConnection, roster: NewRoster) -> int:
    """Write an uploaded roster; answers its id."""
    parameters = {name: getattr(roster, name) for name in NewRoster.__dataclass_fields__}
    parameters |= {name: list(parameters[name]) for name in ("corrections", "fields", "regions")}
    return int(await connection.scalar(_INSERT_ROSTER, parameters) or 0)


async def same_upload(connection: AsyncConnection, roster: NewRoster) -> Row[Any] | None:
    """A roster of the same file and terms that is not committed yet."""
    parameters = {name: getattr(roster, name) for name in ("file_index", "kind", "region", "as_of", "mode")}
    parameters["corrections"] = list(roster.corrections)
    return (await connection.execute(_SAME_UPLOAD, parameters)).one_or_none()


async def insert_parts(connection: AsyncConnection, roster_id: int, parts: Sequence[Part]) -> None:
    """Write parts that wait for validation."""
    await connection.execute(
        _INSERT_PARTS,
        {
            "roster_id": roster_id,
            "part_nos": [part.part_no for part in parts],
            "first_rows": [part.first_row for part in parts],
            "last_rows": [part.last_row for part in parts],
            "sealed": [part.sealed for part in parts],
        },
    )


async def roster(connection: AsyncConnection, roster_id: int, *, lock: bool = False) -> Row[Any] | None:
    """One roster; with ``lock``, nobody else decides about it, or lets it be committed, until the transaction ends."""
    statement = _LOCK_ROSTER if lock else _ROSTER
    return (await connection.execute(statement, {"roster_id": roster_id})).one_or_none()


async def rosters_before(
    connection: AsyncConnection, before: int | None, *, trees: Sequence[CodeRange], limit: int
) -> Sequence[Row[Any]]:
    """The latest rosters of the trees, by descending id."""
    parameters = {
        "before": before,
        "limit": limit,
        "lows": [tree.low for tree in trees],
        "highs": [tree.high for tree in trees],
    }
    return (await connection.execute(_ROSTERS_BEFORE, parameters)).all()


async def waiting_roster(connection: AsyncConnection) -> Row[Any] | None:
    """The first roster with something to be done."""
    return (await connection.execute(_WAITING)).one_or_none()


async def next_part(connection: AsyncConnection, roster_id: int, after: int, *, validated: bool) -> Part | None:
    """The next part that is validated, or that waits for it."""
    parameters = {"roster_id": roster_id, "after": after, "validated": validated}
    row = (await connection.execute(_NEXT_PART, parameters)).one_or_none()
    return None if row is None else Part(*row)


async def parts_of_rows(connection: AsyncConnection, roster_id: int, *, first: int, last: int) -> list[Part]:
    """The validated parts in which rows of these numbers are, or were."""
    parameters = {"roster_id": roster_id, "first": first, "last": last}
    return [Part(*row) for row in await connection.execute(_PARTS_OF_ROWS, parameters)]


async def rewrite_part(connection: AsyncConnection, roster_id: int, part_no: int, sealed: bytes | None) -> None:
    """Replace what a part says; None: it says nothing any more."""
    part = {"roster_id": roster_id, "part_no": part_no}
    if sealed is None:
        await connection.execute(_DELETE_PART, part)
    else:
        await connection.execute(_REWRITE_PART, {**part, "sealed": sealed})


async def set_stage(connection: AsyncConnection, roster_id: int, stage: str, *, before: str) -> None:
    """Move a roster on from the stage ``before``."""
    await connection.execute(_SET_STAGE, {"roster_id": roster_id, "stage": stage, "before": before})


async def start_commit(connection: AsyncConnection, roster_id: int, *, actor: str, regions: Sequence[str]) -> None:
    """Let the commit begin, if the roster is validated and no commit is under way."""
    await connection.execute(_START_COMMIT, {"roster_id": roster_id, "actor": actor, "regions": list(regions)})


async def divisions_on(connection: AsyncConnection, day: date) -> Sequence[Row[Any]]:
    """All divisions that exist on a day."""
    return (await connection.execute(_DIVISIONS, {"day": day})).all()
