"""From what an office writes, on the wire or in a row of a file, to a report. Pure."""

import re
from collections.abc import Collection
from datetime import date

from services.stats.period import NotAPeriod, Period, parse_period
from services.stats.plan.catalogue import NotAValue, Plan, PlanIndicator, Span
from services.stats.plan.reported import Report

FIRST_YEAR = 2015
_TEXT = re.compile(r"[^\x00-\x1f]{1,200}")
"""As ``schemas.plan.Text`` has it; rows of files come here without a schema before them."""


class UnfitReport(ValueError):
    """A report that cannot be taken: ``column`` says where, the text what to do."""

    def __init__(self, column: str, detail: str) -> None:
        super().__init__(detail)
        self.column = column
        self.detail = detail


def read_report(
    plan: Plan,
    units: Collection[str],
    *,
    indicator: str,
    unit: str,
    audience: str,
    period: str,
    value: str,
    source: str,
    reporter: str,
    reported_on: date,
    today: date,
) -> Report:
    """The report. Raises :class:`UnfitReport`."""
    known = plan.indicators.get(indicator)
    if known is None:
        raise UnfitReport("indicator", f"没有此指标 / there is no such indicator: {', '.join(plan.indicators)}")
    if unit not in units:
        raise UnfitReport("unit", f"没有此统计单位 / there is no such unit: {', '.join(units)}")
    if audience and not (known.by_audience and audience in plan.audiences):
        raise UnfitReport("audience", f"此指标不分对象,或无此对象 / only for trainings: {', '.join(plan.audiences)}")
    days = _days(plan, known, period, today)
    try:
        number = known.parse(value)
    except NotAValue:
        example = {"yuan": "1200.00", "rate": "0.1800"}.get(known.unit.value, "12")
        raise UnfitReport("value", f"数值应如 {example} / write the value like {example}") from None
    for column, text in (("source", source), ("reporter", reporter)):
        if _TEXT.fullmatch(text) is None:
            raise UnfitReport(column, "必填,至多 200 字 / must be filled in, with at most 200 characters")
    if not date(FIRST_YEAR, 1, 1) <= reported_on <= today:
        raise UnfitReport("reported_on", "上报日期不得晚于今天 / not later than today")
    return Report(indicator, unit, audience, days.first, days.past, number, source, reporter, reported_on)


def _days(plan: Plan, indicator: PlanIndicator, period: str, today: date) -> Period:
    try:
        days = parse_period(period)
    except NotAPeriod:
        raise UnfitReport(
            "period", "期间写作 2020、2020-Q1、2020-02 或 2020-02-21 / write a period like these"
        ) from None
    if indicator.whole_only and not days.is_year:
        raise UnfitReport("period", "此指标只收全年数,如 2020 / only figures of a whole year are taken, such as 2020")
    if days.first.year < FIRST_YEAR or days.last_day > today:
        raise UnfitReport("period", "期间尚未结束或过早 / the period is not over yet, or too long ago")
    if indicator.span is Span.PLAN and days.first < plan.first_day:
        raise UnfitReport("period", f"方案自 {plan.first_day} 起 / the plan begins on {plan.first_day}")
    return days
