"""Export files: rows read as they arrive, whatever the encoding and wherever the pieces were cut."""

import csv
import io
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.clock import SHANGHAI
from services.sales.errors import UnreadableFile
from services.sales.formats import own
from services.sales.formats.layout import Choice
from services.sales.formats.provinces import province_code
from services.sales.formats.row import Skipped, SoldLine, UnreadableRow
from services.sales.formats.table import CsvTable, NumberedRow
from services.sales.formats.tmall_report import LAYOUT, read_row

ROW = {
    "订单编号": "1", "总金额": "178.8", "买家实际支付金额": "0.0", "收货地址": "上海",
    "订单创建时间": "2020/2/21 0:00", "订单付款时间": "2020/2/21 0:03", "退款金额": "178.8",
}  # fmt: skip


def table() -> CsvTable:
    """A reader of the Tmall report."""
    return CsvTable(Choice((LAYOUT,)))


def numbered(*pieces: bytes) -> list[NumberedRow]:
    """What a file that arrives in these pieces says."""
    reader = table()
    found = [row for piece in pieces for row in reader.feed(piece)]
    return found + list(reader.feed(b"", last=True))


def rows(*pieces: bytes) -> list[dict[str, str]]:
    """The cells of its rows."""
    return [dict(cells) for _, _, cells in numbered(*pieces)]


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
    """Cells of the header, too; a short row has empty cells, a long one may end in empty ones."""
    header = " ,".join(ROW).encode() + b" \n"
    body = b" 1 ,178.8,0.0, \xe4\xb8\x8a\xe6\xb5\xb7 ,,\n\n,,,\n2,1.00,,,,,,,,\n"
    first, second = rows(header + body)
    assert (first["订单编号"], first["收货地址"], first["退款金额"]) == ("1", "上海", "")
    assert (second["订单编号"], len(second)) == ("2", len(ROW))


def test_a_row_with_more_cells_than_the_header_is_refused_unseen() -> None:
    """Its cells have slipped: none of them is what its column says, so none is kept."""
    ((row_no, outcome, cells),) = numbered(file(ROW | {"收货地址": "贵州省,都匀市,张三"}))
    assert (row_no, cells) == (2, {})
    assert isinstance(outcome, UnreadableRow)
    assert outcome.reason == "too_many_cells"


def test_a_row_of_totals_is_no_order() -> None:
    """Exports end with one."""
    ((_, outcome, _),) = numbered(file(ROW | {"订单编号": "总计", "订单付款时间": ""}))
    assert outcome == Skipped("totals")


def test_a_quote_within_a_cell_is_only_a_character() -> None:
    """Titles measure in inches; a quote opens a cell only where the cell begins."""
    first, second = rows(file(ROW | {"收货地址": '上海 5" 盆'}, ROW | {"收货地址": '="上海"'}))
    assert (first["收货地址"], second["收货地址"]) == ('上海 5" 盆', "上海")


def test_a_row_has_the_number_that_a_spreadsheet_shows() -> None:
    """The header is row 1."""
    reader = table()
    assert [row_no for row_no, _, _ in reader.feed(file(ROW, ROW), last=True)] == [2, 3]


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
    assert read_row(ROW) == SoldLine("1", at, 17_880, 17_880, buyer_region="310000000000")


def test_an_order_that_was_never_paid_is_no_sale() -> None:
    """Without a time of payment."""
    assert read_row({**ROW, "订单付款时间": ""}) == Skipped("unpaid")


@pytest.mark.parametrize("written", ['="1"', "'1", "\t1", " 1 "])
def test_order_numbers_as_spreadsheets_protect_them(written: str) -> None:
    """Long numbers are written as texts, in several ways."""
    ((_, order, _),) = numbered(file({**ROW, "订单编号": written}))
    assert isinstance(order, SoldLine)
    assert order.order_no == "1"


@pytest.mark.parametrize(
    "written", ["2020/2/21 0:03", "2020/02/21 00:03:00", "2020-02-21 00:03:00", "2020-02-21 00:03"]
)
def test_times_as_exports_write_them(written: str) -> None:
    """With or without seconds and leading noughts; they are times of Shanghai."""
    order = read_row({**ROW, "订单付款时间": written})
    assert isinstance(order, SoldLine)
    assert order.occurred_at == datetime(2020, 2, 21, 0, 3, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("订单编号", ""), ("订单编号", "1.93068E+15"), ("订单编号", "订单"), ("总金额", ""), ("总金额", "-1"),
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


@given(
    st.lists(st.sampled_from(["tea", "都匀毛尖", "遵义朝天椒 500g", '"a', "é"]), min_size=1, max_size=6),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    st.integers(1, 60),
)
def test_the_encoding_of_a_table_with_an_ascii_header_is_told_by_its_rows(
    titles: list[str], encoding: str, size: int
) -> None:
    """Spreadsheets save our own CSV as GBK in China: the titles come through, wherever the pieces were cut."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(("order_no", "occurred_at", "amount", "title"))
    for number, title in enumerate(titles):
        writer.writerow((f"A{number}", "2020-02-21 10:00", "1.00", title))
    content = buffer.getvalue().encode(encoding)
    table = CsvTable(Choice((own.CSV,)))
    rows = [row for begin in range(0, len(content), size) for row in table.feed(content[begin : begin + size])]
    rows += table.feed(b"", last=True)
    read = [outcome.title for _, outcome, _ in rows if isinstance(outcome, SoldLine)]
    assert read == [" ".join(title.split()) for title in titles]
