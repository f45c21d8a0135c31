"""The desk at which targets are set and figures reported: each use case opens its transaction in plain sight."""

from asyncio import to_thread
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from services.kit.auth import Caller
from services.kit.clock import business_day
from services.kit.database import Database
from services.stats.errors import UnfitTarget, UnitNotAllowed
from services.stats.indicators import written
from services.stats.plan.catalogue import NotAValue, Plan, Target, read_plan
from services.stats.plan.record import StatedTarget, open_batch, write_industries, write_targets
from services.stats.plan.report_file import empty_form, read_file
from services.stats.plan.report_form import UnfitReport, read_report
from services.stats.plan.reported import Report
from services.stats.plan.reporting import Outcome, Recorded, record_reports
from services.stats.plan.units import Unit, allowed_units, read_units
from services.stats.queries import plan as queries
from services.stats.schemas.plan import (
    CategoryIn,
    IndustriesOut,
    IndustryOut,
    ReportFileOut,
    ReportHistoryOut,
    ReportIn,
    ReportOut,
    ReportResultOut,
    ReportsOut,
    RowErrorOut,
    TargetIn,
    TargetsRecordedOut,
)
from services.stats.tabular import Table

INVALID = "invalid"
_NOT_YOURS = "该统计单位不全在您的管辖范围 / not all of this reporting unit lies in your regions"


async def take_reports(database: Database, caller: Caller, reports: Sequence[ReportIn], *, now: datetime) -> ReportsOut:
    """Record what is good of the reports; every one is answered."""
    plan = read_plan()
    async with database.transaction() as connection:
        units = await read_units(connection, now)
    good: list[tuple[int, Report]] = []
    wrong: dict[int, UnfitReport] = {}
    for number, said in enumerate(reports):
        try:
            good.append((number, _report_of(plan, units, said, business_day(now))))
        except UnfitReport as unfit:
            wrong[number] = unfit
    recorded = await record_reports(database, caller, [report for _, report in good], now=now)
    outcomes = {number: outcome for (number, _), outcome in zip(good, recorded.outcomes, strict=True)}
    results = [
        ReportResultOut(
            indicator=said.indicator,
            unit=said.unit,
            period=said.period,
            status=outcomes.get(number, INVALID),
            detail=_detail(outcomes.get(number), wrong.get(number)),
        )
        for number, said in enumerate(reports)
    ]
    return ReportsOut(counts={**recorded.counts, INVALID: len(wrong)}, results=results)


def _report_of(plan: Plan, units: dict[str, Unit], said: ReportIn, today: date) -> Report:
    return read_report(
        plan,
        units,
        indicator=said.indicator,
        unit=said.unit,
        audience=said.audience or "",
        period=said.period,
        value=str(said.value),
        source=said.source,
        reporter=said.reporter,
        reported_on=said.reported_on,
        today=today,
    )


def _detail(outcome: Outcome | None, unfit: UnfitReport | None) -> str | None:
    if unfit is not None:
        return f"{unfit.column}: {unfit.detail}"
    return _NOT_YOURS if outcome is Outcome.NOT_ALLOWED else None


async def take_file(database: Database, caller: Caller, content: bytes, *, now: datetime) -> ReportFileOut:
    """Record the good rows of a file. Raises :class:`UnreadableReports`."""
    plan = read_plan()
    today = business_day(now)
    async with database.transaction() as connection:
        units = await read_units(connection, now)

    def read_row(said: dict[str, str], day: date) -> Report:
        words = {name: said.get(name, "") for name in ("indicator", "unit", "audience", "period", "value")}
        source, reporter = said["source"], said["reporter"]
        return read_report(plan, units, **words, source=source, reporter=reporter, reported_on=day, today=today)

    # A second or two for a large file; other requests go on meanwhile.
    rows, bad = await to_thread(read_file, content, read_row)
    recorded: Recorded = await record_reports(database, caller, [report for _, report in rows], now=now)
    errors = [RowErrorOut(row=one.row, column=one.column, detail=one.detail) for one in bad]
    errors += [
        RowErrorOut(row=row_no, column="unit", detail=_NOT_YOURS)
        for (row_no, _), outcome in zip(rows, recorded.outcomes, strict=True)
        if outcome is Outcome.NOT_ALLOWED
    ]
    return ReportFileOut(
        rows=len(rows) + len(bad),
        counts={**recorded.counts, INVALID: len(bad)},
        errors=sorted(errors, key=lambda error: error.row),
    )


