"""Reads a CSV that arrives in pieces: encoding and format from the header, rows as they are complete."""

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from typing import Any

from services.sales.errors import UnreadableFile
from services.sales.formats.cells import column_name, is_totals_row, plain
from services.sales.formats.layout import Choice, Layout, Row
from services.sales.formats.row import Outcome, Skipped, UnreadableRow

_NOT_ASCII = re.compile(rb"[\x80-\xff]")
MAX_ROW_BYTES = 1024 * 1024
MAX_CELLS = 10_000
"""Of a row; spreadsheets have 16,384 columns, and exports of shops a hundred."""
_QUOTED = r'"(?:[^"]++|"")*+"[^{0}\n]*+'
_FIELD = rf'(?:{_QUOTED}|[^"{{0}}\n][^{{0}}\n]*+|)'
_ROW = rf"{_FIELD}(?:{{0}}{_FIELD})*+(\n|\Z)"
_ROWS = {delimiter: re.compile(_ROW.format(delimiter)) for delimiter in (",", "\t")}

NumberedRow = tuple[int, Outcome, Row]
"""A row's number as a spreadsheet shows it (the header is row 1), what it says, and its cells."""


def read_cells(layout: Layout, names: Sequence[str], row_no: int, cells: Sequence[str]) -> NumberedRow | None:
    """What a row of cells says; ``None`` for an empty one."""
    plain_cells = [plain(cell) for cell in cells]
    if not any(plain_cells):
        return None
    row = dict(zip(names, plain_cells + [""] * (len(names) - len(plain_cells)), strict=False))
    if is_totals_row(next(filter(None, plain_cells))):
        return row_no, Skipped("totals"), row
    if any(plain_cells[len(names) :]):
        detail = "单元格多于表头,列可能错位 / more cells than the header has; the columns may have slipped"
        return row_no, UnreadableRow("", "too_many_cells", detail), {}
    try:
        return row_no, layout.read_row(row), row
    except UnreadableRow as error:
        return row_no, error, row


class _Undecided(codecs.IncrementalDecoder):
    """Of a file whose header is ASCII: the lines with its first other bytes tell UTF-8 from GB18030."""

    def __init__(self) -> None:
        super().__init__("strict")
        self._held = b""
        self._decoder: codecs.IncrementalDecoder | None = None

    def decode(self, piece: Any, final: bool = False) -> str:  # noqa: FBT001, FBT002 - as codecs has it
        """The text of a piece. Raises UnicodeDecodeError."""
        if self._decoder is None:
            piece = self._held + piece
            first = _NOT_ASCII.search(piece)
            if first is None:
                self._held = b""
                return bytes(piece).decode("ascii")
            end = len(piece) if final else piece.rfind(b"\n")
            if end < first.start() and len(piece) <= MAX_ROW_BYTES:
                self._held = piece
                return ""
            self._decoder = codecs.getincrementaldecoder(_encoding_of(piece[:end]))("strict")
        return self._decoder.decode(piece, final=final)


def _encoding_of(lines: bytes) -> str:
    try:
        lines.decode()
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


class CsvTable:
    """Rows of a CSV. UTF-8 (with or without BOM) or GB18030, told apart by the header, or if that is ASCII by the first
    lines that are not; commas or tabs.
    """

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._undecoded = b""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._text = ""
        self._delimiter = ","
        self._names: list[str] = []
        self.layout: Layout | None = None
        """The format, once the header has been read."""
        self.row_no = 0
        """Number of the last row read."""

    def feed(self, piece: bytes, *, last: bool = False) -> Iterator[NumberedRow]:
        """Take a piece of the file and yield the rows that are complete. Raises UnreadableFile."""
        if self._decoder is None:
            self._undecoded += piece
            if b"\n" not in self._undecoded and not last:
                self._bound(len(self._undecoded))
                return
            piece = self._undecoded
            self._decoder = self._read_header(piece.split(b"\n", 1)[0])
        try:
            self._text += self._decoder.decode(piece, final=last)
        except UnicodeDecodeError as error:
            message = f"第 {self.row_no + 1} 行附近编码错误 / the encoding changes near row {self.row_no + 1}"
            raise UnreadableFile(message) from error
        for row_no, cells in self._rows(last=last):
            if self.layout is not None and row_no > 1:
                found = read_cells(self.layout, self._names, row_no, cells)
                if found is not None:
                    yield found

    def _read_header(self, raw: bytes) -> codecs.IncrementalDecoder:
        seen: list[str] = []
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                text = raw.decode(encoding)
            except UnicodeDecodeError:
                continue
            self._delimiter = "\t" if text.count("\t") > text.count(",") else ","
            names = [column_name(cell) for cell in self._cells(text)]
            self.layout = self._choice.pick(names)
            if self.layout is not None:
                self._names = names
                if raw.isascii():
                    return _Undecided()
                return codecs.getincrementaldecoder(encoding)(errors="strict")
            seen = seen or names
        raise self._choice.refusal(seen)

    def _rows(self, *, last: bool) -> Iterator[tuple[int, list[str]]]:
        begin = 0
        while begin < len(self._text):
            match = _ROWS[self._delimiter].match(self._text, begin)
            if match is None or (not match[1] and not last):
                break  # the row goes on in the next piece
            begin = match.end()
            self.row_no += 1
            yield self.row_no, self._cells(match[0])
        self._text = self._text[begin:]
        if last and self._text.strip():
            message = f"第 {self.row_no + 1} 行引号未闭合 / a quote that begins in row {self.row_no + 1} never ends"
            raise UnreadableFile(message)
        self._bound(len(self._text))

    def _cells(self, raw: str) -> list[str]:
        """The cells of one row. Raises UnreadableFile."""
        row = raw.rstrip("\r\n").replace("\r\n", "\n")
        try:
            cells = next(csv.reader([row], delimiter=self._delimiter, strict=False), [])
        except csv.Error as error:  # a cell of more than 128 KiB, a carriage return by itself
            message = f"第 {self.row_no + 1} 行不是 CSV:{error} / row {self.row_no + 1} is not CSV: {error}"
            raise UnreadableFile(message) from error
        if len(cells) > MAX_CELLS:
            raise UnreadableFile(f"第 {self.row_no + 1} 行单元格过多 / row {self.row_no + 1} has too many cells")
        return cells

    def _bound(self, length: int) -> None:
        if length > MAX_ROW_BYTES:
            raise UnreadableFile("一行过长,文件可能不是 CSV / a row is too long; is this a CSV file?")
