"""How a figure moved from release to release, and to now: values as they were released, movements by cause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit import clock
from services.kit.auth import Caller
from services.stats.as_of import AsOf, as_of_moment
from services.stats.figures import SOURCES, value_of
from services.stats.indicators import Indicator, Missing, Value, written
from services.stats.question import Filters, Question
from services.stats.regions import find_region
from services.stats.release.books import may_know, releases_of
from services.stats.release.reading import released_figures, watermark_of
from services.stats.release.release import Release, Status
from services.stats.revision.causes import WORDS, Cause
from services.stats.revision.income import OF_HOUSEHOLDS, divide_income
from services.stats.revision.sales import AMOUNTS, COUNTED, divide_sales
from services.stats.schemas.figures import single_value
from services.stats.schemas.revisions import MovementOut, PartOut, RevisionsOut, VantageOut
from services.stats.service import check_filters, find_indicator, period_out, read_period, region_out, watermark_out
from services.stats.watermark import Watermark, read_watermark


@dataclass(frozen=True, slots=True)
class _Vantage:
    """A point from which the figure was, or is, seen."""

    release: Release | None
    watermark: Watermark
    value: Value


async def trace_figure(
    connection: AsyncConnection,
    caller: Caller,
    region: str,
    *,
    indicator: str,
    period: str,
    filters: Filters,
    moment: datetime | None = None,
) -> RevisionsOut:
    """The figure at every release that the caller may know of and that holds it, and now; and why it moved. Or all of
    it as it was known at a moment: with the releases that had been frozen, and the figure of then.
    """
    known = find_indicator(indicator)
    check_filters(known, filters)
    asked = read_period(period)
    place = await find_region(connection, caller, region, asked.last_day)
    as_of = await as_of_moment(connection, moment) if moment else None
    question = Question(place, [asked], filters)
    vantages = await _vantages(connection, caller, question, known, as_of)
    movements = [await _move(connection, question, known, one, other) for one, other in pairwise(vantages)]
    return RevisionsOut(
        region=region_out(place),
        period=period_out(asked),
        indicator=known.name,
        unit=known.unit,
        filters=filters.in_use(),
        watermark=watermark_out(vantages[-1].watermark),
        figures=[_vantage_out(one, known, moment or clock.now()) for one in vantages],
        movements=movements,
    )


async def _vantages(
    connection: AsyncConnection, caller: Caller, question: Question, known: Indicator, as_of: AsOf | None
) -> list[_Vantage]:
    [period] = question.periods
    moment = as_of.moment if as_of else None
    found: list[_Vantage] = []
    if len(question.filters.in_use()) <= 1:
        for release in reversed(await releases_of(connection, question, moment)):
            if may_know(caller, release) and release.status(moment or clock.now()) is not Status.REJECTED:
                figures = await released_figures(connection, release, known.source, question)
                watermark = watermark_of(release)
                found.append(_Vantage(release, watermark, value_of(figures, period, "", known.name, watermark)))
    watermark = await read_watermark(connection, as_of)
    figures = await SOURCES[known.source](connection, replace(question, as_of=as_of))
    return [*found, _Vantage(None, watermark, value_of(figures, period, "", known.name, watermark))]


async def _move(
    connection: AsyncConnection, question: Question, known: Indicator, one: _Vantage, other: _Vantage
) -> MovementOut:
    ends = {
        "from_release": one.release and one.release.release_id,
        "to_release": other.release and other.release.release_id,
    }
    if isinstance(one.value, Missing) or isinstance(other.value, Missing):
        return MovementOut(**ends, change=None, parts=None, unexplained=None)
    change = other.value - one.value
    watermarks, values = (one.watermark, other.watermark), (one.value, other.value)
    parts = await _divide(connection, question, known, watermarks, values)
    return MovementOut(
        **ends,
        change=written(change, known.unit),
        parts=None if parts is None else _parts_out(parts, known),
        unexplained=None if parts is None else written(change - sum(parts.values()), known.unit),
    )


async def _divide(
    connection: AsyncConnection,
    question: Question,
    known: Indicator,
    watermarks: tuple[Watermark, Watermark],
    values: tuple[int, int],
) -> Mapping[Cause, int] | None:
    """The parts of a change between two watermarks; ``None`` for what is not divided."""
    earlier, later = watermarks
    if known.name in AMOUNTS or known.name in COUNTED:
        return await divide_sales(connection, question, known.name, after=earlier.position, upto=later.position)
    if known.name in OF_HOUSEHOLDS:
        return await divide_income(
            connection, question, known.name, earlier=earlier, later=later, later_value=values[1]
        )
    if known.source == "codes":
        return {Cause.ROSTER_CHANGES: values[1] - values[0]}
    return None


def _parts_out(parts: Mapping[Cause, int], known: Indicator) -> Sequence[PartOut]:
    return [
        PartOut(
            cause=cause, cause_zh=WORDS[cause][0], cause_en=WORDS[cause][1], change=written(parts[cause], known.unit)
        )
        for cause in Cause
        if parts.get(cause)
    ]


def _vantage_out(vantage: _Vantage, known: Indicator, moment: datetime) -> VantageOut:
    release = vantage.release
    return VantageOut(
        release_id=release and release.release_id,
        stage=release and release.stage,
        status=release and release.status(moment),
        published_at=release and release.published_at,
        watermark=watermark_out(vantage.watermark),
        value=single_value(vantage.value, known.unit),
    )
