"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

DataFolder = Annotated[
    Path,
    typer.Option("--data", envvar="ONECODE_DATA", help="数据目录 / The data folder.", file_okay=False),
]
_BACKUPS = typer.Option(
    "--backups",
    envvar="ONECODE_BACKUPS",
    help="备份目录,最好在另一块盘上 / The folder of backups, best on another disk.",
    file_okay=False,
)
BackupFolder = Annotated[Path, _BACKUPS]
BackupFolderIfAny = Annotated[Path | None, _BACKUPS]
Host = Annotated[str, typer.Option("--host", help="监听地址 / The address to listen at.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="监听端口 / The port to listen at.")]
LogLevel = Annotated[
    str,
    typer.Option(
        "--log-level",
        envvar="ONECODE_LOG_LEVEL",
        help="debug, info (每个请求一行 / a line per request), warning, error",
    ),
]

DEFAULT_DATA = Path("var")
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
