"""The region that a question is about: a division, or a reporting unit on a day."""

from datetime import date
from typing import Any

from services.kit.auth import Caller
from services.kit.clock import business_day, now
from services.stats.errors import RegionNotAllowed, UnknownRegion
from services.stats.queries import context
from services.stats.question import REPORTING_UNIT, Region
from services.stats.together import Reads


async def find_region(connection: Reads, caller: Caller, code: str, day: date | None = None) -> Region:
    """The division or reporting unit (as of ``day``, or today) that the caller asks about.

    Raises :class:`RegionNotAllowed` and :class:`UnknownRegion`.
    """
    if not code.isdigit():
        return await _find_unit(connection, caller, code, day or business_day(now()))
    if not caller.may_see_region(code):
        raise _not_allowed()
    row = (await connection.execute(context.REGION, {"code": code})).one_or_none()
    if row is None:
        raise UnknownRegion("没有此行政区划代码 / No division has this code")
    return Region(row.code, row.name, row.level)


async def _find_unit(connection: Reads, caller: Caller, code: str, day: date) -> Region:
    row = (await connection.execute(context.REPORTING_UNITS, {"unit": code, "day": day})).one_or_none()
    if row is None:
        raise UnknownRegion("没有此报告单位 / No reporting unit has this code")
    unit = _unit(row)
    if not all(caller.may_see_region(place) for place in unit.places or (unit.tree,)):
        raise _not_allowed()
    return unit


async def read_units(connection: Reads, day: date) -> list[Region]:
    """The reporting units on a day; each place of the prefectures belongs to one of them."""
    rows = await connection.execute(context.REPORTING_UNITS, {"unit": None, "day": day})
    return [_unit(row) for row in rows.all()]


def _unit(row: Any) -> Region:
    if row.tree is not None:
        return Region(row.unit, row.name, REPORTING_UNIT, tree=row.tree)
    return Region(row.unit, row.name, REPORTING_UNIT, places=tuple(row.places))


def _not_allowed() -> RegionNotAllowed:
    return RegionNotAllowed("该地区不在您的权限范围内 / This region lies outside the regions you may see")
