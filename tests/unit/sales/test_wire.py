"""The bulk bodies: read in one go, and taken apart one by one only when something in them is not as documented."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.errors import MalformedRequest
from services.sales import wire
from services.sales.errors import MAX_LINES, TooManyLines
from services.sales.wire import read_orders, read_refunds
from tests.strategies import json_values

LINE = {"line_no": "1", "amount": "37.00"}
ORDER: dict[str, Any] = {
    "order_no": "T1",
    "occurred_at": "2019-03-18T10:00:00+08:00",
    "shop": "guizhou-tea",
    "lines": [LINE],
}
REFUND = {"refund_no": "R1", "order_no": "T1", "amount": "1.00", "occurred_at": "2019-03-20T10:00:00+08:00"}


def body(**document: Any) -> bytes:
    """A request's body."""
    return json.dumps(document).encode()


def test_fields_that_are_left_out_have_their_documented_values() -> None:
    """One piece, retail, category other; nothing else is made up."""
    (order,), unreadable = read_orders(body(orders=[ORDER]))
    (line,) = order.lines
    assert unreadable == []
    assert (line.quantity, line.category, order.trade) == ("1", "other", "retail")
    assert [line.code, line.sku, line.title, line.unit, order.station, order.buyer_region] == [None] * 6


def test_a_bad_line_is_answered_by_itself() -> None:
    """The other lines of its order, and the other orders, are read as if it were not there."""
    lines = [LINE, {"line_no": "2", "amount": 37}, {"line_no": "3", "amount": "1.00", "colour": "green"}, "4"]
    orders, unreadable = read_orders(body(orders=[{**ORDER, "lines": lines}, {**ORDER, "order_no": "T2"}]))
    assert [(order.order_no, len(order.lines)) for order in orders] == [("T1", 1), ("T2", 1)]
    assert [(item.order_no, item.line_no) for item in unreadable] == [("T1", "2"), ("T1", "3"), ("T1", "")]
    assert "colour" in unreadable[1].message


@pytest.mark.parametrize(
    "head",
    [
        {"occurred_at": "yesterday"}, {"occurred_at": "2019-03-18"}, {"occurred_at": 1552874400}, {"shop": None},
        {"order_no": 7}, {"buyer_region": 310000000000}, {"buyer_phone": "13800000000"},
    ],
)  # fmt: skip
def test_a_bad_order_is_answered_line_by_line(head: dict[str, Any]) -> None:
    """Every one of its lines is answered; the next order is read. What we do not ask for is not taken, either."""
    bad = {**ORDER, "lines": [LINE, {**LINE, "line_no": "2"}], **head}
    orders, unreadable = read_orders(body(orders=[bad, {**ORDER, "order_no": "T2"}]))
    assert [order.order_no for order in orders] == ["T2"]
    assert [item.line_no for item in unreadable] == ["1", "2"]


def test_an_order_without_lines_that_is_bad_is_answered_once() -> None:
    """So that it does not vanish."""
    bad: Any
    for bad in ({**ORDER, "lines": None}, {"order_no": "T1"}, [], None, "T1"):
        orders, unreadable = read_orders(body(orders=[bad]))
        assert (orders, len(unreadable)) == ([], 1)


def test_a_bad_refund_is_answered_by_itself() -> None:
    """With what is known of its key."""
    refunds, unreadable = read_refunds(body(refunds=[{**REFUND, "amount": 1}, REFUND, 5]))
    assert [refund.refund_no for refund in refunds] == ["R1"]
    assert [(item.order_no, item.line_no, item.refund_no) for item in unreadable] == [("T1", "", "R1"), ("", "", "")]


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"orders", b"[]", b"null", b"{}", b'{"orders": {}}', b'{"orders": null}', b'{"refunds": []}',
        b'{"orders": [], "more": 1}', b'{"orders": [{"order_no": "\xff"}]}', b'{"orders": [1e999]}',
        # Not as documented first, and no JSON at all further on.
        b'{"orders": [{"order_no": 1}', b'{"orders": [{"order_no": 1, "shop": "\xff"}]}',
        b'{"orders": [{"order_no": "\\ud800"}]}', b'{"orders": ' + b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_body_that_is_bad_as_a_whole_is_refused(raw: bytes) -> None:
    """400, whatever is wrong with it; never an error of ours."""
    with pytest.raises(MalformedRequest):
        read_orders(raw)


def test_a_body_has_at_most_so_many_lines() -> None:
    """413, counting the unreadable ones, too."""
    lines = [{"line_no": str(number), "amount": "1.00"} for number in range(MAX_LINES)]
    orders, _ = read_orders(body(orders=[{**ORDER, "lines": lines}]))
    assert len(orders[0].lines) == MAX_LINES
    for one_more in (LINE, None):
        with pytest.raises(TooManyLines):
            read_orders(body(orders=[{**ORDER, "lines": [*lines, one_more]}]))
    with pytest.raises(TooManyLines):
        read_refunds(body(refunds=[REFUND] * (MAX_LINES + 1)))


@given(st.lists(st.one_of(st.just(ORDER), st.fixed_dictionaries({}, optional=dict.fromkeys(ORDER, json_values)))))
def test_every_item_is_read_or_answered(orders: list[dict[str, Any]]) -> None:
    """Whatever is sent: no line is lost between the two, and nothing raises but a refusal."""
    read, unreadable = read_orders(body(orders=orders))
    lines = [order["lines"] if isinstance(order.get("lines"), list) else [None] for order in orders]
    empty = sum(not order.lines for order in read)
    assert sum(len(order.lines) for order in read) + len(unreadable) == sum(len(of) or 1 for of in lines) - empty


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_a_refusal(raw: bytes) -> None:
    """A body is whatever somebody sends."""
    try:
        orders, unreadable = read_orders(raw)
    except MalformedRequest:
        return
    assert not orders
    assert not unreadable


def test_a_million_bad_orders_are_counted_and_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sends more than may be sent is told so before each is looked at: that would take seconds, and hold up all."""
    monkeypatch.setattr(wire, "_read_order", lambda *_: pytest.fail("an order was read"))
    for sent in (
        b'{"orders":[' + b"{}," * MAX_LINES + b"{}]}",
        b'{"orders":[{"lines":[' + b"1," * MAX_LINES + b"1]}]}",
    ):
        with pytest.raises(TooManyLines):
            read_orders(sent)
