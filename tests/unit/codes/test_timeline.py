"""The states of a code over time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.codes.timeline import Change, ImpossibleChange, Interval, State, apply_change, interval_at

START = datetime(2020, 1, 1, tzinfo=UTC)
DAYS = st.integers(min_value=-2, max_value=60).map(lambda days: START + timedelta(days=days))
NEW = [Interval(State.IN_FORCE, START, None)]


def day(number: int) -> datetime:
    """``number`` days after the start."""
    return START + timedelta(days=number)


@given(st.lists(st.tuples(st.sampled_from(Change), DAYS), max_size=12), DAYS)
def test_whatever_officers_ask_a_timeline_has_no_gaps_and_no_two_equal_neighbours(
    asked: list[tuple[Change, datetime]], moment: datetime
) -> None:
    timeline = NEW
    for change, since in asked:
        try:
            timeline = apply_change(timeline, change, since)
        except ImpossibleChange:
            continue
    assert timeline[0].valid_from == START
    assert timeline[-1].valid_to is None
    for earlier, later in pairwise(timeline):
        assert earlier.valid_to == later.valid_from
        assert earlier.valid_from < later.valid_from
        assert earlier.state is not later.state
        assert earlier.state is not State.REVOKED
    assert (interval_at(timeline, moment) is None) == (moment < START)


@given(st.lists(st.tuples(st.sampled_from(Change), DAYS), max_size=6), st.sampled_from(Change), DAYS, DAYS)
def test_a_change_leaves_the_time_before_it_alone_and_holds_from_it_on(
    earlier: list[tuple[Change, datetime]], change: Change, since: datetime, moment: datetime
) -> None:
    before = NEW
    for one, at in earlier:
        try:
            before = apply_change(before, one, at)
        except ImpossibleChange:
            continue
    try:
        after = apply_change(before, change, since)
    except ImpossibleChange:
        return
    held, holds = interval_at(before, moment), interval_at(after, moment)
    if moment < since:
        assert (held and held.state) == (holds and holds.state)
    else:
        assert holds is not None
        assert holds.state is after[-1].state
    assert apply_change(after, change, since) == after


def test_a_suspension_may_turn_out_to_have_begun_earlier() -> None:
    suspended = apply_change(NEW, Change.SUSPEND, day(10))
    assert apply_change(suspended, Change.SUSPEND, day(5)) == [
        Interval(State.IN_FORCE, START, day(5)),
        Interval(State.SUSPENDED, day(5), None),
    ]


def test_a_suspension_does_not_undo_a_later_reinstatement() -> None:
    timeline = apply_change(apply_change(NEW, Change.SUSPEND, day(10)), Change.REINSTATE, day(20))
    for moment in (day(5), day(15)):
        with pytest.raises(ImpossibleChange) as error:
            apply_change(timeline, Change.SUSPEND, moment)
        assert error.value.interval == Interval(State.IN_FORCE, day(20), None)


def test_a_revocation_replaces_whatever_came_later() -> None:
    timeline = apply_change(apply_change(NEW, Change.SUSPEND, day(10)), Change.REINSTATE, day(20))
    assert apply_change(timeline, Change.REVOKE, day(5)) == [
        Interval(State.IN_FORCE, START, day(5)),
        Interval(State.REVOKED, day(5), None),
    ]


def test_a_suspension_from_the_first_moment_leaves_no_empty_interval() -> None:
    assert apply_change(NEW, Change.SUSPEND, START) == [Interval(State.SUSPENDED, START, None)]


def test_nothing_changes_before_a_code_exists_and_only_a_suspended_one_is_reinstated() -> None:
    with pytest.raises(ImpossibleChange) as error:
        apply_change(NEW, Change.SUSPEND, day(-1))
    assert error.value.interval is None
    revoked = apply_change(NEW, Change.REVOKE, day(1))
    for change in (Change.REINSTATE, Change.SUSPEND):
        with pytest.raises(ImpossibleChange):
            apply_change(revoked, change, day(2))
