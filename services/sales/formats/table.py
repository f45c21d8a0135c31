"""Reads a CSV that arrives in pieces: encoding from the header, rows as they are complete, never the whole file."""

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence

from services.sales.errors import UnreadableFile

MAX_ROW_BYTES = 1024 * 1024
_BOM = "\ufeff"


class CsvTable:
    """Rows of a CSV by column name. UTF-8 (with or without BOM) or GB18030, told apart by the header."""

    def __init__(self, columns: Sequence[str], *, format_name: str) -> None:
        self._required = columns
        self._format_name = format_name
        self._undecoded = b""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._text = ""
        self._names: list[str] = []
        self.row_no = 1
        """Number of the last row read, as a spreadsheet shows it (the header is row 1)."""

    def feed(self, piece: bytes, *, last: bool = False) -> Iterator[Mapping[str, str]]:
        """Take a piece of the file and yield the rows that are complete. Raises UnreadableFile."""
        if self._decoder is None:
            self._undecoded += piece
            if b"\n" not in self._undecoded and not last:
                self._bound(len(self._undecoded))
                return
            piece = self._undecoded
            self._read_header(piece.split(b"\n", 1)[0])
        if self._decoder is None:
            return
        try:
            self._text += self._decoder.decode(piece, final=last)
        except UnicodeDecodeError as error:
            message = f"第 {self.row_no + 1} 行附近编码错误 / the encoding changes near row {self.row_no + 1}"
            raise UnreadableFile(message) from error
        yield from self._rows(last=last)

    def _read_header(self, raw: bytes) -> None:
        found: list[str] = []
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                text = raw.decode(encoding)
            except UnicodeDecodeError:
                continue
            names = [name.lstrip(_BOM) for name in self._cells(text)]
            if all(column in names for column in self._required):
                self._decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
                return
            found = found or names
        missing = [column for column in self._required if column not in found]
        shown = ", ".join(found[:12]) or "(空 / empty)"
        message = (
            f"{self._format_name} 需要列 {', '.join(self._required)};缺少 {', '.join(missing)};文件首行是 {shown} / "
            f"expected the columns of {self._format_name}; missing: {', '.join(missing)}; the first line has: {shown}"
        )
        raise UnreadableFile(message)

    def _rows(self, *, last: bool) -> Iterator[Mapping[str, str]]:
        while True:
            end = self._end_of_row()
            if end < 0:
                if not last or not self._text.strip():
                    self._bound(len(self._text))
                    return
                end = len(self._text)
            raw, self._text = self._text[:end], self._text[end + 1 :]
            cells = self._cells(raw)
            if not self._names:
                self._names = [name.lstrip(_BOM) for name in cells]
                continue
            self.row_no += 1
            if any(cells):
                yield dict(zip(self._names, cells + [""] * (len(self._names) - len(cells)), strict=False))

    def _cells(self, raw: str) -> list[str]:
        """The cells of one row, without the spaces around them. Raises UnreadableFile."""
        try:
            cells = next(csv.reader([raw.replace("\r\n", "\n").rstrip("\r")], strict=False), [])
        except csv.Error as error:  # a cell of more than 128 KiB, a carriage return by itself
            message = f"第 {self.row_no + 1} 行不是 CSV:{error} / row {self.row_no + 1} is not CSV: {error}"
            raise UnreadableFile(message) from error
        return [cell.strip() for cell in cells]

    def _end_of_row(self) -> int:
        """Where the first complete row ends: at a line feed outside quotes."""
        end = self._text.find("\n")
        while end >= 0 and self._text.count('"', 0, end) % 2:
            end = self._text.find("\n", end + 1)
        return end

    def _bound(self, length: int) -> None:
        if length > MAX_ROW_BYTES:
            raise UnreadableFile("一行过长,文件可能不是 CSV / a row is too long; is this a CSV file?")
