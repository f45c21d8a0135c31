"""Periods as the address bar spells them, and the division tree as its codes do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.web.divisions import ancestors, is_division_code, level_below, level_of
from services.web.periods import Period, parse_period

years = st.integers(2000, 2099)
periods = st.one_of(
    st.builds(Period, years, st.just("year")),
    st.builds(Period, years, st.just("quarter"), st.integers(1, 4)),
    st.builds(Period, years, st.just("month"), st.integers(1, 12)),
)


@given(periods)
def test_a_period_is_read_as_it_is_written(period: Period) -> None:
    """Writing and reading are inverse."""
    assert parse_period(str(period)) == period


@pytest.mark.parametrize(
    "text", ["", "19", "1999", "2019-0", "2019-13", "2019-Q5", "2019-Q0", "2019-1", "２０１９", "2019 "]
)
def test_anything_else_is_no_period(text: str) -> None:
    """Nothing is guessed."""
    assert parse_period(text) is None


@given(periods)
def test_a_quarter_holds_three_months_and_a_month_itself(period: Period) -> None:
    """What the month chart marks."""
    held = [month for month in period.months() if period.holds(month)]
    assert len(held) == {"year": 0, "quarter": 3, "month": 1}[period.unit]


def test_the_years_offered_have_an_end() -> None:
    """The arrows stop at the first and the last year."""
    assert Period(2000, "year").moved(-1) is None
    assert Period(2019, "month", 3).moved(1) == Period(2020, "month", 3)


def test_a_village_has_four_levels_above_it() -> None:
    """Province, prefecture, county, township; below a village there is nothing."""
    village = "522701110206"
    assert ancestors(village) == ["520000000000", "522700000000", "522701000000", "522701110000"]
    assert [level_below(code) for code in ancestors(village)] == ["prefecture", "county", "township", "village"]
    assert level_below(village) is None
    assert level_of("520000000000") == 0


@pytest.mark.parametrize(
    "text", ["", "52", "52270110220", "5227011102061", "52270110220x", "000000000000", "５２2701102201"]
)
def test_what_is_no_division_code(text: str) -> None:
    """Twelve digits, and not nought at the beginning."""
    assert not is_division_code(text)
