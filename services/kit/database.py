"""One login role's connections to PostgreSQL, and the visible transaction blocks in which services work."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from services.kit.errors import Unavailable

CONNECTION_LOST = "数据库连接中断,可安全重发 / The connection to the database broke; it is safe to send again"
NO_ROOM = (
    "数据库空间或内存不足,未记录;请稍后重发 / The database has no room left; nothing was recorded, send again later"
)
INSUFFICIENT_RESOURCES = "53"
"""SQLSTATE class: disk full, out of memory, too many connections."""
NO_CONNECTION = "数据库繁忙,请稍后重试 / The database is busy; try again in a moment"


class Database:
    """A pool of connections under one login role."""

    def __init__(self, url: URL, *, application: str, pool_size: int = 10, pool_timeout_seconds: float = 5.0) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=pool_timeout_seconds,
            pool_pre_ping=False,
            hide_parameters=True,  # an error must not carry codes or person data into the log
            connect_args={
                "server_settings": {"application_name": application, "jit": "off"},
                "timeout": 5,
                "prepared_statement_cache_size": 256,
            },
        )
        # The same pool; how it is isolated goes with BEGIN, and costs no statement of its own.
        self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A read-committed transaction: committed when the block ends, rolled back when it raises.

        Raises :class:`Unavailable` (503, with ``Retry-After``) when no connection can be had; when the disk is full or
        memory runs out, and nothing is recorded; and when the connection breaks: then nobody knows whether it was.
        """
        return self._transaction(self.engine)

    def snapshot(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A read-only transaction in which every statement sees the same state (repeatable read)."""
        return self._transaction(self._reading)

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        try:
            connection = await engine.connect()
        except PoolTimeout as error:
            raise Unavailable(NO_CONNECTION, retry_after_seconds=1) from error
        except (OSError, TimeoutError, DBAPIError) as error:
            raise Unavailable(NO_CONNECTION, retry_after_seconds=2) from error
        try:
            async with connection.begin():
                yield connection
        except DBAPIError as error:
            if error.connection_invalidated:
                raise Unavailable(CONNECTION_LOST, retry_after_seconds=2) from error
            if str(getattr(error.orig, "sqlstate", "")).startswith(INSUFFICIENT_RESOURCES):
                raise Unavailable(NO_ROOM, retry_after_seconds=30) from error
            raise
        finally:
            await connection.close()

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
