"""Bringing a data folder back from backups and the archive of the log, to the newest state or to a moment."""

import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from services.kit.embedded.account import account_for, let_pass
from services.kit.embedded.archive import restore_command
from services.kit.embedded.backups import Backup, Backups
from services.kit.embedded.errors import EmbeddedPostgresError
from services.kit.embedded.server import EmbeddedPostgres

_LAST_COMMIT = re.compile(r"last completed transaction was at log time (\S+ \S+)")


class NotReached(EmbeddedPostgresError):
    """The log ends before the moment that was asked for."""


def restore(
    backups: Backups,
    data: Path,
    secrets: Path,
    *,
    moment: datetime | None = None,
    unarchived: Path | None = None,
    say: Callable[[str], None],
) -> Backup:
    """Make the data folder ``data``: the state at ``moment``, or the newest that backup and log hold.

    ``secrets`` is copied into it. ``unarchived`` is a data folder whose own log may hold what was not archived yet
    (that of the house which was killed). Answers the backup it began from. Raises :class:`EmbeddedPostgresError`, and
    then leaves no database in ``data``.
    """
    if (data / "postgres").exists():
        raise EmbeddedPostgresError(
            f"{data} 中已有数据库,请另选一个空目录 / there is a database in {data} already: choose an empty folder"
        )
    chain = backups.chain_to(moment)
    for backup in chain:
        say(f"核对 / Checking {backup.name}: {backups.check(backup)} 个文件 / files")
    data.mkdir(mode=0o711, parents=True, exist_ok=True)
    shutil.copytree(secrets, data / "secrets", dirs_exist_ok=True)
    (data / "secrets").chmod(0o700)
    say("合并 / Combining")
    backups.combine(chain, data)
    try:
        _replay(backups, data, moment, unarchived, say)
    except BaseException:
        shutil.rmtree(data / "postgres", ignore_errors=True)
        raise
    return chain[-1]


def _replay(
    backups: Backups, data: Path, moment: datetime | None, unarchived: Path | None, say: Callable[[str], None]
) -> None:
    pgdata = data / "postgres"
    account = account_for(pgdata)
    signal = pgdata / "recovery.signal"
    signal.touch()
    account.own(signal)
    folders = [backups.archive.segments]
    if unarchived is not None:
        folders.append(unarchived / "postgres" / "pg_wal")
    for folder in folders:
        let_pass(folder.resolve().parent, account)
    settings = {
        "restore_command": restore_command(*folders),
        "recovery_target_action": "promote",
        "hot_standby": "off",  # ready shall mean: all of the log is replayed
    }
    if moment is not None:
        settings["recovery_target_time"] = moment.astimezone(UTC).isoformat()
    say("重放日志 / Replaying the log")
    log = data / "postgres.log"
    try:
        with EmbeddedPostgres(data, settings=settings):
            pass
    except EmbeddedPostgresError as error:
        if "before configured recovery target was reached" not in str(error):
            raise
        last = _LAST_COMMIT.findall(log.read_text(errors="replace"))
        known = last[-1] if last else "—"
        raise NotReached(
            f"日志止于 {known},早于所求时刻;不带 --to 可恢复到最后 / the log ends at {known}, before the moment asked "
            "for; without --to the newest state is restored"
        ) from error