async def history(
    database: Database, caller: Caller, *, indicator: str | None, unit: str | None, limit: int, now: datetime
) -> ReportHistoryOut:
    """Reports of the caller's units. Raises :class:`UnitNotAllowed`."""
    plan = read_plan()
    async with database.snapshot() as connection:
        allowed = allowed_units(await read_units(connection, now), caller)
        if unit is not None and unit not in allowed:
            raise UnitNotAllowed(unit)
        asked = {"indicator": indicator, "units": sorted(allowed if unit is None else {unit}), "limit": limit}
        rows = (await connection.execute(queries.HISTORY, asked)).all()
    return ReportHistoryOut(
        reports=[
            ReportOut(
                indicator=row.indicator,
                unit=row.unit,
                audience=row.audience or None,
                first_day=row.first_day,
                last_day=row.past_day - timedelta(days=1),
                value=written(row.value, plan.indicators[row.indicator].unit),
                source=row.source,
                reporter=row.reporter,
                reported_on=row.reported_on,
                recorded_at=row.recorded_at,
                recorded_by=row.actor,
                corrected=row.corrected,
            )
            for row in rows
        ]
    )


async def set_targets(
    database: Database, caller: Caller, targets: Sequence[TargetIn], *, now: datetime
) -> TargetsRecordedOut:
    """Write targets, all or none. Raises :class:`UnfitTarget` and :class:`UnitNotAllowed`."""
    plan = read_plan()
    stated = {(one.indicator, one.unit, one.year): _stated(plan, one) for one in targets}
    async with database.transaction() as connection:
        batch = await open_batch(connection, actor=caller.client_id, operation="set_targets", now=now)
        units = await read_units(connection, now)
        allowed = allowed_units(units, caller)
        for one in stated.values():
            if one.target.unit not in allowed:
                raise UnitNotAllowed(one.target.unit)
        recorded = await write_targets(connection, batch, list(stated.values()))
    return TargetsRecordedOut(recorded=recorded, unchanged=len(targets) - recorded)


def _stated(plan: Plan, said: TargetIn) -> StatedTarget:
    indicator = plan.indicators.get(said.indicator)
    if indicator is None:
        raise UnfitTarget(f"没有此指标 / there is no such indicator: {said.indicator}")
    if said.target == "all":
        if not indicator.all_of:
            raise UnfitTarget(f"{said.indicator} 没有“全部” / there is no number of all of {said.indicator}")
        value = None
    else:
        try:
            value = indicator.parse(str(said.target))
        except NotAValue:
            raise UnfitTarget(f"目标值无效 / not a value of {said.indicator}: {said.target}") from None
    target = Target(said.indicator, said.unit, said.year, value)
    return StatedTarget(target, said.lead_department, tuple(said.responsible_departments), said.source)


async def form(database: Database, caller: Caller, period: str, *, now: datetime) -> Table:
    """The empty form for the caller's units."""
    async with database.transaction() as connection:
        units = await read_units(connection, now)
    allowed = allowed_units(units, caller)
    return empty_form(read_plan(), [(unit.unit, unit.name) for unit in units.values() if unit.unit in allowed], period)


async def industries(database: Database) -> IndustriesOut:
    """The table as it is now."""
    plan = read_plan()
    words = {industry.name: industry for industry in plan.industries}
    async with database.snapshot() as connection:
        batch = await connection.scalar(queries.BATCH_AT, {"as_of": None})
        rows = (await connection.execute(queries.INDUSTRIES, {"batch": batch})).all()
    return IndustriesOut(
        industries=[
            IndustryOut(
                category=row.category,
                industry=row.industry,
                zh=words[row.industry].zh if row.industry in words else None,
                en=words[row.industry].en if row.industry in words else None,
            )
            for row in rows
        ]
    )


async def set_industries(
    database: Database, caller: Caller, categories: Sequence[CategoryIn], *, now: datetime
) -> IndustriesOut:
    """Write categories; what was said of them before stays on record. Raises :class:`UnfitTarget`."""
    plan = read_plan()
    known = {industry.name for industry in plan.industries}
    said = {one.category: one.industry for one in categories}
    if unknown := {industry for industry in said.values() if industry is not None} - known:
        raise UnfitTarget(f"没有此产业 / no such industry: {', '.join(sorted(unknown))}")
    async with database.transaction() as connection:
        batch = await open_batch(connection, actor=caller.client_id, operation="map_industries", now=now)
        await write_industries(connection, batch, list(said.items()), since=plan.first_day)
    return await industries(database)
