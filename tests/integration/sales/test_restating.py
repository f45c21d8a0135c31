"""A file states what is: the same again changes nothing, a later one posts the difference, and nothing counts twice."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit.money import format_yuan
from services.sales.errors import ImportInProgress
from services.sales.importing import Importer, ImportTarget
from services.sales.verify import checks
from services.sales.wire import Correction
from tests.integration.sales import exports
from tests.integration.sales.conftest import CATEGORIES, Ledger, line, order, refund
from tests.integration.sales.exports import pieces

COOPERATIVE = "C2HNTN52NB"
SHOP = "guizhou-tea"
PAID = "2020-02-21 00:00:10"
EXPORTED = datetime(2020, 3, 2, 4, tzinfo=UTC)


def _importer(ledger: Ledger) -> Importer:
    return Importer(ledger.database, lambda: CATEGORIES)


async def _import(ledger: Ledger, content: bytes, **more: Any) -> dict[str, Any]:
    target = ImportTarget("tmall", SHOP, "auto", "test", **{"exported_at": EXPORTED, **more})
    return (await _importer(ledger).import_file(pieces(content), target)).document()


def _orders(*rows: tuple[str, str, str], paid: str = PAID) -> bytes:
    """An orders export: number, amount, refunded."""
    stated = [exports.taobao_order(number, amount, paid=paid, 退款金额=refunded) for number, amount, refunded in rows]
    return exports.taobao_orders(*stated, refunds=True)


def _items(*rows: tuple[str, str, str, str]) -> bytes:
    """An items export: sub-order, order, amount, refunded."""
    return exports.taobao_items(
        *(
            exports.taobao_item(number, order_no, amount, paid=PAID, 退款状态="退款成功", 退款金额=refunded)
            for number, order_no, amount, refunded in rows
        )
    )


@pytest.fixture
async def shop(ledger: Ledger) -> Ledger:
    """A ledger in which the shop is a cooperative's."""
    await ledger.register(COOPERATIVE, "cooperative")
    await ledger.bind_shop(SHOP, COOPERATIVE)
    return ledger


async def _totals(ledger: Ledger) -> tuple[int, int]:
    """Gross and refunds by the ledger, which verifies."""
    await ledger.settle()
    async with ledger.database.snapshot() as connection:
        assert [check.name for check in await checks(connection) if check.differences] == []
    (row,) = await ledger.rows(
        "SELECT coalesce(sum(amount_fen) FILTER (WHERE measure = 'gross'), 0)::bigint, "
        "-coalesce(sum(amount_fen) FILTER (WHERE measure = 'refund'), 0)::bigint FROM sales.ledger_entries"
    )
    return row[0], row[1]


async def test_a_refund_that_grows_and_shrinks(shop: Ledger) -> None:
    """0, 21, 30, 9, 9, 30: each step posts its difference, dated by the export, for ever in the ledger."""
    seen = []
    for refunded in ("0", "21.00", "30.00", "9.00", "9.00", "30.00"):
        summary = await _import(shop, _orders(("1", "37.00", refunded)))
        seen.append((summary["refunds"]["accepted"], summary["reversals"], summary["unchanged"]))
        assert (await _totals(shop)) == (3700, int(refunded.split(".", maxsplit=1)[0]) * 100)
    assert seen == [(0, 0, False), (1, 0, False), (1, 0, False), (0, 2, False), (0, 0, True), (1, 0, False)]
    rows = await shop.rows("SELECT amount_fen, event_day FROM sales.ledger_entries WHERE measure = 'refund' ORDER BY "
                           "entry_no")  # fmt: skip
    assert [row.amount_fen for row in rows] == [-2100, -900, 900, 1200, -2100]
    assert {row.event_day for row in rows} == {date(2020, 3, 2)}
    assert await shop.scalar("SELECT DISTINCT date_basis FROM sales.refunds") == "imputed"


async def test_a_refund_of_an_order_that_is_new_is_dated_by_its_sale(shop: Ledger) -> None:
    """Nothing better is known of it."""
    await _import(shop, _orders(("1", "37.00", "7.00")))
    assert await shop.scalar("SELECT event_day FROM sales.ledger_entries WHERE cause = 'refund'") == date(2020, 2, 21)


