"""Reads a workbook from its standard input and says what its sheets hold (``services.kit.workbook`` listens).

``python -m services.kit.workbook_reader MEMORY_BYTES CPU_SECONDS``. It may die of what it reads; nobody else does.
"""

import io
import resource
import struct
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import msgspec
from python_calamine import CalamineWorkbook

ROWS_AT_ONCE = 500


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
        first_row = sheet.start[0] + 1 if sheet.start else 1
        rows = sheet.to_python(skip_empty_area=True)
        if not rows:
            continue
        yield first_row
        for begin in range(0, len(rows), ROWS_AT_ONCE):
            yield [[_plain(cell) for cell in row] for row in rows[begin : begin + ROWS_AT_ONCE]]
        yield []
    yield None


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
