"""The command ``onecode`` with a bomb in it: at one point of its work it is killed (SIGKILL), as by a power cut.

``python -m tests.nemesis.saboteur POINT COUNT TRIGGER ARGUMENT…``: once the file TRIGGER exists, the process dies when
it comes to POINT for the COUNT-th time. Nothing of this is in the program itself.

A point is one of :data:`ANYWHERE`; or ``before_cursor:CONSUMER``, when a consumer has done its work and not moved its
cursor; or ``while_sealing:SCHEMA``; or ``after:MODULE:NAME``, when a statement of a queries module has run and nothing
of its transaction is committed.
"""

import importlib
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
from services.kit.database import Database


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
    """All statements of a transaction have run; it is not committed. (Of one that is a single statement, it is about to
    be sent.)
    """
    commit, fetch = AsyncAdapt_asyncpg_connection.commit, Database.fetch

    def touching(self: AsyncAdapt_asyncpg_connection) -> None:
        bomb.touch()
        commit(self)  # type: ignore[no-untyped-call]

    async def touching_fetch(self: Database, statement: Any, parameters: Any) -> Any:
        bomb.touch()
        return await fetch(self, statement, parameters)

    AsyncAdapt_asyncpg_connection.commit = touching  # type: ignore[method-assign]
    Database.fetch = touching_fetch  # type: ignore[method-assign]


def after_commit(bomb: Bomb) -> None:
    """It is committed, and nobody knows yet."""
    commit, fetch = AsyncAdapt_asyncpg_connection.commit, Database.fetch

    def touching(self: AsyncAdapt_asyncpg_connection) -> None:
        commit(self)  # type: ignore[no-untyped-call]
        bomb.touch()

    async def touching_fetch(self: Database, statement: Any, parameters: Any) -> Any:
        rows = await fetch(self, statement, parameters)
        bomb.touch()
        return rows

    AsyncAdapt_asyncpg_connection.commit = touching  # type: ignore[method-assign]
    Database.fetch = touching_fetch  # type: ignore[method-assign]


def before_answer(bomb: Bomb) -> None:
    """The answer is made and not sent."""
    send = RequestResponseCycle.send

    async def touching(self: RequestResponseCycle, message: Any) -> None:
        if message["type"] == "http.response.start":
            bomb.touch()
        await send(self, message)

    RequestResponseCycle.send = touching  # type: ignore[method-assign]


def before_cursor(bomb: Bomb, consumer: str) -> None:
    """A consumer has done its work and not moved its cursor."""
    execute = AsyncConnection.execute

    async def touching(self: AsyncConnection, statement: Any, parameters: Any = None, **options: Any) -> Any:
        if ".cursors SET position" in str(getattr(statement, "text", "")) and parameters["consumer"] == consumer:
            bomb.touch()
        return await execute(self, statement, parameters, **options)

    AsyncConnection.execute = touching  # type: ignore[method-assign]


def while_sealing(bomb: Bomb, schema: str) -> None:
    """Batches have left ``unsealed`` and stand in the feed, and nothing of it is committed."""
    execute = AsyncConnection.execute

    async def touching(self: AsyncConnection, statement: Any, parameters: Any = None, **options: Any) -> Any:
        done = await execute(self, statement, parameters, **options)
        if f"{schema}.unsealed RETURNING" in str(getattr(statement, "text", "")) and done.rowcount:
            bomb.touch()
        return done

    AsyncConnection.execute = touching  # type: ignore[method-assign]


def after(bomb: Bomb, module: str, name: str) -> None:
    """A statement has run; nothing of its transaction is committed."""
    execute = AsyncConnection.execute
    sought = getattr(importlib.import_module(module), name)

    async def touching(self: AsyncConnection, statement: Any, parameters: Any = None, **options: Any) -> Any:
        done = await execute(self, statement, parameters, **options)
        if statement is sought:
            bomb.touch()
        return done

    AsyncConnection.execute = touching  # type: ignore[method-assign]


ANYWHERE: dict[str, Callable[[Bomb], None]] = {
    function.__name__: function for function in (before_commit, after_commit, before_answer)
}
"""Points that any work comes to."""

IN_ITS_PLACE: dict[str, Callable[..., None]] = {
    function.__name__: function for function in (before_cursor, while_sealing, after)
}
"""Points of one consumer, one sealer, one statement."""

if __name__ == "__main__":
    point, count, trigger, *arguments = sys.argv[1:]
    kind, *where = point.split(":")
    {**ANYWHERE, **IN_ITS_PLACE}[kind](Bomb(int(count), Path(trigger)), *where)
    sys.argv = ["onecode", *arguments]
    main()
