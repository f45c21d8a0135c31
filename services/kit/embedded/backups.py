"""Base backups of the embedded PostgreSQL, full and incremental, and bringing one back to a moment.

A backup folder holds a folder and a small JSON file for each backup, and beside them the archive of the write-ahead
log. The JSON file is written last: a backup without one is none. PostgreSQL's own tools do the work (``pg_basebackup``,
``pg_combinebackup``); we hold every file against their manifests ourselves before anything is restored, because the
``pg_verifybackup`` of the wheel crashes.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.kit import clock
from services.kit.embedded.account import Account, account_for, let_pass
from services.kit.embedded.archive import LogArchive
from services.kit.embedded.errors import EmbeddedPostgresError
from services.kit.embedded.server import SUPERUSER_SECRET, EmbeddedPostgres
from services.kit.embedded.wheel import wheel_folder
from services.kit.secrets import read_secret

_MANIFEST = "backup_manifest"
_FIRST_SEGMENT = re.compile(r"^START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)$", re.MULTILINE)


class NoBackup(EmbeddedPostgresError):
    """There is no backup that could serve; the message says what there is."""


class DamagedBackup(EmbeddedPostgresError):
    """A file of a backup is missing or is not what it was."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup. With the log since ``began_at`` it is consistent from ``ended_at`` on (ISO 8601, UTC)."""

    name: str
    kind: str
    """``full`` or ``incremental``."""
    parent: str | None
    """The backup that an incremental one builds on."""
    began_at: str
    ended_at: str
    bytes: int
    system_identifier: int

    @property
    def ended(self) -> datetime:
        """From when on it can be brought back."""
        return datetime.fromisoformat(self.ended_at)


class Backups:
    """The backups in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().resolve()
        self.archive = LogArchive(self.folder)

    def all(self) -> list[Backup]:
        """Every finished backup, oldest first."""
        found = [Backup(**json.loads(path.read_text())) for path in self.folder.glob("*.json")]
        return sorted(found, key=lambda backup: backup.ended_at)

    def take(self, server: EmbeddedPostgres, data: Path, *, full: bool) -> Backup:
        """Back up the running ``server`` of the data folder ``data``: what changed since the last backup of the same
        database, or with ``full`` (and when there is none) everything.

        Raises :class:`EmbeddedPostgresError` with PostgreSQL's own words if it fails; nothing half-done is kept.
        """
        account = account_for(server.pgdata)
        self.archive.prepare(account)
        identifier = system_identifier(server.pgdata, account)
        before = [backup for backup in self.all() if backup.system_identifier == identifier]
        parent = None if full or not before else before[-1]
        began_at = clock.now().astimezone(UTC)
        kind = "incremental" if parent else "full"
        name = f"{began_at:%Y%m%dT%H%M%S.%f}Z-{kind}"
        target = self.folder / f"{name}.part"
        base_on = [f"--incremental={self.folder / parent.name / _MANIFEST}"] if parent else []
        try:
            account.run(
                wheel_folder() / "bin/pg_basebackup", f"--pgdata={target}", f"--host={server.sockets}",
                "--username=postgres", "--no-password", "--checkpoint=fast", "--wal-method=stream",
                "--manifest-checksums=SHA256", *base_on,
                environment={"PGPASSWORD": read_secret(data / "secrets", SUPERUSER_SECRET)},
            )  # fmt: skip
        except BaseException:  # also when somebody interrupts it
            shutil.rmtree(target, ignore_errors=True)
            raise
        size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
        target.rename(self.folder / name)
        ended_at = clock.now().astimezone(UTC)
        backup = Backup(
            name, kind, parent.name if parent else None, began_at.isoformat(), ended_at.isoformat(), size, identifier
        )
        part = self.folder / f"{name}.json.part"
        part.write_text(json.dumps(asdict(backup), indent=2) + "\n")
        part.rename(self.folder / f"{name}.json")
        return backup

    def chain_to(self, moment: datetime | None) -> list[Backup]:
        """The full backup and its increments from which ``moment`` (or the newest state) can be reached.

        Raises :class:`NoBackup`.
        """
        known = {backup.name: backup for backup in self.all()}
        fitting = [backup for backup in known.values() if moment is None or backup.ended <= moment]
        if not fitting:
            first = min((backup.ended_at for backup in known.values()), default="—")
            raise NoBackup(
                f"{self.folder} 中没有早于该时刻的备份(最早:{first}) / "
                f"no backup in {self.folder} ended before that moment (the first: {first})"
            )
        chain = [fitting[-1]]
        while chain[0].parent is not None:
            if chain[0].parent not in known:
                raise NoBackup(f"缺少备份 {chain[0].parent} / the backup {chain[0].parent} is missing")
            chain.insert(0, known[chain[0].parent])
        return chain

    def check(self, backup: Backup) -> int:
        """Hold every file of a backup against its manifest; answers how many. Raises :class:`DamagedBackup`."""
        folder = self.folder / backup.name
        files = list(_manifest_files(folder))
        for path, size, checksum in files:
            if not path.is_file() or path.stat().st_size != size or _sha256(path) != checksum:
                raise DamagedBackup(
                    f"备份文件损坏或缺失,请改用其他备份 / a file of the backup is damaged or missing, use another "
                    f"backup: {path}"
                )
        return len(files)

    def combine(self, chain: Sequence[Backup], data: Path) -> None:
        """Put the state at the end of a chain into the data folder ``data`` as its database.

        Raises :class:`EmbeddedPostgresError`; a half never stands there.
        """
        pgdata = data / "postgres"
        account = account_for(self.folder / chain[-1].name)
        let_pass(data.resolve(), account)
        work = data / "postgres.new-restored"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(mode=0o700)
        account.own(work)
        sources = [str(self.folder / backup.name) for backup in chain]
        account.run(wheel_folder() / "bin/pg_combinebackup", f"--output={work / 'pgdata'}", *sources)
        (work / "pgdata").rename(pgdata)
        work.rmdir()

    def forget_all_but(self, full_count: int) -> list[Backup]:
        """Remove all but the newest ``full_count`` full backups, with their increments and the log before them."""
        known = self.all()
        fulls = [backup for backup in known if backup.kind == "full"]
        if len(fulls) <= full_count:
            return []
        oldest = fulls[-full_count]
        gone = known[: known.index(oldest)]
        for backup in gone:
            (self.folder / f"{backup.name}.json").unlink()
            shutil.rmtree(self.folder / backup.name)
        label = (self.folder / oldest.name / "backup_label").read_text()
        found = _FIRST_SEGMENT.search(label)
        if found is not None:
            account_for(self.folder / oldest.name).run(
                wheel_folder() / "bin/pg_archivecleanup", str(self.archive.segments), found[1]
            )
        return gone


def system_identifier(pgdata: Path, account: Account) -> int:
    """What tells one database cluster from any other."""
    said = account.run(wheel_folder() / "bin/pg_controldata", str(pgdata))
    found = re.search(r"^Database system identifier:\s+(\d+)$", said, re.MULTILINE)
    if found is None:
        raise EmbeddedPostgresError(f"pg_controldata: {said[-500:]}")
    return int(found[1])


def _manifest_files(folder: Path) -> Iterator[tuple[Path, int, str]]:
    try:
        manifest: Mapping[str, Any] = json.loads((folder / _MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise DamagedBackup(f"备份清单无法读取 / the manifest cannot be read: {folder / _MANIFEST}") from error
    for entry in manifest["Files"]:
        path = entry["Path"] if "Path" in entry else bytes.fromhex(entry["Encoded-Path"]).decode()
        yield folder / path, entry["Size"], entry["Checksum"]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
