"""``python -m services.codes.roster.second_desk``: a desk in a process of its own, which answers over its pipes.

A message is its length and MessagePack. The first one brings keys and terms; they cross a pipe that only parent and
child hold, never an argument, the environment or the disk. An empty one back says that the child is ready. It ends when
its standard input does, so it cannot outlive who started it, however that ended.
"""

import asyncio
import os
import signal
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final, Self

import msgspec

from services.codes.privacy import PersonKeys
from services.codes.roster.desk import Desk, ReadPart, Terms
from services.codes.subject import NewSubject
from services.kit.process import rest_garbage_collection

_LENGTH: Final = struct.Struct("!Q")
_READ_AHEAD_BYTES: Final = 1 << 20
"""Of an answer so much is taken out of the pipe before it is asked for; one to a part of 3,000 rows is some 1.5 MiB."""
_encode: Final = msgspec.msgpack.Encoder().encode


class _Beginning(msgspec.Struct):
    keys: dict[int, bytes]
    index_key: bytes
    terms: Terms


class _Task(msgspec.Struct):
    """One part: to be read, or, with ``ids``, to be prepared."""

    part_no: int
    sealed: bytes
    ids: dict[int, int] | None = None


_read_beginning: Final = msgspec.msgpack.Decoder(_Beginning).decode
_read_task: Final = msgspec.msgpack.Decoder(_Task).decode
_read_part: Final = msgspec.msgpack.Decoder(ReadPart).decode
_read_new: Final = msgspec.msgpack.Decoder(list[NewSubject]).decode


class DeskGone(Exception):
    """The second process ended before it answered."""


class SecondDesk:
    """The parent's end. Tasks are answered in their order, and the next may wait in the pipe meanwhile; what it was
    given and did not answer was done nowhere.
    """

    def __init__(self, process: Process) -> None:
        self._process = process
        self._sending = asyncio.Lock()
        self._answered = asyncio.Event()
        """That the last task that was sent has its answer."""
        self._answered.set()
        self._lost_count = False
        """Whether somebody went without an answer: the next one would be taken for another's."""
        self._greeting = asyncio.create_task(self._hear())

    @classmethod
    async def open(cls, keys: PersonKeys, terms: Terms) -> Self:
        """Start it. Raises ``OSError`` where no process can be started, :class:`DeskGone` if it ends at once."""
        path = os.pathsep.join(folder or os.curdir for folder in sys.path)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", __name__, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=_READ_AHEAD_BYTES,
            env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip
        desk = cls(process)
        numbered, index_key = keys.for_another_process()
        try:
            await desk._send(_Beginning(dict(numbered), index_key, terms))
        except BaseException:
            await desk.close()
            raise
        return desk

    @property
    def is_ready(self) -> bool:
        """Whether it has started, or ended before it had: who asks earlier waits."""
        return self._greeting.done()

    async def read(self, part_no: int, sealed: bytes) -> ReadPart:
        """As :meth:`Desk.read`. Raises :class:`DeskGone`."""
        return _read_part(await self._ask(_Task(part_no, sealed)))

    async def prepare(self, part_no: int, sealed: bytes, ids: Mapping[int, int]) -> list[NewSubject]:
        """As :meth:`Desk.prepare`. Raises :class:`DeskGone`."""
        return _read_new(await self._ask(_Task(part_no, sealed, dict(ids))))

    async def close(self) -> None:
        """Let it end, and wait for that."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        self._greeting.cancel()
        await asyncio.gather(self._greeting, return_exceptions=True)

    async def _ask(self, task: _Task) -> bytes:
        answered = asyncio.Event()
        try:
            async with self._sending:
                await self._greeting
                before, self._answered = self._answered, answered
                await self._send(task)
            await before.wait()
            return await self._hear()
        except BaseException:
            self._lost_count = True
            raise
        finally:
            answered.set()

    async def _hear(self) -> bytes:
        answer = self._process.stdout
        if answer is None:
            raise AssertionError("it was started with pipes")
        if self._lost_count:
            raise DeskGone
        try:
            (length,) = _LENGTH.unpack(await answer.readexactly(_LENGTH.size))
            return await answer.readexactly(length)
        except asyncio.IncompleteReadError as error:
            raise DeskGone from error

    async def _send(self, message: msgspec.Struct) -> None:
        pipe = self._process.stdin
        if pipe is None:
            raise AssertionError("it was started with pipes")
        content = _encode(message)
        try:
            pipe.write(_LENGTH.pack(len(content)) + content)
            await pipe.drain()
        except (ConnectionError, RuntimeError) as error:  # uvloop's transports raise the latter once closed
            raise DeskGone from error


def _messages(source: BinaryIO) -> Iterator[bytes]:
    while len(head := source.read(_LENGTH.size)) == _LENGTH.size:
        yield source.read(_LENGTH.unpack(head)[0])


def _answer(out: BinaryIO, content: bytes) -> None:
    out.write(_LENGTH.pack(len(content)) + content)
    out.flush()


def main() -> None:
    """Answer until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent; this one ends with it
    messages, out = _messages(sys.stdin.buffer), sys.stdout.buffer
    beginning = _read_beginning(next(messages))
    desk = Desk(PersonKeys(beginning.keys, beginning.index_key), beginning.terms)
    rest_garbage_collection()
    _answer(out, b"")
    for message in messages:
        task = _read_task(message)
        if task.ids is None:
            _answer(out, _encode(desk.read(task.part_no, task.sealed)))
        else:
            _answer(out, _encode(desk.prepare(task.part_no, task.sealed, task.ids)))


if __name__ == "__main__":
    main()
