"""What the search remembers, so that it need not prove it again, is what looking at everything finds."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.stats.protection.arrays import Bools
from services.stats.protection.blocks import Blocks, unsafe_blocks
from services.stats.protection.intervals import Family, Uncertainty
from services.stats.protection.proving import Proofs
from services.stats.protection.rules import Rules
from tests.made_up_year import draw_sales, months_and_more, sales_tables, small_province

UNITS = {"520100000000": "first", "520200000000": "second", "520101001000": "new", "520201001002": "new"}
GEOGRAPHY, CALENDAR = small_province(UNITS), months_and_more(3)
TABLES = sales_tables(GEOGRAPHY, CALENDAR, draw_sales(GEOGRAPHY, CALENDAR, 5))


def fewer_and_fewer(random: np.random.Generator, steps: int) -> list[Bools]:
    """Patterns, each of which hides something more than the one before."""
    found = [GEOGRAPHY.is_named & (random.random(GEOGRAPHY.size) < 0.9)]
    for _ in range(steps):
        found.append(found[-1] & (random.random(GEOGRAPHY.size) < 0.9))
    return found


@given(seed=st.integers(0, 1_000_000))
@settings(max_examples=6, deadline=None)
def test_blocks_that_are_looked_at_when_they_change_are_unsafe_when_all_are(seed: int) -> None:
    """Whatever is hidden, one thing after another."""
    periods = CALENDAR.groups[-1].periods
    for table in TABLES:
        blocks = Blocks(table, GEOGRAPHY, CALENDAR, periods, Rules())
        for shown in fewer_and_fewer(np.random.default_rng(seed), 4):
            expected = unsafe_blocks(table, GEOGRAPHY, CALENDAR, periods, shown=shown, rules=Rules())
            assert blocks.unsafe(shown).tolist() == expected.tolist()


@given(seed=st.integers(0, 1_000_000))
@example(seed=152946)
@settings(max_examples=6, deadline=None)
def test_figures_fail_among_those_newly_hidden_if_they_fail_among_all(seed: int) -> None:
    """Of every table and group of periods, as more and more is hidden of all periods; blocks that lie within others
    that are not looked at are among them.
    """
    proofs = Proofs(GEOGRAPHY, CALENDAR, TABLES, Rules().interval_percent)
    uncertainty = Uncertainty(GEOGRAPHY, CALENDAR, Rules().interval_percent)
    random = np.random.default_rng(seed)
    steps = [fewer_and_fewer(random, 3) for _ in CALENDAR.groups]
    failed = 0
    for step in range(4):
        by_period = [steps[number][step] for number in CALENDAR.group_of]
        for table in TABLES:
            # The totals are settled before what divides them, and show no less.
            final = [steps[number][-1] | by_period[period] for period, number in enumerate(CALENDAR.group_of)]
            patterns = {Family.total_of(table): final, table.name: by_period}
            for number, group in enumerate(CALENDAR.groups):
                found = proofs.failing(table, number, patterns)
                for period in group.periods:
                    expected = uncertainty.failing(Family(TABLES, patterns), table, period)
                    failing = found.get(period, np.zeros_like(expected))
                    assert np.flatnonzero(failing).tolist() == np.flatnonzero(expected).tolist()
                    failed += int(expected.sum())
    assert failed
