"""Figures: the summary of a region and period, an indicator over time or by a dimension; in any form and vintage."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats import files, service
from services.stats.breakdown import Breakdown
from services.stats.freshness import answer_from
from services.stats.period import Frequency
from services.stats.routes.parameters import (
    Exact,
    Filtered,
    IndicatorName,
    OfVintage,
    PeriodText,
    RegionCode,
    Stored,
)
from services.stats.schemas.figures import BreakdownOut, SeriesOut, SummaryOut
from services.stats.tabular import FILES, WantedFormat

router = APIRouter()


@router.get("/summary", response_model=SummaryOut, responses=FILES)
async def get_summary(
    *,
    request: Request,
    caller: Exact,
    database: Stored,
    form: WantedFormat,
    region: RegionCode,
    period: PeriodText,
    filters: Filtered,
    vintage: OfVintage,
) -> Response:
    """All indicators of a region and period."""

    async def compute(connection: AsyncConnection) -> SummaryOut:
        return await service.summarise(connection, caller, region, period=period, filters=filters, vintage=vintage)

    return await answer_from(
        request, caller, database, form=form, vintage=vintage, compute=compute, table=files.summary_table
    )


@router.get("/series", response_model=SeriesOut, responses=FILES)
async def get_series(
    *,
    request: Request,
    caller: Exact,
    database: Stored,
    form: WantedFormat,
    region: RegionCode,
    indicator: IndicatorName,
    start: Annotated[str, Query(alias="from", max_length=12, description="A period; its first day begins the series.")],
    end: Annotated[str, Query(alias="to", max_length=12, description="A period; its last day ends the series.")],
    filters: Filtered,
    vintage: OfVintage,
    freq: Frequency = Frequency.MONTH,
) -> Response:
    """An indicator over time: every unit of ``freq`` with a day in the range, 400 at most."""

    async def compute(connection: AsyncConnection) -> SeriesOut:
        bounds = (start, end)
        return await service.follow(
            connection, caller, region, indicator=indicator, bounds=bounds, freq=freq, filters=filters, vintage=vintage
        )

    return await answer_from(
        request, caller, database, form=form, vintage=vintage, compute=compute, table=files.series_table
    )


@router.get("/breakdown", response_model=BreakdownOut, responses=FILES)
async def get_breakdown(
    *,
    request: Request,
    caller: Exact,
    database: Stored,
    form: WantedFormat,
    region: RegionCode,
    indicator: IndicatorName,
    by: Breakdown,
    period: PeriodText,
    filters: Filtered,
    vintage: OfVintage,
    limit: Annotated[int, Query(ge=1, le=20_000)] = 1_000,
) -> Response:
    """An indicator by a level of divisions below the region, by the reporting units of the province, or by a dimension
    that the dictionary offers for it, largest first.

    ``by=cooperative`` and ``by=enterprise`` (with ``indicator=sales_net``) list who sold most.
    """

    async def compute(connection: AsyncConnection) -> BreakdownOut:
        return await service.compare(
            connection,
            caller,
            region,
            indicator=indicator,
            period=period,
            by=by,
            filters=filters,
            limit=limit,
            vintage=vintage,
        )

    return await answer_from(
        request, caller, database, form=form, vintage=vintage, compute=compute, table=files.breakdown_table
    )
