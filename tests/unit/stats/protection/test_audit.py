"""Where a proof fails and nothing is left to repair it with, everything in question is hidden."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.stats.protection.auditing import Audit, Known, Shown
from services.stats.protection.calendar import Calendar
from services.stats.protection.geography import Geography
from services.stats.protection.protecting import protect
from services.stats.protection.rules import Rules
from services.stats.protection.table import Table
from tests.made_up_year import draw_income, draw_sales, income_tables, months_and_more, sales_tables, small_province

UNITS = {"520100000000": "first", "520200000000": "second", "520101001000": "new", "520201001002": "new"}


@pytest.fixture(scope="module")
def year() -> tuple[Geography, Calendar, list[Table]]:
    """A quarter of income in a small province."""
    geography, calendar = small_province(UNITS), months_and_more(3)
    return geography, calendar, income_tables(geography, calendar, draw_income(geography, calendar, 5, 25), 5)


def named_everywhere(geography: Geography, calendar: Calendar, tables: list[Table]) -> Shown:
    """A pattern that shows whatever has a name."""
    return {
        (table.name, period): geography.is_named.copy() for table in tables for period in range(len(calendar.pieces))
    }


def test_what_was_protected_passes_the_audit(year: tuple[Geography, Calendar, list[Table]]) -> None:
    """The search and the audit agree: nothing has to be withheld, and much is shown."""
    geography, calendar, tables = year
    found = protect(geography, calendar, tables)
    assert found.withheld == []
    assert found.shown["income", 0].sum() > 10
    sales = sales_tables(geography, calendar, draw_sales(geography, calendar, 5))
    assert protect(geography, calendar, sales).withheld == []


def test_a_table_with_an_unsafe_remainder_shows_nothing_and_says_why(
    year: tuple[Geography, Calendar, list[Table]],
) -> None:
    """A pattern that shows everything is withheld whole, and with it what is within it."""
    geography, calendar, tables = year
    shown = named_everywhere(geography, calendar, tables)
    withheld = Audit(geography, calendar, tables, Rules()).withhold(shown)
    assert ("income", "unsafe_remainder") in {(one.table, one.reason) for one in withheld}
    assert not any(pattern.any() for pattern in shown.values())


def test_a_figure_that_is_told_by_its_neighbours_costs_its_table(
    year: tuple[Geography, Calendar, list[Table]],
) -> None:
    """A month hidden between two shown ones of a shown quarter is the quarter less these: the table shows nothing."""
    geography, calendar, tables = year
    shown = protect(geography, calendar, tables).shown
    for table, period in list(shown):
        shown[table, period] = np.zeros(geography.size, dtype=np.bool_)
    for label in ("Y", "Q1", "M1", "M2"):
        for period, name in enumerate(calendar.labels):
            shown["income", period][0] |= name == label
    [one, *_] = Audit(geography, calendar, tables[:1], Rules()).withhold(shown)
    assert one.table == "income"
    assert not any(pattern.any() for pattern in shown.values())


@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_whatever_the_search_may_have_left_every_promise_holds_after_the_audit(
    year: tuple[Geography, Calendar, list[Table]], data: st.DataObject
) -> None:
    """Show or hide nodes of a good pattern at random: a second audit finds nothing that the first left."""
    geography, calendar, tables = year
    shown = {key: pattern.copy() for key, pattern in protect(geography, calendar, tables).shown.items()}
    keys = sorted(shown)
    for _ in range(data.draw(st.integers(1, 4))):
        node = data.draw(st.integers(0, geography.size - 1))
        chosen = data.draw(st.sampled_from(keys))
        shown[chosen][node] ^= True
    audit = Audit(geography, calendar, tables, Rules())
    audit.withhold(shown)
    assert audit.withhold(shown) == []


def test_where_nothing_is_left_to_hide_the_failing_divisions_are_hidden_whole(
    year: tuple[Geography, Calendar, list[Table]],
) -> None:
    """Earlier releases showed the quarter and two of its months of the province and hid the third, so that it is told:
    that is said, and cannot be undone; every other promise still holds.
    """
    geography, calendar, tables = year
    nothing = np.zeros(geography.size, dtype=np.bool_)
    root = nothing.copy()
    root[0] = True
    earlier = {
        ("income", period): Known(nothing, root) if label == "M3" else Known(root, nothing)
        for period, label in enumerate(calendar.labels)
    }
    found = protect(geography, calendar, tables[:1], earlier=earlier)
    assert "told_before" in {one.reason for one in found.withheld}
    assert Audit(geography, calendar, tables[:1], Rules(), earlier).withhold(found.shown) == []
