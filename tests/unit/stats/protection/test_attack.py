"""The attacker against a year of a made-up province at all levels, and with one household more or fewer in it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.stats.protection.auditing import Known
from services.stats.protection.calendar import Calendar, build_calendar
from services.stats.protection.geography import Geography
from services.stats.protection.protecting import Protected, protect
from services.stats.protection.revisions import Before
from services.stats.protection.rules import Rules
from services.stats.protection.table import Table
from tests.attacker import Attacker, Interval
from tests.made_up_year import (
    draw_income,
    draw_sales,
    income_tables,
    months_and_more,
    places_of,
    published,
    sales_tables,
    since,
    small_province,
    without,
)

UNITS = {"520100000000": "first", "520200000000": "second", "520101001000": "new", "520201001002": "new"}


def too_narrow(
    geography: Geography, calendar: Calendar, tables: Sequence[Table], found: Protected, figure: str
) -> Iterator[Interval]:
    """The suppressed figures that an attacker can tell to within less than p %."""
    regions = places_of(geography, UNITS)
    periods = {label: sorted(calendar.pieces[number]) for number, label in enumerate(calendar.labels) if label}
    attacker = Attacker(regions, periods)
    value: dict[tuple[str, str, str, str], int] = {}
    for table in tables:
        if figure in table.sums or figure in table.counts:
            cells = published(geography, calendar, found, table, figure)
            value |= {(table.name, *key): true for key, (true, _) in cells.items()}
            read = {key: true if shown else None for key, (true, shown) in cells.items()}
            if figure in table.sums:
                whole = table.within if table.divides and table.within else ""
                attacker.read_sums(table.name, table.members, read, whole)
            else:
                attacker.read_counts(table.name, {key[1:]: known for key, known in read.items()})
    assert attacker.suppressed, "nothing was hidden: the attack shows nothing"
    percent = Rules().interval_percent / 100
    enough = {cell: percent * true * (1 - 1e-6) - 1e-3 for cell, true in value.items()}
    for interval in attacker.intervals(enough):
        if interval.high - interval.low < enough[interval.cell]:
            yield interval


@pytest.mark.parametrize("figure", ["net", "refunds", "sellers"])
def test_no_suppressed_figure_of_sales_is_told_to_within_p_percent(figure: str) -> None:
    """By division and unit, month, quarter and year, kind and category; to p % of the whole also of divisions that a
    unit cuts; and so many figures are still shown.
    """
    geography, calendar = small_province(UNITS), months_and_more(3)
    tables = sales_tables(geography, calendar, draw_sales(geography, calendar, 5))
    found = protect(geography, calendar, tables)
    assert list(too_narrow(geography, calendar, tables, found, figure)) == []
    assert found.shown["sales", 0].sum() > 12
    assert any(not found.shown["sales", 0][list(parts)].all() for parts in geography.divided)


def test_gross_beside_net_tells_no_refunds_and_is_no_secret_of_its_own_where_net_is_shown() -> None:
    """Gross is published where net and refunds are. Whoever reads all three, knowing that none is negative, leaves p %
    on every suppressed refund, and on every gross whose net is suppressed; with net shown, gross is known to within
    the refunds, which is what is said of it.
    """
    geography, calendar = small_province(UNITS), months_and_more(3)
    tables = sales_tables(geography, calendar, draw_sales(geography, calendar, 5))
    found = protect(geography, calendar, tables)
    by_name = {table.name: table for table in tables}
    net = published(geography, calendar, found, by_name["sales"], "net")
    refunds = published(geography, calendar, found, by_name["refunds"], "refunds")
    gross = {key: (true + refunds[key][0], shown and refunds[key][1]) for key, (true, shown) in net.items()}
    periods = {label: sorted(calendar.pieces[number]) for number, label in enumerate(calendar.labels) if label}
    attacker = Attacker(places_of(geography, UNITS), periods)
    # Net and refunds are the two members that gross divides into.
    attacker.read_sums("gross", ("",), {key: true if shown else None for key, (true, shown) in gross.items()})
    cells = {("net", *key[1:]): one for key, one in net.items()} | {
        ("refunds", *key[1:]): one for key, one in refunds.items()
    }
    read = {key: true if shown else None for key, (true, shown) in cells.items()}
    attacker.read_sums("part", ("net", "refunds"), read, "gross")
    percent = Rules().interval_percent / 100
    secret = {("part", *key): percent * true for key, (true, _) in cells.items()}
    secret |= {("gross", *key): percent * net[key][0] if not net[key][1] else 0.0 for key in gross}
    enough = {cell: width * (1 - 1e-6) - 1e-3 for cell, width in secret.items()}
    assert [one for one in attacker.intervals(enough) if one.high - one.low < enough[one.cell]] == []
    assert any(net[key][1] and not refunds[key][1] for key in net)


@pytest.mark.parametrize("figure", ["income", "households", "people"])
def test_no_suppressed_figure_of_income_is_told_to_within_p_percent(figure: str) -> None:
    """By division and unit, month and quarter, and basis; distinct counts too."""
    geography, calendar = small_province(UNITS, prefectures=3), months_and_more(3)
    tables = income_tables(geography, calendar, draw_income(geography, calendar, 6, households_per_village=25), 6)
    found = protect(geography, calendar, tables)
    assert list(too_narrow(geography, calendar, tables, found, figure)) == []
    assert found.shown["income", 0].sum() > 20


@given(seed=st.integers(0, 10_000), share=st.floats(0, 1, exclude_max=True))
@settings(max_examples=6, deadline=None)
def test_with_one_household_more_or_fewer_nothing_suppressed_is_told(seed: int, share: float) -> None:
    """Whoever is added or left out, the attacker finds nothing in either year, and no sum that is shown in one of them
    has fewer than five households behind it or one that stands out.
    """
    geography, calendar = small_province(prefectures=1), months_and_more(3)
    rows = draw_income(geography, calendar, seed)
    one = int(share * (rows.holder.max() + 1))
    for year in (rows, without(rows, one)):
        tables = income_tables(geography, calendar, year, seed)[:1]
        found = protect(geography, calendar, tables)
        assert list(too_narrow(geography, calendar, tables, found, "income")) == []
        check_blocks(geography, calendar, tables[0], found)


def check_blocks(geography: Geography, calendar: Calendar, table: Table, found: Protected) -> None:
    """Subtract from every shown sum what is shown inside it, household by household, and look at who is left."""
    given_ = table.contributions
    for period, pieces in enumerate(calendar.pieces):
        shown = found.shown[table.name, period]
        for node in np.flatnonzero(shown):
            left: dict[int, int] = {}
            for place, piece, amount, holder in zip(
                given_.place, given_.piece, given_.amount, given_.contributors["holder"], strict=True
            ):
                above = int(place)
                while above > node and not shown[above]:
                    above = int(geography.parents[above])
                if above == node and int(piece) in pieces:
                    left[int(holder)] = left.get(int(holder), 0) + int(amount)
            amounts = sorted(left.values(), reverse=True)
            assert not amounts or (len(amounts) >= 5 and 10 * (sum(amounts) - sum(amounts[:2])) >= amounts[0])


def test_what_was_suppressed_once_stays_so() -> None:
    """A later release shows nothing of a period that an earlier one hid."""
    geography, calendar = small_province(UNITS), months_and_more(3)
    tables = income_tables(geography, calendar, draw_income(geography, calendar, 2), 2)
    first = protect(geography, calendar, tables)
    more = income_tables(geography, calendar, draw_income(geography, calendar, 2, households_per_village=40), 2)
    second = protect(
        geography, calendar, more, earlier={key: Known(shown, ~shown) for key, shown in first.shown.items()}
    )
    assert sum(int(shown.sum()) for shown in protect(geography, calendar, more).shown.values()) > sum(
        int(shown.sum()) for shown in second.shown.values()
    )
    assert all(not (shown & ~first.shown[key]).any() for key, shown in second.shown.items())


@given(seed=st.integers(0, 10_000), share=st.floats(0, 1, exclude_max=True), removed=st.booleans())
@settings(max_examples=6, deadline=None)
def test_two_releases_of_a_period_read_together_do_not_tell_the_household_between_them(
    seed: int, share: float, *, removed: bool
) -> None:
    """One household was added or taken out between them: no figure that both show, and nothing that remains of one when
    what both show inside it is subtracted, has changed; and what differs is not shown by the later one.
    """
    geography, calendar = small_province(prefectures=1), months_and_more(3)
    rows = draw_income(geography, calendar, seed)
    pair = [rows, without(rows, int(share * (rows.holder.max() + 1)))]
    then, now = (income_tables(geography, calendar, year, seed) for year in (pair if removed else reversed(pair)))
    first = protect(geography, calendar, then)
    before = Before({table.name: table.contributions for table in then}, first.shown)
    earlier = {key: Known(shown, ~shown) for key, shown in first.shown.items()}
    second = protect(geography, calendar, now, earlier=earlier, before=[before])
    assert all(one.reason == "told_before" for one in second.withheld)
    for old, new in zip(then, now, strict=True):
        for name in (*new.sums, *new.counts):
            was, is_now = (published(geography, calendar, *of, name) for of in ((first, old), (second, new)))
            both = [key for key, (_, shown) in is_now.items() if shown and was[key][1]]
            assert [key for key in both if was[key][0] != is_now[key][0]] == []


@given(seed=st.integers(0, 10_000), month_first=st.booleans())
@settings(max_examples=3, deadline=None)
def test_releases_of_several_periods_read_together_tell_no_more_than_one_would(seed: int, *, month_first: bool) -> None:
    """Two months by themselves and then a quarter with its months, or the other way round: reading both, the attacker
    tells no figure that the first had not told (as two months shown one by one tell what they come to). The later one
    is protected beside the periods of the earlier one, also those that it does not hold itself.
    """
    geography = small_province(prefectures=1)
    year, two_months = months_and_more(3), {"M2-3": (1, 3), "M2": (1, 2), "M3": (2, 3)}
    both = build_calendar({"Y": (0, 3), "M1": (0, 1), **two_months})
    first, second = build_calendar(two_months), year
    if not month_first:
        first, second = second, first
    rows = draw_income(geography, both, seed, households_per_village=20)

    # Of the two months alone, pieces are numbered from the second month on.
    earlier_rows = rows if first is year else since(rows, 1)
    then = protect(geography, first, income_tables(geography, first, earlier_rows, seed)[:1])
    numbers = {label: number for number, label in enumerate(both.labels)}
    known = {
        ("income", numbers[label]): then.shown["income", number]
        for number, label in enumerate(first.labels)
        if label in numbers
    }
    tables = income_tables(geography, both, rows, seed)[:1]
    now = protect(geography, both, tables, earlier={key: Known(shown, ~shown) for key, shown in known.items()})
    assert all(one.reason == "told_before" for one in now.withheld)
    nothing = np.zeros(geography.size, dtype=np.bool_)
    own = {("income", numbers[label]) for label in second.labels if label in numbers}
    alone = {key: known.get(key, nothing) for key in now.shown}
    together = {key: alone[key] | (shown if key in own else nothing) for key, shown in now.shown.items()}
    told = [
        {one.cell for one in too_narrow(geography, both, tables, replace(now, shown=shown), "income")}
        for shown in (alone, together)
    ]
    assert told[1] <= told[0]


def test_a_revision_of_many_is_shown_and_one_of_few_is_not() -> None:
    """All of a township's households earn more in a month: it is shown again; one of them does: it is not."""
    geography, calendar = small_province(prefectures=1), months_and_more(3)
    rows = draw_income(geography, calendar, 4, households_per_village=40)
    first = protect(geography, calendar, income_tables(geography, calendar, rows, 4)[:1])
    then = Before({"income": income_tables(geography, calendar, rows, 4)[0].contributions}, first.shown)
    village = int(np.bincount(rows.place).argmax())
    shown = []
    for holders in (np.unique(rows.holder[rows.place == village]), rows.holder[rows.place == village][:1]):
        more = replace(rows, amount=rows.amount + 10_000 * np.isin(rows.holder, holders))
        tables = income_tables(geography, calendar, more, 4)[:1]
        found = protect(geography, calendar, tables, before=[then])
        shown.append(bool(found.shown["income", 0][village]))
    assert first.shown["income", 0][village]
    assert shown == [True, False]


def test_a_division_that_a_unit_cuts_does_not_cost_the_figures_of_those_it_does_not_cut() -> None:
    """Sellers are shown of most counties and prefectures that lie in one unit."""
    units = {**UNITS, "520201001000": "new"}
    del units["520201001002"]
    geography, calendar = small_province(units, counties=3, townships=3, villages=4), months_and_more(3)
    found = protect(geography, calendar, sales_tables(geography, calendar, draw_sales(geography, calendar, 1, 8.0))[:2])
    whole = [nodes[0] for name, nodes in geography.nodes_of.items() if name.endswith("000000") and len(nodes) == 1]
    assert found.shown["sellers", calendar.labels.index("Q1")][whole].mean() > 0.5
