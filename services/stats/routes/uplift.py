"""The uplift of a division and year."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.stats.routes.parameters import Reader, RegionCode, Stored
from services.stats.schemas.uplift import UpliftOut
from services.stats.uplift.report import report_uplift

router = APIRouter()

Year = Annotated[int, Query(ge=2000, le=2099, description="A calendar year, such as 2019.")]


@router.get("/uplift")
async def get_uplift(caller: Reader, database: Stored, region: RegionCode, year: Year) -> UpliftOut:
    """How much better off households are: who was reached, how coded income is distributed, the uplift rate, the gap
    to the poverty line, and the difference to comparable households.
    """
    return await report_uplift(database, caller, region, year)
