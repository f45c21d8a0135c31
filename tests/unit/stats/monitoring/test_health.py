"""Silence, and a score that says why."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.stats.monitoring.health import Work, score, signs_of, silent_days

BEGIN = date(2020, 1, 1)
WELL = Work(
    status="active", scans=100, working_scans=60, offline=10, not_valid=1, longest_queue_seconds=3_600,
    largest_skew_ms=900, silent_days=1, ever_heard=True,
)  # fmt: skip

days = st.integers(0, 60).map(lambda number: BEGIN + timedelta(days=number))


def test_closures_and_seasons_without_harvest_are_no_silence() -> None:
    """Days on which both hold count once; what lies before the last scan or after today does not count at all."""
    heard, today = date(2020, 3, 1), date(2020, 3, 31)
    assert silent_days(heard, BEGIN, today, []) == 30
    closed, season = (date(2020, 3, 5), date(2020, 3, 15)), (date(2020, 3, 10), date(2020, 3, 20))
    assert silent_days(heard, BEGIN, today, [closed]) == 20
    assert silent_days(heard, BEGIN, today, [season, closed]) == 15
    assert (
        silent_days(heard, BEGIN, today, [(date(2020, 2, 1), date(2020, 3, 2)), (date(2020, 4, 1), date(2020, 5, 1))])
        == 30
    )
    assert silent_days(None, date(2020, 3, 22), today, []) == 10


@given(st.none() | days, days, st.lists(st.tuples(days, days), max_size=5))
def test_silence_is_the_days_that_are_left_when_quiet_ones_are_struck_out(
    heard: date | None, since: date, spans: list[tuple[date, date]]
) -> None:
    """Counted one by one."""
    today = BEGIN + timedelta(days=60)
    quiet = [(min(span), max(span)) for span in spans]
    first = since if heard is None or heard < since else heard + timedelta(days=1)
    open_days = [
        first + timedelta(days=number)
        for number in range(max(0, (today - first).days + 1))
        if not any(begin <= first + timedelta(days=number) < end for begin, end in quiet)
    ]
    assert silent_days(heard, since, today, quiet) == len(open_days)


def test_a_station_that_works_has_a_full_score() -> None:
    assert signs_of(WELL) == []
    assert score(WELL, []) == 100


def test_every_point_that_is_taken_is_named() -> None:
    """In both languages, the gravest sign first; the score never falls below 0, and who is closed has none."""
    ill = replace(
        WELL, silent_days=45, offline=90, not_valid=30, longest_queue_seconds=20 * 86_400, largest_skew_ms=3_600_000,
        working_scans=0,
    )  # fmt: skip
    signs = signs_of(ill)
    assert [sign.name for sign in signs] == ["silent", "bad_codes", "late_uploads", "offline", "only_looks", "clock"]
    assert score(ill, signs) == max(0, 100 - sum(sign.points for sign in signs)) == 0
    assert "45" in signs[0].zh
    assert "45" in signs[0].en
    assert score(replace(ill, status="closed"), signs) is None


def test_a_station_that_was_never_heard_of_says_so_once() -> None:
    unknown = replace(WELL, scans=0, working_scans=0, offline=0, not_valid=0, silent_days=90, ever_heard=False)
    assert [(sign.name, sign.points) for sign in signs_of(unknown)] == [("never_heard", 60)]
