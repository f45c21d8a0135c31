"""The targets of a year: everything is read in one snapshot, at the record clock's last batch or that of a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.auth import Caller
from services.kit.clock import business_day
from services.kit.database import Database
from services.stats.errors import UnitNotAllowed
from services.stats.freshness import read_state as read_facts
from services.stats.indicators import Missing
from services.stats.plan.catalogue import PROVINCE, Plan, PlanIndicator, Span, Target, read_plan
from services.stats.plan.counting import Counted, Counting, Moment
from services.stats.plan.progress import NOT_COUNTED, NOT_REPORTED, Progress, Standing
from services.stats.plan.record import StatedTarget
from services.stats.plan.reported import Report, Reported, by_audience, figure_of
from services.stats.plan.units import Unit, allowed_units, read_units, unit_of_region
from services.stats.queries import plan as queries
from services.stats.queries.plan_counts import BE_READY
from services.stats.watermark import Watermark, read_watermark

Targets = Mapping[tuple[str, str, int], StatedTarget]
Reports = Mapping[tuple[str, str], Sequence[Report]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked."""

    year: int
    unit: str | None
    department: str | None
    as_of: datetime | None
    """Targets and reports as they were known then."""


@dataclass(frozen=True, slots=True)
class State:
    """What an answer follows from: positions of the ledger, of products and of the registry, and the plan's batch."""

    watermark: Watermark
    products_position: int
    registry_position: int
    batch: int

    def words(self) -> list[str]:
        """For the entity tag."""
        mark = self.watermark
        positions = (mark.position, mark.income_position, self.products_position, self.registry_position, self.batch)
        return [str(position) for position in positions]


@dataclass(frozen=True, slots=True)
class TargetsOfYear:
    """The answer."""

    plan: Plan
    asked: Asked
    state: State
    units: Mapping[str, Unit]
    """Those that the caller may see."""
    day: date
    """The day that it speaks of: the last of the year, or today."""
    rows: Sequence[Progress]


async def read_state(connection: AsyncConnection, as_of: datetime | None) -> State:
    """The state, in this snapshot."""
    batch = await connection.scalar(queries.BATCH_AT, {"as_of": as_of}) or 0
    row = (await connection.execute(queries.POSITIONS)).one()
    return State(await read_watermark(connection), row.products, row.registry, int(batch))


async def words_of_state(database: Database, caller: Caller, asked: Asked, *, now: datetime) -> list[str]:
    """What an answer would follow from, without making it: for the entity tag."""
    async with database.snapshot() as connection:
        allowed = allowed_units(await read_units(connection, now), caller)
        state = await read_state(connection, asked.as_of)
        facts = await read_facts(connection)
    return [*state.words(), business_day(now).isoformat(), *sorted(allowed), *facts]


async def targets_of_year(
    database: Database, caller: Caller, asked: Asked, *, now: datetime, provincial_platform: str
) -> TargetsOfYear:
    """All that is planned, counted and reported, unit by unit. Raises :class:`UnitNotAllowed`."""
    plan = read_plan()
    moments = moments_of(plan, asked.year, business_day(now))
    async with database.snapshot() as connection:
        units = await read_units(connection, now)
        allowed = allowed_units(units, caller)
        if asked.unit is not None and asked.unit not in allowed:
            raise UnitNotAllowed(asked.unit)
        state = await read_state(connection, asked.as_of)
        targets = await _read_targets(connection, state.batch)
        reports = await _read_reports(connection, state.batch, moments[-1].past)
        counting = Counting(connection, state.watermark, moments, unit_of_region(units), provincial_platform)
        await connection.execute(BE_READY)
        wanted = {indicator.counted for indicator in plan.indicators.values() if indicator.counted}
        wanted |= {indicator.all_of for indicator in plan.indicators.values() if indicator.all_of}
        counts = {name: await counting.count(name) for name in sorted(wanted)}
    scene = _Scene(plan, moments, targets, reports, counts, tuple(unit for unit in units if unit != PROVINCE))
    shown = {name: unit for name, unit in units.items() if name in allowed and asked.unit in {None, name}}
    rows = [
        row
        for indicator in plan.indicators.values()
        for unit in shown
        if (row := scene.progress(indicator, unit, asked.year)) and _is_for(row, asked.department)
    ]
    return TargetsOfYear(plan, asked, state, shown, moments[-1].day, rows)


