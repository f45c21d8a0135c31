"""Links between members and groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Kind
from services.codes.link import Terms
from services.codes.territory import CodeRange


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One version of a link to be written."""

    link_id: int
    member_id: int
    member_kind: Kind
    group_id: int
    group_kind: Kind
    terms: Terms


_DRAW_IDS = text("""
    SELECT nextval(pg_get_serial_sequence('codes.links', 'link_id')) FROM generate_series(1, :count)
    """)

_INSERT = text("""
    INSERT INTO codes.links
        (link_id, member_id, member_kind, group_id, group_kind, weight, valid_from, valid_to, contract, recorded_in)
    SELECT new.*, :batch_id
    FROM unnest(CAST(:link_ids AS bigint[]), CAST(:member_ids AS bigint[]), CAST(:member_kinds AS text[]),
                CAST(:group_ids AS bigint[]), CAST(:group_kinds AS text[]), CAST(:weights AS integer[]),
                CAST(:froms AS date[]), CAST(:tos AS date[]), CAST(:contracts AS text[])) AS new
    """)

_SUPERSEDE = text("""
    UPDATE codes.links SET superseded_in = :batch_id
    WHERE link_id = ANY(CAST(:link_ids AS bigint[])) AND superseded_in IS NULL
    """)

_OF_PAIRS = text("""
    SELECT link_id, member_id, group_id, weight, valid_from, valid_to, contract FROM codes.links
    WHERE superseded_in IS NULL
        AND member_id = ANY(CAST(:member_ids AS bigint[])) AND group_id = ANY(CAST(:group_ids AS bigint[]))
    """)

_LINKS = """
    SELECT l.link_id, l.member_id, l.member_kind, l.group_id, l.group_kind, l.weight, l.valid_from, l.valid_to,
           l.contract, m.code AS member, g.code AS group_code
    FROM codes.links l
    JOIN LATERAL (
        SELECT code FROM codes.codes WHERE subject_id = l.member_id ORDER BY issued_at DESC, code LIMIT 1
    ) AS m ON true
    JOIN LATERAL (
        SELECT code FROM codes.codes WHERE subject_id = l.group_id ORDER BY issued_at DESC, code LIMIT 1
    ) AS g ON true
    WHERE l.superseded_in IS NULL
    """

_LINK = text(f"{_LINKS} AND l.link_id = :link_id")

_LINKS_AFTER = text(f"""{_LINKS}
    AND l.link_id > :after
    AND (CAST(:member_id AS bigint) IS NULL OR l.member_id = :member_id)
    AND (CAST(:group_id AS bigint) IS NULL OR l.group_id = :group_id)
    AND EXISTS (
        SELECT FROM codes.subject_versions v
        JOIN unnest(CAST(:lows AS text[]), CAST(:highs AS text[])) AS tree (low, high)
            ON v.region >= tree.low AND v.region < tree.high
        WHERE v.subject_id IN (l.member_id, l.group_id) AND v.superseded_in IS NULL
    )
    ORDER BY l.link_id LIMIT :limit
    """)


async def draw_link_ids(connection: AsyncConnection, count: int) -> Sequence[int]:
    """Ids for links to come."""
    return (await connection.execute(_DRAW_IDS, {"count": count})).scalars().all()


async def insert_links(connection: AsyncConnection, batch_id: int, rows: Sequence[LinkRow]) -> None:
    """Write versions of links."""
    await connection.execute(
        _INSERT,
        {
            "batch_id": batch_id,
            "link_ids": [row.link_id for row in rows],
            "member_ids": [row.member_id for row in rows],
            "member_kinds": [row.member_kind.value for row in rows],
            "group_ids": [row.group_id for row in rows],
            "group_kinds": [row.group_kind.value for row in rows],
            "weights": [row.terms.weight for row in rows],
            "froms": [row.terms.valid_from for row in rows],
            "tos": [row.terms.valid_to for row in rows],
            "contracts": [row.terms.contract for row in rows],
        },
    )


async def supersede_links(connection: AsyncConnection, batch_id: int, link_ids: Sequence[int]) -> None:
    """Mark the current versions of links as replaced by this batch."""
    await connection.execute(_SUPERSEDE, {"batch_id": batch_id, "link_ids": list(link_ids)})


async def links_of_pairs(
    connection: AsyncConnection, *, member_ids: Sequence[int], group_ids: Sequence[int]
) -> Sequence[Row[Any]]:
    """Current links between any of these members and any of these groups."""
    parameters = {"member_ids": list(member_ids), "group_ids": list(group_ids)}
    return (await connection.execute(_OF_PAIRS, parameters)).all()


async def link(connection: AsyncConnection, link_id: int) -> Row[Any] | None:
    """The current version of a link, with the codes of both parties."""
    return (await connection.execute(_LINK, {"link_id": link_id})).one_or_none()


async def links_after(
    connection: AsyncConnection,
    after: int,
    *,
    member_id: int | None,
    group_id: int | None,
    trees: Sequence[CodeRange],
    limit: int,
) -> Sequence[Row[Any]]:
    """The next current links of a member, or of a group, by ascending id, with the codes of both."""
    parameters: dict[str, date | int | list[str] | None] = {
        "after": after,
        "member_id": member_id,
        "group_id": group_id,
        "limit": limit,
        "lows": [tree.low for tree in trees],
        "highs": [tree.high for tree in trees],
    }
    return (await connection.execute(_LINKS_AFTER, parameters)).all()
