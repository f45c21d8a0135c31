"""Which codes a print job is about: those in force in a division, of a group's members, in a roster, or on a list."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.territory import CodeRange

_PRINTABLE = """
    SELECT e.code, e.kind, v.region, o.name, c.card_no, c.key_id, c.issued_on
    FROM codes.subject_versions v
    JOIN codes.directory_entries e ON e.subject_id = v.subject_id AND e.superseded_in IS NULL
        AND e.state = 'in_force' AND e.valid_from <= :moment AND (e.valid_to IS NULL OR :moment < e.valid_to)
    LEFT JOIN codes.organisations o ON o.subject_id = v.subject_id AND o.superseded_in IS NULL
    LEFT JOIN codes.cards c ON c.code = e.code AND c.revoked_in IS NULL
        AND c.key_id NOT IN (SELECT key_id FROM codes.card_keys WHERE withdrawn_at IS NOT NULL)
    WHERE v.superseded_in IS NULL AND v.valid_from <= :today AND (v.valid_to IS NULL OR :today < v.valid_to)
    AND EXISTS (
        SELECT FROM unnest(CAST(:lows AS text[]), CAST(:highs AS text[])) AS tree (low, high)
        WHERE v.region >= tree.low AND v.region < tree.high
    )
    """

_IN_ORDER = """
    AND (CAST(:kind AS text) IS NULL OR e.kind = :kind)
    AND (NOT CAST(:without_pin AS boolean)
        OR c.card_no IS NOT NULL AND NOT EXISTS (SELECT FROM codes.pins p WHERE p.code = e.code))
    AND (v.region, e.code) > (CAST(:after_region AS text), CAST(:after_code AS text))
    ORDER BY v.region, e.code LIMIT :limit
    """

_OF_REGION = text(f"{_PRINTABLE} {_IN_ORDER}")

_OF_GROUP = text(f"""{_PRINTABLE}
    AND v.subject_id IN (
        SELECT member_id FROM codes.links WHERE group_id = :only AND superseded_in IS NULL
            AND valid_from <= :today AND (valid_to IS NULL OR :today < valid_to)
    ) {_IN_ORDER}
    """)

_OF_ROSTER = text(f"""{_PRINTABLE}
    AND v.subject_id IN (
        SELECT subject_id FROM codes.roster_rows
        WHERE roster_id = :only AND (committed_in IS NOT NULL OR status = 'unchanged')
    ) {_IN_ORDER}
    """)

_LISTED = text(f"""{_PRINTABLE}
    AND v.subject_id IN (SELECT subject_id FROM codes.codes WHERE code = ANY(CAST(:codes AS text[])))
    AND e.code = ANY(CAST(:codes AS text[]))
    """)


async def codes_to_print(
    connection: AsyncConnection,
    *,
    trees: Sequence[CodeRange],
    group_id: int | None = None,
    roster_id: int | None = None,
    kind: str | None,
    without_pin: bool,
    after: tuple[str, str],
    moment: datetime,
    today: date,
    limit: int,
) -> Sequence[Row[Any]]:
    """The next codes in force at ``moment`` in the trees, by division and code, with the card in use; of a group's
    members, or of those that a roster named, only, if one is given; ``without_pin``: only those with a
    card in use that never had a PIN.
    """
    parameters = {
        "kind": kind,
        "without_pin": without_pin,
        "after_region": after[0],
        "after_code": after[1],
        "limit": limit,
        **_conditions(trees, moment, today),
    }
    if group_id is not None:
        return (await connection.execute(_OF_GROUP, {**parameters, "only": group_id})).all()
    if roster_id is not None:
        return (await connection.execute(_OF_ROSTER, {**parameters, "only": roster_id})).all()
    return (await connection.execute(_OF_REGION, parameters)).all()


async def codes_listed(
    connection: AsyncConnection, codes: Sequence[str], *, trees: Sequence[CodeRange], moment: datetime, today: date
) -> dict[str, Row[Any]]:
    """Those of ``codes`` that are in force at ``moment`` in the trees, with the card in use."""
    rows = await connection.execute(_LISTED, {"codes": list(codes), **_conditions(trees, moment, today)})
    return {row.code: row for row in rows}


def _conditions(trees: Sequence[CodeRange], moment: datetime, today: date) -> dict[str, Any]:
    return {
        "lows": [tree.low for tree in trees],
        "highs": [tree.high for tree in trees],
        "moment": moment,
        "today": today,
    }