def moments_of(plan: Plan, year: int, today: date) -> list[Moment]:
    """The ends of quarters from the plan's first day until the end of ``year``; the last is no later than today."""
    moments: list[Moment] = []
    for quarter in range(plan.first_day.year * 4, year * 4 + 4):
        first = date(quarter // 4, quarter % 4 * 3 + 1, 1)
        past = date((quarter + 1) // 4, (quarter + 1) % 4 * 3 + 1, 1)
        if first > today and moments:
            break
        past = min(past, date.fromordinal(today.toordinal() + 1)) if first <= today else past
        moments.append(Moment(f"{first.year}-Q{quarter % 4 + 1}", date(first.year, 1, 1), past))
    return moments


@dataclass(frozen=True, slots=True)
class _Scene:
    """All that was read, to be put together."""

    plan: Plan
    moments: Sequence[Moment]
    targets: Targets
    reports: Reports
    counts: Mapping[str, Counted]
    unit_names: Sequence[str]

    def progress(self, indicator: PlanIndicator, unit: str, year: int) -> Progress:
        """How an indicator stands in a unit."""
        target = self._target(indicator, unit, year)
        course = [self._standing(indicator, unit, moment) for moment in self.moments]
        last = self.moments[-1]
        reports = self.reports.get((indicator.name, unit), ())
        audiences = by_audience(indicator, reports, since=self._since(indicator, last), past=last.past)
        return Progress(indicator, unit, target, self._asked(indicator, target, unit), course, audiences)

    def _target(self, indicator: PlanIndicator, unit: str, year: int) -> StatedTarget | None:
        """The target of the year, or of the next year that has one: what is to be reached by then."""
        due = [year_due for name, of, year_due in self.targets if (name, of) == (indicator.name, unit)]
        next_due = min((year_due for year_due in due if year_due >= year), default=None)
        return None if next_due is None else self.targets[indicator.name, unit, next_due]

    def _asked(self, indicator: PlanIndicator, target: StatedTarget | None, unit: str) -> int | None:
        if target is None or target.target.value is not None:
            return None if target is None else target.target.value
        there_are = self.counts[indicator.all_of].get((self.moments[-1].label, unit), 0)
        return None if isinstance(there_are, Missing) else there_are

    def _since(self, indicator: PlanIndicator, moment: Moment) -> date:
        return self.plan.first_day if indicator.span is Span.PLAN else moment.year_first

    def _standing(self, indicator: PlanIndicator, unit: str, moment: Moment) -> Standing:
        counted = self.counts[indicator.counted].get((moment.label, unit), 0) if indicator.counted else NOT_COUNTED
        own = self._reported(indicator, unit, moment)
        if own is not None:
            return Standing(moment.label, counted, own.value, own)
        if unit == PROVINCE and indicator.adds_up:
            parts = [self._reported(indicator, name, moment) for name in self.unit_names]
            known = [part.value for part in parts if part is not None]
            if known:
                return Standing(moment.label, counted, sum(known), None, len(known))
        return Standing(moment.label, counted, NOT_REPORTED)

    def _reported(self, indicator: PlanIndicator, unit: str, moment: Moment) -> Reported | None:
        reports = self.reports.get((indicator.name, unit), ())
        return figure_of(indicator, reports, since=self._since(indicator, moment), past=moment.past)


def _is_for(row: Progress, department: str | None) -> bool:
    if department is None:
        return True
    return row.target is not None and department in departments_of(row.target)


def departments_of(target: StatedTarget) -> list[str]:
    """The lead department first, then those responsible."""
    lead = [] if target.lead_department is None else [target.lead_department]
    return [*lead, *(one for one in target.responsible_departments if one not in lead)]


async def _read_targets(connection: AsyncConnection, batch: int) -> Targets:
    rows = (await connection.execute(queries.TARGETS, {"batch": batch})).all()
    return {
        (row.indicator, row.unit, row.year): StatedTarget(
            Target(row.indicator, row.unit, row.year, row.target_value),
            row.lead_department,
            tuple(row.responsible_departments),
            row.source,
        )
        for row in rows
    }


async def _read_reports(connection: AsyncConnection, batch: int, past: date) -> Reports:
    rows = (await connection.execute(queries.REPORTS, {"batch": batch, "past": past})).all()
    reports: dict[tuple[str, str], list[Report]] = {}
    for row in rows:
        reports.setdefault((row.indicator, row.unit), []).append(report_of(row))
    return reports


def report_of(row: Any) -> Report:
    """A row of reported figures."""
    return Report(
        row.indicator, row.unit, row.audience, row.first_day, row.past_day, row.value, row.source, row.reporter,
        row.reported_on,
    )  # fmt: skip
