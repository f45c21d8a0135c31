"""The business day is a day in Shanghai, wherever the machine stands."""

import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given

from services.kit import clock
from services.kit.clock import LOOK_SECONDS, SHANGHAI, agree, business_day, now, start_of_day
from tests.strategies import moments


def test_now_is_aware_and_in_utc() -> None:
    """A naive moment means something else on every machine."""
    assert now().tzinfo is UTC


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2019, 3, 17, 15, 59, 59, tzinfo=UTC), date(2019, 3, 17)),
        (datetime(2019, 3, 17, 16, 0, tzinfo=UTC), date(2019, 3, 18)),
        (datetime(2019, 3, 18, 0, 0, tzinfo=SHANGHAI), date(2019, 3, 18)),
        (datetime(2019, 12, 31, 12, 0, tzinfo=timezone(timedelta(hours=-8))), date(2020, 1, 1)),
        (datetime(2020, 2, 29, 23, 59, 59, 999_999, tzinfo=SHANGHAI), date(2020, 2, 29)),
    ],
)
def test_a_day_begins_at_four_in_the_afternoon_utc(moment: datetime, day: date) -> None:
    """Midnight in Shanghai is 16:00 UTC, the whole year."""
    assert business_day(moment) == day


@given(moments)
def test_every_moment_lies_in_its_day(moment: datetime) -> None:
    """From its beginning, before the next one's; and a day has 24 hours."""
    day = business_day(moment)
    begins, ends = start_of_day(day), start_of_day(day + timedelta(days=1))
    assert begins <= moment < ends
    assert ends.astimezone(UTC) - begins.astimezone(UTC) == timedelta(days=1)
    assert business_day(begins) == day


YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def stopwatch(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the stopwatch shows; nothing has been agreed on."""
    shows = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: shows[0])
    monkeypatch.setattr(clock, "_agreed", None)
    return shows


def test_a_process_goes_by_the_clock_it_agreed_on(stopwatch: list[float]) -> None:
    """From then on a stopwatch tells the time, and the machine's clock is not asked."""
    agree(YEAR_2000, 99.9, 100.1)
    stopwatch[0] = 3_700.0
    assert now() == YEAR_2000 + timedelta(hours=1)
    agree(YEAR_2000, 3_700.0, 3_700.0)  # the clock was put back
    assert now() == YEAR_2000


def test_time_does_not_tremble_with_every_look(stopwatch: list[float]) -> None:
    """What lies within the look's own length changes nothing, and neither does a look that took too long."""
    agree(YEAR_2000, 100.0, 100.0)
    agree(YEAR_2000 + timedelta(milliseconds=30), 100.0, 100.04)
    assert now() == YEAR_2000
    stopwatch[0] = 101.0 + LOOK_SECONDS
    agree(YEAR_2000 + timedelta(hours=1), 100.0, stopwatch[0])
    assert now() == YEAR_2000 + timedelta(seconds=1.0 + LOOK_SECONDS)
