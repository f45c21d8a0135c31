"""Poverty lines: which one holds, and when a gap is closed."""

from datetime import UTC, datetime
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.stats.uplift.lines import (
    NATIONAL,
    PovertyLine,
    built_in_lines,
    is_gap_closed,
    lines_in_force,
    lines_of_province,
)

GUIZHOU, YUNNAN = "520000000000", "530000000000"
AT = datetime(2026, 1, 1, tzinfo=UTC)

fen = st.integers(1, 2_000_000)


def test_the_lines_that_come_with_the_program_name_their_source() -> None:
    """Years 2014 to 2020 are there, in current prices; what is uncertain says so."""
    lines = {line.year: line for line in built_in_lines()}
    assert set(range(2014, 2021)) < set(lines)
    assert lines[2019].per_head_fen == 321_800
    assert lines[2020].standing == "guideline"
    assert {year for year, line in lines.items() if line.standing == "approximate"} == {2016, 2017, 2018}
    assert all(line.source and line.note and line.region == NATIONAL for line in lines.values())


def test_what_was_recorded_last_counts() -> None:
    """A recorded line replaces the built-in one, and a later one that; other years stay."""
    recorded = [PovertyLine(NATIONAL, 2018, fen, "published", "book", "", AT) for fen in (300_000, 320_000)]
    in_force = {line.year: line for line in lines_in_force(recorded)}
    assert in_force[2018].per_head_fen == 320_000
    assert in_force[2019] in built_in_lines()


def test_a_province_has_its_own_line_before_the_nations() -> None:
    own = PovertyLine(GUIZHOU, 2019, 374_700, "guideline", "province", "", AT)
    lines = lines_in_force([own])
    assert lines_of_province(lines, GUIZHOU)[2019] == own
    assert lines_of_province(lines, GUIZHOU)[2018].region == NATIONAL
    assert lines_of_province(lines, YUNNAN)[2019].per_head_fen == 321_800


@given(baseline=fen, persons=st.integers(1, 20), income=st.integers(0, 50_000_000), base_line=fen, line=fen)
def test_a_gap_is_closed_as_exact_fractions_say(
    baseline: int, persons: int, income: int, base_line: int, line: int
) -> None:
    """Baseline grown with the line, and income per head on top, reach the line: to the last fraction of a fen."""
    reaches = Fraction(baseline * line, base_line) + Fraction(income, persons) >= line
    found = is_gap_closed(baseline, persons, income, base_line_fen=base_line, line_fen=line)
    assert found == (baseline < base_line and reaches)
