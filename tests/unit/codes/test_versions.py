"""What events and corrections do to the versions of a subject, whatever they are."""

from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.codes.versions import NoVersionOnDay, Values, Version, revise, version_on

FIRST = date(2018, 12, 31)
_VILLAGES = st.sampled_from(["522701004215", "522701005016", "520111012201"])
_VALUES = st.fixed_dictionaries({}, optional={"persons": st.integers(1, 9), "region": _VILLAGES})


@st.composite
def histories(draw: st.DrawFn) -> list[Version]:
    """Versions side by side from FIRST on, the last one open."""
    lengths = draw(st.lists(st.integers(1, 400), max_size=4))
    begins = [FIRST + timedelta(days=sum(lengths[:count])) for count in range(len(lengths) + 1)]
    return [
        Version(begin, end, draw(_VILLAGES), draw(st.integers(1, 9)), "registered", None)
        for begin, end in zip(begins, [*begins[1:], None], strict=True)
    ]


def applied(history: list[Version], day: date, events: Values, corrections: Values) -> list[Version]:
    change = revise(history, day, events=events, corrections=corrections)
    return sorted([*set(history) - set(change.wrong), *change.right], key=lambda version: version.valid_from)


def values_on(history: list[Version], day: date) -> tuple[str, int | None]:
    version = version_on(history, day)
    assert version is not None
    return version.region, version.persons


@given(histories(), st.integers(0, 2000), _VALUES, _VALUES)
def test_versions_stay_side_by_side_without_gap_or_overlap(
    history: list[Version], days: int, events: Values, corrections: Values
) -> None:
    after = applied(history, FIRST + timedelta(days=days), events, corrections)
    assert after[0].valid_from == FIRST
    assert after[-1].valid_to is None
    assert all(one.valid_to == following.valid_from for one, following in pairwise(after))


@given(histories(), st.integers(0, 2000), _VALUES)
def test_an_event_holds_until_something_else_is_recorded_of_its_field(
    history: list[Version], days: int, events: Values
) -> None:
    day = FIRST + timedelta(days=days)
    after = applied(history, day, events, {})
    for place, field in enumerate(("region", "persons")):
        held, holds = values_on(history, day)[place], True
        for asked in (FIRST + timedelta(days=offset) for offset in range(2400)):
            before, now = values_on(history, asked)[place], values_on(after, asked)[place]
            holds = holds and (asked < day or before == held)
            assert now == (events.get(field, before) if holds and asked >= day else before)


@given(histories(), st.integers(0, 2000), _VALUES)
def test_a_correction_reaches_both_ways_as_far_as_what_was_wrong(
    history: list[Version], days: int, corrections: Values
) -> None:
    day = FIRST + timedelta(days=days)
    after = applied(history, day, {}, corrections)
    assert [(one.valid_from, one.valid_to) for one in after] == [(one.valid_from, one.valid_to) for one in history]
    at = next(place for place, one in enumerate(history) if one.holds_on(day))
    for field in ("region", "persons"):
        wrong = getattr(history[at], field)
        for place, (before, now) in enumerate(zip(history, after, strict=True)):
            between = history[min(place, at) : max(place, at) + 1]
            in_run = all(getattr(one, field) == wrong for one in between)
            expected = corrections.get(field, wrong) if in_run else getattr(before, field)
            assert getattr(now, field) == expected


@given(histories(), st.integers(0, 2000), _VALUES, _VALUES)
def test_the_same_again_changes_nothing(history: list[Version], days: int, events: Values, corrections: Values) -> None:
    day = FIRST + timedelta(days=days)
    both = {**corrections, **events}
    after = applied(history, day, events, corrections)
    change = revise(after, day, events=both, corrections={})  # type: ignore[arg-type]
    assert (change.wrong, change.right) == ((), ())


def test_nothing_is_true_before_registration() -> None:
    history = [Version(FIRST, None, "522701004215", 4, "registered", None)]
    with pytest.raises(NoVersionOnDay):
        revise(history, date(2018, 12, 30), events={"persons": 5}, corrections={})


@given(
    histories(),
    st.lists(st.tuples(st.integers(0, 2000), st.booleans()), min_size=2, max_size=5, unique_by=lambda one: one[0]),
    st.randoms(use_true_random=False),
)
def test_events_may_be_recorded_in_any_order(
    history: list[Version], days: list[tuple[int, bool]], shuffled: Random
) -> None:
    """What was recorded first does not matter: each day has the latest event of each field before it. Values that were
    never there before, so that none of them says what was so already.
    """
    events = [
        (FIRST + timedelta(days=day), Values(persons=100 + place) if persons else Values(status=f"s{place}"))
        for place, (day, persons) in enumerate(days)
    ]
    in_order, anyhow = history, history
    for day, values in sorted(events, key=lambda event: event[0]):
        in_order = applied(in_order, day, values, {})
    shuffled.shuffle(events)
    for day, values in events:
        anyhow = applied(anyhow, day, values, {})
    for offset in range(0, 2100, 3):
        asked = FIRST + timedelta(days=offset)
        assert shown(version_on(in_order, asked)) == shown(version_on(anyhow, asked))


def shown(version: Version | None) -> tuple[object, ...]:
    assert version is not None
    return version.region, version.persons, version.status
