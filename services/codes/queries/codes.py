"""Codes, their states, and the directory that is derived from them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.queries.copying import copy_rows
from services.codes.timeline import Interval, State

_INSERT_CODES = text("""
    INSERT INTO codes.codes (code, subject_id, recorded_in)
    SELECT code, subject_id, :batch_id FROM unnest(CAST(:codes AS text[]), CAST(:subject_ids AS bigint[]))
        AS new (code, subject_id)
    """)

_INSERT_STATES = text("""
    INSERT INTO codes.code_states (code, valid_from, valid_to, state, recorded_in)
    SELECT code, valid_from, valid_to, state, :batch_id
    FROM unnest(CAST(:codes AS text[]), CAST(:froms AS timestamptz[]), CAST(:tos AS timestamptz[]),
                CAST(:states AS text[])) AS new (code, valid_from, valid_to, state)
    """)

_SUPERSEDE_STATES = text("""
    UPDATE codes.code_states SET superseded_in = :batch_id
    WHERE code = :code AND superseded_in IS NULL AND valid_from = ANY(CAST(:froms AS timestamptz[]))
    """)

_DIRECTORY_COLUMNS = "code, valid_from, valid_to, state, subject_id, kind, region"

# Step by step, materialised: in one join PostgreSQL, which expects few rows with NULL ``superseded_in`` until it has
# statistics, meets every state with every version first, and needs seconds for the first thousand codes.
_DERIVED = """
    followed AS (
        SELECT c.code, c.subject_id, CAST('-infinity' AS date) AS since FROM codes.codes c WHERE {of_codes}
        UNION ALL
        SELECT followed.code, s.successor_id, s.on_day
        FROM followed JOIN codes.succession_records s ON s.predecessor_id = followed.subject_id
            AND s.kind IN ('merge', 'undone') AND s.superseded_in IS NULL
    ), held AS MATERIALIZED (
        SELECT followed.code, followed.subject_id, j.kind,
               CASE WHEN isfinite(followed.since) THEN followed.since::timestamp AT TIME ZONE 'Asia/Shanghai' END
                   AS since
        FROM followed JOIN codes.subjects j ON j.subject_id = followed.subject_id
    ), stated AS MATERIALIZED (
        SELECT held.code, held.subject_id, held.kind, s.state, greatest(s.valid_from, held.since) AS valid_from,
               s.valid_to
        FROM held JOIN codes.code_states s ON s.code = held.code AND s.superseded_in IS NULL
            AND (s.valid_to IS NULL OR held.since IS NULL OR held.since < s.valid_to)
    ), settled AS MATERIALIZED (
        SELECT v.subject_id, v.region, v.valid_from::timestamp AT TIME ZONE 'Asia/Shanghai' AS valid_from,
               v.valid_to::timestamp AT TIME ZONE 'Asia/Shanghai' AS valid_to
        FROM (SELECT DISTINCT subject_id FROM held) AS holders
        JOIN codes.subject_versions v ON v.subject_id = holders.subject_id AND v.superseded_in IS NULL
    ), facts AS (
        SELECT s.code, s.state, s.subject_id, s.kind, v.region,
               greatest(s.valid_from, v.valid_from) AS valid_from, least(s.valid_to, v.valid_to) AS valid_to
        FROM stated s JOIN settled v ON v.subject_id = s.subject_id
            AND (s.valid_to IS NULL OR v.valid_from < s.valid_to)
            AND (v.valid_to IS NULL OR s.valid_from < v.valid_to)
    ), marked AS (
        SELECT *, (lag(valid_to) OVER earlier, lag(state) OVER earlier, lag(region) OVER earlier,
                   lag(subject_id) OVER earlier) IS DISTINCT FROM (valid_from, state, region, subject_id) AS begins
        FROM facts WINDOW earlier AS (PARTITION BY code ORDER BY valid_from)
    ), numbered AS (
        SELECT *, count(*) FILTER (WHERE begins) OVER (PARTITION BY code ORDER BY valid_from) AS run FROM marked
    ), derived AS (
        SELECT code, min(valid_from) AS valid_from, nullif(max(coalesce(valid_to, 'infinity')), 'infinity') AS valid_to,
               state, subject_id, kind, region
        FROM numbered GROUP BY code, run, state, subject_id, kind, region
    ), current AS (
        SELECT code, valid_from, valid_to, state, subject_id, kind, region FROM codes.directory_entries c
        WHERE superseded_in IS NULL AND {of_codes}
    )
    """
"""Common table expressions (of WITH RECURSIVE): ``derived``, the directory by the rule: a code's states met with the
divisions of its subject, and of whomever that one joined from that day on, brought together to the longest runs; and
``current``, the directory as it stands.
"""
_DERIVED_OF_CODES = _DERIVED.format(of_codes="c.code = ANY(CAST(:codes AS text[]))")
_DERIVED_OF_ALL = _DERIVED.format(of_codes="true")

_DERIVE_DIRECTORY = text(f"""
    WITH RECURSIVE {_DERIVED_OF_CODES}, wrong AS (
        TABLE current EXCEPT TABLE derived
    ), superseded AS (
        UPDATE codes.directory_entries e SET superseded_in = :batch_id FROM wrong
        WHERE e.code = wrong.code AND e.valid_from = wrong.valid_from AND e.superseded_in IS NULL
    )
    INSERT INTO codes.directory_entries ({_DIRECTORY_COLUMNS}, recorded_in)
    SELECT {_DIRECTORY_COLUMNS}, :batch_id FROM (TABLE derived EXCEPT TABLE current) AS missing
    """)

_DIRECTORY_DIFFERENCES = text(f"""
    WITH RECURSIVE {_DERIVED_OF_ALL}
    SELECT 'not by the rule' AS finding, wrong.* FROM (TABLE current EXCEPT TABLE derived) AS wrong
    UNION ALL
    SELECT 'missing' AS finding, missing.* FROM (TABLE derived EXCEPT TABLE current) AS missing
    ORDER BY code, valid_from LIMIT :limit
    """)

_HOLDER = text("""
    SELECT DISTINCT ON (e.code) e.code, e.subject_id, e.kind, s.registered_on, e.region
    FROM codes.directory_entries e JOIN codes.subjects s ON s.subject_id = e.subject_id
    WHERE e.code = ANY(CAST(:codes AS text[])) AND e.superseded_in IS NULL
    ORDER BY e.code, e.valid_from DESC
    """)

# The entry of that day, or the first one of a code that was not in force yet.
_HOLDERS_ON = text("""
    SELECT asked.code, asked.day, e.subject_id, s.kind, s.registered_on, v.region, v.valid_to AS ends
    FROM unnest(CAST(:codes AS text[]), CAST(:days AS date[])) AS asked (code, day)
    JOIN LATERAL (
        SELECT subject_id FROM codes.directory_entries
        WHERE code = asked.code AND superseded_in IS NULL
        ORDER BY valid_from < CAST(asked.day + 1 AS timestamp) AT TIME ZONE 'Asia/Shanghai' DESC,
                 CASE WHEN valid_from < CAST(asked.day + 1 AS timestamp) AT TIME ZONE 'Asia/Shanghai'
                      THEN valid_from END DESC, valid_from
        LIMIT 1
    ) AS e ON true
    JOIN codes.subjects s ON s.subject_id = e.subject_id
    JOIN LATERAL (
        SELECT region, valid_to FROM codes.subject_versions
        WHERE subject_id = e.subject_id AND superseded_in IS NULL ORDER BY valid_from DESC LIMIT 1
    ) AS v ON true
    """)

_CURRENT_STATES = text("""
    SELECT state, valid_from, valid_to FROM codes.code_states
    WHERE code = :code AND superseded_in IS NULL ORDER BY valid_from
    """)

_DIRECTORY_NOW = text("""
    SELECT state, valid_from, valid_to, subject_id, kind, region FROM codes.directory_entries
    WHERE code = :code AND superseded_in IS NULL ORDER BY valid_from
    """)

_DIRECTORY_AS_KNOWN = text("""
    SELECT e.state, e.valid_from, e.valid_to, e.subject_id, e.kind, e.region
    FROM codes.directory_entries e JOIN codes.sealed r ON r.batch_id = e.recorded_in AND r.position <= :position
    LEFT JOIN codes.sealed s ON s.batch_id = e.superseded_in
    WHERE e.code = :code AND (s.position IS NULL OR s.position > :position) ORDER BY e.valid_from
    """)

# Each change leaves exactly one open row of its batch: the state that it led to.
_CHANGES = text("""
    SELECT s.state, s.valid_from, b.recorded_at, b.operation, b.actor, b.reason
    FROM codes.code_states s JOIN codes.batches b ON b.batch_id = s.recorded_in
    WHERE s.code = :code AND s.valid_to IS NULL AND (CAST(:position AS bigint) IS NULL OR EXISTS (
        SELECT FROM codes.sealed r WHERE r.batch_id = s.recorded_in AND r.position <= :position
    ))
    ORDER BY s.recorded_in
    """)

_REPLACEMENTS = text("""
    SELECT code, replaced_by FROM codes.code_replacements r
    WHERE (code = :code OR replaced_by = :code) AND (CAST(:position AS bigint) IS NULL OR EXISTS (
        SELECT FROM codes.sealed s WHERE s.batch_id = r.recorded_in AND s.position <= :position
    ))
    """)

_ISSUED = text("SELECT code FROM codes.codes WHERE code = ANY(CAST(:codes AS text[]))")

_FIRST_CODES = text("""
    SELECT DISTINCT ON (subject_id) subject_id, code FROM codes.codes
    WHERE subject_id = ANY(CAST(:subject_ids AS bigint[])) ORDER BY subject_id, recorded_in, code
    """)

_ORGANISATION_NAME = text(
    "SELECT name FROM codes.organisations WHERE subject_id = :subject_id AND superseded_in IS NULL"
)


class FirstCode(NamedTuple):
    """The code of a new subject, in force from the subject's first day on."""

    code: str
    subject_id: int
    kind: str
    region: str
    start: datetime


