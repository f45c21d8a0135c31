"""Rows of rosters: their verdicts, what was decided and written, and who stands in none."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.queries.arrays import bigint_array
from services.codes.queries.copying import copy_rows
from services.codes.queries.rosters import Part
from services.codes.territory import CodeRange


class RosterRow(NamedTuple):
    """A row's verdict."""

    row_no: int
    status: str
    subject_id: int | None
    reasons: str | None
    """As JSON."""
    changed: str | None
    """Names of fields, joined by commas."""


_VALIDATE_PART = text("""
    UPDATE codes.roster_parts SET sealed = :sealed, validated = true
    WHERE roster_id = :roster_id AND part_no = :part_no AND NOT validated RETURNING part_no
    """)


_COUNT_VALIDATED = text("""
    UPDATE codes.rosters SET rows_validated = rows_validated + :rows WHERE roster_id = :roster_id
    """)


_OPEN_ROWS = text("""
    SELECT row_no, status, subject_id, reasons, decision FROM codes.roster_rows
    WHERE roster_id = :roster_id AND row_no BETWEEN :first AND :last AND committed_in IS NULL ORDER BY row_no
    """)


_MARK_COMMITTED = text("""
    UPDATE codes.roster_rows r SET committed_in = :batch_id, subject_id = done.subject_id
    FROM unnest(CAST(CAST(:row_nos AS text) AS integer[]), CAST(CAST(:subject_ids AS text) AS bigint[]))
        AS done (row_no, subject_id)
    WHERE r.roster_id = :roster_id AND r.row_no = done.row_no
    """)


_REJUDGE = text("""
    UPDATE codes.roster_rows r SET status = new.status, subject_id = new.subject_id, reasons = new.reasons::jsonb,
        changed = string_to_array(new.changed, ','), decision = coalesce(:decision, r.decision)
    FROM unnest(CAST(:row_nos AS integer[]), CAST(:statuses AS text[]), CAST(:subject_ids AS bigint[]),
                CAST(:reasons AS text[]), CAST(:changed AS text[]))
        AS new (row_no, status, subject_id, reasons, changed)
    WHERE r.roster_id = :roster_id AND r.row_no = new.row_no
    """)


_COUNTS = text("""
    SELECT status, count(*) AS rows, count(committed_in) AS committed, count(decision) AS decided
    FROM codes.roster_rows WHERE roster_id = :roster_id GROUP BY status
    """)


_ROWS = text("""
    SELECT r.row_no, r.status, r.subject_id, r.reasons, r.changed, r.decision, r.committed_in, c.code
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
    SELECT * FROM codes.roster_rows WHERE roster_id = :roster_id AND row_no = :row_no
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


async def insert_validated(connection: AsyncConnection, roster_id: int, part: Part, rows: Sequence[RosterRow]) -> bool:
    """Write the verdicts on a part's rows, and what they say as it was read.

    False, and nothing is done, if it is validated already.
    """
    parameters = {"roster_id": roster_id, "part_no": part.part_no, "sealed": part.sealed}
    if await connection.scalar(_VALIDATE_PART, parameters) is None:
        return False
    written = [
        (roster_id, row.row_no, row.status, row.subject_id, row.reasons, row.changed and row.changed.split(","))
        for row in rows
    ]
    columns = ("roster_id", "row_no", "status", "subject_id", "reasons", "changed")
    await copy_rows(connection, "roster_rows", columns, written)
    await connection.execute(_COUNT_VALIDATED, {"roster_id": roster_id, "rows": len(rows)})
    return True


def _columns(rows: Sequence[RosterRow]) -> dict[str, Sequence[Any]]:
    return {
        "row_nos": [row.row_no for row in rows],
        "statuses": [row.status for row in rows],
        "subject_ids": [row.subject_id for row in rows],
        "reasons": [row.reasons for row in rows],
        "changed": [row.changed for row in rows],
    }


async def open_rows(connection: AsyncConnection, roster_id: int, *, first: int, last: int) -> Sequence[Row[Any]]:
    """The rows of these numbers that are not in the registry by this roster."""
    return (await connection.execute(_OPEN_ROWS, {"roster_id": roster_id, "first": first, "last": last})).all()


async def mark_committed(
    connection: AsyncConnection, roster_id: int, batch_id: int, committed: Sequence[tuple[int, int]]
) -> None:
    """Say of rows (row, subject) that the batch wrote them into the registry."""
    await connection.execute(
        _MARK_COMMITTED,
        {
            "roster_id": roster_id,
            "batch_id": batch_id,
            "row_nos": bigint_array(row_no for row_no, _ in committed),
            "subject_ids": bigint_array(subject_id for _, subject_id in committed),
        },
    )


async def rejudge(
    connection: AsyncConnection, roster_id: int, rows: Sequence[RosterRow], *, decision: str | None = None
) -> None:
    """Write new verdicts on rows, after a decision or because the registry has changed."""
    await connection.execute(_REJUDGE, {"roster_id": roster_id, "decision": decision, **_columns(rows)})


async def counts(connection: AsyncConnection, roster_id: int) -> Sequence[Row[Any]]:
    """How many rows have which status, and how many of these are committed."""
    return (await connection.execute(_COUNTS, {"roster_id": roster_id})).all()


async def rows_after(
    connection: AsyncConnection, roster_id: int, after: int, *, status: str | None, limit: int
) -> Sequence[Row[Any]]:
    """The next rows by number, of one status if given."""
    parameters = {"roster_id": roster_id, "after": after, "status": status, "limit": limit}
    return (await connection.execute(_ROWS, parameters)).all()


async def row_of_roster(connection: AsyncConnection, roster_id: int, row_no: int) -> Row[Any] | None:
    """One row."""
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
