"""Reads an XLSX. A workbook is a ZIP whose directory is at its end: it is read once all of it is there, in memory."""

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

from services.sales.errors import UnreadableFile
from services.sales.formats.cells import column_name
from services.sales.formats.layout import Choice, Layout
from services.sales.formats.table import NumberedRow, read_cells

ZIP: Final = b"PK\x03\x04"
MAX_BYTES: Final = 32 * 1024 * 1024
MAX_UNPACKED_BYTES: Final = 256 * 1024 * 1024
MAX_ROWS: Final = 200_000
_EXACT_BELOW: Final = 10**15
"""Spreadsheets keep 15 digits of a number: of a longer one the rest was lost when the cell was typed."""


def read_workbook(content: bytes, choice: Choice) -> tuple[Layout, list[NumberedRow]]:
    """The format, and what the rows below the header say. Raises UnreadableFile."""
    names: list[str] = []
    for first_row, rows in _sheets(content):
        head = [column_name(_text(cell)) for cell in rows[0]]
        layout = choice.pick(head)
        if layout is not None:
            return layout, list(_read(layout, head, first_row, rows))
        names = names or head
    raise choice.refusal(names)


def _sheets(content: bytes) -> Iterator[tuple[int, list[list[Any]]]]:
    """For each sheet with content the number of its first row, and its rows."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise UnreadableFile("表格解压后过大,请导出为CSV / the workbook is too large when unpacked; export as CSV")
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            rows = sheet.to_python(skip_empty_area=True)
            if len(rows) > MAX_ROWS:
                raise UnreadableFile(f"超过 {MAX_ROWS} 行,请导出为CSV / more than {MAX_ROWS} rows; export as CSV")
            if rows:
                yield (sheet.start[0] + 1 if sheet.start else 1), rows
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError, IndexError) as error:
        raise UnreadableFile("不是可读的XLSX文件 / not an XLSX file that can be read") from error


def _read(layout: Layout, names: list[str], first_row: int, rows: list[list[Any]]) -> Iterator[NumberedRow]:
    for row_no, cells in enumerate(rows[1:], start=first_row + 1):
        found = read_cells(layout, names, row_no, [_text(cell) for cell in cells])
        if found is not None:
            yield found


def _text(cell: Any) -> str:
    """A cell as a CSV would have it. A number too long to be exact is written as what it is: rounded."""
    if isinstance(cell, bool | None):
        return "" if cell is None else str(cell).lower()
    if isinstance(cell, int | float):
        if abs(cell) >= _EXACT_BELOW:
            return f"{cell:.5E}"
        return str(int(cell)) if cell == int(cell) else f"{cell:.15g}"
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    return str(cell)