async def issue_first_codes(connection: AsyncConnection, batch_id: int, issued: Sequence[FirstCode]) -> None:
    """Write the codes of new subjects, with their states and directory entries.

    A new code meets the one version of a new subject: what the directory's rule derives is known without looking.
    Raises ``IntegrityError`` when one of them was issued before.
    """
    state = State.IN_FORCE.value
    codes = sorted((one.code, one.subject_id, batch_id) for one in issued)
    await copy_rows(connection, "codes", ("code", "subject_id", "recorded_in"), codes)
    states = [(one.code, one.start, state, batch_id) for one in issued]
    await copy_rows(connection, "code_states", ("code", "valid_from", "state", "recorded_in"), states)
    entries = [(one.code, one.start, state, one.subject_id, one.kind, one.region, batch_id) for one in issued]
    columns = ("code", "valid_from", "state", "subject_id", "kind", "region", "recorded_in")
    await copy_rows(connection, "directory_entries", columns, entries)


async def issue_codes(connection: AsyncConnection, batch_id: int, issued: Sequence[tuple[str, int, datetime]]) -> None:
    """Write more codes of subjects (code, subject, start), in force from their start on; derive the directory after.

    Raises ``IntegrityError`` when one of them was issued before.
    """
    codes = [code for code, _, _ in issued]
    await connection.execute(
        _INSERT_CODES, {"batch_id": batch_id, "codes": codes, "subject_ids": [subject for _, subject, _ in issued]}
    )
    await _insert_states(
        connection, batch_id, [(code, Interval(State.IN_FORCE, start, None)) for code, _, start in issued]
    )


