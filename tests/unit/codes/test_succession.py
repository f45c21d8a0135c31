"""What is handed over when households divide and join, whatever it is: nothing is lost, and the past stays."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.codes.link import Terms
from services.codes.succession import (
    Income,
    Linked,
    divide_link,
    end_incomes,
    end_links,
    inherit_incomes,
    join_incomes,
    join_links,
    keep_incomes,
)
from services.kit.money import round_ratio

FIRST = date(2019, 1, 1)
DAYS = st.integers(1, 900).map(lambda days: FIRST + timedelta(days=days))
WEIGHTS = st.integers(1, 1000)


@st.composite
def link_histories(draw: st.DrawFn, first_id: int = 1) -> list[Linked]:
    """Links of one member to one group that do not overlap, perhaps with days between them, the last maybe open."""
    bounds = sorted(draw(st.sets(st.integers(0, 1000), min_size=2, max_size=6)))
    spans = list(zip(bounds[::2], bounds[1::2], strict=False))
    links = [
        Linked(first_id + place, Terms(draw(WEIGHTS), _day(begin), _day(past), draw(st.sampled_from([None, "合同甲"]))))
        for place, (begin, past) in enumerate(spans)
    ]
    if len(bounds) % 2:
        links.append(Linked(first_id + len(links), Terms(draw(WEIGHTS), _day(bounds[-1]), None, "合同乙")))
    return links


def _day(offset: int) -> date:
    return FIRST + timedelta(days=offset)


def weight_on(terms: list[Terms], day: date) -> int:
    return sum(one.weight for one in terms if one.valid_from <= day and (one.valid_to is None or day < one.valid_to))


def after(links: list[Linked], wrong: tuple[int, ...], right: tuple[Linked, ...]) -> list[Terms]:
    return [link.terms for link in links if link.link_id not in wrong] + [link.terms for link in right]


@given(link_histories(), link_histories(100), link_histories(200), DAYS)
def test_who_joins_brings_the_weights_of_every_day(
    own: list[Linked], second: list[Linked], third: list[Linked], day: date
) -> None:
    """From the day on the survivor's weight is the sum of all, before it each has its own."""
    joining = [*second, *third]
    joined = join_links(own, [link.terms for link in joining], day)
    survivor = after(own, joined.wrong, joined.right)
    ended = end_links(joining, day)
    gone = after(joining, ended.wrong, ended.right)
    before = [link.terms for link in (*own, *joining)]
    for asked in (_day(offset) for offset in range(0, 1010, 3)):
        own_before = weight_on([link.terms for link in own], asked)
        assert weight_on(survivor, asked) == (own_before if asked < day else weight_on(before, asked))
        assert weight_on(gone, asked) == (weight_on([one.terms for one in joining], asked) if asked < day else 0)
    spans = sorted(survivor, key=lambda terms: terms.valid_from)
    assert all(one.valid_to is not None and one.valid_to <= later.valid_from for one, later in pairwise(spans))


@given(link_histories(), DAYS, st.data())
def test_a_divided_link_gives_every_weight_to_somebody(history: list[Linked], day: date, data: st.DataObject) -> None:
    """On every day from then on the parts weigh what the whole did; before, only the one that keeps the code has it."""
    link = data.draw(st.sampled_from(history))
    first = data.draw(st.integers(0, link.terms.weight))
    second = data.draw(st.integers(0, link.terms.weight - first))
    weights = [first, second, link.terms.weight - first - second]
    if link.terms.valid_to is not None and link.terms.valid_to <= day:
        return
    kept, shares = divide_link(link, day, weights)
    keeper = after([link], kept.wrong, kept.right)
    others = [terms for terms in shares if terms is not None]
    for asked in (_day(offset) for offset in range(0, 1010, 3)):
        whole = weight_on([link.terms], asked)
        assert weight_on(keeper, asked) + weight_on(others, asked) == whole
        assert weight_on(others, asked) == 0 or asked >= day
    assert [weight_on([one], max(day, one.valid_from)) for one in others] == [one for one in weights[1:] if one]


INCOMES = st.dictionaries(st.integers(2015, 2020), st.tuples(st.integers(0, 10**7), st.integers(1, 9)), max_size=4).map(
    lambda by_year: [Income(year, fen, persons) for year, (fen, persons) in sorted(by_year.items())]
)


def held(incomes: list[Income], day: date) -> dict[int, Income]:
    found = [one for one in incomes if one.valid_from <= day and (one.valid_to is None or day < one.valid_to)]
    assert len({one.year for one in found}) == len(found)
    return {one.year: one for one in found}


@given(INCOMES, DAYS, st.integers(1, 9), st.integers(1, 9))
def test_all_parts_inherit_the_income_per_head(incomes: list[Income], day: date, kept: int, left: int) -> None:
    """Whoever leaves and whoever stays reckons with the same income per head as before, by its own persons."""
    keeping = keep_incomes(incomes, day, kept)
    after_split = [*(one for one in incomes if one not in keeping.wrong), *keeping.right]
    assert {year: one.per_head_fen for year, one in held(after_split, day).items()} == {
        one.year: one.per_head_fen for one in inherit_incomes(incomes, day, left)
    }
    assert {one.persons for one in held(after_split, day).values()} <= {kept}
    yesterday = day - timedelta(days=1)
    assert [(one.per_head_fen, one.persons) for one in held(after_split, yesterday).values()] == [
        (one.per_head_fen, one.persons) for one in incomes
    ]


@given(INCOMES, INCOMES, INCOMES, DAYS)
def test_who_joins_brings_income_and_persons(
    own: list[Income], second: list[Income], third: list[Income], day: date
) -> None:
    """Per head of a year: all that all had, by all of those who had it; the day before nothing is different."""
    joined = join_incomes(own, [second, third], day)
    after_merge = [*(one for one in own if one not in joined.wrong), *joined.right]
    found = held(after_merge, day)
    for year in range(2015, 2021):
        parts = [one for incomes in (own, second, third) for one in incomes if one.year == year]
        if not parts:
            assert year not in found
            continue
        persons = sum(one.persons for one in parts)
        assert found[year].persons == persons
        assert found[year].per_head_fen == round_ratio(sum(one.per_head_fen * one.persons for one in parts), persons)
    yesterday = day - timedelta(days=1)
    assert {year: one.per_head_fen for year, one in held(after_merge, yesterday).items()} == {
        one.year: one.per_head_fen for one in own
    }
    gone = end_incomes(second, day)
    assert held([*(one for one in second if one not in gone.wrong), *gone.right], day) == {}