async def test_unpaid_then_paid_is_a_sale(shop: Ledger) -> None:
    """And paid then closed is a sale that was given back."""
    await _import(shop, exports.taobao_orders(exports.taobao_order("1", "37.00", paid="", status="等待买家付款")))
    assert await _totals(shop) == (0, 0)
    await _import(shop, exports.taobao_orders(exports.taobao_order("1", "37.00", paid=PAID)))
    assert await _totals(shop) == (3700, 0)
    await _import(shop, exports.taobao_orders(exports.taobao_order("1", "37.00", paid=PAID, status="交易关闭")))
    assert await _totals(shop) == (3700, 3700)


async def test_an_order_whose_amount_is_the_same_is_never_a_conflict(shop: Ledger) -> None:
    """Another export may round the time, leave out the buyer's province, or know no refunds: nothing changes."""
    await _import(shop, _orders(("1", "37.00", "7.00")))
    again = exports.taobao_orders(exports.taobao_order("1", "37.00", paid="2020/2/21 0:00", 收货地址="****"))
    summary = await _import(shop, again)
    assert (summary["unchanged"], summary["lines"]["duplicate"], summary["errors"]) == (True, 1, [])
    assert await _totals(shop) == (3700, 700)


async def test_a_changed_amount_is_reported_by_name(shop: Ledger) -> None:
    """What is in the ledger is not edited by a file."""
    await _import(shop, _orders(("1", "37.00", "0"), ("2", "5.00", "0")))
    summary = await _import(shop, _orders(("1", "40.00", "3.00"), ("2", "5.00", "1.00")))
    ((error,), refunds) = (summary["errors"], summary["refunds"]["accepted"])
    assert (error["row"], error["reason"], refunds) == (2, "amount_changed", 1)
    assert "37.00 → 40.00" in error["detail"]
    assert await _totals(shop) == (4200, 100)


async def test_a_line_told_twice_in_a_file_counts_once(shop: Ledger) -> None:
    """The same again is one line, with the higher refund; with another amount it is an error."""
    summary = await _import(shop, _orders(("1", "37.00", "0"), ("1", "37.00", "7.00"), ("1", "30.00", "0")))
    assert [(error["row"], error["reason"]) for error in summary["errors"]] == [(4, "stated_twice")]
    assert await _totals(shop) == (3700, 700)


