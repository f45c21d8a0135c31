"""``/v1/regions/tags``: poor counties, demonstration counties, resettlement sites …, dated. Lists are public."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from services.codes.region_tags import Tag
from services.codes.routes.callers import Officer, Storage
from services.codes.schemas.base import RegionCode
from services.codes.schemas.region_tags import RegionTagOut, RegionTagsIn, RegionTagsOut, RegionTagsRecordedOut
from services.codes.service.region_tags import list_tags, record_tags
from services.kit import clock

router = APIRouter(prefix="/v1/regions", tags=["regions"])


@router.get("/tags")
async def tags(
    *,
    database: Storage,
    tag: Tag,
    on: Annotated[date | None, Query(description="The day; today unless given.")] = None,
    region: Annotated[RegionCode | None, Query(description="Only those that lie in it.")] = None,
) -> RegionTagsOut:
    """The divisions that are listed as ``tag`` on a day."""
    rows = await list_tags(database, tag, region=region, on=on or clock.business_day(clock.now()))
    return RegionTagsOut(tags=[RegionTagOut(**row._mapping) for row in rows])  # noqa: SLF001 - SQLAlchemy's public name


@router.post("/tags")
async def record(body: RegionTagsIn, caller: Officer, database: Storage) -> RegionTagsRecordedOut:
    """Record that divisions are listed as something. What is said again of the same division, tag and first day takes
    the place of what was said before, which stays on record; the same again changes nothing.
    """
    recorded = await record_tags(database, caller, [tag.value() for tag in body.tags])
    return RegionTagsRecordedOut(recorded=recorded, unchanged=len(body.tags) - recorded)
