"""What is frozen of a part: the figures of its divisions or reporting units, as of the release's position."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.as_of import AsOf
from services.stats.figures import SOURCES, Source, value_of
from services.stats.indicators import FILTERS, INDICATORS, Missing, Unit, Value
from services.stats.period import Period, parse_period
from services.stats.quality import Facts, quality_block, readings_of_facts
from services.stats.queries import context
from services.stats.question import REPORTING_UNIT, By, Filters, Question, Region
from services.stats.regions import read_units
from services.stats.release.reading import watermark_of
from services.stats.release.release import QUALITY, QUALITY_LEVELS, Part, Release, Row
from services.stats.schemas.figures import MissingValue, SingleValue
from services.stats.watermark import Watermark

_OF_CELLS = frozenset({"sales", "refund_days", "sellers"})
"""The sources whose figures the cells give at once, and the lines one by one."""


async def compute_parts(
    connection: AsyncConnection, release: Release, parts: Sequence[Part], *, as_of: AsOf, from_cells: bool
) -> dict[Part, list[Row]]:
    """The rows of parts that differ in their periods only, at the release's position, in the order of their digests.

    Sales are read from the cells where the cube stands at that position (``from_cells``), else from the lines. All else
    is read as of it in either case: the registry's own views may be ahead of what the cube has taken.
    """
    if parts[0].level == REPORTING_UNIT:
        return await _compute_units(connection, release, parts, as_of=as_of, from_cells=from_cells)
    root = await division_of(connection, release.region)
    pattern = parts[0]
    filters = Filters(**({pattern.dimension: pattern.key} if pattern.dimension else {}))
    periods = [parse_period(part.period) for part in parts]
    then = Question(root, periods, filters, By.REGION, pattern.level, as_of)
    now = replace(then, as_of=None)
    rows: dict[str, list[Row]] = {part.period: [] for part in parts}
    for source, read in _sources_of(release):
        if filters.in_use().keys() <= set(FILTERS[source]):
            figures = await read(connection, now if from_cells and source in _OF_CELLS else then)
            for (label, region), values in figures.items():
                if kept := what_is_kept(values):
                    rows[label].append(Row(region, source, kept))
    for part, period in zip(parts, periods, strict=True):
        if _has_quality(release, part, root):
            question = replace(then, periods=[period])
            rows[part.period] += await _quality_rows(connection, question, watermark_of(release), from_cells=from_cells)
    return {part: sorted(rows[part.period]) for part in parts}


async def _compute_units(
    connection: AsyncConnection, release: Release, parts: Sequence[Part], *, as_of: AsOf, from_cells: bool
) -> dict[Part, list[Row]]:
    """The rows of reporting units: each a question of its own, with the divisions that it has at a period's end."""
    periods_of: dict[Region, list[Period]] = {}
    for part in parts:
        period = parse_period(part.period)
        for unit in await read_units(connection, period.last_day):
            periods_of.setdefault(unit, []).append(period)
    rows: dict[str, list[Row]] = {part.period: [] for part in parts}
    for unit, periods in periods_of.items():
        then = Question(unit, periods, as_of=as_of)
        for source, read in _sources_of(release):
            figures = await read(connection, replace(then, as_of=None) if from_cells and source in _OF_CELLS else then)
            for (label, _), values in figures.items():
                if kept := what_is_kept(values):
                    rows[label].append(Row(unit.code, source, kept))
        for period in periods:
            if period.label == release.period:
                question = replace(then, periods=[period])
                block = await _quality_rows(connection, question, watermark_of(release), from_cells=from_cells)
                rows[period.label] += block
    return {part: sorted(rows[part.period]) for part in parts}


def _sources_of(release: Release) -> list[tuple[str, Source]]:
    """The sources that it was begun with: one that is new since then is in none of its parts."""
    return [(source, read) for source, read in SOURCES.items() if source in (release.sources or ())]


def _has_quality(release: Release, part: Part, root: Region) -> bool:
    """Whether blocks are frozen: of the whole, of high divisions, and of counties for the release's own period."""
    if part.dimension:
        return False
    return part.level in {root.level, *QUALITY_LEVELS} or (part.level == "county" and part.period == release.period)


def what_is_kept(values: dict[str, Value]) -> dict[str, Any]:
    """A row's values as they are stored, or nothing where all are nought, which is what no row means.

    What cannot be divided is not stored: where nothing is said of a rate, there was nothing to divide by.
    """
    kept = {
        name: value.reason if isinstance(value, Missing) else value
        for name, value in values.items()
        if value != Missing("zero_denominator")
    }
    says_something = any(value != 0 or INDICATORS[name].unit is Unit.RATE for name, value in kept.items())
    return kept if says_something else {}


async def division_of(connection: AsyncConnection, code: str) -> Region:
    """A division as a place to ask about."""
    row = (await connection.execute(context.REGION, {"code": code})).one()
    return Region(row.code, row.name, row.level)


async def _quality_rows(
    connection: AsyncConnection, question: Question, watermark: Watermark, *, from_cells: bool
) -> list[Row]:
    """The quality block of each division of the part's level, or of the one reporting unit that is asked about."""
    divisions = [question.region]
    if question.by is By.REGION:
        bounds = {"level": question.level, "lowest": question.region.lowest, "highest": question.region.highest}
        found = (await connection.execute(context.DIVISIONS, bounds)).all()
        divisions = [Region(row.code, row.name, question.level) for row in found]
    figures = {source: await SOURCES[source](connection, question) for source in ("income", "uplift")}
    [period] = question.periods
    rows = []
    for place in divisions:
        key = place.code if question.by is By.REGION else ""
        values = {
            indicator.name: value_of(figures[indicator.source], period, key, indicator.name, watermark)
            for indicator in INDICATORS.values()
            if indicator.source in figures
        }
        here = Question(place, question.periods, as_of=None if from_cells else question.as_of)
        facts = Facts(*[await reading for reading in readings_of_facts(connection, here, period)])
        block = quality_block(facts, values)
        rows.append(Row(place.code, QUALITY, {name: _plain(value) for name, value in block.items()}))
    return rows


def _plain(value: SingleValue | list[str]) -> Any:
    return value.model_dump() if isinstance(value, MissingValue) else value
