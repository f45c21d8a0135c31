"""Figures as they were known at a moment: all of a question is read at one position of the ledger's feed, and one of
the registry's.

The position of a moment is the last that was sealed by then. What has to be left out for it is the same for every
question, and is found once: blocks of the feed that came later, and the replay of a part of the position's own block.

To ask for figures as of a position: ``as_of = await as_of_position(connection, position, registry_position)`` (both
stand in every watermark), put it into the :class:`~services.stats.question.Question`, and read the sources of figures
(``services.stats.figures.SOURCES``). :func:`~services.stats.figures.read_households` gives households one by one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.clock import now
from services.stats.cube.replay import DayGains, replay
from services.stats.errors import InvalidMoment, NotYetCounted
from services.stats.queries import as_of as queries
from services.stats.queries import blocks


@dataclass(frozen=True, slots=True)
class AsOf:
    """Two positions, and what to do with households' days so that they are as they were then."""

    position: int
    registry_position: int
    block: int
    """Differences of later blocks do not count …"""
    moved: Mapping[str, list[Any]] = field(repr=False)
    """… and these are added: columns ``moved_subjects``, ``moved_days`` and fen by basis."""
    moment: datetime | None = None
    """When that was, for what stands in no feed (audits); None: positions were asked for, and no moment."""


async def as_of_moment(connection: AsyncConnection, moment: datetime) -> AsOf:
    """Everything sealed by a moment.

    Raises :class:`InvalidMoment` for one that is still to come, and :class:`NotYetCounted` while the cube is behind it.
    """
    if moment > now():
        raise InvalidMoment("as_of 不能晚于现在 / as_of cannot lie in the future")
    found = (await connection.execute(queries.POSITIONS_AT, {"moment": moment})).one()
    return replace(await as_of_position(connection, found.position, found.registry_position), moment=moment)


async def as_of_position(connection: AsyncConnection, position: int, registry_position: int) -> AsOf:
    """Everything up to two positions. Raises :class:`NotYetCounted` for positions beyond those of the cube."""
    here = (await connection.execute(queries.CURSORS)).one()
    if position > here.position or registry_position > here.registry_position:
        raise NotYetCounted(
            "该时刻的数据尚未计入,请稍后重试 / What was sealed by then is not all counted yet; try again",
            retry_after_seconds=1,
        )
    block = (await connection.execute(blocks.BLOCK_OF, {"position": position})).one_or_none()
    if block is None or position == 0:
        return AsOf(position, registry_position, 0, _columns({}))
    # From whichever end of its block is nearer, by the entries that lie between.
    bounds = {"after": block.after, "position": position, "upto": block.upto}
    work = (await connection.execute(blocks.WORK_AROUND, bounds)).one()
    if work.later <= work.earlier:
        return AsOf(
            position, registry_position, block.block, _columns(await replay(connection, position, block.upto), sign=-1)
        )
    gains = await replay(connection, block.after, position)
    return AsOf(position, registry_position, block.block - 1, _columns(gains))


def _columns(gains: DayGains, *, sign: int = 1) -> dict[str, list[Any]]:
    rows: list[tuple[int, date, int, int, int]] = [
        (subject, day, sign * fen.get("contract", 0), sign * fen.get("imputed", 0), sign * fen.get("paid", 0))
        for (subject, day), fen in gains.items()
        if any(fen.values())
    ]
    names = ("moved_subjects", "moved_days", "moved_contract_fen", "moved_imputed_fen", "moved_paid_fen")
    return dict(zip(names, map(list, zip(*rows, strict=True)) if rows else ([], [], [], [], []), strict=True))
