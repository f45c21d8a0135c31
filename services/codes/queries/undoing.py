"""Taking back what one batch did with subjects: what was recorded since is superseded, what was known before it is
recorded again.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_OPERATION = text("""
    SELECT operation, on_day, subject_id, undone_in FROM codes.operations
    WHERE batch_id = :batch_id AND operation <> 'undo' ORDER BY content_index IS NULL, subject_id
    """)


class _Kept(NamedTuple):
    """A table of facts on both clocks: whose a row is, and its columns but the two of the record clock."""

    table: str
    of: str
    columns: str


_KEPT: Final = (
    _Kept("subject_versions", "subject_id", "subject_id, valid_from, valid_to, region, persons, status, members_bp"),
    _Kept("income_records", "subject_id", "subject_id, year, valid_from, valid_to, per_head_fen, persons"),
    _Kept(
        "links", "member_id",
        "link_id, member_id, member_kind, group_id, group_kind, weight, valid_from, valid_to, contract",
    ),
    _Kept(
        "persons", "subject_id",
        "subject_id, name_cipher, id_card_cipher, phone_cipher, details_cipher, likeness_index",
    ),
    _Kept("identity_transfers", "subject_id", "identity_index, subject_id"),
)  # fmt: skip
_OF_SPLITS: Final = frozenset({"persons"})
"""Tables that only a split writes: after a merge, another head is nothing that it brought."""
_SUPERSEDE: Final = {
    kept.table: text(f"""
        UPDATE codes.{kept.table} SET superseded_in = :undo_id
        WHERE recorded_in >= :batch_id AND superseded_in IS NULL AND {kept.of} = ANY(CAST(:subject_ids AS bigint[]))
        """)
    for kept in _KEPT
}
_RESTORE: Final = {
    kept.table: text(f"""
        INSERT INTO codes.{kept.table} ({kept.columns}, recorded_in)
        SELECT {kept.columns}, :undo_id FROM codes.{kept.table}
        WHERE recorded_in < :batch_id AND superseded_in >= :batch_id
            AND {kept.of} = ANY(CAST(:subject_ids AS bigint[]))
        """)
    for kept in _KEPT
}
"""What was known just before the batch, of subjects of whom nothing was recorded since but what was undone."""

_SUPERSEDE_SUCCESSIONS = text("""
    UPDATE codes.succession_records SET superseded_in = :undo_id
    WHERE recorded_in = :batch_id AND superseded_in IS NULL
    """)
_MARK = text("UPDATE codes.operations SET undone_in = :undo_id WHERE batch_id = :batch_id AND undone_in IS NULL")

_LATER = text("""
    WITH touched AS (
        SELECT recorded_in, superseded_in FROM codes.subject_versions WHERE subject_id = ANY(CAST(:ids AS bigint[]))
        UNION ALL
        SELECT recorded_in, superseded_in FROM codes.income_records WHERE subject_id = ANY(CAST(:ids AS bigint[]))
        UNION ALL
        SELECT recorded_in, superseded_in FROM codes.links WHERE member_id = ANY(CAST(:ids AS bigint[]))
        UNION ALL
        SELECT recorded_in, superseded_in FROM codes.persons WHERE subject_id = ANY(CAST(:persons_of AS bigint[]))
        UNION ALL
        SELECT recorded_in, superseded_in FROM codes.identity_transfers
        WHERE subject_id = ANY(CAST(:ids AS bigint[]))
        UNION ALL
        SELECT recorded_in, superseded_in FROM codes.succession_records
        WHERE predecessor_id = ANY(CAST(:ids AS bigint[])) OR successor_id = ANY(CAST(:ids AS bigint[]))
    ), later AS (
        SELECT recorded_in AS batch_id FROM touched WHERE recorded_in > :batch_id
        UNION
        SELECT superseded_in FROM touched WHERE superseded_in > :batch_id
    )
    SELECT b.batch_id, b.operation, b.recorded_at FROM later JOIN codes.batches b USING (batch_id)
    WHERE NOT EXISTS (
        SELECT FROM codes.operations undone WHERE undone.batch_id = b.batch_id AND undone.undone_in IS NOT NULL
    ) AND NOT EXISTS (
        SELECT FROM codes.operations undo WHERE undo.batch_id = b.batch_id AND undo.operation = 'undo'
    )
    ORDER BY b.batch_id LIMIT :limit
    """)


async def operation(connection: AsyncConnection, batch_id: int) -> Sequence[Row[Any]]:
    """What a batch did and with whom: the one that was asked for first."""
    return (await connection.execute(_OPERATION, {"batch_id": batch_id})).all()


async def later_batches(
    connection: AsyncConnection, batch_id: int, subject_ids: Sequence[int], *, persons_of: Sequence[int], limit: int
) -> Sequence[Row[Any]]:
    """The first batches after this one that changed what is registered of these subjects, and were not undone."""
    asked = {"batch_id": batch_id, "ids": list(subject_ids), "persons_of": list(persons_of), "limit": limit}
    return (await connection.execute(_LATER, asked)).all()


async def take_back(
    connection: AsyncConnection, batch_id: int, undo_id: int, subject_ids: Sequence[int], *, split: bool
) -> None:
    """Bring versions, incomes, links, numbers and, of a split, person data back to what they were before a batch; its
    successions are no more.
    """
    batch = {"batch_id": batch_id, "undo_id": undo_id}
    for statements in (_SUPERSEDE, _RESTORE):
        for table, statement in statements.items():
            if split or table not in _OF_SPLITS:
                await connection.execute(statement, {**batch, "subject_ids": list(subject_ids)})
    for statement in (_SUPERSEDE_SUCCESSIONS, _MARK):
        await connection.execute(statement, batch)
