"""Operations on subjects, successions, and numbers that lead elsewhere since."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Kind
from services.codes.link import Terms
from services.codes.succession import Linked

_ADD_OPERATIONS = text("""
    INSERT INTO codes.operations (batch_id, subject_id, operation, on_day, content_index)
    SELECT :batch_id, concerned.subject_id, :operation, :on_day, concerned.content_index
    FROM unnest(CAST(:subject_ids AS bigint[]), CAST(:content_indexes AS bytea[]))
        AS concerned (subject_id, content_index)
    """)

_SAME_OPERATION = text("""
    SELECT batch_id FROM codes.operations WHERE subject_id = :subject_id AND content_index = :content_index
        AND undone_in IS NULL
    """)

_LATER_SUCCESSION = text("""
    SELECT on_day, kind FROM codes.succession_records
    WHERE (predecessor_id = ANY(CAST(:subject_ids AS bigint[])) OR successor_id = ANY(CAST(:subject_ids AS bigint[])))
        AND superseded_in IS NULL AND kind <> 'undone' AND on_day > :day
    ORDER BY on_day LIMIT 1
    """)

_ADD_SUCCESSIONS = text("""
    INSERT INTO codes.succession_records (predecessor_id, successor_id, kind, persons, on_day, recorded_in)
    SELECT new.*, :on_day, :batch_id
    FROM unnest(CAST(:predecessors AS bigint[]), CAST(:successors AS bigint[]), CAST(:kinds AS text[]),
                CAST(:persons AS integer[])) AS new
    """)

_OF_BATCH = text("""
    SELECT predecessor_id, successor_id, kind, persons FROM codes.succession_records
    WHERE recorded_in = :batch_id ORDER BY successor_id, predecessor_id
    """)

_NUMBERS_OF = text("""
    SELECT n.identity_index FROM codes.identities n
    WHERE n.subject_id = ANY(CAST(:subject_ids AS bigint[])) AND NOT EXISTS (
        SELECT FROM codes.identity_transfers t WHERE t.identity_index = n.identity_index AND t.superseded_in IS NULL
    )
    UNION
    SELECT identity_index FROM codes.identity_transfers
    WHERE subject_id = ANY(CAST(:subject_ids AS bigint[])) AND superseded_in IS NULL
    """)

_TRANSFER_NUMBERS = text("""
    WITH moved AS (
        SELECT * FROM unnest(CAST(:indexes AS bytea[]), CAST(:subject_ids AS bigint[]))
            AS moved (identity_index, subject_id)
    ), superseded AS (
        UPDATE codes.identity_transfers t SET superseded_in = :batch_id FROM moved
        WHERE t.identity_index = moved.identity_index AND t.superseded_in IS NULL
        RETURNING t.identity_index
    )
    INSERT INTO codes.identity_transfers (identity_index, subject_id, recorded_in)
    SELECT moved.identity_index, moved.subject_id, :batch_id
    FROM moved LEFT JOIN superseded USING (identity_index) ORDER BY moved.identity_index
    """)

_LINKS_OF = text("""
    SELECT link_id, member_id, group_id, group_kind, weight, valid_from, valid_to, contract FROM codes.links
    WHERE member_id = ANY(CAST(:subject_ids AS bigint[])) AND superseded_in IS NULL
    ORDER BY group_id, valid_from, link_id
    """)

_OPERATIONS_OF = text("""
    SELECT o.batch_id, o.operation, o.on_day, b.recorded_at, b.actor, b.reason, undo.recorded_at AS undone_at,
           ARRAY(SELECT other.subject_id FROM codes.operations other
                 WHERE other.batch_id = o.batch_id AND other.subject_id <> o.subject_id
                 ORDER BY other.subject_id) AS others
    FROM codes.operations o JOIN codes.batches b USING (batch_id)
    LEFT JOIN codes.batches undo ON undo.batch_id = o.undone_in
    WHERE o.subject_id = :subject_id ORDER BY o.batch_id
    """)

_OTHERS_AFTER = text("""
    SELECT kind, CASE kind WHEN 'split' THEN successor_id ELSE predecessor_id END AS other_id
    FROM codes.succession_records
    WHERE (predecessor_id = :subject_id AND kind = 'split' OR successor_id = :subject_id AND kind = 'merge')
        AND superseded_in IS NULL AND on_day > :day
    ORDER BY on_day, other_id
    """)

_VERSIONS_EVER = text("""
    SELECT v.valid_from, v.valid_to, v.region, v.persons, v.status, v.members_bp,
           recorded.recorded_at, superseded.recorded_at AS superseded_at
    FROM codes.subject_versions v
    JOIN codes.batches recorded ON recorded.batch_id = v.recorded_in
    LEFT JOIN codes.batches superseded ON superseded.batch_id = v.superseded_in
    WHERE v.subject_id = :subject_id ORDER BY v.recorded_in, v.valid_from
    """)

_INCOMES_EVER = text("""
    SELECT i.year, i.per_head_fen, i.persons, i.valid_from, i.valid_to,
           recorded.recorded_at, superseded.recorded_at AS superseded_at
    FROM codes.income_records i
    JOIN codes.batches recorded ON recorded.batch_id = i.recorded_in
    LEFT JOIN codes.batches superseded ON superseded.batch_id = i.superseded_in
    WHERE i.subject_id = :subject_id ORDER BY i.recorded_in, i.year, i.valid_from
    """)

_HEADS_EVER = text("""
    SELECT p.name_cipher, p.id_card_cipher, p.phone_cipher, recorded.recorded_at,
           superseded.recorded_at AS superseded_at, o.on_day
    FROM codes.persons p
    JOIN codes.batches recorded ON recorded.batch_id = p.recorded_in
    LEFT JOIN codes.batches superseded ON superseded.batch_id = p.superseded_in
    LEFT JOIN codes.operations o ON o.batch_id = p.recorded_in AND o.subject_id = p.subject_id
    WHERE p.subject_id = :subject_id ORDER BY p.recorded_in
    """)

_SUCCESSIONS_OF = text("""
    SELECT predecessor_id, successor_id, kind, persons, on_day FROM codes.succession_records
    WHERE superseded_in IS NULL AND (predecessor_id = :subject_id OR successor_id = :subject_id)
    ORDER BY on_day, predecessor_id, successor_id
    """)


@dataclass(frozen=True, slots=True)
class HeldLink:
    """A link of a household, with its other party."""

    member_id: int
    group_id: int
    group_kind: Kind
    linked: Linked


async def add_operation(
    connection: AsyncConnection,
    batch_id: int,
    *,
    operation: str,
    on_day: date,
    concerned: Sequence[int],
    content_index: bytes | None = None,
) -> None:
    """Say what a batch did with subjects; ``content_index`` stands with the first of them."""
    await connection.execute(
        _ADD_OPERATIONS,
        {
            "batch_id": batch_id,
            "operation": operation,
            "on_day": on_day,
            "subject_ids": list(concerned),
            "content_indexes": [content_index, *[None] * (len(concerned) - 1)],
        },
    )


async def same_operation(connection: AsyncConnection, subject_id: int, content_index: bytes) -> int | None:
    """The batch that did this very thing before."""
    asked = {"subject_id": subject_id, "content_index": content_index}
    return await connection.scalar(_SAME_OPERATION, asked)  # type: ignore[no-any-return]


async def succession_since(connection: AsyncConnection, subject_ids: Collection[int], day: date) -> Row[Any] | None:
    """The first division or joining of any of these subjects after ``day``."""
    asked = {"subject_ids": list(subject_ids), "day": day}
    return (await connection.execute(_LATER_SUCCESSION, asked)).one_or_none()


async def add_successions(
    connection: AsyncConnection, batch_id: int, kind: str, on_day: date, rows: Sequence[tuple[int, int, int]]
) -> None:
    """Record who came out of whom: (predecessor, successor, persons that went over).

    Raises ``IntegrityError`` when somebody else let one of them end in the meantime.
    """
    await connection.execute(
        _ADD_SUCCESSIONS,
        {
            "batch_id": batch_id,
            "on_day": on_day,
            "kinds": [kind] * len(rows),
            "predecessors": [predecessor for predecessor, _, _ in rows],
            "successors": [successor for _, successor, _ in rows],
            "persons": [persons for _, _, persons in rows],
        },
    )


async def successions_of_batch(connection: AsyncConnection, batch_id: int) -> Sequence[Row[Any]]:
    """What a batch recorded."""
    return (await connection.execute(_OF_BATCH, {"batch_id": batch_id})).all()


async def others_after(connection: AsyncConnection, subject_id: int, day: date) -> tuple[list[int], list[int]]:
    """The households that came out of one after ``day``, and those that joined it."""
    rows = (await connection.execute(_OTHERS_AFTER, {"subject_id": subject_id, "day": day})).all()
    came_out, joined = ([row.other_id for row in rows if row.kind == kind] for kind in ("split", "merge"))
    return came_out, joined


async def numbers_of(connection: AsyncConnection, subject_ids: Collection[int]) -> list[bytes]:
    """Blind indexes of all numbers that lead to these subjects now."""
    rows = await connection.execute(_NUMBERS_OF, {"subject_ids": list(subject_ids)})
    return [bytes(index) for index in rows.scalars()]


async def transfer_numbers(connection: AsyncConnection, batch_id: int, moved: Sequence[tuple[bytes, int]]) -> None:
    """Let known numbers lead to other subjects from now on: (blind index, subject)."""
    await connection.execute(
        _TRANSFER_NUMBERS,
        {
            "batch_id": batch_id,
            "indexes": [index for index, _ in moved],
            "subject_ids": [subject_id for _, subject_id in moved],
        },
    )


async def links_of(connection: AsyncConnection, subject_ids: Collection[int]) -> list[HeldLink]:
    """The links of these members as known now, by group and day."""
    return [
        HeldLink(
            row.member_id,
            row.group_id,
            Kind(row.group_kind),
            Linked(row.link_id, Terms(row.weight, row.valid_from, row.valid_to, row.contract)),
        )
        for row in await connection.execute(_LINKS_OF, {"subject_ids": list(subject_ids)})
    ]


async def operations_of(connection: AsyncConnection, subject_id: int) -> Sequence[Row[Any]]:
    """What was done with a subject after its registration, as it was recorded."""
    return (await connection.execute(_OPERATIONS_OF, {"subject_id": subject_id})).all()


async def versions_ever(connection: AsyncConnection, subject_id: int) -> Sequence[Row[Any]]:
    """Everything that was ever known of a subject from day to day."""
    return (await connection.execute(_VERSIONS_EVER, {"subject_id": subject_id})).all()


async def incomes_ever(connection: AsyncConnection, subject_id: int) -> Sequence[Row[Any]]:
    """Every registered income that a household was ever known to reckon with."""
    return (await connection.execute(_INCOMES_EVER, {"subject_id": subject_id})).all()


async def heads_ever(connection: AsyncConnection, subject_id: int) -> Sequence[Row[Any]]:
    """All heads that a household ever had, encrypted; only for a transaction that says what for."""
    return (await connection.execute(_HEADS_EVER, {"subject_id": subject_id})).all()


async def successions_of(connection: AsyncConnection, subject_id: int) -> Sequence[Row[Any]]:
    """Out of whom a subject came, and who came out of it."""
    return (await connection.execute(_SUCCESSIONS_OF, {"subject_id": subject_id})).all()
