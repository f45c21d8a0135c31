"""``/v1/imports`` over HTTP: who may send and see what, the error file, and nothing of buyers anywhere."""

import asyncio
import csv
import hashlib
import io
import os
import tempfile
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import jwt
import pytest

from services.codes.roster.workbook import write_workbook
from tests.integration.sales import exports
from tests.integration.sales.api import SalesApi
from tests.integration.sales.conftest import Ledger
from tests.tokens import PROVINCE

COOPERATIVE = "C2HNTN52NB"
PAID = "2020-02-21 00:00:10"
SCOPE = "imports:write"


async def _send(api: SalesApi, content: bytes, *, acting_for: str | None = None, **query: str) -> httpx.Response:
    headers = api.tokens.header(SCOPE, platform=acting_for)
    parameters = {"platform": "tmall", "shop": "guizhou-tea", **query}
    return await api.client.post("/v1/imports", params=parameters, content=content, headers=headers)


async def _sent(api: SalesApi, content: bytes, **query: str) -> dict[str, Any]:
    response = await _send(api, content, **query)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def _orders(*amounts: str) -> bytes:
    rows = (exports.taobao_order(f"19306798581706{no:02d}", fen, paid=PAID) for no, fen in enumerate(amounts))
    return exports.taobao_orders(*rows)


async def test_an_import_has_a_number_and_can_be_read_again(api: SalesApi, ledger: Ledger) -> None:
    """What POST answered, GET tells: alone and in the list, the newest first."""
    await ledger.register(COOPERATIVE, "cooperative")
    await ledger.bind_shop("guizhou-tea", COOPERATIVE)
    first = await _sent(api, _orders("37.00", "5.00"), file_name="ExportOrderList1.csv")
    second = await _sent(api, _orders("37.00", "5.00"))
    assert (first["amounts"]["net"], first["unchanged"], second["unchanged"]) == ("42.00", False, True)
    one = (await api.get(f"/v1/imports/{first['import_id']}", scope=SCOPE)).json()
    assert (one["state"], one["file_name"], one["watermark_row"]) == ("done", "ExportOrderList1.csv", 3)
    shared = set(first) & set(one)
    assert {name: one[name] for name in shared} == {name: first[name] for name in shared}
    assert len(shared) > 12
    page = (await api.get("/v1/imports", scope=SCOPE, limit=1)).json()
    assert [row["import_id"] for row in page["imports"]] == [second["import_id"]]
    rest = (await api.get("/v1/imports", scope=SCOPE, after=page["next"])).json()
    assert ([row["import_id"] for row in rest["imports"]], rest["next"]) == ([first["import_id"]], None)


async def test_every_batch_of_a_file_has_its_receipt(api: SalesApi, ledger: Ledger) -> None:
    """Signed with the published key; their sums are what the import answered; /v1/receipts has them all, in pages."""
    await ledger.register(COOPERATIVE, "cooperative")
    await ledger.bind_shop("guizhou-tea", COOPERATIVE)
    paid = exports.taobao_order("1930679858170601", "37.00", paid=PAID, 退款金额="7.00")
    answer = await _sent(api, exports.taobao_orders(paid, refunds=True))
    (jwk,) = (await api.get("/v1/receipts/keys", scope=None)).json()["keys"]
    key = jwt.PyJWK(jwk)
    stated = [jwt.decode(one["receipt"], key, algorithms=["EdDSA"]) for one in answer["receipts"]]
    assert [(claims["kind"], claims["platform"], claims["amounts"]["accepted"]) for claims in stated] == [
        ("orders", "tmall", "37.00"),
        ("refunds", "tmall", "7.00"),
    ]
    listed = await api.pages("/v1/receipts", "receipts", limit=1, import_id=answer["import_id"])
    assert [one["receipt"] for one in listed] == [one["receipt"] for one in answer["receipts"]]
    assert answer["receipts_at"] == f"/v1/receipts?import_id={answer['import_id']}"
    unchanged = await _sent(api, exports.taobao_orders(paid, refunds=True))
    assert unchanged["receipts"] == []


