"""Figures: the summary of a region and period, an indicator over time or by a dimension, and the dictionary."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.stats import service
from services.stats.breakdown import Breakdown
from services.stats.period import Frequency
from services.stats.routes.parameters import Filtered, IndicatorName, Moment, PeriodText, Reader, RegionCode, Stored
from services.stats.schemas.figures import BreakdownOut, SeriesOut, SummaryOut

router = APIRouter()


@router.get("/summary")
async def get_summary(
    *,
    caller: Reader,
    database: Stored,
    region: RegionCode,
    period: PeriodText,
    filters: Filtered,
    moment: Moment = None,
) -> SummaryOut:
    """All indicators of a region and period."""
    return await service.summarise(database, caller, region, period=period, filters=filters, moment=moment)


@router.get("/series")
async def get_series(
    *,
    caller: Reader,
    database: Stored,
    region: RegionCode,
    indicator: IndicatorName,
    start: Annotated[str, Query(alias="from", max_length=12, description="A period; its first day begins the series.")],
    end: Annotated[str, Query(alias="to", max_length=12, description="A period; its last day ends the series.")],
    filters: Filtered,
    freq: Frequency = Frequency.MONTH,
    moment: Moment = None,
) -> SeriesOut:
    """An indicator over time: every unit of ``freq`` with a day in the range, 400 at most."""
    return await service.follow(
        database, caller, region, indicator=indicator, bounds=(start, end), freq=freq, filters=filters, moment=moment
    )


@router.get("/breakdown")
async def get_breakdown(
    *,
    caller: Reader,
    database: Stored,
    region: RegionCode,
    indicator: IndicatorName,
    by: Breakdown,
    period: PeriodText,
    filters: Filtered,
    limit: Annotated[int, Query(ge=1, le=20_000)] = 1_000,
    moment: Moment = None,
) -> BreakdownOut:
    """An indicator by a level of divisions below the region, by kind, platform or category, largest first.

    ``by=cooperative`` (with ``indicator=sales_net``) lists the cooperatives that sold most.
    """
    return await service.compare(
        database,
        caller,
        region,
        indicator=indicator,
        period=period,
        by=by,
        filters=filters,
        limit=limit,
        moment=moment,
    )