async def test_items_take_the_place_of_their_order(shop: Ledger) -> None:
    """By reversal and new entries, once; the orders export then answers grain_differs and changes nothing."""
    await _import(shop, _orders(("1", "37.00", "7.00"), ("2", "5.00", "0")))
    items = _items(("11", "1", "20.00", "7.00"), ("12", "1", "17.00", "0"))
    summary = await _import(shop, items)
    assert (summary["replaced_lines"], summary["amounts"]["replaced"]) == (1, "30.00")
    assert summary["amounts"]["net"] == "0.00"
    assert await _totals(shop) == (4200, 700)
    assert (await _import(shop, items))["unchanged"] is True
    again = await _import(shop, _orders(("1", "37.00", "37.00"), ("2", "5.00", "0")))
    assert [(error["row"], error["reason"]) for error in again["errors"]] == [(2, "grain_differs")]
    assert again["unchanged"] is True
    assert await _totals(shop) == (4200, 700)
    causes = await shop.rows("SELECT cause, count(*) FROM sales.ledger_entries GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in causes] == [("cancel", 2), ("refund", 2), ("sale", 4)]


async def test_what_was_cancelled_by_hand_is_not_brought_back(shop: Ledger) -> None:
    """Neither by the same export nor by a finer one."""
    await _import(shop, _orders(("1", "37.00", "0")))
    await shop.correct(Correction("K1", "tmall", "1", "1", "cancel", "not ours"))
    for content in (_orders(("1", "37.00", "7.00")), _items(("11", "1", "37.00", "0"))):
        summary = await _import(shop, content)
        assert [error["reason"] for error in summary["errors"]] == ["line_cancelled"]
    assert await _totals(shop) == (0, 0)


async def test_files_and_the_api_share_the_keys(shop: Ledger) -> None:
    """An order of one line that the API brought is that of the file; one of several is known more finely."""
    await shop.post(order("1", line("1", "37.00"), shop=SHOP), order("2", line("1", "2.00"), line("2", "3.00")))
    await shop.refund(refund("R1", "1", "7.00", at="2020-02-22T10:00:00+08:00"))
    summary = await _import(shop, _orders(("1", "37.00", "10.00"), ("2", "5.00", "0")))
    assert [error["reason"] for error in summary["errors"]] == ["grain_differs"]
    assert await _totals(shop) == (4200, 1000)
    summary = await _import(shop, _items(("91", "2", "5.00", "0")))
    assert [error["reason"] for error in summary["errors"]] == ["grain_differs"]
    (result,) = await shop.post(order("1", line("1", "37.00"), shop=SHOP))
    assert result.status == "duplicate"
    assert await _totals(shop) == (4200, 1000)


async def test_what_exports_told_is_taken_back_before_what_the_platform_told(shop: Ledger) -> None:
    """An export told 7.00, then the API the refund itself: the next export rights it, and keeps the platform's."""
    await _import(shop, _orders(("1", "37.00", "7.00")))
    await shop.refund(refund("R1", "1", "7.00", at="2020-02-22T10:00:00+08:00"))
    assert await _totals(shop) == (3700, 1400)
    await _import(shop, _orders(("1", "37.00", "7.00")))
    assert await _totals(shop) == (3700, 700)
    rows = await shop.rows("SELECT refund_no, amount_fen - reversed_fen AS left_fen FROM sales.refunds ORDER BY 2")
    assert [row.left_fen for row in rows] == [0, 700]
    assert rows[1].refund_no == "R1"


async def test_a_refund_of_the_whole_order_shrinks_too(shop: Ledger) -> None:
    """Of an order of one line it is taken back; of several it cannot be told of which line, and is reported."""
    await shop.post(order("1", line("1", "37.00"), shop=SHOP), order("2", line("21", "2.00"), line("22", "2.00")))
    at = "2020-02-22T10:00:00+08:00"
    await shop.refund(refund("R1", "1", "7.00", None, at=at), refund("R2", "2", "2.00", None, at=at))
    summary = await _import(shop, _orders(("1", "37.00", "3.00")))
    assert (summary["reversals"], summary["amounts"]["reversals"]) == (1, "4.00")
    assert await _totals(shop) == (4100, 500)
    summary = await _import(shop, _items(("21", "2", "2.00", "0"), ("22", "2", "2.00", "1.00")))
    assert [error["reason"] for error in summary["errors"]] == ["refund_not_ours"]
    assert await _totals(shop) == (4100, 500)


async def test_what_is_parked_is_restated_and_taken_up(ledger: Ledger) -> None:
    """Refunds wait with their line, change with each export, and give way to items; then the shop is bound."""
    await ledger.register(COOPERATIVE, "cooperative")
    for refunded in ("5.00", "9.00", "2.00"):
        summary = await _import(ledger, _orders(("1", "37.00", refunded), ("2", "8.00", "8.00")))
    assert (summary["lines"]["duplicate"], summary["reversals"]) == (2, 2)
    await _import(ledger, _items(("21", "2", "8.00", "1.00")))
    assert await _totals(ledger) == (0, 0)
    await ledger.bind_shop(SHOP, COOPERATIVE)
    assert await _totals(ledger) == (4500, 300)
    assert (await _import(ledger, _orders(("1", "37.00", "2.00"))))["unchanged"] is True


async def test_two_imports_of_a_file_at_once_have_one_effect(shop: Ledger) -> None:
    """On two connections: one records, the other finds it recorded."""
    content = _orders(*((str(number), "2.00", "1.00") for number in range(1, 1501)))
    answers = await asyncio.gather(*(_import(shop, content) for _ in range(3)))
    assert sum(answer["lines"]["accepted"] for answer in answers) == 1500
    assert await _totals(shop) == (300_000, 150_000)


async def _cut(content: bytes, upto: int) -> AsyncIterator[bytes]:
    """A client that goes away."""
    yield content[:upto]
    raise ConnectionResetError


async def test_an_import_that_was_cut_short_is_resumed(shop: Ledger) -> None:
    """By the file's digest: it goes on under its number after the last row that was recorded, and counts all rows."""
    content = _orders(*((str(number), "2.00", "1.00") for number in range(1, 2501)))
    digest = hashlib.sha256(content).digest()
    target = ImportTarget("tmall", SHOP, "auto", "test", sha256=digest, exported_at=EXPORTED)
    with pytest.raises(ConnectionResetError):
        await _importer(shop).import_file(_cut(content, len(content) // 2), target)
    (row,) = await shop.rows("SELECT import_id, state, watermark_row FROM sales.imports")
    assert (row.state, row.watermark_row) == ("interrupted", 1001)
    assert await _totals(shop) == (200_000, 100_000)
    summary = (await _importer(shop).import_file(pieces(content), target)).document()
    assert (summary["import_id"], summary["resumed_after_row"], summary["rows"]) == (row.import_id, 1001, 2500)
    assert (summary["lines"]["accepted"], summary["amounts"]["sales"]) == (2500, "5000.00")
    (row,) = await shop.rows("SELECT state, sha256, watermark_row FROM sales.imports")
    assert (row.state, row.sha256, row.watermark_row) == ("done", digest, 2501)
    assert await _totals(shop) == (500_000, 250_000)


async def test_two_requests_do_not_go_on_with_the_same_import(shop: Ledger) -> None:
    """The one that comes to its watermark late is told so, and has recorded nothing twice."""
    content = _orders(*((str(number), "2.00", "1.00") for number in range(1, 3501)))
    target = ImportTarget("tmall", SHOP, "auto", "test", sha256=hashlib.sha256(content).digest(), exported_at=EXPORTED)
    with pytest.raises(ConnectionResetError):
        await _importer(shop).import_file(_cut(content, len(content) // 2), target)
    tries = (_importer(shop).import_file(pieces(content, 9_000), target) for _ in range(2))
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(answer) for answer in answers if isinstance(answer, BaseException)] == [ImportInProgress]
    assert await _totals(shop) == (700_000, 350_000)


STATES = st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 2), min_size=2, max_size=2)), min_size=1, max_size=5)
"""A history of exports of two orders: told by items or not, and how much of each has been refunded."""


