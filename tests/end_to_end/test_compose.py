"""The services of deploy/compose.yaml as processes: its commands, variables and secrets are what they need.

There is no container engine here. What one would do is done by hand: names of hosts become addresses of this machine,
and what is mounted at a path becomes a folder that holds exactly that.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.kit.embedded import EmbeddedPostgres
from tests.end_to_end.conftest import ROOT, RunningHouse, run_onecode, started
from tests.folders import passing_folder
from tests.ports import free_port

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
UPSTREAMS = ("auth", "codes", "sales", "stats", "web")


class Containers:
    """Stands for the container engine."""

    def __init__(self, folder: Path, drawn: Path, database: str, base_url: str) -> None:
        self._folder = folder
        self._drawn = drawn
        self._database = database
        self.addresses = {"gateway": base_url}

    def secrets_dir(self, name: str) -> Path:
        """The folder that a service sees as its secrets, with what it is given in it; the volume is shared."""
        service = COMPOSE["services"][name]
        volumes = [entry.split(":")[0] for entry in service.get("volumes", ()) if entry.endswith("/secrets")]
        folder = self._folder / (volumes[0] if volumes else name)
        folder.mkdir(exist_ok=True)
        for entry in service.get("secrets", ()):
            secret = entry if isinstance(entry, str) else entry["source"]
            shutil.copy(self._drawn / secret, folder / secret)
        return folder

    def environment(self, name: str) -> dict[str, str]:
        """The variables of a service, as they are when nobody sets anything, with addresses of this machine."""
        found = {"ONECODE_DATA": str(self._folder / "data")}
        for variable, text in COMPOSE["services"][name]["environment"].items():
            value = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
            value = re.sub(r"^http://(\w+):8000$", lambda match: self.addresses[match[1]], value)
            found[variable] = self.at_hand(name, value)
        found["ONECODE_PUBLIC_URL"] = self.addresses["gateway"]
        found["ONECODE_TRUSTED_PROXIES"] = "127.0.0.1"
        return found

    def at_hand(self, name: str, text: str) -> str:
        """``text`` with the database and the secrets where they are here."""
        text = text.replace("postgres:5432/onecode", f"/onecode?host={self._database}")
        for folder in ("/run/secrets", "/var/lib/onecode/secrets"):
            text = text.replace(folder, str(self.secrets_dir(name)))
        return text

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run a job to its end."""
        service = COMPOSE["services"][name]
        command = [self.at_hand(name, part).replace("$$", "$") for part in service["command"]]
        environment = self.environment(name)
        if "entrypoint" not in service:
            process = run_onecode(*command, environment=environment)
            said, _ = process.communicate()
            return subprocess.CompletedProcess(command, process.returncode, said)
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return subprocess.run(
            [*service["entrypoint"], *command], env={"PATH": path, **environment}, cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip

    def start(self, name: str, port: str, stack: ExitStack) -> None:
        """Start a service at a port of this machine, for as long as ``stack`` lasts."""
        *command, _, _, _, _ = COMPOSE["services"][name]["command"]
        program = started(*command, "--host", "127.0.0.1", "--port", port, environment=self.environment(name))
        self.addresses[name] = stack.enter_context(program).address


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[RunningHouse, Containers]]:
    """The whole of compose.yaml, running."""
    with passing_folder() as folder, ExitStack() as stack:
        (folder / "deploy").mkdir()
        shutil.copy(ROOT / "deploy/secrets.sh", folder / "deploy")
        subprocess.run(["sh", folder / "deploy/secrets.sh"], check=True, capture_output=True)
        drawn = folder / "deploy/secrets"
        (folder / "var/secrets").mkdir(parents=True)
        shutil.copy(drawn / "postgres_superuser", folder / "var/secrets")
        server = stack.enter_context(EmbeddedPostgres(folder / "var", durable=False))
        base_url = f"http://127.0.0.1:{free_port()}"
        containers = Containers(folder, drawn, server.dsn().partition("?host=")[2], base_url)
        for job in ("migrate", "bootstrap"):
            done = containers.run(job)
            assert done.returncode == 0, done.stdout
        for name in UPSTREAMS:
            containers.start(name, "0", stack)
        containers.start("gateway", base_url.rpartition(":")[2], stack)
        credentials = json.loads((folder / "data/credentials.json").read_text())
        yield RunningHouse(base_url, credentials, folder), containers


def test_the_services_of_the_compose_file_are_a_house(house: tuple[RunningHouse, Containers]) -> None:
    """The administrator of ``bootstrap`` gets a token, person data is sealed, a receipt key is there, a figure is
    answered, and the pages reach the public API.
    """
    running, _ = house
    with running.client("admin") as admin:
        assert admin.get("/readyz").json()["status"] == "ready"
        household = {
            "kind": "household", "region": "522701106001", "name": "测试", "persons": 4, "status": "registered",
            "registered_on": "2018-12-31",
        }  # fmt: skip
        registered = admin.post("/v1/subjects", json=household)
        assert registered.status_code == 201, registered.text
        assert len(admin.get("/v1/receipts/keys").json()["keys"]) == 1
        question = {"region": "520000000000", "period": "2019"}
        assert admin.get("/v1/stats/summary", params=question).status_code == 200
        page = admin.get(f"/c/{registered.json()['code']}")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_no_service_had_to_draw_a_secret_of_its_own(house: tuple[RunningHouse, Containers]) -> None:
    """In a container it could not: its secrets are read-only. Only ``auth`` keeps its signing keys itself."""
    _, containers = house
    for name in ("codes", "sales", "stats", "web", "gateway"):
        found = {file.name for file in containers.secrets_dir(name).iterdir()}
        assert found == set(COMPOSE["services"][name].get("secrets", ()))


def test_verify_works_beside_it(house: tuple[RunningHouse, Containers]) -> None:
    """With the passwords of three roles and no more."""
    _, containers = house
    done = containers.run("verify")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("✓") > 10


def test_migrating_again_changes_nothing(house: tuple[RunningHouse, Containers]) -> None:
    """``migrate`` runs at every start of the compose file."""
    _, containers = house
    done = containers.run("migrate")
    assert (done.returncode, "up to date" in done.stdout) == (0, True), done.stdout
