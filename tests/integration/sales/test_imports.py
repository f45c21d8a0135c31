"""Files of every platform, each with its quirks: what they say is what is in the ledger, to the fen."""

import io
import json
from collections import Counter
from typing import Any

import pytest

from services.codes.roster.workbook import write_workbook
from services.sales.errors import UnreadableFile
from services.sales.importing import Importer, ImportTarget
from tests.integration.sales import exports
from tests.integration.sales.conftest import CATEGORIES, Ledger, line, order
from tests.integration.sales.exports import excel_text, pieces

HOUSEHOLD, COOPERATIVE = "HRQC2R1YDV", "C2HNTN52NB"
SHOP = "real-shop"


async def _import(ledger: Ledger, content: bytes, form: str = "auto", **more: Any) -> dict[str, Any]:
    target = ImportTarget("tmall", SHOP, form, "test", **more)
    return (await Importer(ledger.database, lambda: CATEGORIES).import_file(pieces(content, 1_000), target)).document()


@pytest.fixture
async def shop(ledger: Ledger) -> Ledger:
    """A ledger in which the shop is a cooperative's."""
    await ledger.register(COOPERATIVE, "cooperative")
    await ledger.bind_shop(SHOP, COOPERATIVE)
    return ledger


async def _lines(ledger: Ledger) -> dict[tuple[str, str], tuple[int, int]]:
    """Amount and refund of every line that counts."""
    rows = await ledger.rows(
        "SELECT order_no, line_no, amount_fen, refunded_fen FROM sales.order_lines WHERE NOT cancelled ORDER BY 1, 2"
    )
    return {(row.order_no, row.line_no): (row.amount_fen, row.refunded_fen) for row in rows}


def _reasons(summary: dict[str, Any]) -> list[tuple[int, str]]:
    return [(error["row"], error["reason"]) for error in summary["errors"]]


async def test_taobao_orders(shop: Ledger) -> None:
    """GBK, ="…", 元, stray spaces in the header: 货款 without postage; unpaid, closed and totals are no sales."""
    content = exports.taobao_orders(
        exports.taobao_order(
            "1930679858170647", "37.00元", paid="2020-02-21 00:00:10", 买家应付邮费="8.00", 总金额="45.00"
        ),
        exports.taobao_order("1930679858170648", "21.00", paid="2020/2/21 0:03", status="交易成功"),
        exports.taobao_order("1930679858170649", "50.00", paid="", status="等待买家付款"),
        exports.taobao_order("1930679858170650", "60.00", paid="", status="交易关闭"),
        exports.taobao_order("1930679858170651", "70.00", paid="2020-02-21 08:00:00", status="交易关闭"),
        {"订单编号": "合计", "总金额": "238.00", "订单状态": "", "订单付款时间": ""},
    )
    summary = await _import(shop, content)
    assert (summary["format"], summary["errors"]) == ("taobao-orders", [])
    assert summary["skipped"] == {"unpaid": 1, "closed": 1, "totals": 1}
    assert await _lines(shop) == {
        ("1930679858170647", "1"): (3700, 0),
        ("1930679858170648", "1"): (2100, 0),
        ("1930679858170651", "1"): (7000, 7000),
    }
    assert await shop.scalar("SELECT DISTINCT buyer_region FROM sales.order_lines") == "520000000000"


async def test_taobao_orders_with_refunds_say_how_much(shop: Ledger) -> None:
    """退款金额 of a newer export; what goes beyond the goods is postage, what goes beyond both is an error."""
    content = exports.taobao_orders(
        exports.taobao_order("1", "37.00", paid="2020-02-21 00:00:10", 买家应付邮费="8.00", 退款金额="45.00"),
        exports.taobao_order("2", "37.00", paid="2020-02-21 00:00:10", 退款金额="7.50"),
        exports.taobao_order("3", "37.00", paid="2020-02-21 00:00:10", 退款金额="37.01"),
        refunds=True,
        encoding="utf-8-sig",
    )
    summary = await _import(shop, content)
    assert _reasons(summary) == [(4, "refund_exceeds")]
    assert await _lines(shop) == {("1", "1"): (3700, 3700), ("2", "1"): (3700, 750)}


