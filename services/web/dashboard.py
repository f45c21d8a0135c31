"""The dashboard of a region and period, now or in a release: what is asked of the API, and what is shown where."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from services.web import questions
from services.web.api import PublicApi
from services.web.divisions import ancestors, level_below
from services.web.errors import ApiRefused, ApiUnreachable
from services.web.figures import Figure, read_figure, read_parts, shares
from services.web.periods import Period, parse_period
from services.web.questions import Question
from services.web.schemas import Breakdown, Region, Release, RevisedFigure, Row, Series, Summary, Watermark
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
QUALITY_AMOUNTS = (
    "income_kept_by_groups",
    "replaced_by_payment",
    "confirmed_by_household",
    "confirmed_by_group",
    "confirmed_by_bank_digest",
    "confirmed_by_nobody",
)
QUALITY_RATES = ("audited_share", "audit_error_rate", "audit_error_low", "audit_error_high")
"""With the amounts: what else the quality block says."""


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
class Revised:
    """A figure that has changed since it was released."""

    released: Figure
    change: Figure


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
    release: Release | None
    """The release that the figures are of; ``None``: as they are now."""
    held: frozenset[str] | None
    """The periods that it holds; ``None``: any period may be asked for."""
    revised: dict[str, Revised]
    """What has changed since the release, or since the newest one of the same region and period."""
    revised_since: int | None
    """That release; ``None`` where there is none."""
    files: dict[str, Question]
    """What the page shows, to take away."""


async def ask_dashboard(
    api: PublicApi, visitor: Visitor, region: str, period: Period, release: Release | None = None
) -> Dashboard:
    """Ask everything at once. The summary is the page: without it the errors of :class:`PublicApi` are raised.

    The other answers may be missing; their place on the page then says so.
    """
    level, number = level_below(region), None if release is None else release.release_id
    now = questions.summary(region, str(period))
    asked = {"summary": questions.summary(region, str(period), number), "months": _by_month(region, period, release)}
    if level is not None:
        asked["divisions"] = questions.sales_by_division(region, str(period), level, number)
    summary, series, breakdown, above, present = await asyncio.gather(
        api.summary(visitor.token, asked["summary"]),
        or_none(api.series(visitor.token, asked["months"])),
        or_none(_divisions(api, visitor, asked.get("divisions"))),
        or_none(api.divisions_above(region)),
        or_none(_present(api, visitor, None if release is None else now)),
    )
    revision = (present or summary).revision
    if revision is not None and number not in {None, revision.release.release_id}:
        revision = None
    income = read_parts(summary.indicators.get("income"), ("total", *BASES))
    parts = shares([income[basis] for basis in BASES], BAR_WIDTH)
    return Dashboard(
        region=summary.region,
        crumbs=crumbs(visitor, region, above or []),
        period=period,
        watermark=summary.watermark,
        figures=_figures(summary),
        income=income,
        income_bar=dict(zip(BASES, parts, strict=True)) if parts else {},
        months=None if series is None else _months(series, period),
        divisions=None if breakdown is None else [_bar(row) for row in breakdown.rows],
        undivided=read_figure(None if breakdown is None else breakdown.undivided),
        division_level=level,
        release=release,
        held=None if release is None else held_periods(release),
        revised={} if revision is None else _revised(revision.indicators),
        revised_since=None if revision is None else revision.release.release_id,
        files=asked,
    )


def held_periods(release: Release) -> frozenset[str]:
    """The years, quarters and months that a release holds."""
    return frozenset(label for label in release.holds.periods if parse_period(label) is not None)


def _by_month(region: str, period: Period, release: Release | None) -> Question:
    """The months of the period's year; of a release those that it holds."""
    if release is None:
        return questions.sales_by_month(region, f"{period.year}-01", f"{period.year}-12")
    first, last = max(release.first_day, date(period.year, 1, 1)), min(release.last_day, date(period.year, 12, 31))
    return questions.sales_by_month(region, f"{first:%Y-%m}", f"{last:%Y-%m}", release.release_id)


async def _present(api: PublicApi, visitor: Visitor, question: Question | None) -> Summary | None:
    return None if question is None else await api.summary(visitor.token, question)


def _revised(indicators: Mapping[str, RevisedFigure]) -> dict[str, Revised]:
    """Those that the page shows, by the names that it shows them under."""
    shown = {**{name: name for name in COUNTS_AND_AMOUNTS}, "income": "income_total"}
    return {
        shown[name]: Revised(read_figure(figure.released), read_figure(figure.change))
        for name, figure in indicators.items()
        if name in shown
    }


async def _divisions(api: PublicApi, visitor: Visitor, question: Question | None) -> Breakdown:
    return Breakdown(rows=[]) if question is None else await api.breakdown(visitor.token, question)


async def or_none(question: Coroutine[Any, Any, T]) -> T | None:
    """An answer that a page can do without."""
    try:
        return await question
    except (ApiRefused, ApiUnreachable):
        return None


def _figures(summary: Summary) -> dict[str, Figure]:
    quality = summary.indicators.get("quality")
    values = {**(quality if isinstance(quality, dict) else {}), **summary.indicators}
    return {name: read_figure(values.get(name)) for name in COUNTS_AND_AMOUNTS + QUALITY_AMOUNTS + QUALITY_RATES}


def crumbs(visitor: Visitor, region: str, above: list[Region]) -> list[Crumb]:
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
