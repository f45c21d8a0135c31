"""Where what bears a code comes from: which divisions have households enough to be named, and which cooperatives."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.territory import CodeRange

# Households, not codes: who has joined another has two. Nobody counts further than is asked for: a province has a
# million.
_LARGE_ENOUGH = text("""
    SELECT tree.ordinality - 1 AS position
    FROM unnest(CAST(:lows AS text[]), CAST(:highs AS text[])) WITH ORDINALITY AS tree (low, high)
    CROSS JOIN LATERAL (
        SELECT count(*) AS households FROM (
            SELECT FROM codes.subject_versions v
            WHERE v.region >= tree.low AND v.region < tree.high AND v.superseded_in IS NULL
                AND v.valid_from <= :today AND (v.valid_to IS NULL OR :today < v.valid_to)
                AND EXISTS (
                    SELECT FROM codes.directory_entries e
                    WHERE e.subject_id = v.subject_id AND e.superseded_in IS NULL
                        AND e.kind = 'household' AND e.state = 'in_force' AND e.valid_from <= :moment
                        AND (e.valid_to IS NULL OR :moment < e.valid_to)
                )
            LIMIT CAST(:enough AS bigint)
        ) AS found
    ) AS counted
    WHERE counted.households >= CAST(:enough AS bigint)
    """)

_COOPERATIVES = text("""
    SELECT DISTINCT ON (o.name, e.code) o.name, e.code
    FROM codes.links l
    JOIN codes.organisations o ON o.subject_id = l.group_id AND o.superseded_in IS NULL
    JOIN codes.directory_entries e ON e.subject_id = l.group_id AND e.superseded_in IS NULL AND e.state = 'in_force'
        AND e.valid_from <= :moment AND (e.valid_to IS NULL OR :moment < e.valid_to)
    WHERE l.member_id = :subject_id AND l.group_kind = 'cooperative' AND l.superseded_in IS NULL
        AND l.valid_from <= :today AND (l.valid_to IS NULL OR :today < l.valid_to)
    ORDER BY o.name, e.code
    """)


async def divisions_large_enough(
    connection: AsyncConnection, trees: Sequence[CodeRange], *, enough: int, moment: datetime, today: date
) -> set[int]:
    """Positions of those trees in which at least ``enough`` households have codes in force."""
    parameters = {
        "lows": [tree.low for tree in trees],
        "highs": [tree.high for tree in trees],
        "enough": enough,
        "moment": moment,
        "today": today,
    }
    return set((await connection.execute(_LARGE_ENOUGH, parameters)).scalars().all())


async def cooperatives_of(
    connection: AsyncConnection, subject_id: int, *, moment: datetime, today: date
) -> Sequence[Row[Any]]:
    """Name and code of the cooperatives that a subject belongs to today."""
    parameters = {"subject_id": subject_id, "moment": moment, "today": today}
    return (await connection.execute(_COOPERATIVES, parameters)).all()
