"""What is registered of subjects now, and the replacing of what is no longer right."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.versions import Version

_ALIKE = text("""
    SELECT likeness_index, subject_id FROM codes.persons
    WHERE likeness_index = ANY(CAST(:indexes AS bytea[])) AND superseded_in IS NULL ORDER BY subject_id
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
    SELECT subject_id, identity_index FROM codes.identities
    WHERE subject_id = ANY(CAST(:subject_ids AS bigint[])) AND field = 'external_id'
    """)

_INCOMES = text("""
    SELECT subject_id, year, per_head_fen FROM codes.income_records
    WHERE subject_id = ANY(CAST(:subject_ids AS bigint[])) AND superseded_in IS NULL
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

# A number that leads to the subject already stays as it is; one that leads to another was told apart before.
_INSERT_IDENTITIES = text("""
    INSERT INTO codes.identities (recorded_in, identity_index, subject_id, field)
    SELECT :batch_id, new.*
    FROM unnest(CAST(:indexes AS bytea[]), CAST(:subject_ids AS bigint[]), CAST(:fields AS text[]))
        AS new (identity_index, subject_id, field)
    WHERE NOT EXISTS (
        SELECT FROM codes.identities known
        WHERE known.identity_index = new.identity_index AND known.subject_id = new.subject_id
    )
    ORDER BY identity_index
    """)

_SUPERSEDE_INCOMES = text("""
    UPDATE codes.income_records i SET superseded_in = :batch_id
    FROM unnest(CAST(:subject_ids AS bigint[]), CAST(:years AS integer[])) AS wrong (subject_id, year)
    WHERE i.subject_id = wrong.subject_id AND i.year = wrong.year AND i.superseded_in IS NULL
    """)

_INSERT_INCOMES = text("""
    INSERT INTO codes.income_records (recorded_in, subject_id, year, per_head_fen, persons)
    SELECT :batch_id, new.*
    FROM unnest(CAST(:subject_ids AS bigint[]), CAST(:years AS integer[]), CAST(:per_head_fen AS bigint[]),
                CAST(:persons AS integer[])) AS new
    """)

_CODES_OF = text("SELECT code FROM codes.codes WHERE subject_id = ANY(CAST(:subject_ids AS bigint[]))")


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
    for row in await connection.execute(_ALIKE, {"indexes": list(indexes)}):
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
    incomes: dict[int, dict[int, int]] = defaultdict(dict)
    for row in await connection.execute(_INCOMES, asked):
        incomes[row.subject_id][row.year] = row.per_head_fen
    external: dict[int, list[bytes]] = defaultdict(list)
    for row in await connection.execute(_EXTERNAL_INDEXES, asked):
        external[row.subject_id].append(bytes(row.identity_index))
    persons = {row.subject_id: row for row in await connection.execute(_PERSONS, asked)}
    organisations = {row.subject_id: row for row in await connection.execute(_ORGANISATIONS, asked)}
    return {
        subject_id: Record(
            subject_id,
            kind,
            versions[subject_id],
            incomes[subject_id],
            external[subject_id],
            persons.get(subject_id),
            organisations.get(subject_id),
        )
        for subject_id, kind in await connection.execute(_KINDS, asked)
    }


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


async def replace_incomes(connection: AsyncConnection, batch_id: int, rows: Sequence[IncomeRow]) -> None:
    """Record incomes of accounting years; one that was recorded for the same year is superseded."""
    ids, years = [row.subject_id for row in rows], [row.year for row in rows]
    await connection.execute(_SUPERSEDE_INCOMES, {"batch_id": batch_id, "subject_ids": ids, "years": years})
    await connection.execute(
        _INSERT_INCOMES,
        {
            "batch_id": batch_id,
            "subject_ids": ids,
            "years": years,
            "per_head_fen": [row.per_head_fen for row in rows],
            "persons": [row.persons for row in rows],
        },
    )


async def codes_of(connection: AsyncConnection, subject_ids: Collection[int]) -> list[str]:
    """All codes of these subjects."""
    return list((await connection.execute(_CODES_OF, {"subject_ids": list(subject_ids)})).scalars())
