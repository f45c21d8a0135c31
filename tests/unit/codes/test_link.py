"""Links of a pair."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.codes.code import Kind
from services.codes.link import Terms, may_join

FIRST = date(2019, 1, 1)
PERIODS = st.builds(
    lambda start, length: Terms(1, FIRST + timedelta(start), length and FIRST + timedelta(start + length), None),
    st.integers(0, 20),
    st.none() | st.integers(1, 10),
)


@given(PERIODS, PERIODS)
def test_two_periods_overlap_if_there_is_a_day_in_both(one: Terms, other: Terms) -> None:
    days = [FIRST + timedelta(number) for number in range(60)]
    shared = [day for day in days if _holds(one, day) and _holds(other, day)]
    assert one.overlaps(other) == other.overlaps(one) == bool(shared)


def _holds(terms: Terms, day: date) -> bool:
    return terms.valid_from <= day and (terms.valid_to is None or day < terms.valid_to)


def test_links_lead_upwards_only_so_no_circle_can_arise() -> None:
    order = [Kind.HOUSEHOLD, Kind.COOPERATIVE, Kind.ENTERPRISE]
    for member in Kind:
        for group in Kind:
            assert may_join(member, group) == (order.index(member) < order.index(group))
