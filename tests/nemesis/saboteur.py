"""The command ``onecode`` with a bomb in it: at one point of its work it is killed (SIGKILL), as by a power cut.

``python -m tests.nemesis.saboteur POINT COUNT TRIGGER ARGUMENT…``: once the file TRIGGER exists, the process dies when
it comes to POINT for the COUNT-th time. Nothing of this is in the program itself.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection
from sqlalchemy.ext.asyncio import AsyncConnection
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from services.cli import main
from services.sales.queries.imports import ADVANCE_IMPORT


class Bomb:
    """Goes off when it was touched often enough."""

    def __init__(self, count: int, trigger: Path) -> None:
        self._left = count
        self._trigger = trigger

    def touch(self) -> None:
        """Come to the point."""
        if not self._trigger.exists():
            return
        self._left -= 1
        if self._left <= 0:
            self._trigger.unlink(missing_ok=True)  # the next process that runs on this folder shall live
            os.kill(os.getpid(), signal.SIGKILL)


def before_commit(bomb: Bomb) -> None:
    """All statements of a transaction have run; it is not committed."""
    commit = AsyncAdapt_asyncpg_connection.commit

    def touching(self: AsyncAdapt_asyncpg_connection) -> None:
        bomb.touch()
        commit(self)  # type: ignore[no-untyped-call]

    AsyncAdapt_asyncpg_connection.commit = touching  # type: ignore[method-assign]


def after_commit(bomb: Bomb) -> None:
    """It is committed, and nobody knows yet."""
    commit = AsyncAdapt_asyncpg_connection.commit

    def touching(self: AsyncAdapt_asyncpg_connection) -> None:
        commit(self)  # type: ignore[no-untyped-call]
        bomb.touch()

    AsyncAdapt_asyncpg_connection.commit = touching  # type: ignore[method-assign]


def before_answer(bomb: Bomb) -> None:
    """The answer is made and not sent."""
    send = RequestResponseCycle.send

    async def touching(self: RequestResponseCycle, message: Any) -> None:
        if message["type"] == "http.response.start":
            bomb.touch()
        await send(self, message)

    RequestResponseCycle.send = touching  # type: ignore[method-assign]


def before_cursor(bomb: Bomb) -> None:
    """A consumer has done its work and not moved its cursor."""
    execute = AsyncConnection.execute

    async def touching(self: AsyncConnection, statement: Any, *arguments: Any, **options: Any) -> Any:
        if ".cursors SET position" in str(getattr(statement, "text", "")):
            bomb.touch()
        return await execute(self, statement, *arguments, **options)

    AsyncConnection.execute = touching  # type: ignore[method-assign]


def while_sealing(bomb: Bomb) -> None:
    """Batches have left ``unsealed`` and stand in the feed, and nothing of it is committed."""
    execute = AsyncConnection.execute

    async def touching(self: AsyncConnection, statement: Any, *arguments: Any, **options: Any) -> Any:
        done = await execute(self, statement, *arguments, **options)
        if ".unsealed RETURNING" in str(getattr(statement, "text", "")) and done.rowcount:
            bomb.touch()
        return done

    AsyncConnection.execute = touching  # type: ignore[method-assign]


def within_an_import(bomb: Bomb) -> None:
    """A piece of a file is recorded and its watermark moved; nothing of the piece is committed."""
    execute = AsyncConnection.execute

    async def touching(self: AsyncConnection, statement: Any, *arguments: Any, **options: Any) -> Any:
        done = await execute(self, statement, *arguments, **options)
        if statement is ADVANCE_IMPORT:
            bomb.touch()
        return done

    AsyncConnection.execute = touching  # type: ignore[method-assign]


POINTS: dict[str, Callable[[Bomb], None]] = {
    function.__name__: function
    for function in (before_commit, after_commit, before_answer, before_cursor, while_sealing)
}
"""Points that any work comes to."""

if __name__ == "__main__":
    point, count, trigger, *arguments = sys.argv[1:]
    {**POINTS, within_an_import.__name__: within_an_import}[point](Bomb(int(count), Path(trigger)))
    sys.argv = ["onecode", *arguments]
    main()
