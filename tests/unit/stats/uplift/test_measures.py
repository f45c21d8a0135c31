"""Measures of a distribution against their definitions, person by person."""

import re
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.kit.money import round_ratio
from services.stats.indicators import Missing
from services.stats.uplift.bands import BASELINE_BANDS, INCOME_BANDS
from services.stats.uplift.dictionary import ROWS, SINGLE
from services.stats.uplift.measures import gini

households = st.lists(st.tuples(st.integers(0, 100_000), st.integers(1, 8)), min_size=1, max_size=20)


@given(households)
def test_gini_is_the_mean_difference_between_people(groups: list[tuple[int, int]]) -> None:
    """Half the mean absolute difference of all pairs of people, over their mean."""
    people = [Fraction(total, persons) for total, persons in groups for _ in range(persons)]
    ordered = sorted(groups, key=lambda group: Fraction(*group))
    rank = moment = 0
    for total, persons in ordered:
        rank += persons
        moment += total * (2 * rank - persons)
    found = gini(moment, sum(total for total, _ in groups), len(people))
    whole = sum(people)
    if not whole:
        assert isinstance(found, Missing)
        return
    pairs = sum(abs(one - other) for one in people for other in people)
    exact = pairs / (2 * len(people) * whole)
    assert found == round_ratio(exact.numerator * 10_000, exact.denominator)


def test_bands_cover_everything_once() -> None:
    for bands in (INCOME_BANDS, BASELINE_BANDS):
        assert bands[0].from_fen == 0
        assert bands[-1].past_fen is None
        assert all(one.past_fen == other.from_fen for one, other in pairwise(bands))


def test_every_figure_is_defined_in_both_languages() -> None:
    """Chinese has Chinese characters in it, English none."""
    chinese = re.compile("[\u4e00-\u9fff]")
    for figures in (*SINGLE.values(), *ROWS.values()):
        assert all(chinese.search(known.zh) and known.en and not chinese.search(known.en) for known in figures)
