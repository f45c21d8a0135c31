"""An order that comes by file and by the API counts once, whichever came first and however each numbers its lines."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import event, text

from services.kit.errors import Unavailable
from services.sales import importing as importing_module
from services.sales.grains import GrainClash, look_for_clashes
from services.sales.importing import Importer, ImportTarget
from services.sales.line import JudgedLine
from services.sales.recording import judge_orders, record_lines
from services.sales.submission import Submission, add_batches
from services.sales.verify import checks
from services.sales.wire import Order
from tests.integration.sales import exports
from tests.integration.sales.api import SalesApi
from tests.integration.sales.conftest import CATEGORIES, NOW, Ledger, line, order

COOPERATIVE, SHOP = "C2HNTN52NB", "guizhou-tea"
PAID = "2020-02-21 00:00:10"


@pytest.fixture
async def shop(ledger: Ledger) -> Ledger:
    """A ledger in which the shop is a cooperative's."""
    await ledger.register(COOPERATIVE, "cooperative")
    await ledger.bind_shop(SHOP, COOPERATIVE)
    return ledger


async def _import(ledger: Ledger, content: bytes) -> dict[str, Any]:
    target = ImportTarget("tmall", SHOP, "auto", "test")
    importer = Importer(ledger.database, lambda: CATEGORIES)
    return (await importer.import_file(exports.pieces(content, 1_000), target)).document()


def _whole(order_no: str, amount: str, refunded: str = "0.00") -> bytes:
    row = exports.taobao_order(order_no, amount, paid=PAID, 退款金额=refunded)
    return exports.taobao_orders(row, refunds=True)


def _items(order_no: str, *amounts: str) -> bytes:
    rows = (exports.taobao_item(f"{order_no}{n}", order_no, amount, paid=PAID) for n, amount in enumerate(amounts))
    return exports.taobao_items(*rows)


async def _post(api: SalesApi, order_no: str, *lines: tuple[str, str], query: str = "") -> list[tuple[str, str | None]]:
    document = {"order_no": order_no, "occurred_at": "2020-02-21T00:00:10+08:00", "shop": SHOP,
                "lines": [{"line_no": number, "amount": amount} for number, amount in lines]}  # fmt: skip
    answer = await api.post(f"/v1/orders{query}", {"orders": [document]}, scope="orders:write", acting_for="tmall")
    assert answer.status_code == 200, answer.text
    return [(result["status"], result.get("reason")) for result in answer.json()["results"]]


async def _net(ledger: Ledger) -> int:
    """What all entries sum to, once everything is settled and verified."""
    await ledger.settle()
    async with ledger.database.snapshot() as connection:
        assert [check.name for check in await checks(connection) if check.differences] == []
    return int(await ledger.scalar("SELECT coalesce(sum(amount_fen), 0) FROM sales.ledger_entries"))


async def test_items_by_the_api_take_the_place_of_a_whole_order_from_a_file(api: SalesApi, shop: Ledger) -> None:
    """By a correction that says so; the lines may come in several requests; the file, sent again, changes nothing."""
    await _import(shop, _whole("1930", "37.00", "7.00"))
    assert await _post(api, "1930", ("A", "30.00"), query="?dry_run=true") == [("accepted", None)]
    assert await _net(shop) == 3000
    assert await _post(api, "1930", ("A", "30.00")) == [("accepted", None)]
    assert await _post(api, "1930", ("B", "7.00")) == [("accepted", None)]
    assert await _net(shop) == 3700
    (correction,) = await shop.rows("SELECT action, batch_id FROM sales.corrections")
    assert correction.action == "cancel"
    assert await _post(api, "1930", ("A", "30.00"), ("B", "7.00")) == [("duplicate", None)] * 2
    again = await _import(shop, _whole("1930", "37.00", "7.00"))
    assert [error["reason"] for error in again["errors"]] == ["grain_differs"]
    assert await _net(shop) == 3700


