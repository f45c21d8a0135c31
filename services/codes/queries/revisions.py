"""What is registered of subjects now, and the replacing of what is no longer right."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.queries.arrays import bytea_array
from services.codes.succession import Income
from services.codes.versions import Version

_ALIKE = text("""
    SELECT likeness_index, subject_id FROM codes.persons
    WHERE likeness_index = ANY(CAST(CAST(:indexes AS text) AS bytea[])) AND superseded_in IS NULL AND NOT EXISTS (
        SELECT FROM codes.succession_records s
        WHERE s.predecessor_id = persons.subject_id AND s.kind IN ('merge', 'undone') AND s.superseded_in IS NULL
    ) ORDER BY subject_id
    """)

_KINDS = text("SELECT subject_id, kind FROM codes.subjects WHERE subject_id = ANY(CAST(:subject_ids AS bigint[]))")

_PERSONS = text("""
    SELECT subject_id, name_cipher, id_card_cipher, phone_cipher, details_cipher FROM codes.persons
    WHERE subject_id = ANY(CAST(:subject_ids AS bigint[])) AND superseded_in IS NULL
    """)

_ORGANISATIONS = text("""
    SELECT subject_id, name, uscc FROM codes.organisations
    WHERE subject_id = ANY(CAST(:subject_ids AS bigint[])) AND superseded_in IS NULL
    """)

_EXTERNAL_INDEXES = text("""
    SELECT n.subject_id, n.identity_index FROM codes.identities n
    WHERE n.subject_id = ANY(CAST(:subject_ids AS bigint[])) AND n.field = 'external_id' AND NOT EXISTS (
        SELECT FROM codes.identity_transfers t WHERE t.identity_index = n.identity_index AND t.superseded_in IS NULL
    )
    UNION ALL
    SELECT t.subject_id, t.identity_index
    FROM codes.identity_transfers t JOIN codes.identities n USING (identity_index)
    WHERE t.subject_id = ANY(CAST(:subject_ids AS bigint[])) AND n.field = 'external_id' AND t.superseded_in IS NULL
    """)

_INCOMES = text("""
    SELECT subject_id, year, per_head_fen, persons, valid_from, valid_to FROM codes.income_records
    WHERE subject_id = ANY(CAST(:subject_ids AS bigint[])) AND superseded_in IS NULL
    ORDER BY subject_id, year, valid_from
    """)

_VERSIONS = text("""
    SELECT subject_id, valid_from, valid_to, region, persons, status, members_bp FROM codes.subject_versions
    WHERE subject_id = ANY(CAST(:subject_ids AS bigint[])) AND superseded_in IS NULL ORDER BY subject_id, valid_from
    """)

_SUPERSEDE_VERSIONS = text("""
    UPDATE codes.subject_versions v SET superseded_in = :batch_id
    FROM unnest(CAST(:subject_ids AS bigint[]), CAST(:froms AS date[])) AS wrong (subject_id, valid_from)
    WHERE v.subject_id = wrong.subject_id AND v.valid_from = wrong.valid_from AND v.superseded_in IS NULL
    """)

_INSERT_VERSIONS = text("""
    INSERT INTO codes.subject_versions
        (recorded_in, subject_id, valid_from, valid_to, region, persons, status, members_bp)
    SELECT :batch_id, new.*
    FROM unnest(CAST(:subject_ids AS bigint[]), CAST(:froms AS date[]), CAST(:tos AS date[]), CAST(:regions AS text[]),
                CAST(:persons AS integer[]), CAST(:statuses AS text[]), CAST(:members_bp AS integer[])) AS new
    """)

_SUPERSEDE_PERSONS = text("""
    UPDATE codes.persons SET superseded_in = :batch_id
    WHERE subject_id = ANY(CAST(:subject_ids AS bigint[])) AND superseded_in IS NULL
    """)

_INSERT_PERSONS = text("""
    INSERT INTO codes.persons
        (recorded_in, subject_id, name_cipher, id_card_cipher, phone_cipher, details_cipher, likeness_index)
    SELECT :batch_id, new.*
    FROM unnest(CAST(:subject_ids AS bigint[]), CAST(:names AS bytea[]), CAST(:id_cards AS bytea[]),
                CAST(:phones AS bytea[]), CAST(:details AS bytea[]), CAST(:likenesses AS bytea[])) AS new
    """)

_SUPERSEDE_ORGANISATIONS = text("""
    UPDATE codes.organisations SET superseded_in = :batch_id
    WHERE subject_id = ANY(CAST(:subject_ids AS bigint[])) AND superseded_in IS NULL
    """)

_INSERT_ORGANISATIONS = text("""
    INSERT INTO codes.organisations (recorded_in, subject_id, name, uscc)
    SELECT :batch_id, new.*
    FROM unnest(CAST(:subject_ids AS bigint[]), CAST(:names AS text[]), CAST(:usccs AS text[])) AS new
    """)

# A number that leads to the subject already, registered for it or come along from another, stays as it is; one that
# leads to another was told apart before.
_INSERT_IDENTITIES = text("""
    INSERT INTO codes.identities (recorded_in, identity_index, subject_id, field)
    SELECT :batch_id, new.*
    FROM unnest(CAST(:indexes AS bytea[]), CAST(:subject_ids AS bigint[]), CAST(:fields AS text[]))
        AS new (identity_index, subject_id, field)
    WHERE NOT EXISTS (
        SELECT FROM codes.identities known
        LEFT JOIN codes.identity_transfers moved
            ON moved.identity_index = known.identity_index AND moved.superseded_in IS NULL
        WHERE known.identity_index = new.identity_index
            AND coalesce(moved.subject_id, known.subject_id) = new.subject_id
    )
    ORDER BY identity_index
    """)

# What was said of a year holds for the days for which another income of that year held, or else for all.
_RECORD_INCOMES = text("""
    WITH said AS (
        SELECT * FROM unnest(CAST(:subject_ids AS bigint[]), CAST(:years AS integer[]), CAST(:per_head_fen AS bigint[]),
                             CAST(:persons AS integer[])) AS said (subject_id, year, per_head_fen, persons)
    ), wrong AS (
        SELECT DISTINCT ON (subject_id, year) i.subject_id, i.year, i.valid_from, i.valid_to
        FROM said JOIN codes.income_records i USING (subject_id, year)
        WHERE i.superseded_in IS NULL ORDER BY subject_id, year, i.valid_from DESC
    ), superseded AS (
        UPDATE codes.income_records i SET superseded_in = :batch_id FROM wrong
        WHERE i.subject_id = wrong.subject_id AND i.year = wrong.year AND i.valid_from = wrong.valid_from
            AND i.superseded_in IS NULL
    )
    INSERT INTO codes.income_records (recorded_in, subject_id, year, per_head_fen, persons, valid_from, valid_to)
    SELECT :batch_id, said.*, coalesce(wrong.valid_from, CAST(:ever AS date)), wrong.valid_to
    FROM said LEFT JOIN wrong USING (subject_id, year)
    """)

_SUPERSEDE_INCOMES = text("""
    UPDATE codes.income_records i SET superseded_in = :batch_id
    FROM unnest(CAST(:subject_ids AS bigint[]), CAST(:years AS integer[]), CAST(:froms AS date[]))
        AS wrong (subject_id, year, valid_from)
    WHERE i.subject_id = wrong.subject_id AND i.year = wrong.year AND i.valid_from = wrong.valid_from
        AND i.superseded_in IS NULL
    """)

_INSERT_INCOMES = text("""
    INSERT INTO codes.income_records (recorded_in, subject_id, year, per_head_fen, persons, valid_from, valid_to)
    SELECT :batch_id, new.*
    FROM unnest(CAST(:subject_ids AS bigint[]), CAST(:years AS integer[]), CAST(:per_head_fen AS bigint[]),
                CAST(:persons AS integer[]), CAST(:froms AS date[]), CAST(:tos AS date[])) AS new
    """)

_CODES_OF = text("""
    WITH RECURSIVE reached AS (
        SELECT unnest(CAST(:subject_ids AS bigint[])) AS subject_id
        UNION
        SELECT s.predecessor_id FROM reached JOIN codes.succession_records s ON s.successor_id = reached.subject_id
            AND s.kind IN ('merge', 'undone') AND s.superseded_in IS NULL
    )
    SELECT c.code FROM codes.codes c JOIN reached USING (subject_id)
    """)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """The person data of a household, encrypted, and the index of its likeness."""

    subject_id: int
    ciphers: dict[str, bytes]
    likeness_index: bytes | None


@dataclass(frozen=True, slots=True)
class IncomeRow:
    """The income per head of an accounting year, and by how many persons it was divided."""

    subject_id: int
    year: int
    per_head_fen: int
    persons: int


async def subjects_alike(connection: AsyncConnection, indexes: Collection[bytes]) -> dict[bytes, list[int]]:
    """Households by the keyed index of their name, village and phone."""
    found: dict[bytes, list[int]] = {}
    for row in await connection.execute(_ALIKE, {"indexes": bytea_array(indexes)}):
        found.setdefault(bytes(row.likeness_index), []).append(row.subject_id)
    return found


@dataclass(frozen=True, slots=True)
class Record:
    """All that is registered of a subject, as known now."""

    subject_id: int
    kind: str
    versions: Sequence[Version]
    incomes: Mapping[int, int]
    """Income per head in fen by year."""
    external_indexes: Sequence[bytes]
    person: Row[Any] | None
    organisation: Row[Any] | None


async def records_of(connection: AsyncConnection, subject_ids: Collection[int]) -> dict[int, Record]:
    """What is registered of these subjects.

    A statement for each table: one join over six, most of whose rows the planner knows nothing about while a roster
    fills them, was a hundred times slower.
    """
    asked = {"subject_ids": list(subject_ids)}
    versions = await versions_of(connection, subject_ids)
    incomes = await incomes_of(connection, subject_ids)
    external: dict[int, list[bytes]] = defaultdict(list)
    for row in await connection.execute(_EXTERNAL_INDEXES, asked):
        external[row.subject_id].append(bytes(row.identity_index))
    persons = await persons_of(connection, subject_ids)
    organisations = {row.subject_id: row for row in await connection.execute(_ORGANISATIONS, asked)}
    return {
        subject_id: Record(
            subject_id,
            kind,
            versions[subject_id],
            {income.year: income.per_head_fen for income in incomes.get(subject_id, ())},
            external[subject_id],
            persons.get(subject_id),
            organisations.get(subject_id),
        )
        for subject_id, kind in (await kinds_of(connection, subject_ids)).items()
    }


async def persons_of(connection: AsyncConnection, subject_ids: Collection[int]) -> dict[int, Row[Any]]:
    """The person data of households as registered now, encrypted."""
    return {row.subject_id: row for row in await connection.execute(_PERSONS, {"subject_ids": list(subject_ids)})}


async def kinds_of(connection: AsyncConnection, subject_ids: Collection[int]) -> dict[int, str]:
    """The kinds of those of these subjects that exist."""
    rows = await connection.execute(_KINDS, {"subject_ids": list(subject_ids)})
    return {row.subject_id: row.kind for row in rows}


async def versions_of(connection: AsyncConnection, subject_ids: Collection[int]) -> dict[int, list[Version]]:
    """The versions known now, by subject, in the order of their days."""
    found: dict[int, list[Version]] = {}
    for row in await connection.execute(_VERSIONS, {"subject_ids": list(subject_ids)}):
        found.setdefault(row.subject_id, []).append(Version(*row[1:]))
    return found


async def replace_versions(
    connection: AsyncConnection,
    batch_id: int,
    *,
    wrong: Sequence[tuple[int, Version]],
    right: Sequence[tuple[int, Version]],
) -> None:
    """Replace versions (subject, version), keeping what was known before."""
    await connection.execute(
        _SUPERSEDE_VERSIONS,
        {
            "batch_id": batch_id,
            "subject_ids": [subject_id for subject_id, _ in wrong],
            "froms": [version.valid_from for _, version in wrong],
        },
    )
    await connection.execute(
        _INSERT_VERSIONS,
        {
            "batch_id": batch_id,
            "subject_ids": [subject_id for subject_id, _ in right],
            "froms": [version.valid_from for _, version in right],
            "tos": [version.valid_to for _, version in right],
            "regions": [version.region for _, version in right],
            "persons": [version.persons for _, version in right],
            "statuses": [version.status for _, version in right],
            "members_bp": [version.members_bp for _, version in right],
        },
    )


async def replace_persons(connection: AsyncConnection, batch_id: int, rows: Sequence[PersonRow]) -> None:
    """Replace the person data of households."""
    ids = [row.subject_id for row in rows]
    await connection.execute(_SUPERSEDE_PERSONS, {"batch_id": batch_id, "subject_ids": ids})
    await connection.execute(
        _INSERT_PERSONS,
        {
            "batch_id": batch_id,
            "subject_ids": ids,
            "names": [row.ciphers["name"] for row in rows],
            "id_cards": [row.ciphers.get("id_card") for row in rows],
            "phones": [row.ciphers.get("phone") for row in rows],
            "details": [row.ciphers.get("details") for row in rows],
            "likenesses": [row.likeness_index for row in rows],
        },
    )


async def replace_organisations(
    connection: AsyncConnection, batch_id: int, rows: Sequence[tuple[int, str, str | None]]
) -> None:
    """Replace name and credit code of organisations: (subject, name, USCC)."""
    ids = [subject_id for subject_id, _, _ in rows]
    await connection.execute(_SUPERSEDE_ORGANISATIONS, {"batch_id": batch_id, "subject_ids": ids})
    await connection.execute(
        _INSERT_ORGANISATIONS,
        {
            "batch_id": batch_id,
            "subject_ids": ids,
            "names": [name for _, name, _ in rows],
            "usccs": [uscc for _, _, uscc in rows],
        },
    )


async def add_identities(connection: AsyncConnection, batch_id: int, numbers: Sequence[tuple[bytes, int, str]]) -> None:
    """Let more numbers lead to subjects: (blind index, subject, field). Old ones go on leading there.

    Raises ``IntegrityError`` when one leads to another subject.
    """
    await connection.execute(
        _INSERT_IDENTITIES,
        {
            "batch_id": batch_id,
            "indexes": [index for index, _, _ in numbers],
            "subject_ids": [subject_id for _, subject_id, _ in numbers],
            "fields": [field for _, _, field in numbers],
        },
    )


async def incomes_of(connection: AsyncConnection, subject_ids: Collection[int]) -> dict[int, list[Income]]:
    """The registered incomes known now, by subject, in the order of years and days."""
    found: dict[int, list[Income]] = {}
    for row in await connection.execute(_INCOMES, {"subject_ids": list(subject_ids)}):
        found.setdefault(row.subject_id, []).append(
            Income(row.year, row.per_head_fen, row.persons, row.valid_from, row.valid_to)
        )
    return found


async def record_incomes(connection: AsyncConnection, batch_id: int, rows: Sequence[IncomeRow]) -> None:
    """Record incomes of accounting years; one that was recorded for the same year is superseded."""
    await connection.execute(
        _RECORD_INCOMES,
        {
            "batch_id": batch_id,
            "ever": date.min,  # which the driver writes as -infinity
            "subject_ids": [row.subject_id for row in rows],
            "years": [row.year for row in rows],
            "per_head_fen": [row.per_head_fen for row in rows],
            "persons": [row.persons for row in rows],
        },
    )


async def replace_incomes(
    connection: AsyncConnection,
    batch_id: int,
    *,
    wrong: Sequence[tuple[int, Income]],
    right: Sequence[tuple[int, Income]],
) -> None:
    """Replace what subjects reckon with (subject, income), keeping what was known before."""
    await connection.execute(
        _SUPERSEDE_INCOMES,
        {
            "batch_id": batch_id,
            "subject_ids": [subject_id for subject_id, _ in wrong],
            "years": [income.year for _, income in wrong],
            "froms": [income.valid_from for _, income in wrong],
        },
    )
    await connection.execute(
        _INSERT_INCOMES,
        {
            "batch_id": batch_id,
            "subject_ids": [subject_id for subject_id, _ in right],
            "years": [income.year for _, income in right],
            "per_head_fen": [income.per_head_fen for _, income in right],
            "persons": [income.persons for _, income in right],
            "froms": [income.valid_from for _, income in right],
            "tos": [income.valid_to for _, income in right],
        },
    )


async def codes_of(connection: AsyncConnection, subject_ids: Collection[int]) -> list[str]:
    """All codes that these subjects hold, or that came to them."""
    return list((await connection.execute(_CODES_OF, {"subject_ids": list(subject_ids)})).scalars())
