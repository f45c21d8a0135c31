"""What changed for the list of revocations between two positions of the feed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.territory import CodeRange

# A change is either recorded after ``since``, or was recorded before and came true since: a suspension may begin
# tomorrow. Or its subject came into the tree since: what is known elsewhere is news here. A code that is in force is
# only worth a word to those who were told otherwise; of the codes that never were anything but in force, which are
# nearly all, none is looked at.
_CODES = text("""
    WITH marked AS MATERIALIZED (
        SELECT DISTINCT code FROM codes.code_states WHERE state <> 'in_force'
    )
    SELECT s.code, s.state FROM marked JOIN codes.code_states s ON s.code = marked.code AND s.superseded_in IS NULL
        AND s.valid_from <= :moment AND (s.valid_to IS NULL OR :moment < s.valid_to)
    WHERE (s.state <> 'in_force' OR :since > 0) AND EXISTS (
        SELECT FROM codes.code_states t LEFT JOIN codes.sealed r ON r.batch_id = t.recorded_in
        WHERE t.code = s.code AND (
            (r.position > :since AND r.position <= :upto)
            OR (t.superseded_in IS NULL AND t.valid_from > :since_at AND t.valid_from <= :moment)
            OR NOT EXISTS (
                SELECT FROM codes.directory_entries e JOIN codes.sealed r ON r.batch_id = e.recorded_in
                WHERE e.code = s.code AND e.region >= :low AND e.region < :high AND r.position <= :since
            )
        )
    ) AND EXISTS (
        SELECT FROM codes.directory_entries e WHERE e.code = s.code AND e.region >= :low AND e.region < :high
    )
    ORDER BY s.code
    """)

# Revoked since; or before, and its subject came into the tree since: found from what was entered since, not from all
# cards that ever were revoked. Of a withdrawn key none is named: the key is, and all of them are void by that.
_CARDS = text("""
    SELECT c.card_no FROM codes.cards c JOIN codes.sealed r ON r.batch_id = c.revoked_in
    WHERE r.position > :since AND r.position <= :upto
    AND c.key_id NOT IN (SELECT key_id FROM codes.card_keys WHERE withdrawn_at IS NOT NULL)
    AND EXISTS (
        SELECT FROM codes.directory_entries e WHERE e.code = c.code AND e.region >= :low AND e.region < :high
    )
    UNION
    SELECT c.card_no
    FROM codes.sealed entered
    JOIN codes.directory_entries e ON e.recorded_in = entered.batch_id AND e.region >= :low AND e.region < :high
    JOIN codes.cards c ON c.code = e.code
    JOIN codes.sealed r ON r.batch_id = c.revoked_in AND r.position <= :since
    WHERE entered.position > :since AND entered.position <= :upto
    AND c.key_id NOT IN (SELECT key_id FROM codes.card_keys WHERE withdrawn_at IS NOT NULL)
    AND (
        SELECT min(s.position) FROM codes.directory_entries d JOIN codes.sealed s ON s.batch_id = d.recorded_in
        WHERE d.code = c.code AND d.region >= :low AND d.region < :high
    ) > :since
    ORDER BY card_no
    """)

_SEALED = text("""
    SELECT coalesce(max(position), 0) AS upto,
           coalesce(
               (SELECT sealed_at FROM codes.sealed WHERE position = :since), CAST('epoch' AS timestamptz)
           ) AS since_at
    FROM codes.sealed
    """)


async def positions(connection: AsyncConnection, since: int) -> tuple[int, datetime]:
    """The newest position of the feed, and when ``since`` was sealed (the beginning of time for 0)."""
    row = (await connection.execute(_SEALED, {"since": since})).one()
    return row.upto, row.since_at


async def changed_codes(
    connection: AsyncConnection, tree: CodeRange, *, since: int, since_at: datetime, upto: int, moment: datetime
) -> Sequence[tuple[str, str]]:
    """Code and state at ``moment`` of what stations in the tree should know and did not at ``since``; of subjects that
    live there or ever did.
    """
    parameters = {"since": since, "since_at": since_at, "upto": upto, "moment": moment, **tree._asdict()}
    return [(row.code, row.state) for row in await connection.execute(_CODES, parameters)]


async def revoked_cards(connection: AsyncConnection, tree: CodeRange, *, since: int, upto: int) -> Sequence[int]:
    """Numbers of the cards whose revocation was sealed after ``since`` and not after ``upto``, or whose subject came
    into the tree after ``since``.
    """
    parameters = {"since": since, "upto": upto, **tree._asdict()}
    return (await connection.execute(_CARDS, parameters)).scalars().all()
