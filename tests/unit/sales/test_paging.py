"""Marks of pages: what is written is read again, and nothing else."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.sales.errors import InvalidCursor
from services.sales.paging import BigInt, Text, read_cursor, write_cursor

Key = tuple[date, BigInt, Text]
SHAPE: TypeAdapter[Key] = TypeAdapter(Key)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200)


@given(st.dates(), st.integers(0, 2**63 - 1), texts)
def test_a_mark_is_read_as_it_was_written(day: date, number: int, text: str) -> None:
    """And it is safe in an address."""
    mark = write_cursor((day, number, text))
    assert set(mark) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert read_cursor(mark, SHAPE) == (day, number, text)


@given(st.text(max_size=40))
def test_no_text_but_a_mark_is_read(text: str) -> None:
    """Whatever somebody makes up is refused by name, never by accident."""
    try:
        key = read_cursor(text, SHAPE)
    except InvalidCursor:
        return
    assert read_cursor(write_cursor(key), SHAPE) == key


@pytest.mark.parametrize(
    "key", [(1, "a"), ("2019-01-01", 2**63, "a"), ("2019-01-01", 1, "\0"), ("2019-01-01", "1", "a")]
)
def test_a_mark_of_another_shape_is_refused(key: tuple[object, ...]) -> None:
    """Too short, too large for its column, with a NUL, or a text for a number."""
    with pytest.raises(InvalidCursor):
        read_cursor(write_cursor(key), SHAPE)
