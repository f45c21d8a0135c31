"""Statements that several readings come to at the same moment go to the database as one.

A summary reads a dozen small things of one snapshot. Most take the database less than the way there and back takes the
driver, so they share it: readings run side by side, and once all of them wait, what they wait for is asked at once.
"""

import asyncio
import re
from collections import namedtuple
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

Answer = TypeVar("Answer")
_PARAMETER = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")
"""A named parameter, as SQLAlchemy tells it from a cast."""
_ROWS: dict[str, Callable[[Sequence[Any]], Any]] = {}
"""How a row of a statement that was asked before is made: rows within a row come without the names of their columns.
As many as there are statements in queries/: what a question asks is in parameters, never in the text."""


class Reads(Protocol):
    """What a reading asks its statements of: a connection, or what stands for it among others."""

    async def execute(self, statement: TextClause, parameters: Mapping[str, Any] | None = None, /) -> Any:
        """The rows: ``all()``, ``one()`` or ``one_or_none()`` of them."""


class Rows:
    """The rows of a statement, as a connection answers them."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = rows

    def all(self) -> Sequence[Any]:
        """All of them."""
        return self._rows

    def one(self) -> Any:
        """The only one."""
        [row] = self._rows
        return row

    def one_or_none(self) -> Any:
        """The only one, if there is one."""
        return self.one() if self._rows else None


Alone = Callable[[AsyncConnection, TextClause, Mapping[str, Any]], Awaitable[Sequence[Any]]]
"""Reads the rows of a statement that cannot be asked beside others."""


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What a reading waits for."""

    statement: TextClause
    parameters: Mapping[str, Any]
    rows: asyncio.Future[Sequence[Any]]
    alone: Alone | None = None

    def is_same(self, other: "_Asked") -> bool:
        """Whether the other one's rows are its own."""
        return self.statement.text == other.statement.text and self.parameters == other.parameters


class Together:
    """Stands for a connection among readings that run side by side."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._asked: list[_Asked] = []
        self._running = 0

    async def read(self, *readings: Coroutine[Any, Any, Any]) -> list[Any]:
        """The answers of readings, each of which waits for nothing but this. What one of them raises, is raised."""
        self._running = len(readings)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._run(reading)) for reading in readings]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [task.result() for task in tasks]

    async def execute(self, statement: TextClause, parameters: Mapping[str, Any] | None = None, /) -> Rows:
        """The rows of a statement, once all other readings wait, too."""
        return Rows(await self._wait(statement, parameters or {}))

    async def read_alone(self, statement: TextClause, parameters: Mapping[str, Any], alone: Alone) -> Sequence[Any]:
        """The same for a statement that others must not share, read by ``alone``."""
        return await self._wait(statement, parameters, alone)

    async def _wait(
        self, statement: TextClause, parameters: Mapping[str, Any], alone: Alone | None = None
    ) -> Sequence[Any]:
        asked = _Asked(statement, parameters, asyncio.get_running_loop().create_future(), alone)
        self._asked.append(asked)
        await self._rest()
        return await asked.rows

    async def _run(self, reading: Coroutine[Any, Any, Answer]) -> Answer:
        answer = await reading
        await self._rest()
        return answer

    async def _rest(self) -> None:
        """One reading less runs. The last one asks for what all wait for."""
        self._running -= 1
        if self._running or not self._asked:
            return
        asked, self._asked = self._asked, []
        try:
            found = await self._ask(asked)
        except Exception as error:  # noqa: BLE001 - whoever waits raises it
            for one in asked:
                if not one.rows.done():
                    one.rows.set_exception(error)
            return
        self._running = len(asked)
        for one, rows in zip(asked, found, strict=True):
            one.rows.set_result(rows)

    async def _ask(self, asked: Sequence[_Asked]) -> list[Sequence[Any]]:
        """The rows of each. What is the same (an indicator and its growth ask for the same sums) is asked once."""
        distinct: list[_Asked] = []
        for one in asked:
            if not any(one.is_same(other) for other in distinct):
                distinct.append(one)
        shared = [one for one in distinct if one.alone is None and one.statement.text in _ROWS]
        found = list(zip(shared, await _ask_as_one(self._connection, shared), strict=True)) if shared else []
        found += [(one, await _ask_by_itself(self._connection, one)) for one in distinct if one not in shared]
        return [next(rows for other, rows in found if one.is_same(other)) for one in asked]


async def _ask_by_itself(connection: AsyncConnection, asked: _Asked) -> Sequence[Any]:
    """The rows of one statement; if others may share it, its columns are kept in mind."""
    if asked.alone is not None:
        return await asked.alone(connection, asked.statement, asked.parameters)
    result = await connection.execute(asked.statement, asked.parameters)
    # Its columns are known only now, so it is no class that a type checker could know.
    row: Any = namedtuple("Row", result.keys(), rename=True)  # type: ignore[misc]  # noqa: PYI024
    _ROWS[asked.statement.text] = row._make
    return result.all()


async def _ask_as_one(connection: AsyncConnection, asked: Sequence[_Asked]) -> list[Sequence[Any]]:
    statement, names = _as_one(tuple(one.statement.text for one in asked))
    parameters = tuple(asked[place].parameters[name] for place, name in names)
    answers = (await connection.exec_driver_sql(statement, parameters)).one()
    return [[*map(_ROWS[one.statement.text], rows or ())] for one, rows in zip(asked, answers, strict=True)]


@lru_cache(maxsize=256)
def _as_one(statements: tuple[str, ...]) -> tuple[str, Sequence[tuple[int, str]]]:
    """A row of the statements' rows, as the driver takes it; and which parameter of which statement each number is."""
    numbers: dict[tuple[int, str], int] = {}

    def numbered(place: int, statement: str) -> str:
        def number(found: re.Match[str]) -> str:
            return f"${numbers.setdefault((place, found[1]), len(numbers) + 1)}"

        return _PARAMETER.sub(number, statement)

    parts = [
        f"(SELECT array_agg(answer) FROM (\n{numbered(place, statement)}\n) AS answer)"  # noqa: S608 - our own
        for place, statement in enumerate(statements)
    ]
    return "SELECT " + ",\n".join(parts), tuple(numbers)
