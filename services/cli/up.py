"""``onecode up``: the whole house, with its own PostgreSQL, until Ctrl-C."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from services.cli.database import starting_database
from services.cli.house import CREDENTIALS, house_settings, make_ready
from services.cli.messages import say
from services.cli.options import (
    DEFAULT_DATA,
    DEFAULT_HOST,
    DEFAULT_PORT,
    BackupFolderIfAny,
    DataFolder,
    Host,
    LogLevel,
    Port,
)
from services.cli.serving import address_of, ended_by_signals, ignore_signals, listen, serve, serve_in_workers
from services.kit.process import put_off_garbage_collection

commands = typer.Typer()


@commands.command()
def up(
    data: DataFolder = DEFAULT_DATA,
    host: Host = DEFAULT_HOST,
    port: Port = DEFAULT_PORT,
    *,
    workers: Annotated[int, typer.Option(min=1, max=6, help="进程数 / Processes that host the house.")] = 1,
    log_level: LogLevel = "warning",
    backups: BackupFolderIfAny = None,
) -> None:
    """启动全部服务(含内置数据库),直到 Ctrl-C / Start everything, the database too, until Ctrl-C.

    Uses the server named in ONECODE_DATABASE_URL, if it is set, instead of the embedded one. With --backups the
    embedded one hands its log to that folder, so that `onecode restore` can go back to any moment since a backup.
    """
    began = time.monotonic()
    put_off_garbage_collection()
    with ended_by_signals(), listen(host, port) as listener:
        address = address_of(listener)
        with starting_database(data, houses=workers, backups=backups) as starting:
            try:
                # While PostgreSQL starts, Python reads the services.
                from services.host import PARENT_VARIABLE, create_house, create_house_of_worker  # noqa: PLC0415
                from services.kit.logs import configure_logs  # noqa: PLC0415

                configure_logs(log_level)
                database = starting.address()
                settings = house_settings(database, address)
                is_written = make_ready(database, settings, data / CREDENTIALS, address)
                ready = _announcement(address, data / CREDENTIALS, began, is_written=is_written)
                if workers == 1:
                    serve(create_house(settings), listener, ready=ready)
                else:
                    os.environ["ONECODE_DATABASE_URL"] = database.service_url
                    os.environ["ONECODE_SECRETS_DIR"] = str(database.secrets_dir)
                    os.environ["ONECODE_PUBLIC_URL"] = settings.public_url
                    os.environ["ONECODE_LOG_LEVEL"] = log_level
                    os.environ[PARENT_VARIABLE] = str(os.getpid())
                    factory = f"{create_house_of_worker.__module__}:{create_house_of_worker.__name__}"
                    serve_in_workers(factory, listener, workers, ready=ready)
            finally:
                ignore_signals()
    say("已停止 / Stopped")


def _announcement(address: str, credentials: Path, began: float, *, is_written: bool) -> Callable[[], None]:
    def announce() -> None:
        say(f"已就绪 / Ready: {address} ({time.monotonic() - began:.1f} s)", bold=True)
        if is_written:
            say(f"接口凭据已写入 / Credentials written to: {credentials}")
        say(f"看板 / Dashboard: {address}/dashboard   接口 / Interface: {address}/docs   Ctrl-C: 停止 / stop")

    return announce
