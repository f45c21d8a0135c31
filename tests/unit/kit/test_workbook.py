"""Workbooks that strangers send: read with their types, and none of them can take our memory or our process."""

import io
import struct
import zipfile
from datetime import datetime
from pathlib import Path
from string import ascii_uppercase

import pytest
import xlsxwriter

from services.kit.workbook import UnreadableWorkbook, read_sheets
from services.kit.workbook_reader import CELL_CHARACTERS, CHARACTERS_AT_ONCE, in_parts

_TYPES = """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="xml" ContentType="application/xml"/>
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>"""
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = (
    """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>"""
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WORKBOOK = f"""<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>
</workbook>"""


MOMENT = datetime(2020, 2, 29, 23, 59)  # noqa: DTZ001 - spreadsheets know no zone


def workbook(cells: str, strings: str = "") -> bytes:
    """A workbook with one sheet, of these rows of XML; and the texts that they share."""
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS.format(
            f'<Relationship Id="r" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        ),
        "xl/workbook.xml": _WORKBOOK,
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(
            f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="r2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        ),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{cells}</sheetData></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{strings}</sst>',
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


def rows_of(content: bytes) -> list[list[object]]:
    """The rows of the first sheet."""
    return [list(row) for sheet in read_sheets(content) for row in sheet.rows]


def test_cells_keep_their_types_and_rows_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "made.xlsx"
    with xlsxwriter.Workbook(path) as made:
        made.add_worksheet("empty")
        sheet = made.add_worksheet("full")
        sheet.write_row(2, 1, ["都匀毛尖", 3.5, 7, True])
        sheet.write_datetime(3, 1, MOMENT, made.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
    (found,) = [(sheet.first_row, list(sheet.rows)) for sheet in read_sheets(path.read_bytes())]
    assert found == (3, [["都匀毛尖", 3.5, 7.0, True], [MOMENT, "", "", ""]])


FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="900000"><c r="XFD900000"><v>1</v></c></row>'
OFTEN = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, 5_000))


COLUMNS = [f"{first}{second}" for first in "AB" for second in ascii_uppercase]
WIDE = f"""<row r="1">{"".join(f'<c r="{column}1" t="s"><v>0</v></c>' for column in COLUMNS)}</row>"""


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(workbook(FAR), id="a cell far away"),
        pytest.param(workbook(OFTEN, f"<si><t>{'a' * 2**20}</t></si>"), id="a long text many times"),
        pytest.param(workbook(WIDE, f"<si><t>{'a' * CELL_CHARACTERS}</t></si>"), id="a row that is too long"),
        pytest.param(b"PK\x03\x04 and no more", id="no workbook"),
    ],
)
def test_a_workbook_that_would_fill_the_memory_is_refused(content: bytes) -> None:
    """By the process that reads it, which ends; this one goes on."""
    with pytest.raises(UnreadableWorkbook):
        rows_of(content)
    assert rows_of(workbook('<row r="1"><c r="A1"><v>1</v></c></row>')) == [[1.0]]


def test_a_size_that_is_not_true_helps_nobody() -> None:
    """The directory of a ZIP may say that a part is small; what counts is what comes out."""
    long = "a" * (32 * 2**20)
    honest = workbook(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{long}</t></is></c></row>')
    with zipfile.ZipFile(io.BytesIO(honest)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    with pytest.raises(UnreadableWorkbook):
        rows_of(honest.replace(struct.pack("<I", size), struct.pack("<I", 1000)))


def test_who_listens_holds_little_of_a_workbook_at_once() -> None:
    """Ten kilobytes that say a long text a thousand times are read, a megabyte at a time."""
    content = workbook(OFTEN[: OFTEN.index('<row r="1001"')], f"<si><t>{'a' * 30_000}</t></si>")
    assert len(content) < 10_000
    assert [len(row[0]) for sheet in read_sheets(content) for row in sheet.rows if isinstance(row[0], str)] == (
        [30_000] * 1_000
    )
    rows: list[list[object]] = [["a" * 30_000, 7] for _ in range(1_000)]
    parts = list(in_parts(rows))
    assert [row for part in parts for row in part] == rows
    assert max(30_000 * len(part) for part in parts) <= CHARACTERS_AT_ONCE