async def replace_states(
    connection: AsyncConnection, batch_id: int, code: str, *, wrong: Sequence[Interval], right: Sequence[Interval]
) -> None:
    """Replace some intervals of a code by others, keeping what was known before."""
    froms = [interval.valid_from for interval in wrong]
    await connection.execute(_SUPERSEDE_STATES, {"batch_id": batch_id, "code": code, "froms": froms})
    await _insert_states(connection, batch_id, [(code, interval) for interval in right])


async def _insert_states(connection: AsyncConnection, batch_id: int, states: Sequence[tuple[str, Interval]]) -> None:
    await connection.execute(
        _INSERT_STATES,
        {
            "batch_id": batch_id,
            "codes": [code for code, _ in states],
            "froms": [interval.valid_from for _, interval in states],
            "tos": [interval.valid_to for _, interval in states],
            "states": [interval.state.value for _, interval in states],
        },
    )


async def derive_directory(connection: AsyncConnection, batch_id: int, codes: Collection[str]) -> None:
    """Bring the directory entries of ``codes`` up to the rule; rows that are right stay untouched."""
    await connection.execute(_DERIVE_DIRECTORY, {"batch_id": batch_id, "codes": list(codes)})


async def directory_differences(connection: AsyncConnection, *, limit: int = 20) -> Sequence[Row[Any]]:
    """Directory entries that are not what the rule gives, and those it gives that are missing (at most ``limit``)."""
    return (await connection.execute(_DIRECTORY_DIFFERENCES, {"limit": limit})).all()


