"""The targets of a year as they stand on the wire and in a file."""

from collections.abc import Sequence
from datetime import timedelta

from services.stats.indicators import Missing, Unit, Value, format_rate, written
from services.stats.plan.answering import TargetsOfYear, departments_of
from services.stats.plan.progress import Progress, Standing, Tally, tally
from services.stats.schemas.plan import (
    AudienceOut,
    DepartmentTallyOut,
    PlainValue,
    ReportedFromOut,
    TargetRowOut,
    TargetsOut,
    TrendOut,
    UnitTallyOut,
)
from services.stats.service import watermark_out
from services.stats.tabular import Cell, Column, Table

TO_BE_FILLED = "待填 / to be filled in"


def targets_out(found: TargetsOfYear) -> TargetsOut:
    """The answer as JSON."""
    units = tally(found.rows, {place: [row.unit] for place, row in enumerate(found.rows)})
    departments = tally(
        found.rows,
        {
            place: departments_of(row.target) or [""] if row.target is not None else []
            for place, row in enumerate(found.rows)
        },
    )
    return TargetsOut(
        year=found.asked.year,
        day=found.day,
        as_of=found.asked.as_of,
        watermark=watermark_out(found.state.watermark),
        plan_batch=found.state.batch,
        source=found.plan.source,
        units=[
            UnitTallyOut(unit=one.key, zh=found.units[one.key].name, en=found.units[one.key].name_en, **_numbers(one))
            for one in units
        ],
        departments=[DepartmentTallyOut(department=one.key or None, **_numbers(one)) for one in departments],
        rows=[_row(found, row) for row in found.rows],
    )


def _numbers(one: Tally) -> dict[str, int]:
    return {"targets": one.targets, "reached": one.reached, "unknown": one.unknown}


def _plain(value: Value, unit: Unit) -> PlainValue:
    return None if isinstance(value, Missing) else written(value, unit)


def _reason(value: Value) -> str | None:
    return value.reason if isinstance(value, Missing) else None


def _row(found: TargetsOfYear, row: Progress) -> TargetRowOut:
    indicator, now, target = row.indicator, row.now, row.target
    share = row.reached_bp
    place = found.units[row.unit]
    return TargetRowOut(
        indicator=indicator.name,
        zh=indicator.zh,
        en=indicator.en,
        unit=row.unit,
        unit_zh=place.name,
        unit_en=place.name_en,
        value_unit=indicator.unit.value,
        target=None if row.asked is None else written(row.asked, indicator.unit),
        target_is_all=target is not None and target.target.value is None,
        due_year=None if target is None else target.target.year,
        actual=_plain(row.actual, indicator.unit),
        actual_reason=_reason(row.actual),
        actual_is=indicator.actual,
        counted=_plain(now.counted, indicator.unit),
        counted_reason=_reason(now.counted),
        counted_zh=indicator.counted_zh or None,
        counted_en=indicator.counted_en or None,
        reported=_plain(now.reported, indicator.unit),
        reported_zh=indicator.reported_zh,
        reported_en=indicator.reported_en,
        reported_from=_reported_from(now),
        share_reached=None if share is None or isinstance(share, Missing) else format_rate(share),
        reached=row.is_reached,
        lead_department=None if target is None else target.lead_department,
        responsible_departments=[] if target is None else list(target.responsible_departments),
        target_source=None if target is None else target.source,
        trend=[
            TrendOut(
                label=standing.label,
                counted=_plain(standing.counted, indicator.unit),
                reported=_plain(standing.reported, indicator.unit),
            )
            for standing in row.course
        ],
        audiences=[
            AudienceOut(
                audience=name, zh=words[0], en=words[1], value=written(row.audiences[name].value, indicator.unit)
            )
            for name, words in found.plan.audiences.items()
            if name in row.audiences
        ],
    )


def _reported_from(now: Standing) -> ReportedFromOut | None:
    if now.reports is None:
        if now.units_reporting is None:
            return None
        return ReportedFromOut(
            first_day=None, last_day=None, reports=0, source=None, reporter=None, reported_on=None,
            units_reporting=now.units_reporting,
        )  # fmt: skip
    parts = now.reports.parts
    latest = parts[-1]
    return ReportedFromOut(
        first_day=min(part.first for part in parts),
        last_day=max(part.past for part in parts) - timedelta(days=1),
        reports=len(parts),
        source=latest.source,
        reporter=latest.reporter,
        reported_on=latest.reported_on,
        units_reporting=None,
    )


