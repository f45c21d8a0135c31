"""Tables as XLSX: a sheet for each, with its stable column names in the first row, and a sheet that explains them.

Text is written as text whatever it begins with (a string cell is no formula), numbers as numbers with as many places as
they have outside. Excel keeps fifteen digits of a number: enough for ten trillion yuan to the fen.
The same tables give the same bytes: no time of making stands in the file, so that an ETag may be a strong one.
"""

import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from services.kit.process import leaves_no_circles
from services.stats.tabular.table import DAY, Cell, Column, Table, plain

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - a constant in a file format that knows no zones
_MAX_NAME = 31
_MAX_WIDTH = 48
_MEASURED_ROWS = 200
EXACT_DIGITS = 15
_NOTES = "说明 Notes"


@leaves_no_circles
def write_workbook(*tables: Table) -> bytes:
    """The file. The sheets are named as the tables, whose names' first 31 characters must differ."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - only who asks for a workbook waits for it

    written = io.BytesIO()
    book = Workbook(
        written,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"title": tables[0].title, "created": _MADE})
    formats = _Formats(book)
    for table in tables:
        _write_rows(book.add_worksheet(table.name[:_MAX_NAME]), table, formats)
    _write_notes(book.add_worksheet(_NOTES), tables, formats)
    book.close()
    return written.getvalue()


class _Formats:
    """The formats of a workbook, made when first used."""

    def __init__(self, book: "Workbook") -> None:
        self._book = book
        self._made: dict[str, Any] = {}
        self.header = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})

    def number(self, places: int) -> Any:
        return self._of("#,##0" + ("." + "0" * places if places else ""))

    def day(self) -> Any:
        return self._of("yyyy-mm-dd")

    def _of(self, pattern: str) -> Any:
        if pattern not in self._made:
            self._made[pattern] = self._book.add_format({"num_format": pattern})
        return self._made[pattern]


def _write_rows(sheet: "Worksheet", table: Table, formats: _Formats) -> None:
    for number, column in enumerate(table.columns):
        sheet.write_string(0, number, column.name, formats.header)
        sheet.set_column(number, number, _width(table, number))
    for line, row in enumerate(table.rows, start=1):
        for number, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
            _write_cell(sheet, (line, number), cell, column, formats)
    sheet.freeze_panes(1, 0)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)


def _write_cell(sheet: "Worksheet", place: tuple[int, int], cell: Cell, column: Column, formats: _Formats) -> None:
    text = plain(cell, column)
    if cell is None:
        return
    if column.is_number and not isinstance(cell, bool):
        whole, _, fraction = text.lstrip("-").partition(".")
        if len(whole.lstrip("0") + fraction) <= EXACT_DIGITS:
            sheet.write_number(*place, Decimal(text), formats.number(len(fraction)))
            return
    if column.unit == DAY and isinstance(cell, date):
        sheet.write_datetime(*place, cell, formats.day())
        return
    sheet.write_string(*place, text)


def _width(table: Table, number: int) -> int:
    shown = [plain(row[number], table.columns[number]) for row in table.rows[:_MEASURED_ROWS]]
    longest = max(map(_measure, [table.columns[number].name, *shown]))
    return min(_MAX_WIDTH, longest + 3)


def _measure(text: str) -> int:
    """Characters, Chinese ones as two."""
    return sum(1 if character < "\u2e80" else 2 for character in text)


def _write_notes(sheet: "Worksheet", tables: Sequence[Table], formats: _Formats) -> None:
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 1, 110)
    line = 0
    for table in tables:
        if len(tables) > 1:
            sheet.write_string(line, 0, table.name, formats.header)
            line += 1
        for name, text in table.all_notes():
            sheet.write_string(line, 0, name, formats.header if name == "title" else formats.wrapped)
            sheet.write_string(line, 1, text, formats.wrapped)
            line += 1
