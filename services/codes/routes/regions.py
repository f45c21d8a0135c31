"""``/v1/regions`` and ``/v1/reporting-units``: statistical divisions are public, so these need no token."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from sqlalchemy import Row

from services.codes.divisions import Level
from services.codes.errors import UnknownRegion
from services.codes.routes.callers import Storage
from services.codes.schemas.base import RegionCode
from services.codes.schemas.regions import (
    RegionDetailOut,
    RegionOut,
    RegionsOut,
    ReportingUnitDetailOut,
    ReportingUnitOut,
    ReportingUnitsOut,
    VillageOut,
)
from services.codes.service.regions import list_regions, list_reporting_units, read_region, read_reporting_unit
from services.kit import clock

router = APIRouter(prefix="/v1", tags=["regions"])

CACHING = "public, max-age=3600"
CODE_LENGTH = 12


@router.get("/regions")
async def regions(
    *,
    database: Storage,
    response: Response,
    parent: RegionCode | None = None,
    level: Level | None = None,
    after: Annotated[str, Query(pattern=r"^[0-9]{0,12}$")] = "",
    limit: Annotated[int, Query(ge=1, le=2000)] = 1000,
) -> RegionsOut:
    """Divisions: the children of ``parent``, or all of a ``level`` in it; without either the province."""
    rows, more = await list_regions(
        database, parent=parent, level=level, after=after, limit=limit, today=clock.business_day(clock.now())
    )
    response.headers["Cache-Control"] = CACHING
    return RegionsOut(regions=[_region(row) for row in rows], next=rows[-1].code if more else None)


@router.get("/regions/{code}")
async def region(code: str, database: Storage, response: Response) -> RegionDetailOut:
    """One division, with what it belongs to and how many divisions lie in it."""
    if not (len(code) == CODE_LENGTH and code.isascii() and code.isdigit()):
        raise UnknownRegion("区划代码为12位数字 / A region code has twelve digits")
    found = await read_region(database, code, today=clock.business_day(clock.now()))
    path = [_region(row) for row in found.path]
    response.headers["Cache-Control"] = CACHING
    return RegionDetailOut(
        **path[-1].model_dump(),
        full_name="".join(one.name for one in path),
        path=path[:-1],
        children={level: found.children[level] for level in Level if level in found.children},
    )


def _region(row: Row[Any]) -> RegionOut:
    return RegionOut(code=row.code, name=row.name, level=row.level, parent=row.parent_code)


@router.get("/reporting-units")
async def reporting_units(database: Storage, response: Response) -> ReportingUnitsOut:
    """The units the plan reports by; together they are the province."""
    rows = await list_reporting_units(database, today=clock.business_day(clock.now()))
    response.headers["Cache-Control"] = CACHING
    units = [ReportingUnitOut(unit=r.unit, name=r.name, name_en=r.name_en, villages=r.villages) for r in rows]
    return ReportingUnitsOut(reporting_units=units)


@router.get("/reporting-units/{unit}")
async def reporting_unit(unit: str, database: Storage, response: Response) -> ReportingUnitDetailOut:
    """One unit with its villages."""
    row, rows = await read_reporting_unit(database, unit, today=clock.business_day(clock.now()))
    response.headers["Cache-Control"] = CACHING
    villages = [VillageOut(code=village.code, name=village.name) for village in rows]
    return ReportingUnitDetailOut(unit=row.unit, name=row.name, name_en=row.name_en, villages=villages)
