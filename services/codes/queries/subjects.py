"""Registering subjects, many in a statement, and reading them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.queries.arrays import bigint_array, bytea_array
from services.codes.queries.copying import copy_rows
from services.codes.subject import NewSubject
from services.codes.territory import CodeRange

# Which sequence it is, is looked up once and not for each.
_DRAW_IDS = text("""
    SELECT nextval((SELECT CAST(pg_get_serial_sequence('codes.subjects', 'subject_id') AS regclass)))
    FROM generate_series(1, :count)
    """)

# No COPY: PostgreSQL does not take it into tables with row-level security.
_INSERT_PERSONS = text("""
    INSERT INTO codes.persons
        (recorded_in, subject_id, name_cipher, id_card_cipher, phone_cipher, details_cipher, likeness_index)
    SELECT :batch_id, new.*
    FROM unnest(CAST(CAST(:subject_ids AS text) AS bigint[]), CAST(CAST(:names AS text) AS bytea[]),
                CAST(CAST(:id_cards AS text) AS bytea[]), CAST(CAST(:phones AS text) AS bytea[]),
                CAST(CAST(:details AS text) AS bytea[]), CAST(CAST(:likenesses AS text) AS bytea[])) AS new
    """)

_IDENTITIES_KNOWN = text("""
    SELECT identity_index, subject_id FROM codes.identities WHERE identity_index = ANY(CAST(:indexes AS bytea[]))
    """)

_HOLDERS_OF_NUMBERS = text("""
    SELECT n.identity_index, coalesce(t.subject_id, n.subject_id) AS subject_id
    FROM codes.identities n
    LEFT JOIN codes.identity_transfers t ON t.identity_index = n.identity_index AND t.superseded_in IS NULL
    WHERE n.identity_index = ANY(CAST(CAST(:indexes AS text) AS bytea[]))
    """)

# What a registration said stays where its own batch wrote it, whatever was recorded afterwards.
_AS_REGISTERED = text("""
    SELECT s.subject_id, s.kind, s.registered_on, v.region, v.persons, v.status, v.members_bp,
           o.name, p.name_cipher, p.phone_cipher, i.year, i.per_head_fen, c.code,
           ARRAY(SELECT n.field FROM codes.identities n
                 WHERE n.subject_id = s.subject_id AND n.recorded_in = s.recorded_in ORDER BY n.field) AS fields,
           ARRAY(SELECT n.identity_index FROM codes.identities n
                 WHERE n.subject_id = s.subject_id AND n.recorded_in = s.recorded_in ORDER BY n.field) AS indexes
    FROM codes.subjects s
    JOIN codes.subject_versions v ON v.subject_id = s.subject_id AND v.recorded_in = s.recorded_in
    JOIN codes.codes c ON c.subject_id = s.subject_id AND c.recorded_in = s.recorded_in
    LEFT JOIN codes.organisations o ON o.subject_id = s.subject_id AND o.recorded_in = s.recorded_in
    LEFT JOIN codes.persons p ON p.subject_id = s.subject_id AND p.recorded_in = s.recorded_in
    LEFT JOIN codes.income_records i ON i.subject_id = s.subject_id AND i.recorded_in = s.recorded_in
    WHERE s.subject_id = ANY(CAST(:subject_ids AS bigint[]))
    """)

_TODAY = "v.valid_from <= :today AND (v.valid_to IS NULL OR :today < v.valid_to)"
_SUBJECTS = """
    SELECT s.subject_id, s.kind, s.registered_on, v.region, v.persons, v.status, v.members_bp,
           o.name, o.uscc, p.name_cipher, p.id_card_cipher, p.phone_cipher, i.year, i.per_head_fen, c.code
    FROM codes.subjects s
    JOIN codes.subject_versions v ON v.subject_id = s.subject_id AND v.superseded_in IS NULL AND ({holds})
    JOIN LATERAL (
        SELECT code FROM codes.codes WHERE subject_id = s.subject_id ORDER BY issued_at DESC, code LIMIT 1
    ) AS c ON true
    LEFT JOIN codes.organisations o ON o.subject_id = s.subject_id AND o.superseded_in IS NULL
    LEFT JOIN codes.persons p ON p.subject_id = s.subject_id AND p.superseded_in IS NULL
    LEFT JOIN LATERAL (
        SELECT year, per_head_fen FROM codes.income_records
        WHERE subject_id = s.subject_id AND superseded_in IS NULL
            AND valid_from <= :today AND (valid_to IS NULL OR :today < valid_to)
        ORDER BY year DESC LIMIT 1
    ) AS i ON true
    WHERE EXISTS (
        SELECT FROM unnest(CAST(:lows AS text[]), CAST(:highs AS text[])) AS tree (low, high)
        WHERE v.region >= tree.low AND v.region < tree.high
    )
    """

_SUBJECTS_TODAY = _SUBJECTS.format(holds=_TODAY)
# One that has joined another household is shown as it last was.
_LAST = f"""{_TODAY} OR EXISTS (
        SELECT FROM codes.succession_records merged
        WHERE merged.predecessor_id = s.subject_id AND merged.kind = 'merge' AND merged.superseded_in IS NULL
            AND merged.on_day = v.valid_to AND merged.on_day <= :today
    )"""

_SUBJECT = text(_SUBJECTS.format(holds=_LAST) + " AND s.subject_id = :subject_id")

_JOINED = text("""
    SELECT successor_id, on_day FROM codes.succession_records
    WHERE predecessor_id = :subject_id AND kind = 'merge' AND superseded_in IS NULL
    """)

_SUBJECTS_OF = text(f"""{_SUBJECTS_TODAY}
    AND s.subject_id = ANY(CAST(:subject_ids AS bigint[])) ORDER BY s.subject_id
    """)

_SUBJECTS_AFTER = text(f"""{_SUBJECTS_TODAY}
    AND s.subject_id > :after AND (CAST(:kind AS text) IS NULL OR s.kind = :kind)
    ORDER BY s.subject_id LIMIT :limit
    """)


async def draw_subject_ids(connection: AsyncConnection, count: int) -> Sequence[int]:
    """Ids for subjects to come: person data is encrypted with them before it is written."""
    return (await connection.execute(_DRAW_IDS, {"count": count})).scalars().all()


async def insert_subjects(connection: AsyncConnection, batch_id: int, rows: Sequence[NewSubject]) -> None:
    """Write subjects with their versions, numbers, names and incomes; their codes are written by ``issue_first_codes``.

    Raises ``IntegrityError`` when a number was registered by somebody else in the meantime.
    """
    await copy_rows(
        connection,
        "subjects",
        ("subject_id", "kind", "registered_on", "recorded_in"),
        [(row.subject_id, row.registration.kind, row.registration.registered_on, batch_id) for row in rows],
    )
    numbers = [(index, row.subject_id, number, batch_id) for row in rows for number, index in row.indexes.items()]
    # In order, so that two requests with the same numbers wait for each other instead of locking each other out.
    numbers.sort()
    await copy_rows(connection, "identities", ("identity_index", "subject_id", "field", "recorded_in"), numbers)
    versions = [
        (
            row.subject_id, said.registered_on, batch_id, said.region, said.persons,
            said.status, said.members_bp,
        )
        for row in rows for said in (row.registration,)
    ]  # fmt: skip
    columns = ("subject_id", "valid_from", "recorded_in", "region", "persons", "status", "members_bp")
    await copy_rows(connection, "subject_versions", columns, versions)
    await _insert_names(connection, batch_id, rows)
    incomes = [
        (row.subject_id, said.baseline.year, batch_id, said.baseline.per_head_fen, said.persons)
        for row in rows for said in (row.registration,) if said.baseline is not None
    ]  # fmt: skip
    if incomes:
        of_income = ("subject_id", "year", "recorded_in", "per_head_fen", "persons")
        await copy_rows(connection, "income_records", of_income, incomes)


async def _insert_names(connection: AsyncConnection, batch_id: int, rows: Sequence[NewSubject]) -> None:
    households = [row for row in rows if row.ciphers]
    if households:
        await connection.execute(
            _INSERT_PERSONS,
            {
                "batch_id": batch_id,
                "subject_ids": bigint_array(row.subject_id for row in households),
                "names": bytea_array(row.ciphers["name"] for row in households),
                "id_cards": bytea_array(row.ciphers.get("id_card") for row in households),
                "phones": bytea_array(row.ciphers.get("phone") for row in households),
                "details": bytea_array(row.ciphers.get("details") for row in households),
                "likenesses": bytea_array(row.likeness_index for row in households),
            },
        )
    organisations = [
        (row.subject_id, batch_id, row.registration.name, row.registration.numbers.get("uscc"))
        for row in rows if not row.ciphers
    ]  # fmt: skip
    if organisations:
        await copy_rows(connection, "organisations", ("subject_id", "recorded_in", "name", "uscc"), organisations)


async def subjects_by_index(connection: AsyncConnection, indexes: Iterable[bytes]) -> dict[bytes, int]:
    """Which subjects were registered with the numbers of these blind indexes."""
    rows = await connection.execute(_IDENTITIES_KNOWN, {"indexes": list(indexes)})
    return {bytes(row.identity_index): row.subject_id for row in rows}


async def holders_of_numbers(connection: AsyncConnection, indexes: Iterable[bytes]) -> dict[bytes, int]:
    """Which subjects the numbers of these blind indexes lead to now: after a division or a joining, maybe another."""
    rows = await connection.execute(_HOLDERS_OF_NUMBERS, {"indexes": bytea_array(indexes)})
    return {bytes(row.identity_index): row.subject_id for row in rows}


async def as_registered(connection: AsyncConnection, subject_ids: Iterable[int]) -> dict[int, Row[Any]]:
    """What was said of these subjects when they were registered, with the code they got."""
    rows = await connection.execute(_AS_REGISTERED, {"subject_ids": list(subject_ids)})
    return {row.subject_id: row for row in rows}


def _columns(trees: Sequence[CodeRange]) -> dict[str, list[str]]:
    return {"lows": [tree.low for tree in trees], "highs": [tree.high for tree in trees]}


async def subject(
    connection: AsyncConnection, subject_id: int, *, trees: Sequence[CodeRange], today: date
) -> Row[Any] | None:
    """A subject as it is known to be today, if it is in one of the trees."""
    parameters = {"subject_id": subject_id, "today": today, **_columns(trees)}
    return (await connection.execute(_SUBJECT, parameters)).one_or_none()


async def whom_it_joined(connection: AsyncConnection, subject_id: int) -> Row[Any] | None:
    """The household that this one joined, and when."""
    return (await connection.execute(_JOINED, {"subject_id": subject_id})).one_or_none()


async def subjects_of(
    connection: AsyncConnection, subject_ids: Iterable[int], *, trees: Sequence[CodeRange], today: date
) -> Sequence[Row[Any]]:
    """Those of these subjects that are in the trees, as they are known to be today."""
    parameters = {"subject_ids": list(subject_ids), "today": today, **_columns(trees)}
    return (await connection.execute(_SUBJECTS_OF, parameters)).all()


async def subjects_after(
    connection: AsyncConnection,
    after: int,
    *,
    trees: Sequence[CodeRange],
    kind: str | None,
    today: date,
    limit: int,
) -> Sequence[Row[Any]]:
    """The next subjects in the trees by ascending id, as they are known to be today."""
    parameters = {"after": after, "kind": kind, "today": today, "limit": limit, **_columns(trees)}
    return (await connection.execute(_SUBJECTS_AFTER, parameters)).all()
