"""The house under measurement: ``onecode up`` as shipped, in a process of its own, on a data folder of its own.

fsync and synchronous commit are on: nothing is set but what each benchmark says. A province is registered once, through
the public API, and each benchmark works on a copy of that folder, so that none sees what another left.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil

from services.kit.embedded import EmbeddedPostgres

ROOT = Path(__file__).parents[1]
READY = re.compile(r"(?:就绪 / Ready|已就绪|is ready)[^\n]*?(http://\S+)")
START_SECONDS = 180
STOP_SECONDS = 60
YARDSTICK_DATABASE = "yardstick"


@dataclass(frozen=True, slots=True)
class House:
    """A house that answers at ``address``."""

    address: str
    data: Path
    pid: int

    def token(self, client: str) -> str:
        """An access token of one of the first clients."""
        known = json.loads((self.data / "credentials.json").read_text())["clients"][client]
        form = {"grant_type": "client_credentials", **{key: known[key] for key in ("client_id", "client_secret")}}
        answer = httpx.post(f"{self.address}/v1/token", data=form, trust_env=False, timeout=60)
        return str(answer.raise_for_status().json()["access_token"])

    def client(self, name: str) -> httpx.Client:
        """The public API as one of the first clients."""
        headers = {"Authorization": f"Bearer {self.token(name)}"}
        return httpx.Client(base_url=self.address, headers=headers, trust_env=False, timeout=300)

    def dsn(self, *, database: str = "onecode") -> str:
        """The superuser's address of a database of the house's own server."""
        return EmbeddedPostgres(self.data).dsn(database=database)

    @property
    def resident_mib(self) -> float:
        """Memory of the process that hosts the services, without PostgreSQL."""
        return float(psutil.Process(self.pid).memory_info().rss) / 2**20


class Ground:
    """A folder for the run: the registered province, and the copies on which benchmarks work."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._copies = 0

    @property
    def province(self) -> Path:
        """The data folder of the registered province; its house does not run."""
        return self._folder / "province"

    @contextmanager
    def copy(self) -> Iterator[Path]:
        """A copy of the province's data folder, for as long as the block lasts."""
        self._copies += 1
        copied = self._folder / f"copy-{self._copies}"
        # cp keeps owners, which matters where PostgreSQL runs under an account of its own.
        subprocess.run(["cp", "-a", str(self.province), str(copied)], check=True)  # noqa: S603, S607
        try:
            yield copied
        finally:
            shutil.rmtree(copied, ignore_errors=True)


@contextmanager
def on_ground() -> Iterator[Ground]:
    """A ground in a temporary folder; its upper folders must let PostgreSQL's account pass."""
    with tempfile.TemporaryDirectory(prefix="onecode-bench-") as folder:
        yield Ground(Path(folder))


@contextmanager
def program(command: list[str], environment: Mapping[str, str] | None = None) -> Iterator[tuple[str, int]]:
    """A program of ours, from the moment it says where it answers; ends with the block. Yields address and pid."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ONECODE_")}
    process = subprocess.Popen(  # noqa: S603 - our own programs
        command,
        cwd=ROOT,
        env={**kept, "PYTHONUNBUFFERED": "1", **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    address: list[str] = []
    answering = threading.Event()

    def listen() -> None:
        for line in process.stdout or ():
            said.append(line)
            if not address and (found := READY.search(line)):
                address.append(found[1])
                answering.set()
        answering.set()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        answering.wait(START_SECONDS)
        if not address:
            raise RuntimeError(f"{command} did not start:\n{''.join(said)[-4000:]}")
        yield address[0], process.pid
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        finally:
            process.kill()
            listener.join()


def onecode(*arguments: str) -> list[str]:
    """The command ``onecode`` of this checkout."""
    return [sys.executable, "-c", "from services.cli import main; main()", *arguments]


@contextmanager
def house(data: Path, *, consumers: bool = True, workers: int = 1) -> Iterator[House]:
    """``onecode up`` on ``data``, hosted by so many processes; without ``consumers`` it seals and consumes no feed."""
    environment = {"ONECODE_RUN_CONSUMERS": "true" if consumers else "false"}
    options = ("--data", str(data), "--port", "0", "--workers", str(workers))
    with program(onecode("up", *options), environment) as (address, pid):
        yield House(address, data, pid)


@contextmanager
def yardstick_server(factory: str, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """An application (``module:function``) in a process of its own, served as ours is; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", factory, "--port", str(port), "--loop", "uvloop"]
    command += ["--http", "httptools", "--no-access-log", "--no-server-header", "--log-level", "warning"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ONECODE_")}
    process = subprocess.Popen(command, cwd=ROOT, env={**kept, **(environment or {})})  # noqa: S603 - our own program
    try:
        give_up_at = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > give_up_at:
                    raise RuntimeError(f"{factory} did not start") from None
                time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


async def make_yardstick_database(server: House) -> str:
    """An empty database for yardsticks beside ours, in the same server with the same settings; its address."""
    connection = await asyncpg.connect(server.dsn(database="postgres"))
    try:
        await connection.execute(f"CREATE DATABASE {YARDSTICK_DATABASE}")
    finally:
        await connection.close()
    return server.dsn(database=YARDSTICK_DATABASE)


async def fetch_value(dsn: str, question: str, *arguments: Any) -> Any:
    """One value, as the superuser."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question, *arguments)
    finally:
        await connection.close()
