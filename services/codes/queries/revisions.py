"""What is registered of subjects now, and the replacing of what is no longer right."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.territory import CodeRange
from services.codes.versions import Version

_ALIKE = text("""
    SELECT likeness_index, subject_id FROM codes.persons
    WHERE likeness_index = ANY(CAST(:indexes AS bytea[])) AND superseded_in IS NULL ORDER BY subject_id
    """)

_REGISTERED = text("""
    SELECT s.subject_id, s.kind, v.region, v.persons, v.status, v.members_bp, o.name, o.uscc,
           p.name_cipher, p.id_card_cipher, p.phone_cipher, p.details_cipher,
           ARRAY(SELECT n.identity_index FROM codes.identities n
                 WHERE n.subject_id = s.subject_id AND n.field = 'external_id') AS external_indexes,
           EXISTS (
               SELECT FROM codes.subject_versions w
               JOIN unnest(CAST(:lows AS text[]), CAST(:highs AS text[])) AS tree (low, high)
                   ON w.region >= tree.low AND w.region < tree.high
               WHERE w.subject_id = s.subject_id AND w.superseded_in IS NULL
           ) AS visible
    FROM codes.subjects s
    LEFT JOIN codes.subject_versions v ON v.subject_id = s.subject_id AND v.superseded_in IS NULL
        AND v.valid_from <= :day AND (v.valid_to IS NULL OR :day < v.valid_to)
    LEFT JOIN codes.organisations o ON o.subject_id = s.subject_id AND o.superseded_in IS NULL
    LEFT JOIN codes.persons p ON p.subject_id = s.subject_id AND p.superseded_in IS NULL
    WHERE s.subject_id = ANY(CAST(:subject_ids AS bigint[]))
    """)

_INCOMES = text("""
    SELECT subject_id, year, per_head_fen, persons FROM codes.income_records
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


async def registered_on(
    connection: AsyncConnection, subject_ids: Collection[int], *, day: date, trees: Sequence[CodeRange]
) -> Sequence[Row[Any]]:
    """What is registered of these subjects: their names now, their values on a day, whether they live in the trees."""
    parameters = {
        "subject_ids": list(subject_ids),
        "day": day,
        "lows": [tree.low for tree in trees],
        "highs": [tree.high for tree in trees],
    }
    return (await connection.execute(_REGISTERED, parameters)).all()


async def incomes_of(connection: AsyncConnection, subject_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """Registered income per head in fen by (subject, year)."""
    rows = await connection.execute(_INCOMES, {"subject_ids": list(subject_ids)})
    return {(row.subject_id, row.year): row.per_head_fen for row in rows}


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
