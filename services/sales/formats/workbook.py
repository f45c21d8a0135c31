"""Reads an XLSX. A workbook is a ZIP whose directory is at its end: it is read once all of it is there, in memory."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import Final

from services.kit.workbook import Cell, UnreadableWorkbook, read_sheets
from services.sales.errors import UnreadableFile
from services.sales.formats.cells import column_name
from services.sales.formats.layout import Choice, Layout
from services.sales.formats.table import NumberedRow, read_cells

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_ROWS: Final = 200_000
_EXACT_BELOW: Final = 10**15
"""Spreadsheets keep 15 digits of a number: of a longer one the rest was lost when the cell was typed."""


def read_workbook(content: bytes, choice: Choice) -> tuple[Layout, list[NumberedRow]]:
    """The format, and what the rows below the header say. Raises UnreadableFile."""
    names: list[str] = []
    try:
        with closing(read_sheets(content)) as sheets:
            for sheet in sheets:
                head = [column_name(_text(cell)) for cell in next(sheet.rows)]
                layout = choice.pick(head)
                if layout is not None:
                    return layout, list(_read(layout, head, sheet.first_row, sheet.rows))
                names = names or head
    except UnreadableWorkbook as error:
        message = (
            "不是可读的XLSX文件,或过大;可导出为CSV / not an XLSX file that can be read, or too large; export as CSV"
        )
        raise UnreadableFile(message) from error
    raise choice.refusal(names)


def _read(layout: Layout, names: list[str], first_row: int, rows: Iterator[list[Cell]]) -> Iterator[NumberedRow]:
    for row_no, cells in enumerate(rows, start=first_row + 1):
        if row_no - first_row > MAX_ROWS:
            raise UnreadableFile(f"超过 {MAX_ROWS} 行,请导出为CSV / more than {MAX_ROWS} rows; export as CSV")
        found = read_cells(layout, names, row_no, [_text(cell) for cell in cells])
        if found is not None:
            yield found


def _text(cell: Cell) -> str:
    """A cell as a CSV would have it. A number too long to be exact is written as what it is: rounded."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, int | float):
        if abs(cell) >= _EXACT_BELOW:
            return f"{cell:.5E}"
        return str(int(cell)) if cell == int(cell) else f"{cell:.15g}"
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    return str(cell)
