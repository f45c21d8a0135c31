"""The use cases: each reads all figures of an answer, and its watermark, in the snapshot that it is given."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.auth import Caller
from services.stats.breakdown import Breakdown, break_down
from services.stats.errors import (
    FilterNotOffered,
    InvalidPeriod,
    UnknownIndicator,
)
from services.stats.figures import SOURCES, Figures, is_withheld, value_of
from services.stats.indicators import ASKED_ALONE, FILTERS, INDICATORS, Indicator, Missing, Unit, Value
from services.stats.period import Frequency, NotAPeriod, Period, TooManyPeriods, parse_period, periods_between
from services.stats.quality import Facts, quality_block, readings_of_facts, released_block
from services.stats.question import REPORTING_UNIT, By, Filters, Question, Region
from services.stats.regions import find_region
from services.stats.release.later import read_revision, release_reference, releases_to_compare
from services.stats.release.reading import released_figures
from services.stats.release.release import Release
from services.stats.schemas.base import WatermarkOut
from services.stats.schemas.figures import (
    BreakdownOut,
    PeriodOut,
    Point,
    RegionOut,
    SeriesOut,
    SingleValue,
    SummaryOut,
    single_value,
    value_and_reason,
)
from services.stats.together import Reads, Together
from services.stats.vintage import NOW, Known, Vintage, read_source, read_vintage
from services.stats.watermark import Watermark

FILTER_NOT_OFFERED = Missing("filter_not_offered")
LARGE = frozenset({"province", "prefecture", REPORTING_UNIT})
"""Levels that have more households than a summary goes through."""


async def summarise(
    connection: AsyncConnection,
    caller: Caller,
    region: str,
    *,
    period: str,
    filters: Filters,
    vintage: Vintage = NOW,
) -> SummaryOut:
    """All indicators of a vintage; present ones beside what the newest release had of them.

    Those that a filter cannot touch are null with the reason ``filter_not_offered``.
    """
    asked = read_period(period)
    place = await find_region(connection, caller, region, asked.last_day)
    known = await read_vintage(connection, caller, vintage)
    question = Question(place, [asked], filters, as_of=known.as_of, release=known.release)
    withheld = {source: _why_not(source, place, filters, known) for source in SOURCES}
    wanted = [source for source in SOURCES if not (withheld[source] or is_withheld(source, asked, known.watermark))]
    if known.release is None:
        figures, facts, quantities, releases = await _read_together(connection, question, wanted)
    else:
        figures = {source: await released_figures(connection, known.release, source, question) for source in wanted}
        facts, quantities, releases = None, {}, []
    values: dict[str, Value] = {}
    for indicator in INDICATORS.values():
        value = value_of(figures.get(indicator.source, {}), asked, "", indicator.name, known.watermark)
        reason = withheld[indicator.source]
        never = reason == ASKED_ALONE and isinstance(value, Missing)
        values[indicator.name] = value if never or reason is None else reason
    quality = quality_block(facts, values) if facts else await released_block(connection, question)
    revision = await read_revision(connection, caller, question, values, releases) if vintage == NOW else None
    return SummaryOut(
        region=region_out(place),
        period=period_out(asked),
        filters=filters.in_use(),
        watermark=watermark_out(known.watermark),
        release=known.release and release_reference(known.release),
        revision=revision,
        indicators={**_written(values), **quantities, "quality": quality},
    )


async def _read_together(
    connection: AsyncConnection, question: Question, wanted: Sequence[str]
) -> tuple[Mapping[str, Figures], Facts, Mapping[str, Mapping[str, SingleValue]], Sequence[Release]]:
    """Of the cube: figures by source, facts of quality, quantities by unit, and releases to compare with."""
    together = Together(connection)
    [period] = question.periods
    quantities, releases, *found = await together.read(
        _read_quantities(together, question),
        releases_to_compare(together, question),
        *readings_of_facts(together, question, period),
        *(SOURCES[source](together, question) for source in wanted),
    )
    many = len(found) - len(wanted)
    return dict(zip(wanted, found[many:], strict=True)), Facts(*found[:many]), quantities, releases


def _why_not(source: str, place: Region, filters: Filters, known: Known) -> Missing | None:
    """Why a summary has nothing of a source: a filter that cannot touch it, or that it takes a while.

    The gap to the line is worked out household by household; a release has it ready.
    """
    if not filters.in_use().keys() <= set(FILTERS[source]):
        return FILTER_NOT_OFFERED
    return ASKED_ALONE if source == "line_gap" and known.release is None and place.level in LARGE else None


async def _read_quantities(connection: Reads, question: Question) -> dict[str, dict[str, SingleValue]]:
    """Quantities by unit, where the filters can be asked of them."""
    if not question.filters.in_use().keys() <= set(FILTERS["units"]):
        return {}
    figures = await SOURCES["units"](connection, replace(question, by=By.UNIT))
    return {"units": {unit: single_value(values["units"], Unit.QUANTITY) for (_, unit), values in figures.items()}}


def _written(values: Mapping[str, Value]) -> dict[str, SingleValue | dict[str, SingleValue | list[str]]]:
    """Values by name, the parts of an indicator together in an object."""
    singles = {name: single_value(values[name], known.unit) for name, known in INDICATORS.items()}
    parts: dict[str, dict[str, SingleValue | list[str]]] = {}
    for name, single in singles.items():
        whole, _, part = name.partition(".")
        if part or name == "income":
            parts.setdefault(whole, {})[part or "total"] = single
    alone = {name: single for name, single in singles.items() if name.partition(".")[0] not in parts}
    return {**alone, **parts}


async def follow(
    connection: AsyncConnection,
    caller: Caller,
    region: str,
    *,
    indicator: str,
    bounds: tuple[str, str],
    freq: Frequency,
    filters: Filters,
    vintage: Vintage = NOW,
) -> SeriesOut:
    """An indicator, period by period."""
    wanted = find_indicator(indicator)
    check_filters(wanted, filters)
    try:
        periods = periods_between(*bounds, freq)
    except TooManyPeriods as error:
        raise InvalidPeriod(
            "时间点超过 400 个,请缩短区间或降低频率 / More than 400 points: shorten the range or take a longer unit"
        ) from error
    except NotAPeriod as error:
        raise _unreadable(error) from error
    place = await find_region(connection, caller, region, periods[-1].last_day)
    known = await read_vintage(connection, caller, vintage)
    question = Question(place, periods, filters, as_of=known.as_of, release=known.release)
    figures = await read_source(connection, wanted.source, question)
    points = []
    for period in periods:
        shown = value_and_reason(value_of(figures, period, "", wanted.name, known.watermark), wanted.unit)
        points.append(Point(period=period.label, value=shown.value, reason=shown.reason))
    return SeriesOut(
        region=region_out(place),
        indicator=wanted.name,
        unit=wanted.unit,
        freq=freq,
        filters=filters.in_use(),
        watermark=watermark_out(known.watermark),
        release=known.release and release_reference(known.release),
        points=points,
    )


async def compare(
    connection: AsyncConnection,
    caller: Caller,
    region: str,
    *,
    indicator: str,
    period: str,
    by: Breakdown,
    filters: Filters,
    limit: int,
    vintage: Vintage = NOW,
) -> BreakdownOut:
    """An indicator by a dimension."""
    wanted = find_indicator(indicator)
    asked = read_period(period)
    check_filters(wanted, filters)
    place = await find_region(connection, caller, region, asked.last_day)
    known = await read_vintage(connection, caller, vintage)
    question = Question(place, [asked], filters, as_of=known.as_of, release=known.release)
    found = await break_down(connection, question, wanted, by, watermark=known.watermark, limit=limit)
    return BreakdownOut(
        region=region_out(place),
        period=period_out(asked),
        indicator=wanted.name,
        unit=wanted.unit,
        by=by,
        filters=filters.in_use(),
        watermark=watermark_out(known.watermark),
        release=known.release and release_reference(known.release),
        total=single_value(found.total, wanted.unit),
        undivided=None if found.undivided is None else single_value(found.undivided, wanted.unit),
        row_count=found.row_count,
        rows=found.rows,
    )


def find_indicator(name: str) -> Indicator:
    """The indicator of this name (``income.total`` is ``income``). Raises :class:`UnknownIndicator`."""
    known = INDICATORS.get(name.removesuffix(".total"))
    if known is None:
        raise UnknownIndicator(
            "没有此指标;GET /v1/stats/indicators 列出全部指标 / "
            "No such indicator; GET /v1/stats/indicators lists them all"
        )
    return known


def check_filters(indicator: Indicator, filters: Filters) -> None:
    """Raise :class:`FilterNotOffered` for a filter that does not go with the indicator."""
    offered = FILTERS[indicator.source]
    refused = [name for name in filters.in_use() if name not in offered]
    if refused:
        raise FilterNotOffered(
            f"指标 {indicator.name} 不支持按 {'、'.join(refused)} 筛选 / "
            f"{indicator.name} cannot be filtered by {', '.join(refused)}",
            indicator=indicator.name,
            offered=list(offered),
        )


def read_period(text: str) -> Period:
    """The period of a query parameter. Raises :class:`InvalidPeriod`."""
    try:
        return parse_period(text)
    except NotAPeriod as error:
        raise _unreadable(error) from error


def _unreadable(error: NotAPeriod) -> InvalidPeriod:
    return InvalidPeriod(
        f"期间 {error} 无法识别;例如 2020、2020-Q1、2020-02、2020-W07、2020-02-21、2020-01..2020-06 / "
        f"{error} is not a period; write 2020, 2020-Q1, 2020-02, 2020-W07, 2020-02-21 or 2020-01..2020-06"
    )


def region_out(region: Region) -> RegionOut:
    """A division on the wire."""
    return RegionOut(code=region.code, name=region.name, level=region.level)


def period_out(period: Period) -> PeriodOut:
    """A period on the wire."""
    return PeriodOut(label=period.label, first_day=period.first, last_day=period.last_day)


def watermark_out(watermark: Watermark) -> WatermarkOut:
    """A watermark on the wire."""
    return WatermarkOut(
        position=watermark.position,
        sealed_at=watermark.sealed_at,
        income_position=watermark.income_position,
        registry_position=watermark.registry_position,
    )
