"""A house that can be broken: started from a prepared data folder, killed in parts or whole, and started again."""

import contextlib
import json
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

import httpx
import psutil

from services.kit.embedded import EmbeddedPostgres
from tests.end_to_end.conftest import ONECODE, READY, RunningHouse, run_onecode
from tests.nemesis.consumers import CONSUMERS, SEALED
from tests.nemesis.saboteur import ANYWHERE

START_SECONDS = 300
STOP_SECONDS = 60


class BreakableHouse:
    """``onecode up`` on ``data`` at a port of its own, so that clients find it again after a start."""

    def __init__(
        self,
        data: Path,
        port: int,
        *,
        workers: int = 1,
        environment: Mapping[str, str] | None = None,
        program: Sequence[str] = ONECODE,
        options: Sequence[str] = (),
    ) -> None:
        self.data = data
        self.port = port
        self.workers = workers
        self.environment = environment
        self.program = program
        self.options = options
        self.said: list[str] = []
        self.trigger = data / "bomb"
        self._process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def dsn(self) -> str:
        """The superuser's address."""
        return EmbeddedPostgres(self.data).dsn()

    def start(self, *, bomb: tuple[str, int] | None = None, is_armed: bool = False) -> None:
        """Start, and return when it is ready; with a bomb in it, which ``arm`` makes live. One that is live from the
        beginning may end it before.
        """
        if is_armed:
            self.arm()
        program = self.program
        if bomb is not None:
            program = ("-m", "tests.nemesis.saboteur", bomb[0], str(bomb[1]), str(self.trigger))
        options = ("--data", str(self.data), "--port", str(self.port), "--workers", str(self.workers))
        self._process = run_onecode("up", *options, *self.options, program=program, environment=self.environment)
        ready = threading.Event()
        threading.Thread(target=self._listen, args=(self._process, ready), daemon=True).start()
        ready.wait(START_SECONDS)
        assert is_armed or self._process.poll() is None, "".join(self.said)[-4000:]

    def _listen(self, process: "subprocess.Popen[str]", ready: threading.Event) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self.said.append(line)
                if READY.search(line):
                    ready.set()
        ready.set()

    def arm(self) -> None:
        """Make the bomb live."""
        self.trigger.touch()

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    def wait_for_end(self, seconds: float) -> bool:
        """Whether it ended by itself within so many seconds."""
        assert self._process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return not self.is_running

    def signal(self, kind: signal.Signals) -> None:
        """Send a signal to the process that hosts the services, and wait for its end."""
        assert self._process is not None
        self._process.send_signal(kind)
        self._process.wait(STOP_SECONDS)

    def stop(self) -> None:
        """End it in order, if it runs."""
        self.trigger.unlink(missing_ok=True)
        if self.is_running:
            self.signal(signal.SIGTERM)

    def postgres(self, title: str = "") -> list[psutil.Process]:
        """PostgreSQL's processes on this folder whose title contains a text; the postmaster's is its command line."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                on_ours = (self.data / "postgres").samefile(f"/proc/{process.pid}/cwd")
                if process.name() == "postgres" and on_ours and title in " ".join(process.cmdline()):
                    found.append(process)
        return found

    def worker_processes(self) -> list[psutil.Process]:
        """The processes that host the services, where there are several."""
        assert self._process is not None
        children = psutil.Process(self._process.pid).children()
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]

    def postmaster(self) -> psutil.Process:
        """PostgreSQL's first process."""
        return psutil.Process(int((self.data / "postgres" / "postmaster.pid").read_text().split()[0]))

    def wait_until_ready(self) -> None:
        """Wait until it answers that it can work; a house that ended is started again."""
        give_up_at = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up_at:
            if not self.is_running:
                self.start()
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.address}/readyz", trust_env=False, timeout=10).status_code == httpx.codes.OK:
                    return
            time.sleep(0.1)
        raise AssertionError(f"not ready in {START_SECONDS} s: {''.join(self.said)[-4000:]}")


def copy_folder(prepared: Path, data: Path) -> None:
    """A data folder as the prepared one; owners are kept, because PostgreSQL may run under an account of its own."""
    shutil.rmtree(data, ignore_errors=True)
    subprocess.run(["cp", "-a", str(prepared), str(data)], check=True)


def random_bomb(random: Random) -> tuple[str, int]:
    """A point of the work, and at which coming to it the bomb goes off."""
    kind = random.choice([*sorted(ANYWHERE), "before_cursor", "while_sealing"])
    if kind in ANYWHERE:
        return kind, random.randint(1, 40)
    return f"{kind}:{random.choice(sorted(CONSUMERS) if kind == 'before_cursor' else SEALED)}", random.randint(1, 3)


def token_of(address: str, data: Path, name: str) -> dict[str, str]:
    """The headers of one of the first clients."""
    return RunningHouse(address, json.loads((data / "credentials.json").read_text()), data).headers(name)