_TEXT = "text"
_COLUMNS = (
    Column("unit", _TEXT, "统计单位代码", "Reporting unit"),
    Column("unit_name", _TEXT, "统计单位", "Its name"),
    Column("indicator", _TEXT, "指标代码", "Indicator"),
    Column("indicator_name", _TEXT, "指标 / 名称", "Its name, Chinese / English"),
    Column("value_unit", _TEXT, "数值单位（count 个、yuan 元、rate 比率）", "What the values are: count, yuan or rate"),
    Column("due_year", _TEXT, "目标年份（年末）", "To be reached by the end of this year"),
    Column("target", "number", "目标（不低于）", "Target: at least"),
    Column("actual", "number", "实际（与目标相比的数）", "Actual: what the target is held against"),
    Column("actual_is", _TEXT, "实际数来源（counted 系统统计、reported 部门上报）", "How it was obtained"),
    Column("actual_reason", _TEXT, "无实际数的原因", "Why there is none"),
    Column("share_reached", "rate", "完成比例", "actual ÷ target"),
    Column("reached", _TEXT, "是否完成", "Whether it is reached"),
    Column("counted", "number", "系统统计数", "Counted by the system"),
    Column("reported", "number", "部门上报数", "Reported"),
    Column("reported_source", _TEXT, "上报依据", "Source of the latest report"),
    Column("reporter", _TEXT, "上报单位", "Who reported"),
    Column("reported_on", "date", "上报日期", "When"),
    Column("units_reporting", _TEXT, "相加的上报单位数（全省未直接上报时）", "How many units' reports were added up"),
    Column("lead_department", _TEXT, "牵头部门", "Lead department"),
    Column("responsible_departments", _TEXT, "责任部门", "Responsible departments"),
    Column("target_source", _TEXT, "目标出处", "Where the target stands"),
)


def targets_tables(found: TargetsOfYear) -> list[Table]:
    """The answer as a file: all rows, and in a workbook the trend, the units, the departments and the definitions."""
    answer = targets_out(found)
    stem = f"targets-{answer.year}" + (f"-{found.asked.unit}" if found.asked.unit else "")
    notes = [
        ("source", answer.source),
        ("year", str(answer.year)),
        ("day", answer.day.isoformat()),
        ("watermark.position", str(answer.watermark.position)),
        ("watermark.income_position", str(answer.watermark.income_position)),
        ("plan_batch", str(answer.plan_batch)),
        ("legend", "counted = 系统统计 / counted by the system; reported = 部门上报 / reported by a department"),
        ("legend.departments", f"{TO_BE_FILLED}: 方案中的部门尚未录入 / the plan's departments are not recorded yet"),
    ]
    title = f"电商扶贫目标完成情况 {answer.year} / Targets of the plan in {answer.year}"
    return [
        Table(stem, title, _COLUMNS, [_cells(row) for row in answer.rows], notes),
        _trend(answer),
        _tallies(answer),
        _definitions(answer.rows),
    ]


def _cells(row: TargetRowOut) -> list[Cell]:
    latest = row.reported_from
    return [
        row.unit, row.unit_zh, row.indicator, f"{row.zh} / {row.en}", row.value_unit,
        None if row.due_year is None else str(row.due_year),
        row.target, row.actual, row.actual_is, row.actual_reason, row.share_reached,
        None if row.reached is None else ("是 yes" if row.reached else "否 no"),
        row.counted, row.reported,
        None if latest is None else latest.source,
        None if latest is None else latest.reporter,
        None if latest is None else latest.reported_on,
        None if latest is None or latest.units_reporting is None else str(latest.units_reporting),
        (row.lead_department or TO_BE_FILLED) if row.target is not None else None,
        "、".join(row.responsible_departments) or (TO_BE_FILLED if row.target is not None else None),
        row.target_source,
    ]  # fmt: skip


def _trend(answer: TargetsOut) -> Table:
    columns = (
        Column("unit", _TEXT, "统计单位代码", "Reporting unit"),
        Column("indicator", _TEXT, "指标代码", "Indicator"),
        Column("at", _TEXT, "季度末", "End of the quarter"),
        Column("counted", "number", "系统统计数", "Counted by the system"),
        Column("reported", "number", "部门上报数", "Reported"),
    )
    rows = [
        [row.unit, row.indicator, point.label, point.counted, point.reported]
        for row in answer.rows
        for point in row.trend
    ]
    return Table(f"trend-{answer.year}", "走势 / Trend", columns, rows)


def _tallies(answer: TargetsOut) -> Table:
    columns = (
        Column("of", _TEXT, "unit 统计单位、department 部门", "Of a unit or of a department"),
        Column("name", _TEXT, "名称", "Its name"),
        Column("targets", "count", "目标数", "Targets"),
        Column("reached", "count", "已完成", "Reached"),
        Column("unknown", "count", "无数据", "Nothing known"),
    )
    rows: list[list[Cell]] = [["unit", one.zh, one.targets, one.reached, one.unknown] for one in answer.units]
    rows += [
        ["department", one.department or TO_BE_FILLED, one.targets, one.reached, one.unknown]
        for one in answer.departments
    ]
    return Table(f"tally-{answer.year}", "分单位、分部门 / By unit and by department", columns, rows)


def _definitions(rows: Sequence[TargetRowOut]) -> Table:
    columns = (
        Column("indicator", _TEXT, "指标代码", "Indicator"),
        Column("zh", _TEXT, "名称", "Its name in Chinese"),
        Column("en", _TEXT, "英文名称", "Its name"),
        Column("counted_zh", _TEXT, "系统统计口径", "How the system counts it, in Chinese"),
        Column("counted_en", _TEXT, "系统统计口径（英文）", "How the system counts it"),
        Column("reported_zh", _TEXT, "上报口径", "What is reported, in Chinese"),
        Column("reported_en", _TEXT, "上报口径（英文）", "What is reported"),
    )
    known = {row.indicator: row for row in rows}
    return Table(
        "definitions",
        "口径 / Definitions",
        columns,
        [[r.indicator, r.zh, r.en, r.counted_zh, r.counted_en, r.reported_zh, r.reported_en] for r in known.values()],
    )
