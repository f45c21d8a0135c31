"""Backups of a real server: full, by increments, to a moment, and refused when a file is not what it was."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from services.kit.embedded import EmbeddedPostgres
from services.kit.embedded.backups import Backup, Backups, DamagedBackup, NoBackup
from services.kit.embedded.restoring import NotReached, restore


class Shop:
    """A server whose log is archived, with a table of numbers; backups stand beside it."""

    def __init__(self, above: Path) -> None:
        self.above = above
        self.data = above / "data"
        self.backups = Backups(above / "store")
        # What is committed has reached the operating system, which a kill of the server does not touch.
        settings = {"synchronous_commit": "on"}
        self.server = EmbeddedPostgres(self.data, archive=self.backups.archive, durable=False, settings=settings)
        self.moment_after_two = datetime.min.replace(tzinfo=UTC)

    def run(self, statement: str, *, data: Path | None = None) -> list[int]:
        """The first column of what a statement answers."""
        server = self.server if data is None else EmbeddedPostgres(data)

        async def ask() -> list[int]:
            connection = await asyncpg.connect(server.dsn())
            try:
                return [row[0] for row in await connection.fetch(statement)]
            finally:
                await connection.close()

        return asyncio.run(ask())

    def sell(self, number: int) -> datetime:
        """Commit a number; answers a moment after it and before anything else."""
        self.run(f"INSERT INTO sold VALUES ({number})")
        return datetime.now(UTC)

    def back_up(self, *, full: bool = False) -> Backup:
        """Take a backup of the running server."""
        return self.backups.take(self.server, self.data, full=full)

    def restored(self, name: str, *, moment: datetime | None = None, unarchived: Path | None = None) -> list[int]:
        """What was sold, in a folder restored to a moment."""
        target = self.above / name
        secrets = self.data / "secrets"
        restore(self.backups, target, secrets, moment=moment, unarchived=unarchived, say=lambda _: None)
        with EmbeddedPostgres(target, durable=False):
            return self.run("SELECT number FROM sold ORDER BY number", data=target)


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """A shop with a full backup, two increments, numbers 1 to 4 sold in between, and a server that was killed."""
    above = Path(tempfile.mkdtemp(prefix="onecode-test-"))
    shop = Shop(above)
    with shop.server:
        shop.run("CREATE TABLE sold (number int)")
        shop.sell(1)
        shop.back_up()
        shop.moment_after_two = shop.sell(2)
        shop.back_up()
        shop.sell(3)
        shop.back_up()
        shop.sell(4)
        postmaster = int((shop.server.pgdata / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
    yield shop
    shutil.rmtree(above)


def test_the_first_backup_is_full_and_the_next_hold_what_changed(shop: Shop) -> None:
    """An increment is much smaller, and names what it builds on."""
    full, first, second = shop.backups.all()
    assert [full.kind, first.kind, second.kind] == ["full", "incremental", "incremental"]
    assert [full.parent, first.parent, second.parent] == [None, full.name, first.name]
    assert first.bytes - 2**24 < full.bytes / 2, "beside a segment of the log it holds little"


def test_nothing_committed_is_lost_after_a_kill(shop: Shop) -> None:
    """Backups, the archive, and the log of the killed server together hold all that was committed."""
    assert shop.restored("newest", unarchived=shop.data) == [1, 2, 3, 4]


def test_a_moment_between_backups_can_be_brought_back(shop: Shop) -> None:
    """What was committed until then, and nothing after it: from the full backup, by the archived log."""
    assert shop.restored("then", moment=shop.moment_after_two) == [1, 2]


def test_a_moment_that_the_log_does_not_reach_is_refused(shop: Shop) -> None:
    """With the last moment there is; and no half-restored database is left."""
    with pytest.raises(NotReached, match="--to"):
        shop.restored("too-late", moment=datetime(2100, 1, 1, tzinfo=UTC))
    assert not (shop.above / "too-late" / "postgres").exists()
    with pytest.raises(NoBackup, match="no backup"):
        shop.restored("too-early", moment=datetime(2000, 1, 1, tzinfo=UTC))


def test_a_damaged_backup_is_refused(shop: Shop) -> None:
    """By the name of the file that is not what it was, before anything is written."""
    (full, *_) = shop.backups.all()
    victim = shop.backups.folder / full.name / "global" / "pg_control"
    kept = victim.read_bytes()
    victim.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    try:
        with pytest.raises(DamagedBackup, match="pg_control"):
            shop.restored("damaged")
    finally:
        victim.write_bytes(kept)
    assert not (shop.above / "damaged").exists()


def test_old_backups_go_with_their_increments_and_their_log(shop: Shop) -> None:
    """What is kept can still be restored: it stands last, because it throws away what the others need."""
    with shop.server:
        newest = shop.back_up(full=True)
    segments = len(list(shop.backups.archive.segments.iterdir()))
    assert len(shop.backups.forget_all_but(1)) == 3
    assert [backup.name for backup in shop.backups.all()] == [newest.name]
    assert len(list(shop.backups.archive.segments.iterdir())) < segments
    assert shop.restored("kept") == [1, 2, 3, 4]
