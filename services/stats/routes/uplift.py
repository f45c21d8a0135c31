"""The uplift of a division and year."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.freshness import answer_from
from services.stats.routes.parameters import Exact, Moment, RegionCode, Stored
from services.stats.schemas.uplift import UpliftOut
from services.stats.tabular import FILES, WantedFormat
from services.stats.uplift.files import uplift_table
from services.stats.uplift.report import report_uplift

router = APIRouter()

Year = Annotated[int, Query(ge=2000, le=2099, description="A calendar year, such as 2019.")]


@router.get("/uplift", response_model=UpliftOut, responses=FILES)
async def get_uplift(
    *,
    request: Request,
    caller: Exact,
    database: Stored,
    form: WantedFormat,
    region: RegionCode,
    year: Year,
    moment: Moment = None,
) -> Response:
    """How much better off households are: who was reached, how coded income is distributed, the uplift rate, the gap
    to the poverty line, and the difference to comparable households. As JSON, CSV or XLSX.
    """

    async def compute(connection: AsyncConnection) -> UpliftOut:
        return await report_uplift(connection, caller, region, year, moment)

    return await answer_from(request, caller, database, form=form, compute=compute, table=uplift_table)
