"""Samples: the same seed draws the same, every line has its chance, and strata get what they need."""

from collections import Counter
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.stats.audit.sample import BASES, IncomeLine, allocate, draw

FRAME = [
    IncomeLine(household, date(2020, month, 1), basis, 100 * household + month)
    for household in range(1, 41)
    for month in (1, 2, 3)
    for basis in BASES[: 1 + household % 3]
]


def test_the_same_seed_draws_the_same_from_any_order() -> None:
    """Whoever has frame and seed can draw again; another seed draws others, from the same frame."""
    sample = draw(FRAME, 30, "lottery 07 13 22")
    assert draw(reversed(FRAME), 30, "lottery 07 13 22") == sample
    other = draw(FRAME, 30, "another")
    assert other.lines != sample.lines
    assert other.frame_digest == sample.frame_digest
    assert draw(FRAME[1:], 30, "another").frame_digest != sample.frame_digest


def test_every_line_of_a_stratum_is_drawn_as_often() -> None:
    """Of 200 seeds each line of a stratum is drawn about as often as its part says (± 5 standard deviations)."""
    drawn: Counter[str] = Counter()
    for seed in range(200):
        sample = draw(FRAME, 30, str(seed))
        drawn.update(line.key for line in sample.lines)
    for stratum in draw(FRAME, 30, "0").strata:
        part = stratum.drawn / stratum.lines
        bound = 5 * (200 * part * (1 - part)) ** 0.5
        of = [drawn[line.key] for line in FRAME if line.basis == stratum.basis]
        assert all(abs(count - 200 * part) <= bound for count in of)


@given(
    st.dictionaries(st.sampled_from(BASES), st.tuples(st.integers(1, 50), st.integers(1, 10**9)), min_size=1),
    st.integers(1, 200),
)
def test_strata_give_as_many_as_are_asked_for(strata: dict[str, tuple[int, int]], size: int) -> None:
    """No stratum more than it has, none under two (or all); together the size, where there is so much."""
    given = allocate(strata, size)
    assert all(min(lines, 2) <= given[basis] <= lines for basis, (lines, _) in strata.items())
    least = sum(min(lines, 2) for lines, _ in strata.values())
    assert sum(given.values()) == max(least, min(size, sum(lines for lines, _ in strata.values())))
