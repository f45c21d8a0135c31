"""The embedded PostgreSQL against real servers, real signals and a real second user."""

import asyncio
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import asyncpg
import psutil
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from services.kit.embedded import EmbeddedPostgres, EmbeddedPostgresError, EmbeddedPostgresInUse
from services.kit.embedded.account import Account, let_read

ROOT = Path(__file__).parents[3]

OWNER = """
import asyncio, asyncpg, os, pwd, sys
from pathlib import Path
from services.kit.embedded import EmbeddedPostgres

data, user, table = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
if user:
    entry = pwd.getpwnam(user)
    os.setgroups([]), os.setgid(entry.pw_gid), os.setuid(entry.pw_uid)

async def remember(dsn):
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"CREATE TABLE {table} AS SELECT 42 AS answer")
    await connection.close()

server = EmbeddedPostgres(data)
server.start()
asyncio.run(remember(server.dsn()))
print("committed", flush=True)
sys.stdin.read()
server.stop()
"""
"""A process that owns a server, commits a row, says so, and stops when its input ends. Given a user, it becomes it."""


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder that does not exist yet. Not under ``tmp_path``: pytest closes that one to other accounts."""
    above = Path(tempfile.mkdtemp(prefix="onecode-test-"))
    yield above / "data"
    shutil.rmtree(above)


@pytest.fixture
def server(data: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(data, durable=False) as server:
        yield server


@contextmanager
def own(data: Path, user: str = "", *, table: str = "kept") -> Iterator["subprocess.Popen[str]"]:
    """Run ``OWNER``, from the moment its row is committed; if it still lives at the end, let it stop by itself."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, data, user, table],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "committed\n"
        yield owner
    finally:
        owner.communicate(input="" if owner.poll() is None else None)


def postmaster(data: Path) -> psutil.Process:
    return psutil.Process(int((data / "postgres/postmaster.pid").read_text().splitlines()[0]))


def family(data: Path) -> list[psutil.Process]:
    """The postmaster and its children."""
    head = postmaster(data)
    return [head, *head.children()]


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


async def fetch(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def ask(dsn: str, query: str) -> object:
    return asyncio.run(fetch(dsn, query))


def ready(data: Path) -> bool:
    path = data / "postgres/postmaster.pid"
    return path.exists() and "ready" in path.read_text()


async def test_first_start_makes_a_utf8_database_of_the_agreed_collation_with_checksums(
    server: EmbeddedPostgres,
) -> None:
    connection = await asyncpg.connect(server.dsn())
    row = await connection.fetchrow(
        "SELECT datlocprovider::text, datlocale, pg_encoding_to_char(encoding), current_setting('data_checksums'),"
        " current_setting('TimeZone'), current_setting('listen_addresses')"
        " FROM pg_database WHERE datname = current_database()"
    )
    await connection.close()
    assert row is not None
    assert tuple(row) == ("b", "C.UTF-8", "UTF8", "on", "UTC", "")


def test_data_outlives_a_stop_and_a_stop_leaves_no_process(data: Path) -> None:
    with EmbeddedPostgres(data) as server:
        ask(server.dsn(), "CREATE TABLE kept AS SELECT 42 AS answer")
        processes = family(data)
        assert len(living(processes)) > 1
    assert not server.is_running
    assert living(processes) == []
    server.stop()  # a second stop, as in a finally, does nothing
    with EmbeddedPostgres(data) as server:
        server.start()  # nor does a second start
        assert ask(server.dsn(), "SELECT answer FROM kept") == 42


def test_durability_is_on_unless_it_is_waived_for_this_run(data: Path) -> None:
    durable = "SELECT current_setting('fsync') || current_setting('synchronous_commit')"
    with EmbeddedPostgres(data, durable=False, settings={"work_mem": "11MB"}) as server:
        assert ask(server.dsn(), durable) == "offoff"
        assert ask(server.dsn(), "SHOW work_mem") == "11MB"
    with EmbeddedPostgres(data) as server:
        assert ask(server.dsn(), durable) == "onon"
        assert ask(server.dsn(), "SHOW full_page_writes") == "on"


def test_nobody_gets_in_without_the_password(server: EmbeddedPostgres, data: Path) -> None:
    url = make_url(server.dsn())
    assert url.password == (data / "secrets/postgres_superuser").read_text()
    for wrong in ("", "postgres"):
        with pytest.raises(asyncpg.InvalidPasswordError):
            ask(server.dsn(password=wrong), "SELECT 1")
    assert stat.S_IMODE((data / "run").stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "postgres").stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "secrets/postgres_superuser").stat().st_mode) == 0o600


