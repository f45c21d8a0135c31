"""Read divisions and reporting units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from services.codes.divisions import Level, parent_code_of
from services.codes.errors import UnknownRegion
from services.codes.queries import regions
from services.codes.territory import CodeRange, tree_of
from services.kit.database import Database

_EVERYWHERE = CodeRange("", ":")  # ":" follows "9"


@dataclass(frozen=True, slots=True)
class RegionDetail:
    """A division, its path from the province down to itself, and the number of divisions of each level in it."""

    path: Sequence[Row[Any]]
    children: dict[str, int]


async def list_regions(
    database: Database, *, parent: str | None, level: Level | None, after: str, limit: int, today: date
) -> tuple[Sequence[Row[Any]], bool]:
    """The next divisions by code, and whether there are more.

    With ``level``, all of that level in ``parent`` (or anywhere); without, the children of ``parent`` (the province).
    """
    if parent is None and level is None:
        level = Level.PROVINCE
    async with database.transaction() as connection:
        rows = await regions.regions_after(
            connection,
            after,
            tree=_EVERYWHERE if parent is None else tree_of(parent),
            parent=parent if level is None else None,
            level=level,
            today=today,
            limit=limit + 1,
        )
    return rows[:limit], len(rows) > limit


async def read_region(database: Database, code: str, *, today: date) -> RegionDetail:
    """One division. Raises :class:`UnknownRegion`."""
    above = {parent_code_of(code, level) for level in Level}
    async with database.snapshot() as connection:
        path = await regions.regions(connection, above, today=today)
        if not path or path[-1].code != code:
            raise UnknownRegion("没有此区划 / There is no such region")
        children = await regions.count_below(connection, code, tree=tree_of(code), today=today)
    return RegionDetail(path, children)


async def list_reporting_units(database: Database, *, today: date) -> Sequence[Row[Any]]:
    """All reporting units."""
    async with database.transaction() as connection:
        return await regions.reporting_units(connection, today=today)


async def read_reporting_unit(database: Database, unit: str, *, today: date) -> tuple[Row[Any], Sequence[Row[Any]]]:
    """One reporting unit and its villages. Raises :class:`UnknownRegion`."""
    async with database.snapshot() as connection:
        known = {row.unit: row for row in await regions.reporting_units(connection, today=today)}
        if unit not in known:
            raise UnknownRegion("没有此统计单位 / There is no such reporting unit")
        return known[unit], await regions.villages_of_unit(connection, unit, today=today)
