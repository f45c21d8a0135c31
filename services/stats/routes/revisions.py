"""How a figure moved from release to release."""

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.freshness import answer_from
from services.stats.revision.movements import trace_figure
from services.stats.revision.tables import revisions_tables
from services.stats.routes.parameters import Exact, Filtered, IndicatorName, Moment, PeriodText, RegionCode, Stored
from services.stats.schemas.revisions import RevisionsOut
from services.stats.tabular import FILES, WantedFormat

router = APIRouter()


@router.get("/revisions", response_model=RevisionsOut, responses=FILES)
async def get_revisions(
    *,
    request: Request,
    caller: Exact,
    database: Stored,
    form: WantedFormat,
    region: RegionCode,
    indicator: IndicatorName,
    period: PeriodText,
    filters: Filtered,
    moment: Moment = None,
) -> Response:
    """A figure at each release and now, and how much of every movement came from what: orders that came later, refunds,
    corrections, ratios, member lists, payments, the roster.
    """

    async def compute(connection: AsyncConnection) -> RevisionsOut:
        return await trace_figure(
            connection, caller, region, indicator=indicator, period=period, filters=filters, moment=moment
        )

    return await answer_from(request, caller, database, form=form, compute=compute, table=revisions_tables)
