"""Times told by clocks that are wrong."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.codes.device_clock import TOLERANCE, ClockVerdict, correct, is_wrong, skew_of

RECEIVED = datetime(2020, 2, 10, 12, 0, tzinfo=UTC)
ENROLLED = datetime(2020, 1, 1, tzinfo=UTC)
within = st.integers(0, int((RECEIVED - ENROLLED).total_seconds())).map(lambda s: ENROLLED + timedelta(seconds=s))
offsets = st.integers(-50 * 365 * 86_400, 50 * 365 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


@given(happened_at=within, off=offsets)
def test_a_clock_that_is_off_by_a_constant_tells_the_true_time(happened_at: datetime, off: timedelta) -> None:
    """Whatever it is off by; within the tolerance it is believed, and the error is no more than that."""
    skew = skew_of(RECEIVED + off, RECEIVED)
    found = correct(happened_at + off, skew, earliest=ENROLLED, latest=RECEIVED)
    if is_wrong(skew):
        assert (found.scanned_at, found.clock) == (happened_at, ClockVerdict.SHIFTED)
    else:
        assert abs(found.scanned_at - happened_at) <= TOLERANCE
        assert found.clock is ClockVerdict.AS_TOLD


@given(device_time=offsets.map(lambda off: RECEIVED + off), skew=st.none() | offsets)
def test_no_scan_is_older_than_its_device_or_younger_than_its_receipt(
    device_time: datetime, skew: timedelta | None
) -> None:
    found = correct(device_time, skew, earliest=ENROLLED, latest=RECEIVED)
    assert ENROLLED <= found.scanned_at <= RECEIVED


@given(told=st.lists(offsets.map(lambda off: RECEIVED + off), max_size=8), skew=st.none() | offsets)
def test_the_order_in_which_a_device_scanned_is_kept(told: list[datetime], skew: timedelta | None) -> None:
    found = [correct(moment, skew, earliest=ENROLLED, latest=RECEIVED).scanned_at for moment in sorted(told)]
    assert found == sorted(found)


def test_a_clock_that_says_nothing_of_itself_is_bounded_by_what_is_possible() -> None:
    lost_battery = datetime(1970, 1, 1, tzinfo=UTC)
    ahead = RECEIVED + timedelta(days=3)
    for told, found in ((lost_battery, ENROLLED), (ahead, RECEIVED)):
        time = correct(told, None, earliest=ENROLLED, latest=RECEIVED)
        assert (time.scanned_at, time.clock) == (found, ClockVerdict.BOUNDED)


def test_a_slow_network_is_no_wrong_clock() -> None:
    assert not is_wrong(skew_of(RECEIVED - timedelta(seconds=90), RECEIVED))
    assert is_wrong(skew_of(RECEIVED - timedelta(minutes=3), RECEIVED))
    assert not is_wrong(skew_of(None, RECEIVED))