async def test_an_upload_that_stalls_is_ended_and_resumed(api: SalesApi, ledger: Ledger) -> None:
    """A connection that sends no more holds no place for ever; sent again with its digest, the file goes on."""
    await ledger.register(COOPERATIVE, "cooperative")
    await ledger.bind_shop("guizhou-tea", COOPERATIVE)
    content = _orders(*["1.00"] * 9)
    api.app.state.upload_idle_seconds = 0.1
    never = asyncio.Event()

    async def stalling() -> AsyncIterator[bytes]:
        yield content[:-200]
        await never.wait()

    headers = api.tokens.header(SCOPE)
    query = {"platform": "tmall", "shop": "guizhou-tea", "sha256": hashlib.sha256(content).hexdigest()}
    stalled = await api.client.post("/v1/imports", params=query, content=stalling(), headers=headers)
    assert (stalled.status_code, stalled.json()["code"]) == (408, "upload_stalled")
    (listed,) = (await api.get("/v1/imports", scope=SCOPE)).json()["imports"]
    assert listed["state"] == "interrupted"
    again = await _sent(api, content, sha256=query["sha256"])
    assert again["lines"]["accepted"] + again["lines"]["duplicate"] == 9
    assert await ledger.scalar("SELECT sum(amount_fen) FROM sales.order_lines") == 900


async def test_a_receipt_that_was_lost_on_the_way_is_read_again(api: SalesApi) -> None:
    """To the letter; by the platform whose batch it is, and by nobody of another one or of one county."""
    body = {"orders": [{"order_no": "A1", "occurred_at": "2019-03-18T10:00:00+08:00", "shop": "s",
                        "lines": [{"line_no": "1", "amount": "5.00"}, {"line_no": "2", "amount": "-1"}]}]}  # fmt: skip
    answer = (await api.post("/v1/orders", body, scope="orders:write", acting_for="tmall")).json()
    (found,) = await api.pages("/v1/receipts", "receipts", limit=9, batch_id=answer["batch_id"], acting_for="tmall")
    assert (found["receipt"], found["counts"]["rejected"]) == (answer["receipt"], 1)
    assert (await api.get("/v1/receipts", acting_for="jd")).json()["receipts"] == []
    assert (await api.get("/v1/receipts", regions=["522701000000"])).status_code == 403
    assert len(await api.pages("/v1/receipts", "receipts", limit=9, platform="tmall")) == 1
    sent = await _sent(api, _orders("1.00"))
    refused = await api.get("/v1/receipts", acting_for="jd", import_id=sent["import_id"])
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown_import")


async def test_who_may_send_and_see(api: SalesApi) -> None:
    """A platform its own files only; an officer of a county those that officer sent; without the scope nobody."""
    assert (await _send(api, _orders("1.00"), acting_for="jd")).status_code == 403
    sent = await _sent(api, _orders("1.00"))
    path = f"/v1/imports/{sent['import_id']}"
    assert (await api.get(path, scope=SCOPE, acting_for="tmall")).status_code == 200
    assert (await api.get(path, scope=SCOPE, acting_for="jd")).status_code == 404
    assert (await api.get(f"{path}/errors.csv", scope=SCOPE, acting_for="jd")).status_code == 404
    assert (await api.get("/v1/imports", scope=SCOPE, acting_for="jd")).json()["imports"] == []
    assert (await api.get(path, scope=SCOPE, regions=["522700000000"])).status_code == 200
    stranger = api.tokens.header(SCOPE, regions=["522700000000"], client_id="officer-2")
    assert (await api.client.get(path, headers=stranger)).status_code == 404
    whole = api.tokens.header(SCOPE, regions=[PROVINCE], client_id="officer-2")
    assert (await api.client.get(path, headers=whole)).status_code == 200
    assert (await api.get(path, scope="ledger:read")).status_code == 403
    assert (await api.get(path, scope=None)).status_code == 401


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"format": "nonsense"}, 422, "unreadable_file"),
        ({"format": "mapping"}, 422, "unreadable_file"),
        ({"format": "mapping", "mapping": "columns = 1"}, 422, "unreadable_file"),
        ({"category": "gold"}, 422, "unknown_category"),
        ({"sha256": "0" * 64}, 422, "unreadable_file"),
        ({"sha256": "0"}, 422, "invalid_input"),
        ({"exported_at": "2020-02-21"}, 422, "invalid_input"),
    ],
)
async def test_what_cannot_be_understood_is_refused(
    api: SalesApi, query: dict[str, str], status: int, code: str
) -> None:
    """With a problem document that says so."""
    response = await _send(api, _orders("1.00"), **query)
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_the_error_file_has_row_column_reason_and_what_finds_the_row_again(api: SalesApi) -> None:
    """A CSV that spreadsheets open and do not run; all rows, though the answer shows the first hundred only."""
    rows = [exports.taobao_order(str(10_000 + number), "=1+1", paid=PAID) for number in range(1_200)]
    answer = await _sent(api, exports.taobao_orders(*rows))
    assert (answer["unreadable_rows"], len(answer["errors"])) == (1_200, 100)
    response = await api.get(answer["errors_csv"], scope=SCOPE)
    assert response.content.startswith(b"\xef\xbb\xbf")
    kept = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(kept) == 1_200
    assert {name: kept[0][name] for name in ("row", "column", "reason", "order_no", "occurred_at", "amount")} == {
        "row": "2", "column": "买家应付货款", "reason": "not_an_amount", "order_no": "10000", "occurred_at": PAID,
        "amount": "",
    }  # fmt: skip


