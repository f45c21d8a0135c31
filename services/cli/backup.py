"""``onecode backup`` and ``onecode restore``: the embedded database, full and by increments, to any moment."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.database import running_or_started
from services.cli.messages import Refusal, say
from services.cli.options import DEFAULT_DATA, BackupFolder, DataFolder
from services.cli.serving import ended_by_signals, run_cancellable

if TYPE_CHECKING:
    from services.kit.embedded import EmbeddedPostgres
    from services.kit.embedded.backups import Backup, Backups

commands = typer.Typer()

_OWN_SERVER = (
    "ONECODE_DATABASE_URL 指向自有服务器,请用其备份工具(pgBackRest、pg_basebackup),见 docs/operations.md / "
    "ONECODE_DATABASE_URL names a server of your own: back that up with its own tool (pgBackRest, pg_basebackup), "
    "see docs/operations.md"
)


@commands.command()
def backup(
    backups: BackupFolder,
    data: DataFolder = DEFAULT_DATA,
    *,
    full: Annotated[bool, typer.Option("--full", help="完整备份 / All of it, not only what changed.")] = False,
    keep: Annotated[
        int | None, typer.Option(min=1, help="只保留最近几个完整备份 / Keep only so many full backups.")
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="只列出已有备份 / Only list what there is.")] = False,
) -> None:
    """备份内置数据库,服务可照常运行 / Back up the embedded database; the house may run meanwhile.

    The first backup is full, later ones hold what changed since the one before. The secrets are not in it: keep a copy
    of DATA/secrets elsewhere, or nobody can read the persons in a restored database.
    """
    from services.kit.embedded import EmbeddedPostgresError  # noqa: PLC0415 - not needed for --help
    from services.kit.embedded.backups import Backups  # noqa: PLC0415

    kept = Backups(backups)
    if show:
        for known in kept.all():
            say(_line(known))
        return
    if os.environ.get("ONECODE_DATABASE_URL"):
        raise Refusal(_OWN_SERVER)
    try:
        with ended_by_signals(), running_or_started(data, archive=kept.archive) as server:
            say("备份中 / Backing up …")
            taken = _take(kept, server, data, full=full)
            is_archived = run_cancellable(_hand_over_log(server.dsn()))
    except EmbeddedPostgresError as error:
        raise Refusal(str(error)) from error
    say(_line(taken), bold=True)
    if keep is not None:
        for gone in kept.forget_all_but(keep):
            say(f"已删除 / Removed {gone.name}")
    if not is_archived:
        say(
            "服务未归档日志,只能恢复到此备份;要恢复到任意时刻,请用 onecode up --backups 启动 / the house does not "
            "archive its log, so this backup can be restored as it is; for any moment, start the house with --backups"
        )
    say(f"密钥不在备份中,请另行保存 / The secrets are not in it, keep them elsewhere: {data / 'secrets'}")


def _take(kept: "Backups", server: "EmbeddedPostgres", data: Path, *, full: bool) -> "Backup":
    from services.kit.embedded import EmbeddedPostgresError  # noqa: PLC0415

    try:
        return kept.take(server, data, full=full)
    except EmbeddedPostgresError as error:
        if full or "summar" not in str(error):
            raise
    say(
        "上次备份之后的变化未全部留存,改做完整备份 / "
        "What changed since the last backup was not all kept: a full one is made"
    )
    return kept.take(server, data, full=True)


@commands.command()
def restore(
    backups: BackupFolder,
    data: DataFolder,
    secrets: Annotated[
        Path, typer.Option(help="密钥目录的副本 / The copy of DATA/secrets.", exists=True, file_okay=False)
    ],
    to: Annotated[
        str | None,
        typer.Option(help="恢复到的时刻,如 2026-11-24T10:00:00+08:00 / The moment, with its offset; else the newest."),
    ] = None,
    unarchived: Annotated[
        Path | None,
        typer.Option(help="原数据目录,取其未归档的日志 / The old data folder, for what it had not archived yet."),
    ] = None,
) -> None:
    """从备份恢复到新的数据目录 / Restore into an empty data folder."""
    from services.kit.embedded import EmbeddedPostgresError  # noqa: PLC0415 - not needed for --help
    from services.kit.embedded.backups import Backups  # noqa: PLC0415
    from services.kit.embedded.restoring import restore as bring_back  # noqa: PLC0415

    moment = None if to is None else _moment(to)
    try:
        with ended_by_signals():
            used = bring_back(Backups(backups), data.resolve(), secrets, moment=moment, unarchived=unarchived, say=say)
    except EmbeddedPostgresError as error:
        raise Refusal(str(error)) from error
    credentials = secrets.parent / "credentials.json"
    if credentials.is_file():
        shutil.copy2(credentials, data / "credentials.json")
    say(f"已恢复 / Restored from {used.name}: {data}", bold=True)
    say(f"请核验 / Now verify: onecode verify --data {data}")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refusal(f"不是时刻:{text} / not a moment: {text}; write 2026-11-24T10:00:00+08:00") from error
    if moment.tzinfo is None:
        raise Refusal(f"时刻须带时区,例如 {text}+08:00 / a moment needs its offset, such as {text}+08:00")
    return moment.astimezone(UTC)


def _line(known: "Backup") -> str:
    return f"{known.name}  {known.ended_at[:19]}Z  {known.bytes / 2**20:,.0f} MiB"


async def _hand_over_log(dsn: str) -> bool:
    """Have the log archived up to now; false if the server does not archive it. Waits while the archiver works."""
    import asyncio  # noqa: PLC0415 - not needed for --help

    import asyncpg  # noqa: PLC0415

    connection = await asyncpg.connect(dsn)
    try:
        if await connection.fetchval("SHOW archive_mode") != "on":
            return False
        wanted = await connection.fetchval("SELECT pg_walfile_name(pg_switch_wal())")
        for _ in range(600):
            if await connection.fetchval("SELECT last_archived_wal >= $1 FROM pg_stat_archiver", wanted):
                return True
            if await connection.fetchval("SELECT last_failed_wal >= $1 FROM pg_stat_archiver", wanted):
                break
            await asyncio.sleep(0.1)
        raise Refusal("日志归档失败,请检查备份目录的空间 / the log cannot be archived: check the space of the folder")
    finally:
        await connection.close()
