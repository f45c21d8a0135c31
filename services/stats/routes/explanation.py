"""Where a figure comes from, step by step: cells, lines with their entries, attribution, income and its list."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from services.stats.explanation.cells import explain_figure
from services.stats.explanation.incomes import explain_income
from services.stats.explanation.lines import Page, list_lines
from services.stats.explanation.origins import explain_line, explain_source
from services.stats.explanation.shortfalls import explain_line_gap, explain_without_ratio
from services.stats.question import Filters
from services.stats.routes.parameters import (
    CodeText,
    Filtered,
    IndicatorName,
    Kind,
    LedgerReader,
    Name,
    OfVintage,
    PeriodText,
    RegionCode,
    Stored,
)
from services.stats.schemas.explanation import (
    ExplanationOut,
    IncomeExplanationOut,
    LineGapExplanationOut,
    LineOriginOut,
    LinesOut,
    SourceDayOut,
    WithoutRatioOut,
)

router = APIRouter()

Word = Annotated[str, Query(max_length=64)]


@router.get("/explain")
async def get_explanation(
    *,
    caller: LedgerReader,
    database: Stored,
    region: RegionCode,
    indicator: IndicatorName,
    period: PeriodText,
    filters: Filtered,
    vintage: OfVintage,
) -> ExplanationOut:
    """A figure of sales and the cells of the cube that sum to it, each with the path to its order lines."""
    return await explain_figure(
        database, caller, region, indicator=indicator, period=period, filters=filters, vintage=vintage
    )


@router.get("/explain/income")
async def get_income(
    *,
    caller: LedgerReader,
    database: Stored,
    region: RegionCode,
    period: PeriodText,
    vintage: OfVintage,
    after: Annotated[str | None, Query(max_length=400, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> IncomeExplanationOut:
    """The households whose incomes sum to a region's income of a period, each by month, with the path to the lines and
    payments of each month; from there to the sources that were divided, and to their order lines.
    """
    return await explain_income(database, caller, region, period=period, page=Page(after, limit), vintage=vintage)


@router.get("/explain/without-ratio")
async def get_without_ratio(
    *,
    caller: LedgerReader,
    database: Stored,
    region: RegionCode,
    period: PeriodText,
    vintage: OfVintage,
    kind: Kind = None,
    category: Name = None,
    after: Annotated[str | None, Query(max_length=400, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> WithoutRatioOut:
    """The sources' days that `sales_without_ratio` sums: no ratio was in force for them."""
    filters = Filters(kind=kind, category=category)
    return await explain_without_ratio(
        database, caller, region, period=period, filters=filters, page=Page(after, limit), vintage=vintage
    )


@router.get("/explain/line-gap")
async def get_line_gap(
    *,
    caller: LedgerReader,
    database: Stored,
    region: RegionCode,
    year: Annotated[int, Query(ge=2000, le=2099)],
    vintage: OfVintage,
    after: Annotated[str | None, Query(max_length=400, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> LineGapExplanationOut:
    """The households with income that were below the poverty line of their base year, with line, baseline and income
    of each, and whether these close the gap.
    """
    return await explain_line_gap(database, caller, region, year=year, page=Page(after, limit), vintage=vintage)


@router.get("/explain/lines")
async def get_lines(
    *,
    caller: LedgerReader,
    database: Stored,
    region: RegionCode,
    period: PeriodText,
    filters: Filtered,
    vintage: OfVintage,
    code: Annotated[str | None, Query(max_length=40, description="Only lines of the holder of this code.")] = None,
    days: Annotated[
        Literal["sale", "refund"],
        Query(description="sale: sold in the period. refund: refunded in it, and what was refunded then."),
    ] = "sale",
    after: Annotated[str | None, Query(max_length=400, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> LinesOut:
    """The order lines of a region, period and filters, each with its entries of the ledger, and what all of them add
    up to: the cells, and the figure.
    """
    return await list_lines(
        database,
        caller,
        region,
        period=period,
        filters=filters,
        code=code,
        by_refund_day=days == "refund",
        page=Page(after, limit),
        vintage=vintage,
    )


@router.get("/explain/line")
async def get_line(
    *, caller: LedgerReader, database: Stored, platform: Word, order_no: Word, line_no: Word, vintage: OfVintage
) -> LineOriginOut:
    """One order line: what the platform said, the code it was attributed to and by which version of which binding, its
    entries, and the way to how its income was settled.
    """
    return await explain_line(database, caller, platform=platform, order_no=order_no, line_no=line_no, vintage=vintage)


@router.get("/explain/source")
async def get_source(
    *, caller: LedgerReader, database: Stored, code: CodeText, day: date, category: Word, vintage: OfVintage
) -> SourceDayOut:
    """How the income of a source's day and category was settled: entries with the versions of their ratios, and the
    version of the member list that it was divided by.
    """
    return await explain_source(database, caller, code=code, day=day, category=category, vintage=vintage)