async def test_taobao_items_are_lines_of_their_orders(shop: Ledger) -> None:
    """Sub-orders grouped by 主订单编号; a refund counts once it succeeded."""
    paid = "2020-02-21 00:00:10"
    content = exports.taobao_items(
        exports.taobao_item("11", "1", "20.00", paid=paid, 购买数量="2"),
        exports.taobao_item("12", "1", "17.00", paid=paid, 退款状态="退款成功", 退款金额="5.00"),
        exports.taobao_item("13", "1", "3.00", paid=paid, 退款状态="等待卖家同意", 退款金额="3.00"),
        exports.taobao_item("2", "2", "9.00", paid="", 订单状态="等待买家付款"),
    )
    summary = await _import(shop, content)
    assert (summary["format"], summary["errors"], summary["skipped"]) == ("taobao-items", [], {"unpaid": 1})
    assert await _lines(shop) == {("1", "11"): (2000, 0), ("1", "12"): (1700, 500), ("1", "13"): (300, 0)}
    rows = await shop.rows("SELECT sku, quantity_milli FROM sales.order_lines WHERE line_no = '11'")
    assert [tuple(row) for row in rows] == [("DY-500", 2000)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk"])
@pytest.mark.parametrize("time_column", ["支付时间", "订单成交时间", "拼单成功时间"])
async def test_pinduoduo(shop: Ledger, encoding: str, time_column: str) -> None:
    """The shop's discount is taken off, the platform's is not; tabs, totals, and a time that only the number tells."""
    content = exports.pinduoduo(
        exports.pinduoduo_order("200221-000000000000001", "30.00", **{"店铺优惠折扣(元)": "3.00"}),
        exports.pinduoduo_order("200221-000000000000002", "20.00", 支付时间="", 订单状态="已收货"),
        exports.pinduoduo_order("200221-000000000000003", "10.00", 售后状态="退款成功"),
        exports.pinduoduo_order("200221-000000000000004", "10.00", 售后状态="售后处理中"),
        exports.pinduoduo_order("200221-000000000000005", "10.00", 订单状态="已取消", 支付时间="\t"),
        exports.pinduoduo_order("200221-000000000000006", "10.00", 订单状态="已发货，退款成功"),
        encoding=encoding,
        time_column=time_column,
    )
    summary = await _import(shop, content)
    assert (summary["format"], summary["errors"]) == ("pinduoduo-orders", [])
    assert summary["skipped"] == {"closed": 1, "totals": 1}
    assert list((await _lines(shop)).values()) == [(2700, 0), (2000, 0), (1000, 1000), (1000, 0), (1000, 1000)]
    assert str(await shop.scalar("SELECT sale_day FROM sales.order_lines WHERE amount_fen = 2000")) == "2020-02-21"


async def test_jd(shop: Ledger) -> None:
    """A row an item, 京东价 × 订购数量; the order's amount repeats and is never added; 货到付款 is paid then."""
    content = exports.jd(
        exports.jd_item("119001", "501", "12.50", "3"),
        exports.jd_item("119001", "502", "8.00"),
        exports.jd_item("119001", "501", "12.00"),
        exports.jd_item("119002", "501", "12.50", 订单状态="已取消", 付款确认时间=""),
        exports.jd_item("119003", "501", "12.50", 订单状态="(删除)已取消"),
        exports.jd_item("119004", "501", "12.50", 支付方式="货到付款", 付款确认时间=""),
        exports.jd_item("119005", "501", "12.50", 支付方式="货到付款", 付款确认时间="", 订单状态="完成",
                        订单完成时间="2020-02-23 10:00:00"),
    )  # fmt: skip
    summary = await _import(shop, content)
    assert (summary["format"], summary["errors"]) == ("jd-orders", [])
    assert summary["skipped"] == {"closed": 1, "unpaid": 1}
    assert await _lines(shop) == {
        ("119001", "501"): (3750, 0),
        ("119001", "501-2"): (1200, 0),
        ("119001", "502"): (800, 0),
        ("119003", "501"): (1250, 1250),
        ("119005", "501"): (1250, 0),
    }
    assert (await _import(shop, content))["unchanged"] is True


async def test_our_own_csv(shop: Ledger) -> None:
    """The field names of the API, in any order; a line number makes items, a code decides whose it is."""
    await shop.register("HRQC2R1YDV")
    content = (
        b"amount,order_no,line_no,occurred_at,category,code,quantity,unit,refunded,status\n"
        b"37.00,A1,1,2020-02-21T10:00:00+08:00,tea,HRQC2R1YDV,2,box,5,paid\n"
        b"1.00,A1,2,2020-02-21 10:00,,,0.5,kg,,\n"
        b"2.00,A2,1,2020-02-21 10:00,gold,,,,,\n"
        b"2.00,A3,1,,,,,,,unpaid\n"
    )
    summary = await _import(shop, content, category="chili")
    assert (summary["format"], _reasons(summary)) == ("onecode-csv", [(4, "unknown_category")])
    rows = await shop.rows("SELECT category, attributed_code, quantity_milli, unit FROM sales.order_lines ORDER BY 1")
    assert [tuple(row) for row in rows] == [("chili", COOPERATIVE, 500, "kg"), ("tea", "HRQC2R1YDV", 2000, "box")]
    assert await _lines(shop) == {("A1", "1"): (3700, 500), ("A1", "2"): (100, 0)}


async def test_a_table_of_refunds(shop: Ledger) -> None:
    """Each row a refund under its number, as the API takes it; again it changes nothing; what contradicts is named."""
    await shop.post(order("A1", line("1", "37.00"), line("2", "5.00"), shop=SHOP))
    head = "refund_no,order_no,line_no,amount,occurred_at,reason\n"
    rows = 'R1,A1,1,7.00,2019-03-20 10:00,破损\nR2,="A1",,4.00,2019-03-21,\nR3,A9,1,1.00,2019-03-21,\n'
    summary = await _import(shop, (head + rows).encode())
    assert (summary["format"], summary["refunds"]["accepted"], summary["refunds"]["parked"]) == (
        "onecode-refunds",
        2,
        1,
    )
    assert summary["amounts"]["refunds"] == "11.00"
    assert sum(refunded for _, refunded in (await _lines(shop)).values()) == 1100
    again = await _import(shop, (head + rows).encode("gb18030"))
    assert (again["unchanged"], again["refunds"]["duplicate"]) == (True, 3)
    wrong = "R1,A1,1,8.00,2019-03-20 10:00,\nR4,A1,1,,2019-03-20,\nR5,A1,1,0.00,2019-03-20,\n"
    assert _reasons(await _import(shop, (head + wrong).encode())) == [
        (2, "other_content"), (3, "missing"), (4, "amount")]  # fmt: skip


async def test_our_own_ndjson(shop: Ledger) -> None:
    """An order as in POST /v1/orders on each line; one that is malformed is listed, the others are taken."""
    order = {"order_no": "A1", "occurred_at": "2020-02-21T10:00:00+08:00", "lines": [
        {"line_no": "1", "amount": "37.00", "refunded": "7.00"}, {"line_no": "2", "amount": "1,5"},
        {"line_no": "3", "amount": "3.00"},
    ]}  # fmt: skip
    content = f"{json.dumps(order)}\n\n{{}}\nnothing\n{json.dumps({**order, 'order_no': 'A2'})}".encode()
    summary = await _import(shop, content)
    assert summary["format"] == "onecode-ndjson"
    assert _reasons(summary) == [(1, "not_an_amount"), (3, "malformed"), (4, "malformed"), (5, "not_an_amount")]
    assert set(await _lines(shop)) == {("A1", "1"), ("A1", "3"), ("A2", "1"), ("A2", "3")}


async def test_a_line_of_several_codes_comes_by_file_too(shop: Ledger) -> None:
    """As by the API, with what was refunded; a later file posts the difference to all of them."""
    await shop.register(HOUSEHOLD)
    shares = [{"code": HOUSEHOLD, "weight": 1}, {"code": COOPERATIVE, "weight": 2}]

    def stated(refunded: str) -> bytes:
        item = {"line_no": "1", "amount": "9.00", "codes": shares, "refunded": refunded}
        return json.dumps({"order_no": "A1", "occurred_at": "2020-02-21T10:00:00+08:00", "lines": [item]}).encode()

    for refunded, left_fen in (("0.00", 300), ("3.00", 200), ("1.50", 250)):
        summary = await _import(shop, stated(refunded))
        assert _reasons(summary) == []
        nets = await shop.rows("SELECT subject_id, sum(amount_fen)::bigint FROM sales.ledger_entries GROUP BY 1")
        assert {row[0]: row[1] for row in nets} == {
            shop.subjects[HOUSEHOLD]: left_fen, shop.subjects[COOPERATIVE]: 2 * left_fen}  # fmt: skip


MAPPING = """
[columns]
order_no = "单号"
line_no = "行"
occurred_at = ["付款", "下单"]
amount = ["商品金额", "包装费"]
less = "优惠"
refunded = "已退"
status = "状态"
buyer_region = "地址"

[status]
refunded = "全退"
unpaid = "待付"
paid = ["完成", "发货"]
"""


@pytest.mark.parametrize("as_json", [False, True])
async def test_any_other_table_by_a_mapping_file(shop: Ledger, *, as_json: bool) -> None:
    """Columns by name, sums and discounts, the platform's own words for its statuses."""
    import tomllib  # noqa: PLC0415 - by the side of what it reads

    content = (
        "单号,行,付款,下单,商品金额,包装费,优惠,已退,状态,地址,买家\n"
        f"Y1,a,2020-02-21 10:00,,30.00,1.00,2.50,5,已发货,{exports.BUYER['address']},{exports.BUYER['name']}\n"
        "Y1,b,,2020-02-21 09:00,10.00,0,,,完成,,\n"
        "Y2,a,,2020-02-21 09:00,10.00,0,,,待付款,,\n"
        "Y3,a,,2020-02-21 09:00,10.00,0,,,已全退,,\n"
        "Y4,a,,2020-02-21 09:00,10.00,0,,,不明,,\n"
    ).encode("gbk")
    mapping = json.dumps(tomllib.loads(MAPPING)) if as_json else MAPPING
    summary = await _import(shop, content, "mapping", mapping=mapping)
    assert _reasons(summary) == [(6, "unknown_status")]
    assert await _lines(shop) == {("Y1", "a"): (2850, 500), ("Y1", "b"): (1000, 0), ("Y3", "a"): (1000, 1000)}


async def test_a_workbook(shop: Ledger) -> None:
    """Text cells, numbers, and a number that the spreadsheet has rounded: refused, not guessed."""
    header = ["订单编号", "总金额", "买家实际支付金额", "收货地址", "订单创建时间", "订单付款时间", "退款金额"]
    rows: list[list[str | int | float]] = [
        [*header],
        ["1930679858170647123", 37.1, 0, "贵州省", "2020/2/21 0:00", "2020-02-21 00:01:30", 0],
        [123456789, "20元", 0, "上海", "", "2020/2/21 0:01", "5"],
        [1930679858170647123, 1, 0, "上海", "", "2020/2/21 0:01", 0],
        ["合计", 58.1, 0, "", "", "", 5],
    ]
    summary = await _import(shop, write_workbook(rows, columns=7))
    assert (summary["format"], _reasons(summary)) == ("tmall-report", [(4, "rounded_number")])
    assert await _lines(shop) == {("1930679858170647123", "1"): (3710, 0), ("123456789", "1"): (2000, 500)}


@pytest.mark.parametrize(
    ("content", "form", "said"),
    [
        (b"order_id,amount\n1,2\n", "auto", r"order_no.*order_id, amount"),
        (b"order_id,amount\n1,2\n", "jd-orders", r"商品ID.*order_id, amount"),
        (b"", "auto", r"empty"),
        (b"PK\x03\x04nothing", "auto", r"XLSX"),
        (b"{}", "nonsense", r"taobao-orders"),
        (b"nothing", "onecode-ndjson", r"JSON"),
    ],
)
async def test_a_wrong_file_says_what_was_expected_and_what_was_found(
    shop: Ledger, content: bytes, form: str, said: str
) -> None:
    """In one sentence; the import is kept as failed, and nothing of the file with it."""
    with pytest.raises(UnreadableFile, match=said):
        await _import(shop, content, form)
    states = await shop.rows("SELECT state, problem FROM sales.imports")
    assert Counter(tuple(row) for row in states) in (Counter(), Counter([("failed", "unreadable_file")]))


async def test_a_workbook_that_would_unpack_to_too_much_is_refused(shop: Ledger) -> None:
    """Before it is unpacked."""
    import zipfile  # noqa: PLC0415 - by the side of what it writes

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"xl/{number}.xml", b"0" * (100 * 1024 * 1024))
    with pytest.raises(UnreadableFile, match="too large"):
        await _import(shop, packed.getvalue())


