"""Reads a workbook from its standard input and says what its sheets hold (``services.kit.workbook`` listens).

``python -m services.kit.workbook_reader MEMORY_BYTES CPU_SECONDS``. It may die of what it reads; nobody else does.
"""

import io
import resource
import struct
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import Any

import msgspec
from python_calamine import CalamineWorkbook

ROWS_AT_ONCE = 500
CHARACTERS_AT_ONCE = 1024 * 1024
"""What is said at once; whoever listens holds that much. No row may have more, nor a cell more than Excel allows."""
CELL_CHARACTERS = 32_767


class TooLong(ValueError):
    """A row or a cell holds more text than any that a person would fill in."""


def _plain(cell: Any) -> Any:
    """A cell as MessagePack can have it, with its type."""
    if isinstance(cell, str | int | float):
        return cell
    for code, kind in ((1, datetime), (2, date), (3, time)):
        if isinstance(cell, kind):
            return msgspec.msgpack.Ext(code, cell.isoformat().encode())
    return "" if cell is None else str(cell)


def _said(workbook: CalamineWorkbook) -> Iterator[Any]:
    for name in workbook.sheet_names:
        sheet = workbook.get_sheet_by_name(name)
        if sheet.start is None:
            continue
        first_row = sheet.start[0]
        yield first_row + 1
        rows = islice(sheet.iter_rows(), first_row, None)
        yield from in_parts([_plain(cell) for cell in row] for row in rows)
        yield []
    yield None


def in_parts(rows: Iterable[list[Any]]) -> Iterator[list[list[Any]]]:
    """Rows, some at once. Raises :class:`TooLong`."""
    part: list[list[Any]] = []
    held = 0
    for row in rows:
        texts = [len(cell) for cell in row if isinstance(cell, str)]
        size = sum(texts)
        if size > CHARACTERS_AT_ONCE or max(texts, default=0) > CELL_CHARACTERS:
            raise TooLong
        if part and (len(part) == ROWS_AT_ONCE or held + size > CHARACTERS_AT_ONCE):
            yield part
            part, held = [], 0
        part.append(row)
        held += size
    if part:
        yield part


def main() -> None:
    """Read and say, within the bounds; who cannot, ends without the last word, and that is told from an end."""
    memory_bytes, cpu_seconds = map(int, sys.argv[1:])
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    encode = msgspec.msgpack.Encoder().encode
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    for part in _said(workbook):
        encoded = encode(part)
        sys.stdout.buffer.write(struct.pack("<I", len(encoded)) + encoded)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