@given(STATES)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_the_last_statement_is_what_counts(shop: Ledger, states: Sequence[tuple[bool, list[int]]]) -> None:
    """Whatever was exported before: refunds are those of the last export that is not coarser than one before it."""
    prefix = hashlib.sha256(repr(states).encode()).hexdigest()[:12]
    by_items = False
    refunded_fen = [0, 0]
    for with_items, refunds in states:
        told = [(f"{prefix}-{index}", fen) for index, fen in enumerate(refunds)]
        if with_items:
            halves = [(f"{no}-{part}", no, "2.00", format_yuan(fen * 50)) for no, fen in told for part in "ab"]
            await _import(shop, _items(*halves))
        else:
            await _import(shop, _orders(*((no, "4.00", format_yuan(fen * 100)) for no, fen in told)))
        if with_items or not by_items:
            refunded_fen = [fen * 100 for fen in refunds]
        by_items = by_items or with_items
    rows_found = await shop.rows(
        "SELECT order_no, sum(amount_fen) FILTER (WHERE measure = 'gross')::bigint AS gross_fen, "
        "-coalesce(sum(amount_fen) FILTER (WHERE measure = 'refund'), 0)::bigint AS refunds_fen "
        "FROM sales.ledger_entries WHERE starts_with(order_no, :prefix) GROUP BY 1 ORDER BY 1",
        prefix=prefix,
    )
    assert [(row.gross_fen, row.refunds_fen) for row in rows_found] == [(400, fen) for fen in refunded_fen]
    await _totals(shop)
