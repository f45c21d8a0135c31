"""How a line is judged, before anything is looked up: taken in canonical form, or rejected by name."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.clock import SHANGHAI
from services.sales.line import CLOCK_SKEW, EARLIEST, JudgedLine, RejectedLine, content_hash, judge_line, judge_order
from services.sales.wire import Line, Order
from tests.strategies import keys, moments, words

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AT = datetime(2019, 3, 18, 10, tzinfo=SHANGHAI)
CATEGORIES = frozenset({"tea", "other"})
CODE = "HGP1XF3A71"


def order(**fields: Any) -> Order:
    """A good order, but for ``fields``."""
    return Order(**{"order_no": "T1", "occurred_at": AT, "shop": "guizhou-tea", "lines": [], **fields})


def line(**fields: Any) -> Line:
    """A good line, but for ``fields``."""
    return Line(**{"line_no": "1", "amount": "37.00", **fields})


def judge(of_order: dict[str, Any] | None = None, **of_line: Any) -> JudgedLine:
    """Judge a line in its order."""
    return judge_line(judge_order(order(**(of_order or {})), NOW), line(**of_line), CATEGORIES)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"order_no": ""}, "order_no"), ({"order_no": "a b"}, "order_no"), ({"order_no": "订单"}, "order_no"),
        ({"order_no": "x" * 65}, "order_no"), ({"order_no": "a\n"}, "order_no"),
        ({"occurred_at": datetime(2019, 3, 18)}, "occurred_at"),  # noqa: DTZ001 - that is the point
        ({"occurred_at": NOW + CLOCK_SKEW + timedelta(microseconds=1)}, "in_future"),
        ({"occurred_at": datetime.max.replace(tzinfo=UTC)}, "in_future"),
        ({"occurred_at": EARLIEST - timedelta(microseconds=1)}, "too_old"),
        ({"occurred_at": datetime.min.replace(tzinfo=SHANGHAI)}, "too_old"),
        ({"shop": ""}, "shop"), ({"shop": "x" * 65}, "shop"), ({"shop": "a\x1fb"}, "shop"), ({"shop": "a\0"}, "shop"),
        ({"station": ""}, "station"), ({"station": "a\tb"}, "station"),
        ({"buyer_region": "31"}, "buyer_region"), ({"buyer_region": "３10000000000"}, "buyer_region"),
        ({"buyer_region": "310000000000\n"}, "buyer_region"), ({"campaign": ""}, "campaign"),
        ({"trade": "barter"}, "trade"), ({"trade": "Retail"}, "trade"),
    ],
)  # fmt: skip
def test_a_bad_order_is_rejected_by_name(fields: dict[str, Any], reason: str) -> None:
    """Keys are visible ASCII, times aware and believable, texts short and without control characters."""
    with pytest.raises(RejectedLine) as caught:
        judge_order(order(**fields), NOW)
    assert caught.value.reason == reason
    assert " / " in caught.value.detail


@pytest.mark.parametrize("at", [EARLIEST, NOW, NOW + CLOCK_SKEW])
def test_times_at_the_edges_are_taken(at: datetime) -> None:
    """A platform's clock may be some minutes ahead."""
    judge_order(order(occurred_at=at), NOW)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"line_no": ""}, "line_no"), ({"line_no": "1 2"}, "line_no"), ({"category": "weapons"}, "unknown_category"),
        ({"category": ""}, "unknown_category"), ({"sku": ""}, "sku"), ({"sku": "a\x1f"}, "sku"), ({"unit": ""}, "unit"),
        ({"code": ""}, "malformed_code"), ({"code": "HGP1XF3A72"}, "malformed_code"), ({"code": "X"}, "malformed_code"),
        ({"amount": ""}, "amount"), ({"amount": "-0.01"}, "amount"), ({"amount": "1.005"}, "amount"),
        ({"amount": "1e3"}, "amount"), ({"amount": "100000000.01"}, "amount"),
        ({"quantity": "0"}, "quantity"), ({"quantity": "-1"}, "quantity"), ({"quantity": "0.0001"}, "quantity"),
        ({"quantity": ""}, "quantity"), ({"quantity": "1,5"}, "quantity"), ({"quantity": "1" * 10}, "quantity"),
        ({"quantity": "२"}, "quantity"),
    ],
)  # fmt: skip
def test_a_bad_line_is_rejected_by_name(fields: dict[str, Any], reason: str) -> None:
    """Each by the field that is wrong, so that a program can tell; the detail tells a person."""
    with pytest.raises(RejectedLine) as caught:
        judge(**fields)
    assert caught.value.reason == reason
    assert " / " in caught.value.detail