async def test_items_by_the_api_replace_a_whole_order_that_is_parked(api: SalesApi, ledger: Ledger) -> None:
    """Nothing of it is left waiting, nor of its refund."""
    await _import(ledger, _whole("1930", "37.00", "7.00"))
    assert await _post(api, "1930", ("A", "30.00"), ("B", "7.00")) == [("parked", "no_binding")] * 2
    parked = await ledger.rows("SELECT line_no FROM sales.parked_lines ORDER BY 1")
    assert [row.line_no for row in parked] == ["A", "B"]
    assert await ledger.scalar("SELECT state FROM sales.refunds") == "withdrawn"
    assert await _net(ledger) == 0


async def test_what_cannot_be_told_apart_is_refused(api: SalesApi, shop: Ledger) -> None:
    """Line 1 of the API is the whole of the file: its key is taken, and its sisters would count twice. A file's items
    are not the API's lines under other numbers. All of it changes nothing, atomic or not.
    """
    await _import(shop, _whole("1930", "37.00"))
    mixed = [("1", "30.00"), ("2", "7.00")]
    assert await _post(api, "1930", *mixed) == [("conflict", "other_content"), ("conflict", "line_number_taken")]
    await _import(shop, _items("1931", "20.00", "5.00"))
    assert await _post(api, "1931", ("1", "25.00")) == [("conflict", "grain_differs")]
    assert await _net(shop) == 3700 + 2500
    assert await _post(api, "1931", ("19310", "20.00"), ("9", "1.00")) == [
        ("conflict", "other_content"), ("accepted", None)]  # fmt: skip
    assert await _post(api, "1940", ("1", "1.00")) == [("accepted", None)]
    assert await _net(shop) == 3700 + 2600 + 100


async def test_a_line_that_bears_the_number_of_a_whole_that_gave_way_is_told_so(api: SalesApi, shop: Ledger) -> None:
    """Who sends line 2 alone, and line 1 later, loses nothing unawares: line 1 goes under another number."""
    await _import(shop, _whole("1930", "37.00"))
    assert await _post(api, "1930", ("2", "7.00")) == [("accepted", None)]
    assert await _post(api, "1930", ("1", "30.00")) == [("conflict", "line_cancelled")]
    assert await _net(shop) == 700
    assert await _post(api, "1930", ("1-1", "30.00")) == [("accepted", None)]
    assert await _net(shop) == 3700


async def test_a_request_with_orders_of_both_kinds_answers_each(api: SalesApi, shop: Ledger) -> None:
    """The rules bear on the orders that files told, and on no other of the request."""
    await _import(shop, _whole("1930", "37.00"))
    await _import(shop, _items("1931", "20.00", "5.00"))
    at = "2020-02-21T00:00:10+08:00"
    orders = [
        {"order_no": order_no, "occurred_at": at, "shop": SHOP, "lines": [{"line_no": "A", "amount": "1.00"}]}
        for order_no in ("1930", "1931", "1932")
    ]
    answer = await api.post("/v1/orders?atomic=true", {"orders": orders}, scope="orders:write", acting_for="tmall")
    assert (answer.status_code, answer.json()["code"]) == (422, "atomic_refused")
    assert await _net(shop) == 3700 + 2500
    answer = await api.post("/v1/orders", {"orders": orders}, scope="orders:write", acting_for="tmall")
    statuses = [result["status"] for result in answer.json()["results"]]
    assert statuses == ["accepted", "conflict", "accepted"]
    assert await _net(shop) == 100 + 2500 + 100


def _submission(*orders: Order) -> Submission[JudgedLine]:
    submission: Submission[JudgedLine] = Submission("tmall", "test", "api", "orders", 10**7)
    judge_orders(submission, orders, [], now=NOW, categories=CATEGORIES)
    return submission


async def test_a_file_that_commits_while_a_request_is_under_way_is_seen_by_it(shop: Ledger) -> None:
    """Two connections: the request recorded its lines before the file did, and looks after it: it is done again."""
    await _import(shop, _whole("1900", "1.00"))
    request = _submission(order("1930", line("A", "37.00")))
    async with shop.database.transaction() as connection:
        await record_lines(connection, [request])
        await add_batches(connection, [request])
        assert request.beside_files
        summary = await _import(shop, _whole("1930", "37.00"))
        assert summary["lines"]["accepted"] == 1
        with pytest.raises(GrainClash):
            await look_for_clashes(connection, [request])
        await connection.rollback()
    assert await _net(shop) == 3800


