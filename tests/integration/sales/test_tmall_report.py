"""A real shop's month, imported: the totals are known to the fen."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.sales.errors import UnreadableFile
from services.sales.importing import Importer, ImportSummary, ImportTarget
from tests.conftest import SHARED_DATA
from tests.integration.sales.conftest import CATEGORIES, Ledger

COOPERATIVE = "C2HNTN52NB"
TARGET = ImportTarget("tmall", "real-shop", "tmall-report", "test")
HEADER = "订单编号,总金额,买家实际支付金额,收货地址 ,订单创建时间,订单付款时间 ,退款金额\n"


def _importer(ledger: Ledger) -> Importer:
    return Importer(ledger.database, lambda: CATEGORIES)


async def _pieces(content: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def _amounts(document: dict[str, Any]) -> tuple[str, ...]:
    return tuple(document["amounts"][name] for name in ("sales", "refunds", "net"))


async def _totals(ledger: Ledger, where: str = "TRUE") -> tuple[Any, ...]:
    (row,) = await ledger.rows(
        "SELECT count(*) FILTER (WHERE cause = 'sale'), sum(amount_fen) FILTER (WHERE measure = 'gross')::bigint, "
        "-sum(amount_fen) FILTER (WHERE measure = 'refund')::bigint, count(DISTINCT order_no) FILTER "
        f"(WHERE cause = 'refund') FROM sales.ledger_entries WHERE {where}"
    )
    return tuple(row)


async def test_the_real_month_adds_up_to_the_fen(ledger: Ledger) -> None:
    """24,087 lines, 2,474,823.07 gross, 572,335.92 refunded on 5,646 orders, 3,923 unpaid; again changes nothing."""
    await ledger.register(COOPERATIVE, "cooperative")
    await ledger.bind_shop("real-shop", COOPERATIVE)
    content = (SHARED_DATA / "tmall_order_report.csv").read_bytes()
    importer = _importer(ledger)
    first = (await importer.import_file(_pieces(content), TARGET)).document()
    assert (first["rows"], first["skipped"], first["unreadable_rows"]) == (28_010, {"unpaid": 3_923}, 0)
    assert _amounts(first) == ("2474823.07", "572335.92", "1902487.15")
    assert await _totals(ledger) == (24_087, 247_482_307, 57_233_592, 5_646)
    assert (await _totals(ledger, "sale_day < DATE '2020-03-01'"))[1:3] == (247_434_707, 57_215_792)
    again = (await importer.import_file(_pieces(content), TARGET)).document()
    assert again["unchanged"] is True
    assert again["lines"]["duplicate"] == 24_087
    assert await _totals(ledger) == (24_087, 247_482_307, 57_233_592, 5_646)
    assert await ledger.scalar("SELECT DISTINCT date_basis FROM sales.refunds") == "imputed"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("piece", [1, 7, 100_000])
async def test_encodings_pieces_and_habits(ledger: Ledger, encoding: str, piece: int) -> None:
    """UTF-8 with and without BOM, GBK, any cut of the stream, stray spaces, seconds, ="…" and quoted line feeds."""
    rows = (
        '="123", 10.00 ,0,"贵州省\n贵阳市",2020/2/21 0:00,2020/2/21 0:01,0\r\n'
        "124,20元,20,内蒙古自治区,2020/2/21 0:00,2020-02-21 00:01:30,5\r\n"
        "125,30,0,上海,2020/2/21 0:00,,0"
    )
    content = (HEADER + rows).encode(encoding)
    await ledger.register(COOPERATIVE, "cooperative")
    await ledger.bind_shop("real-shop", COOPERATIVE)
    summary = await _importer(ledger).import_file(_pieces(content, piece), TARGET)
    assert _amounts(summary.document()) == ("30.00", "5.00", "25.00")
    rows_found = await ledger.rows("SELECT order_no, buyer_region FROM sales.order_lines ORDER BY order_no")
    assert [tuple(row) for row in rows_found] == [("123", "520000000000"), ("124", "150000000000")]


async def test_a_later_export_posts_the_difference(ledger: Ledger) -> None:
    """退款金额 from 0 to 21 is a refund of 21, then to 30 one of 9; unpaid to paid is an acceptance."""
    await ledger.register(COOPERATIVE, "cooperative")
    await ledger.bind_shop("real-shop", COOPERATIVE)
    importer = _importer(ledger)

    async def export(refunded: str, paid: str) -> ImportSummary:
        rows = f"1,37,37,上海,2020/2/21 0:00,2020/2/21 0:01,{refunded}\n2,50,50,上海,2020/2/21 0:00,{paid},0\n"
        return await importer.import_file(_pieces((HEADER + rows).encode()), TARGET)

    await export("0", "")
    second = (await export("21", "2020/2/21 0:05")).document()
    assert (second["lines"]["accepted"], second["amounts"]["refunds"]) == (1, "21.00")
    third = (await export("30", "2020/2/21 0:05")).document()
    assert third["amounts"]["refunds"] == "9.00"
    assert (await export("30", "2020/2/21 0:05")).document()["unchanged"] is True
    assert await _totals(ledger) == (2, 8_700, 3_000, 1)


async def test_a_wrong_file_says_what_was_expected_and_what_was_found(ledger: Ledger) -> None:
    """One sentence with the missing columns and the file's own first line."""
    with pytest.raises(UnreadableFile, match=r"订单付款时间.*order_id, amount"):
        await _importer(ledger).import_file(_pieces(b"order_id,amount\n1,2\n"), TARGET)


async def test_a_bad_row_is_listed_and_the_others_are_taken(ledger: Ledger) -> None:
    """Row number, column and reason are answered; the good row is recorded."""
    await ledger.register(COOPERATIVE, "cooperative")
    await ledger.bind_shop("real-shop", COOPERATIVE)
    rows = "1,abc,37,上海,2020/2/21 0:00,2020/2/21 0:01,0\n2,50,50,上海,2020/2/21 0:00,2020/2/21 0:01,0\n"
    summary = await _importer(ledger).import_file(_pieces((HEADER + rows).encode()), TARGET)
    document = summary.document()
    assert [(error["row"], error["column"]) for error in document["errors"]] == [(2, "总金额")]
    assert document["lines"]["accepted"] == 1
