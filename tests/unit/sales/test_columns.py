"""Incoming lines as the texts in which they go to the database: no value may be cut apart or shift its neighbours."""

from datetime import UTC, datetime
from typing import Any

from services.sales.queries.incoming import ABSENT, CONTENT, SEPARATOR, as_columns


def row(**cells: Any) -> tuple[Any, ...]:
    """A line; what is not said is NULL."""
    usual = {"order_no": "A1", "occurred_at": datetime(2020, 2, 21, tzinfo=UTC), "content_hash": b"\x01\xff",
             "quantity_milli": 1000, "amount_fen": 3700, "batch_id": 7}  # fmt: skip
    return tuple((usual | cells).get(name) for name, _ in CONTENT)


def test_every_column_has_as_many_values_as_there_are_lines() -> None:
    """Also where a title, of a line that was parked long ago, holds the very separator."""
    columns = as_columns([row(title=f"茶{SEPARATOR}叶"), row(title=None), row(title="")], [None, "HGP1XF3A71", None])
    values = {name: text.split(SEPARATOR) for name, text in columns.items() if text is not None}
    assert {len(column) for column in values.values()} == {3}
    assert values["title"] == ["茶 叶", ABSENT, ""]
    assert values["hand_code"] == [ABSENT, "HGP1XF3A71", ABSENT]
    assert values["content_hash"][0] == "\\x01ff"


def test_a_column_of_nothing_is_nothing() -> None:
    """It goes as one NULL; a column that must have a value never does."""
    columns = as_columns([row(), row()])
    assert {name for name, text in columns.items() if text is not None} == {
        "order_no", "occurred_at", "content_hash", "quantity_milli", "amount_fen", "batch_id"
    }  # fmt: skip


def test_one_line_and_none_are_lines_too() -> None:
    """A single value is not searched for a neighbour, and no line makes no value."""
    assert as_columns([row(title=f"a{SEPARATOR}")])["title"] == "a "
    assert set(as_columns([]).values()) == {"", None}
