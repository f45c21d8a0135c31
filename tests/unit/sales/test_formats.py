"""Export files: rows read as they arrive, whatever the encoding and wherever the pieces were cut."""

from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.clock import SHANGHAI
from services.sales.errors import UnreadableFile
from services.sales.formats.provinces import province_code
from services.sales.formats.row import PaidOrder, Skipped, UnreadableRow
from services.sales.formats.table import CsvTable
from services.sales.formats.tmall_report import COLUMNS, read_row

ROW = {
    "订单编号": "1", "总金额": "178.8", "买家实际支付金额": "0.0", "收货地址": "上海",
    "订单创建时间": "2020/2/21 0:00", "订单付款时间": "2020/2/21 0:03", "退款金额": "178.8",
}  # fmt: skip


def table() -> CsvTable:
    """A reader of the Tmall report."""
    return CsvTable(COLUMNS, format_name="tmall-report")


def rows(*pieces: bytes) -> list[dict[str, str]]:
    """What a file that arrives in these pieces says."""
    reader = table()
    found = [dict(row) for piece in pieces for row in reader.feed(piece)]
    return found + [dict(row) for row in reader.feed(b"", last=True)]


def file(*data: dict[str, str], encoding: str = "utf-8", end: str = "\n") -> bytes:
    """A file with a header and these rows."""
    lines = [",".join(ROW), *(",".join(row.values()) for row in data)]
    return (end.join(lines) + end).encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_are_told_apart_by_the_header(encoding: str, end: str) -> None:
    """Exports of the same report differ by who saved them last."""
    assert rows(file(ROW, {**ROW, "订单编号": "2"}, encoding=encoding, end=end)) == [ROW, {**ROW, "订单编号": "2"}]


@given(st.lists(st.integers(0, 400), max_size=8), st.sampled_from(["utf-8-sig", "gbk"]))
def test_it_does_not_matter_where_the_pieces_were_cut(cuts: list[int], encoding: str) -> None:
    """Within a character, a line end or a quoted cell."""
    content = file(ROW, {**ROW, "收货地址": '"贵州,\r\n都匀"'}, ROW, encoding=encoding, end="\r\n")
    places = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    pieces = [content[begin:end] for begin, end in pairwise(places)]
    assert rows(*pieces) == [ROW, {**ROW, "收货地址": "贵州,\n都匀"}, ROW]


def test_stray_spaces_and_empty_rows_do_not_matter() -> None:
    """Cells of the header, too; a short row has empty cells, a long one ends where the header does."""
    header = " ,".join(ROW).encode() + b" \n"
    body = b" 1 ,178.8,0.0, \xe4\xb8\x8a\xe6\xb5\xb7 ,,\n\n,,,\n2,1.00,,,,,,,,more\n"
    first, second = rows(header + body)
    assert (first["订单编号"], first["收货地址"], first["退款金额"]) == ("1", "上海", "")
    assert (second["订单编号"], len(second)) == ("2", len(ROW))


def test_a_row_has_the_number_that_a_spreadsheet_shows() -> None:
    """The header is row 1."""
    reader = table()
    assert [reader.row_no for _ in reader.feed(file(ROW, ROW), last=True)] == [2, 3]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n", b"a,b\n1,2\n", b"\xff\xfe\x00", b"PK\x03\x04", b"%PDF-1.7\n",
        file(ROW) + "村".encode("gbk") + b"\n",
        file(ROW) + b'"' + b"x" * 200_000 + b'",1\n',
        file(ROW) + b"1\r2,3\n",
        file(ROW) + b'"' + b"x" * 1_100_000,
        b"x" * 1_100_000,
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused_by_name(content: bytes) -> None:
    """Another file, a wrong encoding further on, a cell without end: said so, and never an error of ours."""
    with pytest.raises(UnreadableFile):
        rows(content)


def test_a_row_is_a_sale_at_its_time_of_payment() -> None:
    """Of the amount as ordered, with what has been refunded; of the address only the province is kept."""
    at = datetime(2020, 2, 21, 0, 3, tzinfo=SHANGHAI)
    assert read_row(ROW) == PaidOrder("1", at, 17_880, 17_880, "310000000000")


def test_an_order_that_was_never_paid_is_no_sale() -> None:
    """Without a time of payment."""
    assert read_row({**ROW, "订单付款时间": ""}) == Skipped("unpaid")


@pytest.mark.parametrize("written", ['="1"', "'1", "\t1", " 1 "])
def test_order_numbers_as_spreadsheets_protect_them(written: str) -> None:
    """Long numbers are written as texts, in several ways."""
    order = read_row({**ROW, "订单编号": written})
    assert isinstance(order, PaidOrder)
    assert order.order_no == "1"


@pytest.mark.parametrize(
    "written", ["2020/2/21 0:03", "2020/02/21 00:03:00", "2020-02-21 00:03:00", "2020-02-21 00:03"]
)
def test_times_as_exports_write_them(written: str) -> None:
    """With or without seconds and leading noughts; they are times of Shanghai."""
    order = read_row({**ROW, "订单付款时间": written})
    assert isinstance(order, PaidOrder)
    assert order.occurred_at == datetime(2020, 2, 21, 0, 3, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("订单编号", ""), ("订单编号", "''"), ("总金额", ""), ("总金额", "-1"), ("总金额", "1,788.00"),
        ("总金额", "1.234"), ("退款金额", "178.81"), ("退款金额", "-1"), ("订单付款时间", "21.2.2020"),
        ("订单付款时间", "2020/2/30 0:00"),
    ],
)  # fmt: skip
def test_an_unreadable_cell_names_its_column(column: str, cell: str) -> None:
    """So that whoever sent the file finds it."""
    with pytest.raises(UnreadableRow) as caught:
        read_row({**ROW, column: cell})
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("上海", "310000000000"), ("贵州省都匀市", "520000000000"), (" 内蒙古自治区", "150000000000"),
        ("新疆维吾尔自治区", "650000000000"), ("", None), ("Shanghai", None), ("都匀市", None),
    ],
)  # fmt: skip
def test_the_province_of_an_address(address: str, code: str | None) -> None:
    """By the name it begins with."""
    assert province_code(address) == code
