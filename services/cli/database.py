"""The database a command works on: the one in ``ONECODE_DATABASE_URL``, else the embedded one of a data folder."""

import contextlib
import os
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from services.cli.messages import Refusal, complain
from services.cli.serving import run_cancellable
from services.kit.embedded import EmbeddedPostgres, EmbeddedPostgresError, EmbeddedPostgresInUse, LogArchive

T = TypeVar("T")

CONNECTIONS_PER_HOUSE = 50
"""Four services with ten connections each, and a few for the start."""
SPARE_CONNECTIONS = 50
LOOK_SECONDS = 0.5
"""How soon it is noticed that the server has ended."""
RETRY_SECONDS = 5.0
"""How soon a server that would not start is tried again."""


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Where the database is, for whoever may administer it, and where the roles' passwords lie."""

    admin_url: str
    service_url: str
    """The same without a password, from which services make their own address."""
    secrets_dir: Path


class StartingDatabase:
    """A database that is being made ready while the caller does something else."""

    def __init__(self, data: Path, *, houses: int, backups: Path | None = None) -> None:
        self._data = data.resolve()
        self._url = os.environ.get("ONECODE_DATABASE_URL", "")
        self._server: EmbeddedPostgres | None = None
        if not self._url:
            connections = CONNECTIONS_PER_HOUSE * houses + SPARE_CONNECTIONS
            self._server = EmbeddedPostgres(
                self._data,
                archive=None if backups is None else LogArchive(backups.expanduser().resolve()),
                settings={"max_connections": str(connections)},
            )
            self._executor = ThreadPoolExecutor(2, thread_name_prefix="postgres")
            self._started = self._executor.submit(self._server.start)
            self._stopping = threading.Event()

    def address(self) -> DatabaseAddress:
        """Wait until the server accepts connections. Raises :class:`Refusal` with the reason if it does not start."""
        secrets_dir = Path(os.environ.get("ONECODE_SECRETS_DIR") or self._data / "secrets")
        if self._server is None:
            return DatabaseAddress(self._url, self._url, secrets_dir)
        try:
            self._started.result()
        except EmbeddedPostgresError as error:
            raise Refusal(str(error)) from error
        self._executor.submit(self._keep, self._server)
        return DatabaseAddress(self._server.dsn(), self._server.dsn(user="onecode"), secrets_dir)

    def _keep(self, server: EmbeddedPostgres) -> None:
        """Start the server again whenever it ends without being told to: a house without one could only refuse."""
        while not self._stopping.wait(LOOK_SECONDS):
            if server.is_running:
                continue
            complain("数据库进程意外结束,正在重新启动 / The database ended unexpectedly and is being started again")
            try:
                server.start()
            except EmbeddedPostgresError as error:
                if not self._stopping.wait(RETRY_SECONDS):
                    complain(str(error))

    def stop(self) -> None:
        """Stop the server, also one that is still starting."""
        if self._server is None:
            return
        self._stopping.set()
        self._server.stop()
        self._executor.shutdown()  # what was starting notices that it was stopped
        self._server.stop()


@contextmanager
def starting_database(data: Path, *, houses: int = 1, backups: Path | None = None) -> Iterator[StartingDatabase]:
    """Start the database of ``data`` in the background, with connections enough for so many processes that each host
    the whole house; stop it when the block ends. It hands its log to the folder ``backups``, if there is one.
    """
    database = StartingDatabase(data, houses=houses, backups=backups)
    try:
        yield database
    finally:
        database.stop()


@contextmanager
def running_or_started(data: Path, *, archive: LogArchive | None = None) -> Iterator[EmbeddedPostgres]:
    """The embedded server of ``data``: that of the house that runs on it, else started for as long as the block lasts.

    Raises :class:`Refusal` if there is no data.
    """
    if not (data / "postgres").exists():
        raise Refusal(f"{data} 中没有数据 / there is no data in {data}; start with `onecode up` or `onecode demo`")
    server = EmbeddedPostgres(data.resolve(), archive=archive)
    try:
        with contextlib.suppress(EmbeddedPostgresInUse):
            server.start()
        yield server
    finally:
        server.stop()


def run_on_database(work: Coroutine[Any, Any, T]) -> T:
    """Do what a command has to do on the database. Raises :class:`Refusal`, in a sentence, if the database will not."""
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - not needed for --help

    from services.kit.errors import Unavailable  # noqa: PLC0415

    try:
        return run_cancellable(work)
    except (DBAPIError, OSError, Unavailable) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error.__cause__ or error
        raise Refusal(
            f"数据库不可用,或不接受所需的操作 / the database cannot be reached, or refuses what is needed: {reason}"
        ) from error
