"""The business day is a day in Shanghai, wherever the machine stands."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given

from services.kit.clock import SHANGHAI, business_day, now, start_of_day
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
