"""Which reported figures make the figure of a day. Pure.

What there is *on* a day is what was reported of the latest day before. What comes together over days is the sum of the
reports that lie within them; where a longer period was reported beside its parts, the longer one counts and its parts
do not, so that nobody has to take back the months when the quarter comes in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.stats.plan.catalogue import PlanIndicator, Span


@dataclass(frozen=True, slots=True)
class Report:
    """A reported figure of the days ``first`` to before ``past``."""

    indicator: str
    unit: str
    audience: str
    first: date
    past: date
    value: int
    source: str
    reporter: str
    reported_on: date


@dataclass(frozen=True, slots=True)
class Reported:
    """What reports say of a day: the value, and the reports it is made of, the latest last."""

    value: int
    parts: tuple[Report, ...]


def figure_of(indicator: PlanIndicator, reports: Iterable[Report], *, since: date, past: date) -> Reported | None:
    """What reports say of the day before ``past``, where a figure that comes together begins at ``since``.

    Reports of one indicator and unit. Those without an audience are the whole; where there are none, those of the
    audiences are added up, unless people would be counted twice.
    """
    known = list(reports)
    of_all = _of_audience(indicator, [report for report in known if not report.audience], since, past)
    if of_all is not None or indicator.whole_only:
        return of_all
    parts = by_audience(indicator, known, since=since, past=past).values()
    if not parts:
        return None
    return Reported(sum(part.value for part in parts), tuple(report for part in parts for report in part.parts))


def by_audience(indicator: PlanIndicator, reports: Iterable[Report], *, since: date, past: date) -> dict[str, Reported]:
    """What reports say of each audience."""
    known = [report for report in reports if report.audience]
    found = {
        audience: _of_audience(indicator, [one for one in known if one.audience == audience], since, past)
        for audience in sorted({report.audience for report in known})
    }
    return {audience: figure for audience, figure in found.items() if figure is not None}


def _of_audience(indicator: PlanIndicator, reports: Sequence[Report], since: date, past: date) -> Reported | None:
    if indicator.span is Span.DAY:
        until = [report for report in reports if report.past <= past]
        return _latest(until)
    if indicator.whole_only:
        return _latest([report for report in reports if (report.first, report.past) == (since, past)])
    taken: list[Report] = []
    within = [report for report in reports if since <= report.first and report.past <= past]
    for report in sorted(within, key=lambda one: (one.first - one.past, one.first)):
        if all(report.past <= other.first or other.past <= report.first for other in taken):
            taken.append(report)
    if not taken:
        return None
    return Reported(sum(report.value for report in taken), tuple(sorted(taken, key=lambda one: one.first)))


def _latest(reports: Sequence[Report]) -> Reported | None:
    if not reports:
        return None
    report = max(reports, key=lambda one: (one.past, one.first))
    return Reported(report.value, (report,))
