"""What a killed OneCode or a killed postmaster leaves running on a data folder: found, judged and ended.

Only the holder of the data folder's lock may call this: then no living OneCode owns what is found.
"""

import contextlib
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from services.kit.embedded.errors import EmbeddedPostgresInUse

OUR_MARK = "cluster_name=onecode"
"""Stands on the command line of every server started here, so that one started by someone else is left alone."""

STOP_STEPS = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
"""Fast shutdown, then immediate shutdown (the next start recovers from the log), then the end; patience in seconds."""


def end_remains(pgdata: Path) -> None:
    """End every PostgreSQL process on ``pgdata``, and clear away a pid file that would block the next start.

    A backend busy with a query does not notice for hours that its postmaster is gone, and blocks every start until
    then. Raises ``EmbeddedPostgresInUse`` for a server that OneCode did not start.
    """
    pid_file = pgdata / "postmaster.pid"
    if not pid_file.exists():  # the last stop was a clean one
        return
    first_line = pid_file.read_text().partition("\n")[0].strip()
    postmaster_pid = int(first_line) if first_line.isdecimal() else 0
    postmaster = [process for process in _processes_on(pgdata) if process.pid == postmaster_pid]
    for process in postmaster:
        _refuse_if_foreign(process, pgdata)
    _end(postmaster, STOP_STEPS)
    _end(_processes_on(pgdata), STOP_STEPS[1:])
    if postmaster_pid and not postmaster and psutil.pid_exists(postmaster_pid):
        # The number belongs to some other program by now (usual when a container starts again), and PostgreSQL would
        # refuse to start for as long as that one lives.
        pid_file.unlink(missing_ok=True)


def _refuse_if_foreign(postmaster: psutil.Process, pgdata: Path) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        if OUR_MARK in postmaster.cmdline():
            return
        message = (
            f"{pgdata} 上运行着并非由 OneCode 启动的 PostgreSQL（pid {postmaster.pid}）；"
            "请先用 pg_ctl stop 停止它，或用 --data 另选目录 / "
            f"a PostgreSQL that OneCode did not start (pid {postmaster.pid}) serves {pgdata}: "
            "stop it with `pg_ctl stop`, or choose another folder with --data"
        )
        raise EmbeddedPostgresInUse(message)


def _processes_on(pgdata: Path) -> list[psutil.Process]:
    """PostgreSQL's processes whose working folder is ``pgdata``: the postmaster and its children all move there."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):  # gone meanwhile, or not ours to look at
            # On Linux the link itself is followed: the path it shows may be of another container.
            folder = f"/proc/{process.pid}/cwd" if sys.platform == "linux" else process.cwd()
            if process.name() == "postgres" and pgdata.samefile(folder):
                found.append(process)
    return found


def _end(processes: Iterable[psutil.Process], steps: Iterable[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn to those still alive, and wait up to its patience (seconds)."""
    alive = [process for process in processes if _alive(process)]
    for kind, patience_seconds in steps:
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(kind)
        give_up_at = time.monotonic() + patience_seconds
        while alive and time.monotonic() < give_up_at:
            time.sleep(0.005)
            alive = [process for process in alive if _alive(process)]


def _alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
