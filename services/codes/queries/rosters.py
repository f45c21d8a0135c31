"""Rosters: the uploaded file, its parts that wait for validation, and its rows."""

from collections.abc import AsyncIterator, Mapping, Sequence
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


@dataclass(slots=True)
class RosterRow:
    """A row with its verdict."""

    row_no: int
    status: str
    subject_id: int | None
    reasons: str | None
    """As JSON."""
    changed: str | None
    """Names of fields, joined by commas."""
    id_index: bytes | None
    external_index: bytes | None
    likeness_index: bytes | None
    sealed: bytes | None


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
        AND corrections = CAST(:corrections AS text[]) AND stage <> 'committed'
    ORDER BY roster_id DESC LIMIT 1
    """)

_INSERT_PARTS = text("""
    INSERT INTO codes.roster_parts (roster_id, part_no, sealed)
    SELECT :roster_id, part_no, sealed
    FROM unnest(CAST(:part_nos AS integer[]), CAST(:sealed AS bytea[])) AS new (part_no, sealed)
    """)

_ROSTER = text("SELECT * FROM codes.rosters WHERE roster_id = :roster_id")

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
    SELECT part_no, sealed FROM codes.roster_parts WHERE roster_id = :roster_id AND part_no > :after
    ORDER BY part_no LIMIT 1
    """)

_DELETE_PART = text("""
    DELETE FROM codes.roster_parts WHERE roster_id = :roster_id AND part_no = :part_no RETURNING part_no
    """)

_INSERT_ROWS = text("""
    INSERT INTO codes.roster_rows (roster_id, row_no, status, subject_id, reasons, changed, id_index, external_index,
                                   likeness_index, sealed)
    SELECT :roster_id, row_no, status, subject_id, reasons::jsonb, string_to_array(changed, ','), id_index,
           external_index, likeness_index, sealed
    FROM unnest(CAST(:row_nos AS integer[]), CAST(:statuses AS text[]), CAST(:subject_ids AS bigint[]),
                CAST(:reasons AS text[]), CAST(:changed AS text[]), CAST(:id_indexes AS bytea[]),
                CAST(:external_indexes AS bytea[]), CAST(:likenesses AS bytea[]), CAST(:sealed AS bytea[]))
        AS new (row_no, status, subject_id, reasons, changed, id_index, external_index, likeness_index, sealed)
    """)

_COUNT_VALIDATED = text("""
    UPDATE codes.rosters SET rows_validated = rows_validated + :rows WHERE roster_id = :roster_id
    """)

_SET_STAGE = text("""
    UPDATE codes.rosters SET stage = :stage WHERE roster_id = :roster_id AND stage = :before
    """)

_START_COMMIT = text("""
    UPDATE codes.rosters SET stage = 'committing', committed_upto = 0, actor = :actor,
        regions = CAST(:regions AS text[])
    WHERE roster_id = :roster_id AND stage IN ('previewed', 'committed')
    """)

_SEEN = text("""
    SELECT row_no, status, subject_id, id_index, external_index, likeness_index FROM codes.roster_rows
    WHERE roster_id = :roster_id ORDER BY row_no
    """)

_TO_COMMIT = text("""
    SELECT row_no, status, subject_id, reasons, decision, id_index, external_index, likeness_index, sealed
    FROM codes.roster_rows
    WHERE roster_id = :roster_id AND row_no > :after AND status IN ('new', 'changed') AND committed_in IS NULL
    ORDER BY row_no LIMIT :limit
    """)

_MARK_COMMITTED = text("""
    UPDATE codes.roster_rows r SET committed_in = :batch_id, sealed = NULL, subject_id = done.subject_id
    FROM unnest(CAST(:row_nos AS integer[]), CAST(:subject_ids AS bigint[])) AS done (row_no, subject_id)
    WHERE r.roster_id = :roster_id AND r.row_no = done.row_no
    """)

_COMMITTED_UPTO = text("""
    UPDATE codes.rosters SET committed_upto = :row_no WHERE roster_id = :roster_id
    """)

