"""Periods as the API writes them."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.stats.period import (
    MAX_POINTS,
    Frequency,
    NotAPeriod,
    Period,
    TooManyPeriods,
    parse_period,
    periods_between,
)

days = st.dates(date(2001, 1, 1), date(2098, 12, 31))


@pytest.mark.parametrize(
    ("label", "first", "last"),
    [
        ("2020", date(2020, 1, 1), date(2020, 12, 31)),
        ("2020-Q1", date(2020, 1, 1), date(2020, 3, 31)),
        ("2019-Q4", date(2019, 10, 1), date(2019, 12, 31)),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
        ("2020-W01", date(2019, 12, 30), date(2020, 1, 5)),
        ("2020-W53", date(2020, 12, 28), date(2021, 1, 3)),
        ("2020-02-21", date(2020, 2, 21), date(2020, 2, 21)),
        ("2020-01..2020-06", date(2020, 1, 1), date(2020, 6, 30)),
        ("2020-02-03..2020-03-17", date(2020, 2, 3), date(2020, 3, 17)),
        ("2019..2020-02", date(2019, 1, 1), date(2020, 2, 29)),
    ],
)
def test_reads_every_form(label: str, first: date, last: date) -> None:
    """Each form names its first and last day."""
    period = parse_period(label)
    assert (period.first, period.last_day, period.label) == (first, last, label)


@pytest.mark.parametrize(
    "label",
    ["", "20", "2020-1", "2020-13", "2020-00", "2020-Q5", "2020-W54", "2021-W53", "2020-W00", "2019-02-29", "2020/02",
     "2020-06..2020-05", "2020..", "..2020", "2020..2021..2022", " 2020", "２０２０", "1999", "2020-02-03T00:00"],
)  # fmt: skip
def test_refuses_what_is_no_period(label: str) -> None:
    """What cannot be read, or runs backwards, is refused."""
    with pytest.raises(NotAPeriod):
        parse_period(label)


@given(days, st.integers(0, 900))
def test_spans_cover_each_day_once(first: date, length: int) -> None:
    """Whole months and edge days are the period's days, each once, in order."""
    period = Period("any", first, first + timedelta(days=length + 1))
    spans = period.spans()
    assert spans[0].first == period.first
    assert spans[-1].past == period.past
    assert all(earlier.past == later.first for earlier, later in pairwise(spans))
    assert all(span.first.day == span.past.day == 1 for span in spans if span.grain == "month")
    assert sum((span.past - span.first).days for span in spans if span.grain == "day") < 62


@given(days, st.integers(0, 100))
def test_signed_spans_leave_each_day_once_and_ask_for_few(first: date, length: int) -> None:
    """What is added and taken off is the period's days; of a month no more than half are asked for one by one."""
    period = Period("any", first, first + timedelta(days=length + 1))
    counted: Counter[date] = Counter()
    single: Counter[tuple[int, int]] = Counter()
    for span in period.signed_spans():
        assert span.grain == "day" or span.first.day == span.past.day == 1
        for day in (span.first + timedelta(days=step) for step in range((span.past - span.first).days)):
            counted[day] += span.sign
            single[day.year, day.month] += span.grain == "day"
    asked = {first + timedelta(days=step) for step in range(length + 1)}
    assert all(times == (day in asked) for day, times in counted.items())
    assert asked <= counted.keys()
    assert max(single.values()) <= 15


@pytest.mark.parametrize(
    ("label", "unit"),
    [("2020", "year"), ("2020-02", "month"), ("2020-02-29", "day"), ("2020-Q1", None), ("2020-W07", None),
     ("2020-01..2020-12", "year"), ("2020-01-01..2020-01-31", "month"), ("2020-07..2021-06", None)],
)  # fmt: skip
def test_knows_whole_units_however_they_are_written(label: str, unit: str | None) -> None:
    """A range that is exactly a day, month or year is one."""
    assert parse_period(label).unit == unit


def test_year_before() -> None:
    """The year before has its own days."""
    before = parse_period("2020").year_before()
    assert (before.first, before.last_day) == (date(2019, 1, 1), date(2019, 12, 31))


@given(days, st.integers(0, 300), st.sampled_from(Frequency))
def test_series_has_no_gap(first: date, length: int, frequency: Frequency) -> None:
    """Units follow each other, and cover what was asked for."""
    last = first + timedelta(days=length)
    periods = periods_between(first.isoformat(), last.isoformat(), frequency)
    assert periods[0].first <= first
    assert periods[-1].past > last
    assert all(earlier.past == later.first for earlier, later in pairwise(periods))
    assert len({period.label for period in periods}) == len(periods)
    assert all(parse_period(period.label) == period for period in periods)


def test_series_are_limited() -> None:
    """A series too long to show is refused."""
    assert len(periods_between("2019", "2019", Frequency.DAY)) == 365
    with pytest.raises(TooManyPeriods):
        periods_between("2018", "2019", Frequency.DAY)
    assert MAX_POINTS >= 366


def test_whole_years_among_the_months_are_cells_of_their_own() -> None:
    """The cells of a period cover its days once, with as few rows as there are."""
    cells = [(cell.grain, cell.first, cell.past) for cell in parse_period("2018-11-05..2021-02-03").cells()]
    assert cells == [
        ("day", date(2018, 11, 5), date(2018, 12, 1)),
        ("month", date(2018, 12, 1), date(2019, 1, 1)),
        ("year", date(2019, 1, 1), date(2021, 1, 1)),
        ("month", date(2021, 1, 1), date(2021, 2, 1)),
        ("day", date(2021, 2, 1), date(2021, 2, 4)),
    ]
    assert [cell.grain for cell in parse_period("2020").cells()] == ["year"]
    assert [cell.grain for cell in parse_period("2020-03..2020-05").cells()] == ["month"]


def test_named_periods_are_running_sums_of_a_month_a_quarter_or_a_year() -> None:
    """Cumulative 1–n and January–February are of a year; what begins elsewhere is counted when asked."""
    asked = ["2020-02", "2020-01..2020-02", "2020-Q1", "2020-Q3", "2020", "2020-02..2020-04", "2020-W07", "2019..2020"]
    assert [parse_period(period).running for period in asked] == [
        "month", "year", "year", "quarter", "year", None, None, None,
    ]  # fmt: skip
