"""Counts of persons that were recorded before the registry knew that a household had divided or been joined."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.codes.counting import LaterCounts, TooFewToDivide, changes_of, counts_since, divided_counts, joined_counts
from services.codes.versions import Version, recount, version_on
from tests.unit.codes.test_versions import FIRST, histories

_DAYS = st.integers(1, 1600)
_REGISTERED, _LIVED = LaterCounts.AS_REGISTERED, LaterCounts.AS_LIVED


def persons_on(versions: list[Version], day: date) -> int:
    held = version_on(versions, day)
    assert held is not None
    assert held.persons is not None
    return held.persons


def applied(versions: list[Version], counts: dict[date, int]) -> list[Version]:
    change = recount(versions, counts)
    return sorted([*set(versions) - set(change.wrong), *change.right], key=lambda one: one.valid_from)


def asked_days(*parties: list[Version], day: date) -> set[date]:
    turns = {day, *(one.valid_from for party in parties for one in party)}
    return {
        turn + timedelta(days=step) for turn in turns for step in (-1, 0, 1) if turn + timedelta(days=step) >= FIRST
    }


@given(histories(), st.lists(histories(), min_size=1, max_size=3), _DAYS)
def test_who_joined_late_is_in_every_later_count(own: list[Version], joining: list[list[Version]], offset: int) -> None:
    """Each count was of the household as it was registered: from the day on all are summed, of every day."""
    day = FIRST + timedelta(days=offset)
    after = applied(own, joined_counts(own, joining, day, _REGISTERED))
    for asked in asked_days(own, *joining, day=day):
        together = persons_on(own, asked) + sum(persons_on(one, asked) for one in joining if asked >= day)
        assert persons_on(after, asked) == together


@given(histories(), histories(), _DAYS)
def test_a_count_of_all_who_lived_together_stands(own: list[Version], joining: list[Version], offset: int) -> None:
    day = FIRST + timedelta(days=offset)
    after = applied(own, joined_counts(own, [joining], day, _LIVED))
    later = [one.valid_from for one in own if one.valid_from > day and one.persons != persons_on(own, day)]
    for asked in asked_days(own, joining, day=day):
        summed = day <= asked < min(later, default=date.max)
        assert persons_on(after, asked) == persons_on(own, asked) + (persons_on(joining, asked) if summed else 0)


@given(histories(), _DAYS, st.integers(1, 8), st.sampled_from(LaterCounts))
def test_who_left_late_is_in_no_later_count(own: list[Version], offset: int, others: int, later: LaterCounts) -> None:
    """What was counted of all is divided: the parts have, of every day, as many persons as were registered. Where that
    cannot be it is refused; where the part that stayed was counted its counts stand.
    """
    day = FIRST + timedelta(days=offset)
    keeper = persons_on(own, day) - others
    recounted = [one for one in own if one.valid_from > day and one.persons != persons_on(own, day)]
    affected = [one for one in own if recounted and one.valid_from >= recounted[0].valid_from]
    too_small = later is _REGISTERED and any((one.persons or 0) <= others for one in affected)
    if too_small:
        with pytest.raises(TooFewToDivide):
            divided_counts(own, day, keeper=keeper, others=others, later=later)
        return
    after = applied(own, divided_counts(own, day, keeper=keeper, others=others, later=later))
    for asked in asked_days(own, day=day):
        stands = asked < day or (later is _LIVED and bool(affected) and asked >= affected[0].valid_from)
        assert persons_on(after, asked) == persons_on(own, asked) - (0 if stands else others)


@given(histories(), histories(), _DAYS, st.sampled_from(LaterCounts))
def test_nothing_but_persons_changes_and_versions_adjoin(
    own: list[Version], joining: list[Version], offset: int, later: LaterCounts
) -> None:
    after = applied(own, joined_counts(own, [joining], FIRST + timedelta(days=offset), later))
    assert all(one.valid_to == following.valid_from for one, following in pairwise(after))
    assert (after[0].valid_from, after[-1].valid_to) == (FIRST, None)
    for one in after:
        before = version_on(own, one.valid_from)
        assert before is not None
        assert (one.region, one.status) == (before.region, before.status)


def test_only_days_on_which_the_count_changes_are_told() -> None:
    versions = [
        Version(FIRST, date(2020, 1, 1), "522701004215", 4, "registered", None),
        Version(date(2020, 1, 1), date(2020, 5, 1), "522701004215", 4, "out_of_poverty", None),
        Version(date(2020, 5, 1), None, "522701004215", 5, "out_of_poverty", None),
    ]
    assert changes_of(counts_since(versions, date(2019, 6, 1))) == [(date(2019, 6, 1), 4), (date(2020, 5, 1), 5)]