_REJUDGE = text("""
    UPDATE codes.roster_rows r SET status = new.status, subject_id = new.subject_id, reasons = new.reasons::jsonb,
        changed = string_to_array(new.changed, ','), likeness_index = new.likeness_index, sealed = new.sealed,
        decision = coalesce(:decision, r.decision)
    FROM unnest(CAST(:row_nos AS integer[]), CAST(:statuses AS text[]), CAST(:subject_ids AS bigint[]),
                CAST(:reasons AS text[]), CAST(:changed AS text[]), CAST(:likenesses AS bytea[]),
                CAST(:sealed AS bytea[]))
        AS new (row_no, status, subject_id, reasons, changed, likeness_index, sealed)
    WHERE r.roster_id = :roster_id AND r.row_no = new.row_no
    """)

_COUNTS = text("""
    SELECT status, count(*) AS rows, count(committed_in) AS committed, count(decision) AS decided
    FROM codes.roster_rows WHERE roster_id = :roster_id GROUP BY status
    """)

_ROWS = text("""
    SELECT r.row_no, r.status, r.subject_id, r.reasons, r.changed, r.decision, r.committed_in, r.sealed,
           r.id_index, r.external_index, r.likeness_index, c.code
    FROM codes.roster_rows r
    LEFT JOIN LATERAL (
        SELECT code FROM codes.codes WHERE subject_id = r.subject_id AND r.status <> 'held'
        ORDER BY issued_at DESC, code LIMIT 1
    ) AS c ON true
    WHERE r.roster_id = :roster_id AND r.row_no > :after
        AND (CAST(:status AS text) IS NULL OR r.status = :status)
    ORDER BY r.row_no LIMIT :limit
    """)

_ROW = text("""
    SELECT * FROM codes.roster_rows WHERE roster_id = :roster_id AND row_no = :row_no FOR UPDATE
    """)

