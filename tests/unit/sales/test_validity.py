"""Facts with a validity: whatever is asked for, no two of one key ever hold on the same day."""

from datetime import date, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from services.sales.validity import Dated, Overlap, pick_new

FIRST = date(2019, 1, 1)


@st.composite
def facts(draw: st.DrawFn) -> Dated:
    """A fact about one of two keys, within a few days, so that overlaps and repetitions are frequent."""
    begins = draw(st.integers(0, 8))
    lasts = draw(st.one_of(st.none(), st.integers(1, 4)))
    return Dated(
        key=(draw(st.sampled_from("ab")),),
        said=(draw(st.sampled_from("xy")),),
        valid_from=FIRST + timedelta(begins),
        valid_to=None if lasts is None else FIRST + timedelta(begins + lasts),
    )


def days(fact: Dated) -> set[tuple[tuple[str, ...], int]]:
    """The days, within the fortnight looked at, on which a fact says something of its key."""
    return {
        (fact.key, day)
        for day in range(15)
        if fact.valid_from <= FIRST + timedelta(day)
        and (fact.valid_to is None or FIRST + timedelta(day) < fact.valid_to)
    }


@given(facts(), facts())
def test_facts_overlap_if_they_share_a_day(one: Dated, other: Dated) -> None:
    """Half-open: on the day on which one ends, another may begin."""
    assert one.overlaps(other) == other.overlaps(one) == bool(days(one) & days(other))


@given(st.lists(st.lists(facts(), max_size=4), max_size=5))
def test_whatever_is_posted_no_two_facts_hold_at_once(requests: list[list[Dated]]) -> None:
    """Request after request: all of it or nothing; afterwards all that is recorded is free of overlaps, and what was
    taken says nothing new when it is posted again.
    """
    recorded: list[Dated] = []
    refused: list[Overlap] = []
    for wanted in requests:
        try:
            new = pick_new(wanted, recorded)
        except Overlap as overlap:
            refused.append(overlap)
            continue
        recorded += [fact for fact, is_new in zip(wanted, new, strict=True) if is_new]
        assert set(wanted) <= set(recorded)
        assert not any(pick_new(wanted, recorded))
    assert len(set(recorded)) == len(recorded)
    assert not any(days(one) & days(other) for one, other in combinations(recorded, 2))
    assert all(days(overlap.wanted) & days(overlap.standing) for overlap in refused)