async def test_a_file_waits_for_a_request_that_has_looked(shop: Ledger) -> None:
    """Two connections: the request has looked and not committed; the piece waits for it, and then finds its lines."""
    await _import(shop, _whole("1900", "1.00"))
    request = _submission(order("1930", line("A", "37.00")))
    async with shop.database.transaction() as connection:
        await record_lines(connection, [request])
        await add_batches(connection, [request])
        await look_for_clashes(connection, [request])
        importing = asyncio.create_task(_import(shop, _whole("1930", "37.00")))
        while not await shop.scalar("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
            assert not importing.done()
    summary = await importing
    assert [error["reason"] for error in summary["errors"]] == ["grain_differs"]
    assert await _net(shop) == 3800


async def test_the_first_import_waits_for_requests_that_could_not_know_of_it(shop: Ledger) -> None:
    """Two connections: a request of a platform without files looks at nothing, so the first file lets it end."""
    request = _submission(order("1930", line("A", "37.00")))
    async with shop.database.transaction() as connection:
        await record_lines(connection, [request])
        await add_batches(connection, [request])
        assert not request.beside_files
        importing = asyncio.create_task(_import(shop, _whole("1930", "37.00")))
        while not await shop.scalar("SELECT count(*) FROM sales.imports"):
            assert not importing.done()
        for _ in range(20):
            assert await shop.scalar("SELECT count(*) FROM sales.order_lines") == 0
    summary = await importing
    assert [error["reason"] for error in summary["errors"]] == ["grain_differs"]
    assert await _net(shop) == 3700


async def test_the_first_import_waits_for_who_has_looked_and_not_written(shop: Ledger) -> None:
    """A request's single statement looks for imports before it writes, and has no transaction id until then."""
    async with shop.database.snapshot() as request:
        assert await request.scalar(text("SELECT count(*) FROM sales.imports")) == 0
        importing = asyncio.create_task(_import(shop, _whole("1930", "37.00")))
        while not await shop.scalar("SELECT count(*) FROM sales.imports"):
            assert not importing.done()
        for _ in range(20):
            assert await shop.scalar("SELECT count(*) FROM sales.order_lines") == 0
    assert (await importing)["lines"]["accepted"] == 1


async def test_a_first_import_that_waits_in_vain_is_refused(shop: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not go on as if the request had ended; sent again after that, it sees what the request recorded."""
    monkeypatch.setattr(importing_module, "_MAX_LOOKS", 3)
    request = _submission(order("1930", line("A", "37.00")))
    async with shop.database.transaction() as connection:
        await record_lines(connection, [request])
        await add_batches(connection, [request])
        with pytest.raises(Unavailable):
            await _import(shop, _whole("1930", "37.00"))
    summary = await _import(shop, _whole("1930", "37.00"))
    assert [error["reason"] for error in summary["errors"]] == ["grain_differs"]
    assert await _net(shop) == 3700


async def test_requests_of_other_platforms_look_at_nothing(api: SalesApi, shop: Ledger) -> None:
    """A platform that imports no files pays nothing, whatever other platforms do."""
    await _import(shop, _whole("1930", "37.00"))
    said: list[str] = []
    engine = api.app.state.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, *_rest: said.append(statement))
    body = {"orders": [{"order_no": "1930", "occurred_at": "2020-02-21T00:00:10+08:00", "shop": SHOP,
                        "lines": [{"line_no": "A", "amount": "1.00"}]}]}  # fmt: skip
    for platform, looks in (("jd", 0), ("tmall", 1)):
        said.clear()
        answer = await api.post("/v1/orders", body, scope="orders:write", acting_for=platform)
        assert answer.json()["counts"]["rejected"] == 0
        assert sum("pg_advisory_xact_lock_shared" in statement for statement in said) == looks
