"""The public paths of ``stats``. Every answer carries its watermark."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from services.kit.auth import Caller, caller_with
from services.kit.database import Database
from services.stats import service
from services.stats.breakdown import Breakdown
from services.stats.explaining import code_of, explain_household
from services.stats.household_schemas import HouseholdIncomeOut
from services.stats.period import Frequency
from services.stats.question import Filters
from services.stats.schemas import BreakdownOut, DictionaryOut, SeriesOut, SummaryOut

router = APIRouter(prefix="/v1/stats", tags=["stats"])

Reader = Annotated[Caller, Depends(caller_with("stats:read", "stats:exact"))]
RegionCode = Annotated[str, Query(pattern="^[0-9]{12}$", description="12-digit division code.")]
PeriodText = Annotated[
    str,
    Query(
        max_length=24,
        description="2020, 2020-Q1, 2020-02, 2020-W07, 2020-02-21, or a range of two such as 2020-01..2020-06.",
    ),
]
IndicatorName = Annotated[str, Query(max_length=64, description="A name from /v1/stats/indicators.")]
Kind = Annotated[Literal["household", "cooperative", "enterprise"] | None, Query(description="Kind of subject.")]
Name = Annotated[str | None, Query(max_length=64)]


LedgerReader = Annotated[Caller, Depends(caller_with("ledger:read"))]
CodeText = Annotated[str, Query(max_length=40, description="A household's code, however it is typed.")]
MonthText = Annotated[str, Query(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$", description="Such as 2020-02.")]


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _filters(kind: Kind = None, platform: Name = None, category: Name = None) -> Filters:
    return Filters(kind, platform, category)


Stored = Annotated[Database, Depends(_database)]
Filtered = Annotated[Filters, Depends(_filters)]


@router.get("/summary")
async def get_summary(
    caller: Reader, database: Stored, region: RegionCode, period: PeriodText, filters: Filtered
) -> SummaryOut:
    """All indicators of a region and period."""
    return await service.summarise(database, caller, region, period, filters)


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
) -> SeriesOut:
    """An indicator over time: every unit of ``freq`` with a day in the range, 400 at most."""
    return await service.follow(
        database, caller, region, indicator=indicator, bounds=(start, end), freq=freq, filters=filters
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
) -> BreakdownOut:
    """An indicator by a level of divisions below the region, by kind, platform or category, largest first.

    ``by=cooperative`` (with ``indicator=sales_net``) lists the cooperatives that sold most.
    """
    return await service.compare(
        database, caller, region, indicator=indicator, period=period, by=by, filters=filters, limit=limit
    )


@router.get("/explain/household")
async def get_household_income(
    caller: LedgerReader, database: Stored, code: CodeText, month: MonthText
) -> HouseholdIncomeOut:
    """Why a household has the income that it has: each line of a month with its basis, the group it came from, by
    which weights and ratio, and which payment replaced it.
    """
    return await explain_household(database, caller, code_of(code), date.fromisoformat(f"{month}-01"))


@router.get("/indicators")
async def get_indicators(_caller: Reader) -> DictionaryOut:
    """The data dictionary."""
    return service.describe_indicators()
