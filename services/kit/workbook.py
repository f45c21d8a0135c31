"""Rows of an XLSX that somebody sent, read in a process of its own with bounded memory.

A workbook of a kilobyte may say that its last cell is XFD1048576, that it holds a text of gigabytes, or a hundred
thousand times the same long one. What reads it allocates what it says; where that is refused, the process ends: not
this one.
"""

import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import IO, Any, Final

import msgspec

from services.kit.errors import Unavailable

ZIP: Final = b"PK\x03\x04"
"""What an XLSX begins with."""
MEMORY_LIMIT_BYTES: Final = 1024 * 1024 * 1024
CPU_LIMIT_SECONDS: Final = 60
AT_ONCE: Final = 2
"""Workbooks that this process lets be read at the same time; others wait, and then come again."""
WAIT_SECONDS: Final = 10.0

Cell = str | int | float | bool | datetime | date | time
"""An empty cell is an empty text. A duration comes as text, too."""

_places = threading.BoundedSemaphore(AT_ONCE)
_LENGTH: Final = struct.Struct("<I")
_TYPES: Final[dict[int, Callable[[str], Cell]]] = {
    1: datetime.fromisoformat,
    2: date.fromisoformat,
    3: time.fromisoformat,
}


class UnreadableWorkbook(ValueError):
    """The bytes are no workbook, or one that cannot be read within the bounds."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet with content; its rows must be taken before the next sheet is."""

    first_row: int
    """The number of its first row, as a spreadsheet shows it."""
    rows: Iterator[list[Cell]]
    """All of the same length, without the empty rows and columns around them."""


def read_sheets(content: bytes) -> Generator[Sheet, None, None]:
    """The sheets that are not empty, in their order; close it to stop before the last.

    Raises :class:`UnreadableWorkbook`, and :class:`Unavailable` when too many are being read.
    """
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise Unavailable(
            "正在读取其他表格,请稍后重试 / Other workbooks are being read; try again", retry_after_seconds=10
        )
    try:
        yield from _read_in_another_process(content)
    finally:
        _places.release()


def _read_in_another_process(content: bytes) -> Iterator[Sheet]:
    command = [sys.executable, "-m", "services.kit.workbook_reader", str(MEMORY_LIMIT_BYTES), str(CPU_LIMIT_SECONDS)]
    # Of our environment it needs where Python finds things, and none of our secrets.
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=kept
    ) as reader:
        try:
            if reader.stdin is None or reader.stdout is None:
                raise UnreadableWorkbook("no pipes")
            try:
                reader.stdin.write(content)
                reader.stdin.close()
            except BrokenPipeError as error:
                raise UnreadableWorkbook("the reader ended") from error
            yield from _sheets(reader.stdout)
        finally:
            reader.kill()


def _sheets(stream: IO[bytes]) -> Iterator[Sheet]:
    while isinstance(found := _next(stream), int):
        rows = _rows(stream)
        yield Sheet(found, rows)
        for _ in rows:  # what the caller did not want
            pass


def _rows(stream: IO[bytes]) -> Iterator[list[Cell]]:
    while rows := _next(stream):
        yield from rows


def _next(stream: IO[bytes]) -> Any:
    """The next thing that is said: a sheet's first row, some of its rows, none more, or ``None`` at the end."""
    length = stream.read(_LENGTH.size)
    said = stream.read(_LENGTH.unpack(length)[0]) if len(length) == _LENGTH.size else b""
    try:
        return _decoder.decode(said)
    except msgspec.DecodeError as error:
        raise UnreadableWorkbook("not a workbook, or one that is too large") from error


def _typed(code: int, content: memoryview) -> Any:
    return _TYPES[code](bytes(content).decode())


_decoder = msgspec.msgpack.Decoder(ext_hook=_typed)