_MISSING = text("""
    SELECT s.subject_id, v.region, c.code
    FROM codes.subject_versions v
    JOIN codes.subjects s ON s.subject_id = v.subject_id AND s.kind = :kind AND s.registered_on <= :as_of
    JOIN LATERAL (
        SELECT code FROM codes.codes WHERE subject_id = s.subject_id ORDER BY issued_at DESC, code LIMIT 1
    ) AS c ON true
    WHERE v.region >= :low AND v.region < :high AND v.superseded_in IS NULL
        AND v.valid_from <= :as_of AND (v.valid_to IS NULL OR :as_of < v.valid_to)
        AND v.subject_id > :after
        AND NOT EXISTS (
            SELECT FROM codes.roster_rows r WHERE r.roster_id = :roster_id AND r.subject_id = v.subject_id
        )
    ORDER BY v.subject_id LIMIT :limit
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


async def insert_parts(connection: AsyncConnection, roster_id: int, parts: Sequence[tuple[int, bytes]]) -> None:
    """Write encrypted parts of a roster by their numbers."""
    numbers, sealed = [number for number, _ in parts], [content for _, content in parts]
    parameters = {"roster_id": roster_id, "part_nos": numbers, "sealed": sealed}
    await connection.execute(_INSERT_PARTS, parameters)


async def roster(connection: AsyncConnection, roster_id: int) -> Row[Any] | None:
    """One roster."""
    return (await connection.execute(_ROSTER, {"roster_id": roster_id})).one_or_none()


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


async def next_part(connection: AsyncConnection, roster_id: int, after: int) -> Row[Any] | None:
    """The next part that waits for validation."""
    return (await connection.execute(_NEXT_PART, {"roster_id": roster_id, "after": after})).one_or_none()


async def insert_validated(
    connection: AsyncConnection, roster_id: int, part_no: int, rows: Sequence[RosterRow]
) -> bool:
    """Put the rows in the place of their part; False, and nothing is done, if the part is gone."""
    part = {"roster_id": roster_id, "part_no": part_no}
    if await connection.scalar(_DELETE_PART, part) is None:
        return False
    await connection.execute(_INSERT_ROWS, {"roster_id": roster_id, **_columns(rows)})
    await connection.execute(_COUNT_VALIDATED, {"roster_id": roster_id, "rows": len(rows)})
    return True


def _columns(rows: Sequence[RosterRow]) -> dict[str, Sequence[Any]]:
    return {
        "row_nos": [row.row_no for row in rows],
        "statuses": [row.status for row in rows],
        "subject_ids": [row.subject_id for row in rows],
        "reasons": [row.reasons for row in rows],
        "changed": [row.changed for row in rows],
        "id_indexes": [row.id_index for row in rows],
        "external_indexes": [row.external_index for row in rows],
        "likenesses": [row.likeness_index for row in rows],
        "sealed": [row.sealed for row in rows],
    }


async def set_stage(connection: AsyncConnection, roster_id: int, stage: str, *, before: str) -> None:
    """Move a roster on from the stage ``before``."""
    await connection.execute(_SET_STAGE, {"roster_id": roster_id, "stage": stage, "before": before})


async def start_commit(connection: AsyncConnection, roster_id: int, *, actor: str, regions: Sequence[str]) -> None:
    """Let the commit begin, if the roster is validated and no commit is under way."""
    await connection.execute(_START_COMMIT, {"roster_id": roster_id, "actor": actor, "regions": list(regions)})


async def seen_indexes(connection: AsyncConnection, roster_id: int) -> Sequence[Row[Any]]:
    """The indexes of all rows that are validated, by row."""
    return (await connection.execute(_SEEN, {"roster_id": roster_id})).all()


async def rows_to_commit(connection: AsyncConnection, roster_id: int, after: int, *, limit: int) -> Sequence[Row[Any]]:
    """The next rows that a commit writes."""
    return (await connection.execute(_TO_COMMIT, {"roster_id": roster_id, "after": after, "limit": limit})).all()


async def mark_committed(
    connection: AsyncConnection, roster_id: int, batch_id: int, committed: Sequence[tuple[int, int]]
) -> None:
    """Say of rows (row, subject) that the batch wrote them into the registry, and forget what they said."""
    await connection.execute(
        _MARK_COMMITTED,
        {
            "roster_id": roster_id,
            "batch_id": batch_id,
            "row_nos": [row_no for row_no, _ in committed],
            "subject_ids": [subject_id for _, subject_id in committed],
        },
    )


async def committed_upto(connection: AsyncConnection, roster_id: int, row_no: int) -> None:
    """Remember how far a commit has come."""
    await connection.execute(_COMMITTED_UPTO, {"roster_id": roster_id, "row_no": row_no})


async def rejudge(
    connection: AsyncConnection, roster_id: int, rows: Sequence[RosterRow], *, decision: str | None = None
) -> None:
    """Write new verdicts on rows, after a decision or because the registry has changed."""
    columns = {name: values for name, values in _columns(rows).items() if not name.endswith("_indexes")}
    await connection.execute(_REJUDGE, {"roster_id": roster_id, "decision": decision, **columns})


async def counts(connection: AsyncConnection, roster_id: int) -> Sequence[Row[Any]]:
    """How many rows have which status, and how many of these are committed."""
    return (await connection.execute(_COUNTS, {"roster_id": roster_id})).all()


async def rows_after(
    connection: AsyncConnection, roster_id: int, after: int, *, status: str | None, limit: int
) -> Sequence[Row[Any]]:
    """The next rows by number, of one status if given."""
    parameters = {"roster_id": roster_id, "after": after, "status": status, "limit": limit}
    return (await connection.execute(_ROWS, parameters)).all()


async def lock_row(connection: AsyncConnection, roster_id: int, row_no: int) -> Row[Any] | None:
    """One row, which nobody else decides until the transaction ends."""
    return (await connection.execute(_ROW, {"roster_id": roster_id, "row_no": row_no})).one_or_none()


async def missing_after(
    connection: AsyncConnection, roster: Row[Any], after: int, *, tree: CodeRange, limit: int
) -> Sequence[Row[Any]]:
    """The next registered subjects of a roster's region and kind that no row of it is about, by ascending id."""
    parameters: Mapping[str, Any] = {
        "roster_id": roster.roster_id,
        "kind": roster.kind,
        "as_of": roster.as_of,
        "low": tree.low,
        "high": tree.high,
        "after": after,
        "limit": limit,
    }
    return (await connection.execute(_MISSING, parameters)).all()


async def divisions_on(connection: AsyncConnection, day: date) -> Sequence[Row[Any]]:
    """All divisions that exist on a day."""
    return (await connection.execute(_DIVISIONS, {"day": day})).all()
