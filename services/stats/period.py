"""Periods of whole business days as the API writes them, and how they are put together from calendar units.

``2020``, ``2020-Q1``, ``2020-02``, ``2020-W07`` (ISO 8601 week), ``2020-02-21``, and ranges of any two of these:
``2020-01..2020-06`` is the first half year, ``2020-02-03..2020-03-17`` is forty-four days.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

MAX_POINTS = 400
"""Points of a series at most: a year of days, with some to spare."""


class NotAPeriod(ValueError):
    """The text is not a period, or its end lies before its start."""


class TooManyPeriods(ValueError):
    """More than :data:`MAX_POINTS` periods."""


class Frequency(StrEnum):
    """The units of a series."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive whole units of one grain: from the unit that begins on ``first`` to before ``past``."""

    grain: str
    first: date
    past: date
    sign: int = 1
    """-1 for days that are in a month of the others and have to be taken off it again."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days ``first`` to before ``past``, under the name they were asked by."""

    label: str
    first: date
    past: date

    @property
    def last_day(self) -> date:
        """The last day that belongs to it."""
        return self.past - timedelta(days=1)

    @property
    def is_year(self) -> bool:
        """Whether it is one calendar year."""
        return (self.first.month, self.first.day) == (1, 1) and self.past == _plus_months(self.first, 12)

    @property
    def unit(self) -> str | None:
        """``day``, ``month`` or ``year`` when it is exactly one of these."""
        if self.is_year:
            return "year"
        if self.first.day == 1 and self.past == _plus_months(self.first, 1):
            return "month"
        return "day" if self.past == self.first + timedelta(days=1) else None

    @property
    def is_whole_months(self) -> bool:
        """Whether it begins and ends with a month."""
        return self.first.day == 1 and self.past.day == 1

    @property
    def running(self) -> str | None:
        """``month``, ``year`` or ``quarter`` when it is the first months of one: cumulative 1–n is of a year."""
        if not self.is_whole_months:
            return None
        if self.unit == "month":
            return "month"
        if self.first.month == 1 and self.past <= _plus_months(self.first, 12):
            return "year"
        return "quarter" if self.first.month % 3 == 1 and self.past <= _plus_months(self.first, 3) else None

    def year_before(self) -> "Period":
        """The same days a year earlier; 29 February has none."""
        return Period(f"{self.label} - 1", _year_before(self.first), _year_before(self.past))

    def spans(self) -> list[Span]:
        """The period as whole months and the days at its edges, which together cover it once."""
        whole_from = self.first if self.first.day == 1 else _plus_months(self.first.replace(day=1), 1)
        whole_to = self.past.replace(day=1)
        if whole_from >= whole_to:
            return [Span("day", self.first, self.past)]
        parts = [
            Span("day", self.first, whole_from),
            Span("month", whole_from, whole_to),
            Span("day", whole_to, self.past),
        ]
        return [span for span in parts if span.first < span.past]

    def signed_spans(self) -> list[Span]:
        """The same with fewer days: of a month that has more days in the period than out of it, those that are out are
        taken off the whole.
        """
        found: list[Span] = []
        for span in self.spans():
            found += [span] if span.grain == "month" else _in_few_days(span)
        return found

    def cells(self) -> list[Span]:
        """The same with whole years among the months."""
        found: list[Span] = []
        for span in self.spans():
            from_year = date(span.first.year + (span.first.month > 1), 1, 1)
            to_year = date(span.past.year, 1, 1)
            if span.grain == "day" or from_year >= to_year:
                found.append(span)
                continue
            parts = [Span("month", span.first, from_year), Span("year", from_year, to_year),
                     Span("month", to_year, span.past)]  # fmt: skip
            found += [part for part in parts if part.first < part.past]
        return found


def _in_few_days(days: Span) -> Iterator[Span]:
    """Days by month: as they are, or as the month less the others."""
    first = days.first
    while first < days.past:
        month, next_month = first.replace(day=1), _plus_months(first.replace(day=1), 1)
        past = min(days.past, next_month)
        if (past - first) * 2 <= next_month - month:
            yield Span("day", first, past)
        else:
            yield Span("month", month, next_month)
            for out in (Span("day", month, first, -1), Span("day", past, next_month, -1)):
                if out.first < out.past:
                    yield out
        first = past


def _plus_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1)


def _year_before(day: date) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year - 1, 3, 1)
    return day.replace(year=day.year - 1)


_UNIT = re.compile(
    r"(?P<year>20\d\d)"
    r"(?:-(?:Q(?P<quarter>[1-4])|W(?P<week>\d\d)|(?P<month>0[1-9]|1[0-2])(?:-(?P<day>\d\d))?))?",
    re.ASCII,
)


def _parse_unit(text: str) -> Period:
    match = _UNIT.fullmatch(text)
    if match is None:
        raise NotAPeriod(text)
    year = int(match["year"])
    try:
        if match["week"]:
            first = date.fromisocalendar(year, int(match["week"]), 1)
            return Period(text, first, first + timedelta(days=7))
        if match["day"]:
            first = date(year, int(match["month"]), int(match["day"]))
            return Period(text, first, first + timedelta(days=1))
    except ValueError as error:
        raise NotAPeriod(text) from error
    if match["quarter"]:
        first = date(year, int(match["quarter"]) * 3 - 2, 1)
        return Period(text, first, _plus_months(first, 3))
    if match["month"]:
        first = date(year, int(match["month"]), 1)
        return Period(text, first, _plus_months(first, 1))
    return Period(text, date(year, 1, 1), date(year + 1, 1, 1))


def parse_period(text: str) -> Period:
    """Read a period. Raises :class:`NotAPeriod`."""
    start, dots, end = text.partition("..")
    first = _parse_unit(start)
    if not dots:
        return first
    last = _parse_unit(end)
    if last.past <= first.first:
        raise NotAPeriod(text)
    return Period(text, first.first, last.past)


def _unit_of(day: date, frequency: Frequency) -> Period:
    if frequency is Frequency.DAY:
        return _parse_unit(day.isoformat())
    if frequency is Frequency.WEEK:
        year, week, _ = day.isocalendar()
        return _parse_unit(f"{year}-W{week:02d}")
    if frequency is Frequency.MONTH:
        return _parse_unit(f"{day:%Y-%m}")
    if frequency is Frequency.QUARTER:
        return _parse_unit(f"{day.year}-Q{(day.month + 2) // 3}")
    return _parse_unit(str(day.year))


def periods_between(start: str, end: str, frequency: Frequency) -> list[Period]:
    """Every unit of ``frequency`` that has a day between the first of ``start`` and the last of ``end``.

    Raises :class:`NotAPeriod` and :class:`TooManyPeriods`.
    """
    asked = Period(f"{start}..{end}", parse_period(start).first, parse_period(end).past)
    if asked.past <= asked.first:
        raise NotAPeriod(asked.label)
    found: list[Period] = []
    for period in _walk(asked, frequency):
        if len(found) == MAX_POINTS:
            raise TooManyPeriods(asked.label)
        found.append(period)
    return found


def _walk(asked: Period, frequency: Frequency) -> Iterator[Period]:
    day = asked.first
    while day < asked.past:
        period = _unit_of(day, frequency)
        yield period
        day = period.past
