"""Reads a roster file, held in memory only: CSV (UTF-8 or GB18030) and XLSX, as rows of text cells."""

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Final

from services.codes.code import Kind
from services.codes.roster.columns import Header, UnfitHeader, read_header, recognised
from services.kit.spreadsheet import decode_csv, delimiter_of
from services.kit.workbook import ZIP, Cell, UnreadableWorkbook, read_sheets

MAX_ROWS: Final = 200_000
HEADER_WITHIN: Final = 10
"""County offices put titles above the header."""
_EXACT_DIGITS: Final = 10**15
"""Spreadsheets keep 15 digits of a number; what is longer was lost when it was typed."""

Row = tuple[int, list[str]]
"""A row's number as a spreadsheet shows it, and its cells."""


class UnreadableSheet(ValueError):
    """The bytes are no CSV or XLSX file that can be read; the message says why."""


def read_rows(content: bytes) -> Iterator[Row]:
    """All rows of a file that are not empty. Raises :class:`UnreadableSheet`."""
    return _xlsx_rows(content) if content.startswith(ZIP) else _csv_rows(content)


def read_sheet(content: bytes, kind: Kind) -> tuple[Header, Iterator[Row]]:
    """The header and the rows below it that are not empty. Raises :class:`UnreadableSheet`, :class:`UnfitHeader`.

    The header is, of the first ten rows, the one with the most titles that a roster of this kind has.
    """
    rows = read_rows(content)
    first = list(islice(rows, HEADER_WITHIN))
    if not first:
        raise UnreadableSheet("文件是空的 / the file is empty")
    best = max(range(len(first)), key=lambda position: (recognised(first[position][1], kind), -position))
    if not recognised(first[best][1], kind):
        raise UnfitHeader(
            "前10行中没有可识别的表头,见 GET /v1/rosters/template / none of the first ten rows has the titles of a "
            "roster; see GET /v1/rosters/template"
        )
    header = read_header(first[best][1], kind)
    return header, _bounded((*first[best + 1 :],), rows)


def _bounded(first: Iterable[Row], rest: Iterator[Row]) -> Iterator[Row]:
    count = 0
    for source in (first, rest):
        for row in source:
            count += 1
            if count > MAX_ROWS:
                raise UnreadableSheet(f"超过 {MAX_ROWS} 行,请分开上传 / more than {MAX_ROWS} rows; send several files")
            yield row


def _csv_rows(content: bytes) -> Iterator[Row]:
    try:
        text = decode_csv(content)
    except UnicodeDecodeError:
        raise UnreadableSheet(
            "编码既非UTF-8也非GB18030(也不是XLSX) / the encoding is neither UTF-8 nor GB18030, and it is no XLSX file"
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    try:
        for row_no, cells in enumerate(reader, start=1):
            if any(cells):
                yield row_no, cells
    except csv.Error as error:
        raise UnreadableSheet(f"不是CSV文件 / not a CSV file: {error}") from error


def _xlsx_rows(content: bytes) -> Iterator[Row]:
    try:
        with closing(read_sheets(content)) as sheets:
            for sheet in islice(sheets, 1):
                for row_no, cells in enumerate(sheet.rows, start=sheet.first_row):
                    texts = [cell if isinstance(cell, str) else _text_of(cell) for cell in cells]
                    if any(texts):
                        yield row_no, texts
    except UnreadableWorkbook as error:
        message = "不是可读的XLSX文件,或过大 / not an XLSX file that can be read, or too large"
        raise UnreadableSheet(message) from error


def _text_of(cell: Cell) -> str:
    """A typed cell as the text that a CSV export of it would have.

    A number beyond 15 digits comes out as ``5.22701198001010E+17``: it is not what was typed, and is refused so.
    """
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        return _text_of_number(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return str(cell)


def _text_of_number(number: float) -> str:
    if abs(number) >= _EXACT_DIGITS:
        return f"{number:.14E}"
    if number == int(number):
        return str(int(number))
    return format(Decimal(f"{number:.15g}"), "f")
