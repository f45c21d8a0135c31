"""How values of the API become figures on a page."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.web.figures import Figure, percent, read_figure, read_parts, reading, shares
from services.web.language import Language

amounts = st.integers(0, 10**15).map(lambda fen: Decimal(fen) / 100)


@given(amounts)
def test_an_amount_is_written_exactly(amount: Decimal) -> None:
    """Grouping adds commas and changes nothing else, whatever the size."""
    text = f"{amount:.2f}"
    figure = read_figure(text)
    assert figure.text.replace(",", "") == text
    assert figure.number == amount


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "not_available"),
        ({"value": None, "reason": "needs_full_year"}, "needs_full_year"),
        ({"reason": "suppressed"}, "suppressed"),
        ({"value": None}, "not_available"),
        ("n/a", "not_available"),
        (True, "not_available"),
        ([1], "not_available"),
    ],
)
def test_where_there_is_no_number_there_is_a_reason(value: Any, reason: str) -> None:
    """The page never shows an empty place, or a nought that nobody reported."""
    assert read_figure(value) == Figure(None, "", reason)


def test_a_whole_that_is_withheld_has_withheld_parts() -> None:
    """The parts of an indicator without a number say why, as it does."""
    parts = read_parts({"value": None, "reason": "suppressed"}, ("total", "paid"))
    assert {figure.reason for figure in parts.values()} == {"suppressed"}


@pytest.mark.parametrize(
    ("text", "chinese", "english"),
    [
        ("9999.99", "", ""),
        ("10000.00", "1.00 万元", "10.00 thousand yuan"),
        ("1902487.15", "190.25 万元", "1.90 million yuan"),
        ("-45678.00", "-4.57 万元", "-45.68 thousand yuan"),
        ("123456789012.34", "1,234.57 亿元", "123.46 billion yuan"),
    ],
)
def test_large_amounts_are_read_out(text: str, chinese: str, english: str) -> None:
    """In the units of each language, rounded half up; small ones need no reading."""
    assert reading(read_figure(text), Language.ZH) == chinese
    assert reading(read_figure(text), Language.EN) == english


def test_a_ratio_is_shown_as_a_percentage() -> None:
    """One decimal, half up."""
    assert percent(read_figure("0.08425")) == "8.4 %"
    assert percent(read_figure("12.3456")) == "1,234.6 %"
    assert percent(read_figure(None)) == ""


@given(st.lists(amounts, min_size=1, max_size=6), st.integers(1, 2000))
def test_shares_fill_the_bar(values: list[Decimal], width: int) -> None:
    """The parts follow each other without gap from 0 to the bar's width; without a sum there is no bar."""
    bar = shares([read_figure(f"{value:.2f}") for value in values], width)
    if not sum(values):
        assert bar == []
        return
    position = 0
    for start, length in bar:
        assert start == position
        assert length >= 0
        position += length
    assert position == width