async def test_an_address_carries_any_name_and_password_for_asyncpg_and_sqlalchemy(server: EmbeddedPostgres) -> None:
    name, password = "Röle/@:?#", "p%40:/@ ?&=一"
    connection = await asyncpg.connect(server.dsn())
    await connection.execute(f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{password}'")
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()
    dsn = server.dsn(user=name, password=password, database=name)
    assert await fetch(dsn, "SELECT current_user || current_database()") == name + name
    engine = create_async_engine(dsn.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.connect() as session:
        assert await session.scalar(text("SELECT current_user")) == name
    await engine.dispose()


async def test_a_start_after_the_postmaster_was_killed_does_not_wait_for_its_busy_children(data: Path) -> None:
    """A backend in the middle of a long query does not notice that its postmaster is gone, and holds its memory."""
    with EmbeddedPostgres(data) as server:
        await fetch(server.dsn(), "CREATE TABLE kept AS SELECT 42 AS answer")
        busy = await asyncpg.connect(server.dsn())
        query = asyncio.create_task(busy.execute("SELECT count(*) FROM generate_series(1, 1e15::bigint)"))
        active = (
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%generate_series%' AND pid <> pg_backend_pid()"
        )
        async with asyncio.timeout(30):
            while await fetch(server.dsn(), active) != 1:
                pass
        processes = family(data)
        processes[0].send_signal(signal.SIGKILL)
        processes[0].wait()
        assert not server.is_running

        server.start()
        assert living(processes) == []
        assert await fetch(server.dsn(), "SELECT answer FROM kept") == 42
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await query
        busy.terminate()


def test_a_start_after_the_owner_was_killed_ends_the_orphan_and_finds_what_was_committed(data: Path) -> None:
    with own(data) as owner:
        orphan = family(data)
        owner.kill()
        owner.wait()
    assert postmaster(data) in living(orphan), "the story needs a server that outlives its owner"
    with EmbeddedPostgres(data) as server:
        assert living(orphan) == []
        assert ask(server.dsn(), "SELECT answer FROM kept") == 42


def test_a_start_after_owner_and_postmaster_were_killed_finds_what_was_committed(data: Path) -> None:
    with own(data) as owner:
        processes = family(data)
        processes[0].kill()
        owner.kill()
        owner.wait()
    with EmbeddedPostgres(data) as server:
        assert living(processes) == []
        assert ask(server.dsn(), "SELECT answer FROM kept") == 42


def test_a_second_owner_is_refused_in_two_languages_and_the_first_goes_on(data: Path) -> None:
    with own(data) as owner:
        with pytest.raises(EmbeddedPostgresInUse) as refusal:
            EmbeddedPostgres(data).start()
        assert f"pid {owner.pid}" in str(refusal.value)
        assert "请先停止它" in str(refusal.value)
        assert "stop that one first" in str(refusal.value)
        assert ask(EmbeddedPostgres(data).dsn(), "SELECT answer FROM kept") == 42
    assert owner.returncode == 0


def test_a_server_someone_else_started_is_refused_and_left_alone(data: Path) -> None:
    first = EmbeddedPostgres(data)
    first.start()
    arguments = [word for word in postmaster(data).cmdline() if word != "cluster_name=onecode"]
    arguments.remove("-c")
    first.stop()
    owner = (data / "postgres").stat()
    foreign = subprocess.Popen(arguments, cwd="/", user=owner.st_uid, group=owner.st_gid, stderr=subprocess.DEVNULL)
    try:
        while not ready(data):
            assert foreign.poll() is None
        with pytest.raises(EmbeddedPostgresInUse, match="pg_ctl stop"):
            EmbeddedPostgres(data).start()
        assert ask(first.dsn(), "SELECT 1") == 1
    finally:
        foreign.send_signal(signal.SIGINT)
        foreign.wait()


def test_a_forked_worker_cannot_end_the_server_of_its_parent(server: EmbeddedPostgres) -> None:
    worker = os.fork()
    if worker == 0:
        server.stop()
        os._exit(0)
    assert os.waitpid(worker, 0) == (worker, 0)
    assert server.is_running
    assert ask(server.dsn(), "SELECT 1") == 1


def test_a_pid_file_whose_number_went_to_another_program_does_not_block_a_start(data: Path) -> None:
    """As after a container restarted: process numbers begin anew, and the old one now is, say, this test's."""
    with EmbeddedPostgres(data, durable=False):
        left = (data / "postgres/postmaster.pid").read_text()
    owner = (data / "postgres").stat()
    other = subprocess.Popen(["sleep", "600"], user=owner.st_uid, group=owner.st_gid)
    try:
        left = left.replace(left.splitlines()[0], str(other.pid), 1)
        (data / "postgres/postmaster.pid").write_text(left)
        with EmbeddedPostgres(data, durable=False) as server:
            assert server.is_running
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_setup_cut_short_is_begun_anew(data: Path) -> None:
    """A half-made cluster never stands in the place of a whole one."""
    half = data / "postgres.new-half/pgdata"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(data, durable=False) as server:
        assert ask(server.dsn(), "SELECT 1") == 1
    assert not half.exists()


def test_a_data_folder_too_deep_for_a_socket_gets_a_private_socket_folder_elsewhere(data: Path) -> None:
    deep = data / ("很深的目录" * 8) / "data"
    with EmbeddedPostgres(deep, durable=False) as server:
        sockets = Path(unquote(server.dsn().partition("host=")[2]))
        assert ask(server.dsn(), "SELECT 1") == 1
        assert not sockets.is_relative_to(deep)
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    sockets.rmdir()


def test_a_setting_postgresql_does_not_know_is_reported_at_once_with_its_own_words(data: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="no_such_setting"):
        EmbeddedPostgres(data, durable=False, settings={"no_such_setting": "1"}).start()
    with EmbeddedPostgres(data, durable=False) as server:  # and the folder is free again
        assert server.is_running


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")


@as_root
def test_under_root_folders_in_the_way_are_opened_for_passing_only(data: Path) -> None:
    data.parent.chmod(0o700)
    with EmbeddedPostgres(data, durable=False) as server:
        assert server.is_running
        assert pwd.getpwuid(postmaster(data).uids().real).pw_name == "onecode-postgres"
    assert stat.S_IMODE(data.parent.stat().st_mode) == 0o701
    assert stat.S_IMODE(data.stat().st_mode) == 0o711


@as_root
def test_under_root_binaries_installed_under_a_strict_umask_become_readable_and_no_more(data: Path) -> None:
    (data / "lib").mkdir(parents=True, mode=0o700)
    (data / "lib/program").touch(mode=0o700)
    (data / "lib/text").touch(mode=0o600)
    let_read(data / "lib", Account(uid=54321, gid=54321))
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (data / "lib", data / "lib/program", data / "lib/text")]
    assert modes == [0o705, 0o705, 0o604]


@as_root
def test_a_normal_user_needs_no_other_account_and_root_can_go_on_from_there(data: Path) -> None:
    data.mkdir()
    shutil.chown(data, "nobody")
    data.parent.chmod(0o755)
    nobody = pwd.getpwnam("nobody").pw_uid
    with own(data, user="nobody"):
        assert postmaster(data).uids().real == nobody
    with EmbeddedPostgres(data) as server:
        assert postmaster(data).uids().real == nobody
        assert ask(server.dsn(), "SELECT answer FROM kept") == 42
    with own(data, user="nobody", table="again") as owner:  # and so can that user after root
        pass
    assert owner.returncode == 0


@as_root
def test_a_cluster_that_root_copied_here_is_handed_to_the_account_that_serves_it(data: Path) -> None:
    with EmbeddedPostgres(data, durable=False):
        pass
    copy = data.parent / "copy"
    shutil.copytree(data, copy)  # as root: everything now is root's
    assert (copy / "postgres").stat().st_uid == 0
    with EmbeddedPostgres(copy, durable=False) as server:
        assert ask(server.dsn(), "SELECT 1") == 1
