"""What events and corrections do to the versions of a subject, whatever they are."""

from datetime import date, timedelta
from itertools import pairwise

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
def test_an_event_changes_no_day_before_it_and_none_after_the_next_version(
    history: list[Version], days: int, events: Values
) -> None:
    day = FIRST + timedelta(days=days)
    after = applied(history, day, events, {})
    held = version_on(history, day)
    assert held is not None
    for offset in range(0, 2400, 7):
        asked = FIRST + timedelta(days=offset)
        if asked < day or not held.holds_on(asked):
            assert values_on(after, asked) == values_on(history, asked)
        else:
            expected = (events.get("region", held.region), events.get("persons", held.persons))
            assert values_on(after, asked) == expected


@given(histories(), st.integers(0, 2000), _VALUES)
def test_a_correction_changes_the_whole_version_and_no_other(
    history: list[Version], days: int, corrections: Values
) -> None:
    day = FIRST + timedelta(days=days)
    after = applied(history, day, {}, corrections)
    assert [(one.valid_from, one.valid_to) for one in after] == [(one.valid_from, one.valid_to) for one in history]
    changed = [one for one in after if one not in history]
    assert all(one.holds_on(day) for one in changed)


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
