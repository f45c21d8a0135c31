"""Writes what becomes of links when their member divides or joins another; the caller holds the lock of the member."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Kind
from services.codes.queries import links
from services.codes.queries.links import LinkRow
from services.codes.succession import Linked


@dataclass(frozen=True, slots=True)
class NewLink:
    """A version of a link of a household; without an id it is a new link."""

    member_id: int
    group_id: int
    group_kind: Kind
    linked: Linked


async def replace_links(
    connection: AsyncConnection, batch_id: int, *, wrong: Sequence[int], right: Sequence[NewLink]
) -> None:
    """Replace links, keeping what was known before."""
    await links.supersede_links(connection, batch_id, wrong)
    if not right:
        return
    ids = iter(await links.draw_link_ids(connection, sum(one.linked.link_id is None for one in right)))
    rows = [
        LinkRow(
            next(ids) if one.linked.link_id is None else one.linked.link_id,
            one.member_id,
            Kind.HOUSEHOLD,
            one.group_id,
            one.group_kind,
            one.linked.terms,
        )
        for one in right
    ]
    await links.insert_links(connection, batch_id, rows)