async def holders(connection: AsyncConnection, codes: Collection[str]) -> dict[str, Row[Any]]:
    """Latest subject of each code that was issued, with its kind, registration day and division."""
    rows = await connection.execute(_HOLDER, {"codes": list(codes)})
    return {row.code: row for row in rows}


async def holders_on(
    connection: AsyncConnection, asked: Collection[tuple[str, date]]
) -> dict[tuple[str, date], Row[Any]]:
    """Whose each code was on a day, by (code, day): its subject, kind, registration day, present division, and the
    first day on which that subject is no more.
    """
    parameters = {"codes": [code for code, _ in asked], "days": [day for _, day in asked]}
    return {(row.code, row.day): row for row in await connection.execute(_HOLDERS_ON, parameters)}


async def current_states(connection: AsyncConnection, code: str) -> list[Interval]:
    """The timeline of a code as known now."""
    rows = await connection.execute(_CURRENT_STATES, {"code": code})
    return [Interval(State(row.state), row.valid_from, row.valid_to) for row in rows]


async def directory(connection: AsyncConnection, code: str, *, position: int | None) -> Sequence[Row[Any]]:
    """The directory's intervals of a code: as known now, or as known at a position of the feed."""
    statement = _DIRECTORY_NOW if position is None else _DIRECTORY_AS_KNOWN
    parameters = {"code": code} if position is None else {"code": code, "position": position}
    return (await connection.execute(statement, parameters)).all()


async def changes(connection: AsyncConnection, code: str, *, position: int | None) -> Sequence[Row[Any]]:
    """Every change of a code's state known at ``position`` (now, if None), as recorded, with who and why."""
    return (await connection.execute(_CHANGES, {"code": code, "position": position})).all()


async def replacements(
    connection: AsyncConnection, code: str, *, position: int | None
) -> tuple[str | None, str | None]:
    """The code that replaces this one, and the one that it replaces, as known at ``position`` (now, if None)."""
    rows = (await connection.execute(_REPLACEMENTS, {"code": code, "position": position})).all()
    replaced_by = next((row.replaced_by for row in rows if row.code == code), None)
    return replaced_by, next((row.code for row in rows if row.replaced_by == code), None)


async def issued_among(connection: AsyncConnection, codes: Collection[str]) -> set[str]:
    """Those of ``codes`` that were ever issued."""
    return set((await connection.execute(_ISSUED, {"codes": list(codes)})).scalars())


async def first_codes(connection: AsyncConnection, subject_ids: Collection[int]) -> dict[int, str]:
    """The code that each subject was issued first."""
    rows = await connection.execute(_FIRST_CODES, {"subject_ids": list(subject_ids)})
    return {row.subject_id: row.code for row in rows}


async def organisation_name(connection: AsyncConnection, subject_id: int) -> str | None:
    """The public name of a cooperative or enterprise."""
    name: str | None = await connection.scalar(_ORGANISATION_NAME, {"subject_id": subject_id})
    return name
