"""Tables as files, read back by programs that are not ours."""

import csv
import io
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from services.stats.tabular import Column, Table
from services.stats.tabular.delimited import write_csv
from services.stats.tabular.table import DAY, TEXT, Cell, NotANumber
from services.stats.tabular.workbook import write_workbook

COLUMNS = (
    Column("name", TEXT, "名称", "Name"),
    Column("day", DAY, "日期", "Day"),
    Column("sales_net", "yuan", "净销售额", "Net sales"),
    Column("orders", "count", "订单数", "Orders"),
)
ROWS: list[list[Cell]] = [
    ["都匀市", date(2020, 2, 1), "37.00", 2],
    ['=HYPERLINK("http://evil")', date(2020, 2, 2), "-0.05", 0],
    ['# 注, "引号"\r\n第二行', date(2020, 2, 3), None, None],
    ["9999", date(2020, 2, 4), "9999999999999.99", 10**12],
]  # fmt: skip
TABLE = Table("sales-2020-02", "净销售额 / Net sales", COLUMNS, ROWS, [("watermark.position", "42"), ("note", "=1+1")])


def records(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def test_a_csv_is_a_rectangle_of_crlf_records_that_begins_with_the_mark_excel_needs() -> None:
    body = write_csv(TABLE)
    assert body.startswith(b"\xef\xbb\xbfname,day,sales_net,orders\r\n")
    assert body.endswith(b"\r\n")
    assert {len(record) for record in records(body)} == {4}


def test_a_csv_says_beside_its_rows_what_they_mean_and_what_they_were_read_from() -> None:
    notes = {record[0]: record[1] for record in records(write_csv(TABLE)) if record[0].startswith("# ")}
    assert notes["# title"] == "净销售额 / Net sales"
    assert notes["# watermark.position"] == "42"
    assert notes["# column.sales_net.unit"] == "yuan"
    assert notes["# column.sales_net.zh"] == "净销售额"


def test_duckdb_reads_the_rows_of_a_csv_and_skips_the_notes(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(write_csv(TABLE))
    rows = duckdb.execute(f"SELECT * FROM read_csv('{file}', comment='#', header=true)").fetchall()
    assert [(row[1], str(row[2]), row[3]) for row in rows[:2]] == [
        (date(2020, 2, 1), "37.0", 2), (date(2020, 2, 2), "-0.05", 0),
    ]  # fmt: skip
    assert len(rows) == 4


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1+1"])
def test_no_text_of_a_csv_begins_like_a_formula(text: str) -> None:
    """OWASP's list, and its full-width forms; notes as well as rows."""
    table = Table("t", "t", COLUMNS, [[text, None, None, None]], [("note", text)])
    first, *rest = records(write_csv(table))[1:]
    assert first[0] == f"'{text}"
    assert ["# note", f"'{text}", "", ""] in rest


@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs", "Cc"])), st.integers(-(10**14), 10**14))))
@settings(max_examples=60)
def test_what_is_written_as_csv_is_read_back(rows: list[tuple[str, int]]) -> None:
    table = Table("t", "t", COLUMNS[:1] + COLUMNS[3:], rows)
    back = records(write_csv(table))[1 : len(rows) + 1]
    assert [int(record[1]) for record in back] == [number for _, number in rows]
    assert all(record[0] in {text, f"'{text}"} for record, (text, _) in zip(back, rows, strict=True))


def test_a_workbook_holds_the_same_cells_as_numbers_days_and_text() -> None:
    """Text that looks like a formula is text, and fen survive up to ten trillion yuan."""
    book = CalamineWorkbook.from_object(io.BytesIO(write_workbook(TABLE)))
    sheet = book.get_sheet_by_name("sales-2020-02").to_python()
    assert sheet[0] == ["name", "day", "sales_net", "orders"]
    assert sheet[1] == ["都匀市", date(2020, 2, 1), 37.0, 2.0]
    assert sheet[2] == ['=HYPERLINK("http://evil")', date(2020, 2, 2), -0.05, 0.0]
    assert sheet[3][2:] == ["", ""]
    assert sheet[4] == ["9999", date(2020, 2, 4), 9999999999999.99, 1e12]
    notes = {row[0]: row[1] for row in book.get_sheet_by_name("说明 Notes").to_python()}
    assert notes["watermark.position"] == "42"
    assert notes["column.orders.en"] == "Orders"


def test_the_same_tables_give_the_same_workbook() -> None:
    """A strong ETag promises the same bytes."""
    assert write_workbook(TABLE) == write_workbook(TABLE)


def test_what_is_no_number_cannot_stand_in_a_column_of_numbers() -> None:
    with pytest.raises(NotANumber):
        write_csv(Table("t", "t", COLUMNS, [["x", None, "=1", None]]))


def test_a_column_has_a_name_that_programs_can_rely_on() -> None:
    with pytest.raises(ValueError, match="Net sales"):
        Column("Net sales", "yuan", "", "")