def test_a_malformed_buyer_code_is_rejected() -> None:
    """Else the sale would silently count as one to a stranger."""
    with pytest.raises(RejectedLine) as caught:
        judge({"buyer_code": "nonsense"})
    assert caught.value.reason == "malformed_code"


@pytest.mark.parametrize(
    ("written", "milli"), [("1", 1000), ("0.001", 1), ("2.5", 2500), ("999999999.999", 999_999_999_999)]
)
def test_quantities_are_thousandths(written: str, milli: int) -> None:
    """Of whatever the unit is."""
    assert judge(quantity=written).quantity_milli == milli


@pytest.mark.parametrize("written", ["HGP1XF3A71", "hgp1xf3a71", "HGP1-XF3A-71", " hgp1 xf3a 71 "])
def test_codes_are_forgiving(written: str) -> None:
    """People type them; what is recorded is the canonical form, and the content is the same."""
    judged = judge(code=written)
    assert judged.code == CODE
    assert judged.content_hash == judge(code=CODE).content_hash


def test_a_free_line_is_a_line() -> None:
    """A gift is worth 0.00."""
    assert judge(amount="0.00").amount_fen == 0


@given(keys, keys, words, words, st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_whatever_is_taken_is_in_canonical_form(order_no: str, line_no: str, shop: str, sku: str, title: str) -> None:
    """Any key of visible ASCII and any short text is taken as it is; a title is cut, never a reason to reject."""
    judged = judge({"order_no": order_no, "shop": shop}, line_no=line_no, sku=sku, title=title)
    assert (judged.order_no, judged.line_no, judged.shop, judged.sku) == (order_no, line_no, shop, sku)
    assert judged.title is not None
    assert len(judged.title) <= 200
    assert "\0" not in judged.title


@given(st.text(st.characters(max_codepoint=0x2FF), max_size=3) | st.text(st.sampled_from("a ~\x7f\xa0"), max_size=70))
def test_keys_are_visible_ascii_and_short_text_has_no_control_characters(text: str) -> None:
    """Whatever is sent: what is looked at first, because it is quick, lets nothing else pass and keeps nothing out."""
    for name, rule in (("order_no", r"[\x21-\x7e]{1,64}"), ("shop", r"[^\x00-\x1f\x7f]{1,64}")):
        try:
            judge_order(order(**{name: text}), NOW)
            is_taken = True
        except RejectedLine:
            is_taken = False
        assert is_taken == (re.fullmatch(rule, text) is not None)


@given(words, words)
def test_the_content_is_hashed_again_as_it_was(shop: str, unit: str) -> None:
    """``verify`` hashes what is recorded; the hash of a line that comes is put together from its order's part."""
    judged = judge({"shop": shop, "station": shop, "campaign": shop}, unit=unit, code=CODE, sku=unit)
    assert content_hash(judged) == judged.content_hash


CHANGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"occurred_at": AT + timedelta(microseconds=1)}, {}), ({"shop": "another"}, {}), ({"station": "s"}, {}),
    ({"buyer_region": "310000000000"}, {}), ({"trade": "group"}, {}), ({"campaign": "c"}, {}),
    ({"buyer_code": CODE}, {}), ({}, {"code": CODE}), ({}, {"sku": "c"}), ({}, {"category": "tea"}),
    ({}, {"quantity": "2"}), ({}, {"unit": "c"}), ({}, {"amount": "37.01"}),
]  # fmt: skip


def test_every_field_of_the_business_content_changes_the_hash() -> None:
    """And no two of them in the same way: what stands in one field cannot be mistaken for another's."""
    hashes = {judge(of_order, **of_line).content_hash for of_order, of_line in [({}, {}), *CHANGES]}
    assert len(hashes) == len(CHANGES) + 1


@given(moments.filter(lambda moment: EARLIEST <= moment <= NOW), st.integers(-14, 14))
def test_the_same_moment_in_another_zone_is_the_same_content(at: datetime, hours: int) -> None:
    """As are the title, another way to write an amount or a quantity, and a default that is spelt out."""
    elsewhere = order(occurred_at=at)
    elsewhere = msgspec.convert({**msgspec.to_builtins(elsewhere), "occurred_at": _shift(at, hours)}, Order)
    same = judge_line(
        judge_order(elsewhere, NOW), line(amount="37", quantity="1.0", title="polished", category="other"), CATEGORIES
    )
    assert same.content_hash == judge({"occurred_at": at}).content_hash


def _shift(at: datetime, hours: int) -> str:
    sign = "-" if hours < 0 else "+"
    return (at + timedelta(hours=hours)).replace(tzinfo=None).isoformat() + f"{sign}{abs(hours):02d}:00"
