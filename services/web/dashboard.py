"""The dashboard of a region and period: what is asked of the API, and what of its answers is shown where."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from services.web.api import PublicApi
from services.web.divisions import ancestors, level_below
from services.web.errors import ApiRefused, ApiUnreachable
from services.web.figures import Figure, read_figure, read_parts, shares
from services.web.periods import Period
from services.web.schemas import Breakdown, Region, Row, Series, Summary, Watermark
from services.web.session import Visitor

T = TypeVar("T")

BASES = ("paid", "contract", "imputed")
"""How a yuan of income is known, the surest first."""
BAR_WIDTH = 1000
"""Units across the bar that shows income by basis."""

COUNTS_AND_AMOUNTS = (
    "sales_gross",
    "refunds",
    "sales_net",
    "orders",
    "order_lines",
    "codes_with_sales",
    "codes_active",
    "households_reached",
    "people_reached",
    "income_per_reached_household",
    "uplift_rate",
    "attributed_share",
    "parked_amount",
    "sales_without_ratio",
    "households_without_baseline",
)
"""Indicators that are one value each."""


@dataclass(frozen=True, slots=True)
class Crumb:
    """A division above the one shown."""

    code: str
    name: str
    may_see: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """A division: one row of the table, and its bar."""

    code: str
    name: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All that the page shows."""

    region: Region
    crumbs: list[Crumb]
    period: Period
    watermark: Watermark
    figures: dict[str, Figure]
    income: dict[str, Figure]
    income_bar: dict[str, tuple[int, int]]
    """Basis → start and length, of :data:`BAR_WIDTH`; empty when there is no income to divide."""
    months: list[Figure] | None
    """January to December; ``None`` when the series could not be had."""
    divisions: list[Bar] | None
    """Largest first; ``None`` when the breakdown could not be had."""
    undivided: Figure
    """What belongs to none of the divisions."""
    division_level: str | None
    """What the divisions are, or ``None`` for a village."""


async def ask_dashboard(api: PublicApi, visitor: Visitor, region: str, period: Period) -> Dashboard:
    """Ask everything at once. The summary is the page: without it the errors of :class:`PublicApi` are raised.

    The other answers may be missing; their place on the page then says so.
    """
    level = level_below(region)
    summary, series, breakdown, above = await asyncio.gather(
        api.summary(visitor.token, region=region, period=str(period)),
        _or_none(api.sales_by_month(visitor.token, region=region, year=period.year)),
        _or_none(_divisions(api, visitor, region, period, level)),
        _or_none(api.divisions_above(region)),
    )
    income = read_parts(summary.indicators.get("income"), ("total", *BASES))
    parts = shares([income[basis] for basis in BASES], BAR_WIDTH)
    return Dashboard(
        region=summary.region,
        crumbs=_crumbs(visitor, region, above or []),
        period=period,
        watermark=summary.watermark,
        figures=_figures(summary),
        income=income,
        income_bar=dict(zip(BASES, parts, strict=True)) if parts else {},
        months=None if series is None else _months(series, period),
        divisions=None if breakdown is None else [_bar(row) for row in breakdown.rows],
        undivided=read_figure(None if breakdown is None else breakdown.undivided),
        division_level=level,
    )


async def _divisions(api: PublicApi, visitor: Visitor, region: str, period: Period, level: str | None) -> Breakdown:
    if level is None:
        return Breakdown(rows=[])
    return await api.sales_by_division(visitor.token, region=region, period=str(period), level=level)


async def _or_none(question: Coroutine[Any, Any, T]) -> T | None:
    try:
        return await question
    except (ApiRefused, ApiUnreachable):
        return None


def _figures(summary: Summary) -> dict[str, Figure]:
    quality = summary.indicators.get("quality")
    values = {**(quality if isinstance(quality, dict) else {}), **summary.indicators}
    return {name: read_figure(values.get(name)) for name in COUNTS_AND_AMOUNTS}


def _crumbs(visitor: Visitor, region: str, above: list[Region]) -> list[Crumb]:
    """The way down to the region. A division whose name could not be had is shown by its code: it still leads up."""
    names = {division.code: division.name for division in above}
    return [Crumb(code, names.get(code, code), _may_see(visitor, code)) for code in ancestors(region)]


def _months(series: Series, period: Period) -> list[Figure]:
    points = {point.period: point.model_dump() for point in series.points}
    return [read_figure(points.get(str(month))) for month in period.months()]


def _bar(row: Row) -> Bar:
    return Bar(row.region.code, row.region.name or row.region.code, read_figure(row.model_dump()))


def _may_see(visitor: Visitor, code: str) -> bool:
    return not visitor.regions or any(root == code or root in ancestors(code) for root in visitor.regions)
