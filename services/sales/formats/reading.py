"""Reads a file of any format as it arrives: CSV and NDJSON row by row, a workbook once all of it is there."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from typing import Final, Protocol

from services.kit.workbook import ZIP
from services.sales.errors import UnreadableFile
from services.sales.formats import AUTO, LAYOUTS, MAPPING, NAMES, NDJSON, own
from services.sales.formats.layout import Choice, Layout, Row, shown_cells
from services.sales.formats.mapping import read_mapping
from services.sales.formats.own import NdjsonReader
from services.sales.formats.table import CsvTable, NumberedRow
from services.sales.formats.workbook import MAX_BYTES, read_workbook

_BOM: Final = b"\xef\xbb\xbf"


class FileReader:
    """A file of a stated format, or of whichever its header tells."""

    def __init__(self, format_name: str, mapping: str | None = None) -> None:
        """Raises UnreadableFile for a format that is not known, or a mapping that is none."""
        if format_name not in NAMES:
            names = ", ".join(NAMES)
            raise UnreadableFile(f"未知格式,可用:{names} / unknown format; use one of: {names}")
        if (format_name == MAPPING) != (mapping is not None):
            raise UnreadableFile("格式 mapping 须附映射文件 / the format mapping, and only that, needs a mapping file")
        self._asked = format_name
        layouts = LAYOUTS if format_name == AUTO else tuple(layout for layout in LAYOUTS if layout.name == format_name)
        self._choice = Choice(layouts if mapping is None else (read_mapping(mapping),))
        self._digest = hashlib.sha256()
        self.layout: Layout | None = None
        """The format of a table, once its header has been read."""

    @property
    def format_name(self) -> str:
        """The format: as asked for, until the header tells."""
        return self._asked if self.layout is None else self.layout.name

    @property
    def sha256(self) -> bytes:
        """The digest of what has been read so far."""
        return self._digest.digest()

    def shown(self, cells: Row) -> dict[str, str]:
        """The cells of a row that may be kept with an error."""
        return shown_cells(cells, own.CSV.roles) if self.layout is None else shown_cells(cells, self.layout.roles)

    def expect(self, sha256: bytes | None) -> None:
        """Raises UnreadableFile if what has been read has another digest than this."""
        if sha256 not in (None, self.sha256):
            raise UnreadableFile("文件与所给的SHA-256不符 / the file is not the one whose SHA-256 was given")

    async def rows(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[NumberedRow]:
        """What the rows say, in the order of the file. Raises UnreadableFile."""
        stream = self._digested(pieces)
        first = b""
        async for piece in stream:
            first += piece
            if len(first) >= len(ZIP):
                break
        if first.startswith(ZIP) and self._asked != NDJSON:
            content = await _all_of(first, stream)
            self.layout, rows = await asyncio.to_thread(read_workbook, content, self._choice)
            for row in rows:
                yield row
            return
        reader = self._reader(first)
        for row in reader.feed(first):
            self._note_layout(reader)
            yield row
        async for piece in stream:
            for row in reader.feed(piece):
                self._note_layout(reader)
                yield row
        for row in reader.feed(b"", last=True):
            self._note_layout(reader)
            yield row
        self._note_layout(reader)

    def _note_layout(self, reader: "_Reader") -> None:
        if self.layout is None and isinstance(reader, CsvTable):
            self.layout = reader.layout

    def _reader(self, first: bytes) -> "_Reader":
        looks_like_json = first.removeprefix(_BOM).lstrip().startswith(b"{")
        if self._asked == NDJSON or (self._asked == AUTO and looks_like_json):
            self._asked = NDJSON
            return NdjsonReader()
        return CsvTable(self._choice)

    async def _digested(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for piece in pieces:
            self._digest.update(piece)
            yield piece


class _Reader(Protocol):
    def feed(self, piece: bytes, *, last: bool = False) -> Iterator[NumberedRow]:
        """Take a piece of the file and yield the rows that are complete."""


async def _all_of(first: bytes, stream: AsyncIterator[bytes]) -> bytes:
    parts = [first]
    size = len(first)
    async for piece in stream:
        size += len(piece)
        if size > MAX_BYTES:
            limit = MAX_BYTES // 2**20
            raise UnreadableFile(f"XLSX 超过 {limit} MiB,请导出为CSV / the XLSX is over {limit} MiB; export it as CSV")
        parts.append(piece)
    return b"".join(parts)
