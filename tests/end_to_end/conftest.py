"""A running house, as its users have it: real processes on real ports, with a database of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from services.kit.embedded import EmbeddedPostgres
from tests.folders import passing_folder
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
READY = re.compile(r"(?:就绪 / Ready|is ready): (http://\S+)")
START_SECONDS = 120
STOP_SECONDS = 30
SERVICES = ("auth", "codes", "sales", "stats", "web")


@dataclass(frozen=True)
class RunningHouse:
    """A house that answers at ``base_url``; ``credentials`` is what its credentials file says."""

    base_url: str
    credentials: dict[str, Any]
    data: Path

    def headers(self, name: str) -> dict[str, str]:
        """What a request of one of the first clients carries: a token."""
        known = self.credentials["clients"][name]
        form = {"grant_type": "client_credentials", **{key: known[key] for key in ("client_id", "client_secret")}}
        token = httpx.post(f"{self.base_url}/v1/token", data=form, trust_env=False, timeout=60)
        token.raise_for_status()
        return {"Authorization": f"Bearer {token.json()['access_token']}"}

    def client(self, name: str) -> httpx.Client:
        """The public API as one of the first clients, with a token."""
        return httpx.Client(base_url=self.base_url, headers=self.headers(name), trust_env=False, timeout=60)


@dataclass
class Program:
    """A run of the command ``onecode``."""

    process: "subprocess.Popen[str]"
    address: str
    lines: list[str]

    def stop(self, kind: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit code."""
        self.process.send_signal(kind)
        return self.process.wait(STOP_SECONDS)


ONECODE: Sequence[str] = ("-c", "from services.cli import main; main()")


def run_onecode(
    *arguments: str, environment: Mapping[str, str] | None = None, program: Sequence[str] = ONECODE
) -> "subprocess.Popen[str]":
    """Start the command (or what another ``program`` makes of it), from this checkout, with nothing of ours in its
    environment but what is said.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ONECODE_")}
    return subprocess.Popen(
        [sys.executable, *program, *arguments],
        cwd=ROOT,
        env={**kept, "PYTHONUNBUFFERED": "1", **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def started(*arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[Program]:
    """Run the command from the moment it says that it is ready; end it, if it has not ended, when the block does."""
    process = run_onecode(*arguments, environment=environment)
    lines: list[str] = []
    address: list[str] = []
    said = threading.Event()

    def listen_to_it() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if found := READY.search(line):
                address.append(found[1])
                said.set()
        said.set()

    reader = threading.Thread(target=listen_to_it, daemon=True)
    reader.start()
    try:
        said.wait(START_SECONDS)
        assert address, "".join(lines)
        yield Program(process, address[0], lines)
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        finally:
            process.kill()
            reader.join()
            assert process.stdout is not None
            process.stdout.close()


def postgres_processes(data: Path) -> list[psutil.Process]:
    """PostgreSQL's processes that work in the data folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.name() == "postgres" and Path(process.cwd()) == (data / "postgres").resolve():
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture(scope="session")
def data_folder() -> Iterator[Path]:
    """A data folder for one house. Not under pytest's own folder, which it closes to PostgreSQL's account."""
    with passing_folder() as above:
        yield above / "var"


@contextmanager
def one_process(data: Path) -> Iterator[RunningHouse]:
    """A house as ``onecode up`` starts it."""
    with started("up", "--data", str(data), "--port", "0") as program:
        credentials = json.loads((data / "credentials.json").read_text())
        yield RunningHouse(program.address, credentials, data)


@contextmanager
def _six_processes(data: Path) -> Iterator[RunningHouse]:
    """Five services and the gateway, each in a process of its own, on a PostgreSQL that is nobody's child."""
    with EmbeddedPostgres(data, durable=False) as server, ExitStack() as stack:
        base_url = f"http://127.0.0.1:{free_port()}"
        shared = {"ONECODE_SECRETS_DIR": str(data / "secrets"), "ONECODE_PUBLIC_URL": base_url}
        administrator = {**shared, "ONECODE_DATABASE_URL": server.dsn()}
        for command in (["migrate"], ["bootstrap", "--everyone"]):
            done = run_onecode(*command, "--data", str(data), environment=administrator)
            said, _ = done.communicate()
            assert done.returncode == 0, said
        service = {**shared, "ONECODE_DATABASE_URL": server.dsn(user="nobody")}
        with ThreadPoolExecutor() as pool:  # all at once, as containers are
            starting = [started("serve", name, "--port", "0", environment=service) for name in SERVICES]
            programs = list(pool.map(stack.enter_context, starting))
        upstreams = {
            f"ONECODE_UPSTREAM_{name.upper()}": program.address
            for name, program in zip(SERVICES, programs, strict=True)
        }
        port = base_url.rpartition(":")[2]
        stack.enter_context(started("serve", "gateway", "--port", port, environment={**shared, **upstreams}))
        yield RunningHouse(base_url, json.loads((data / "credentials.json").read_text()), data)


IN_ONE_PROCESS = pytest.mark.parametrize("running_house", ["one_process"], indirect=True)
"""For files whose promises do not depend on how many processes there are: a house is dear to start."""


_FORMS = {"one_process": one_process, "six_processes": _six_processes}


class Houses:
    """The houses that tests share, one of each form at most: files ask for one and the other in turn."""

    def __init__(self) -> None:
        self._open: dict[str, RunningHouse] = {}
        self._stack = ExitStack()

    def of_form(self, form: str) -> RunningHouse:
        """The house of that form; started on an empty database if it does not run."""
        if form not in self._open:
            above = self._stack.enter_context(passing_folder())
            self._open[form] = self._stack.enter_context(_FORMS[form](above / "var"))
        return self._open[form]

    def close(self) -> None:
        """End them all."""
        self._open.clear()
        self._stack.close()


_houses = Houses()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """End the houses with the last test below this folder, not with the run: a house works at rest, too."""
    if nextitem is None or not nextitem.path.is_relative_to(Path(__file__).parent):
        _houses.close()


@pytest.fixture(scope="session")
def houses() -> Iterator[Houses]:
    """Ended at the latest when the run is, also when it is interrupted."""
    yield _houses
    _houses.close()


@pytest.fixture(scope="session", params=list(_FORMS))
def running_house(request: pytest.FixtureRequest, houses: Houses) -> RunningHouse:
    """A house in one process and in six: what is promised holds for both."""
    return houses.of_form(request.param)