async def test_a_row_says_what_is_wrong_with_which_cell(shop: Ledger) -> None:
    """By row, column and reason; the other rows are taken."""
    paid = "2020-02-21 00:00:10"
    content = exports.taobao_orders(
        exports.taobao_order("1", "abc", paid=paid),
        exports.taobao_order("2", "1.00", paid="21st of February"),
        exports.taobao_order("3", "1.00", paid=paid, status="新状态"),
        exports.taobao_order("1.93068E+15", "1.00", paid=paid) | {"订单编号": "1.93068E+15"},
        exports.taobao_order("5", "1.00", paid=paid),
        exports.taobao_order("6", "1.00", paid="2099-01-01 00:00:00"),
    )
    summary = await _import(shop, content)
    assert [(error["row"], error["column"], error["reason"]) for error in summary["errors"]] == [
        (2, "买家应付货款", "not_an_amount"),
        (3, "订单付款时间", "not_a_time"),
        (4, "订单状态", "unknown_status"),
        (5, "订单编号", "rounded_number"),
        (7, "", "in_future"),
    ]
    assert summary["errors"][0]["cells"] == {"order_no": "1", "occurred_at": paid, "status": exports.PAID}
    assert await _lines(shop) == {("5", "1"): (100, 0)}
    assert excel_text("5") == '="5"'