def _slipped(columns: Iterable[str]) -> dict[str, str]:
    """A row whose cells have slipped: each column has something of the buyer."""
    personal = list(exports.BUYER.values())
    return {column: personal[place % len(personal)] for place, column in enumerate(columns)}


async def test_nothing_of_buyers_touches_the_disk(
    api: SalesApi, ledger: Ledger, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Good rows, bad rows, slipped rows, refused files, of every format: then the whole database is searched, every
    column of every row; and no temporary file was made.
    """
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    await ledger.register(COOPERATIVE, "cooperative")
    await ledger.bind_shop("guizhou-tea", COOPERATIVE)
    bad = exports.taobao_order("3", "abc", paid=PAID, status=exports.BUYER["name"])
    money = ("买家应付货款", "总金额", "订单状态", "订单付款时间", "订单编号")
    files = {
        "taobao-orders": exports.taobao_orders(
            exports.taobao_order("1", "37.00", paid=PAID), bad, _slipped(money), _slipped(reversed(money))
        ),
        "taobao-items": exports.taobao_items(exports.taobao_item("11", "2", "1.00", paid=PAID)),
        "pinduoduo-orders": exports.pinduoduo(
            exports.pinduoduo_order("200221-1", "1.00"), _slipped(("商品总价(元)", "订单状态", "售后状态", "支付时间"))
        ),
        "jd-orders": exports.jd(
            exports.jd_item("119", "5", "1.00"), exports.jd_item("120", "6", exports.BUYER["phone"], "x")
        ),
    }
    for form, content in files.items():
        assert (await _sent(api, content))["format"] == form
    personal = list(exports.BUYER.values())
    sheet = write_workbook([["订单编号", "总金额", "收货地址", "订单付款时间", "退款金额"], personal[:5]], columns=5)
    assert (await _sent(api, sheet))["unreadable_rows"] == 1
    assert (await _send(api, (",".join(personal) + "\n").encode())).status_code == 422
    assert (await _sent(api, b'{"order_no": "x", "buyer": "%s"}\n' % exports.BUYER["name"].encode()))["rows"] == 1
    found = await _searched(database_url, personal)
    assert found == []
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - a look at a folder in a test may block


async def _searched(database_url: str, values: list[str]) -> list[tuple[str, str]]:
    """Tables of which a row contains one of these values, whatever the column."""
    connection = await asyncpg.connect(database_url)
    try:
        tables = await connection.fetch(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        assert len(tables) > 30
        found = []
        for (name,) in tables:
            for value in values:
                row = await connection.fetchval(
                    f"SELECT t::text FROM {name} AS t WHERE position($1 in t::text) > 0 OR position($2 in t::text) > 0 "
                    "LIMIT 1",
                    value,
                    value.encode().hex(),
                )
                if row is not None:
                    found.append((name, value))
        return found
    finally:
        await connection.close()
