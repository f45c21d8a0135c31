"""The house as processes: it starts, answers, refuses clearly, and ends whole."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from services.cli.api import open_api
from services.cli.serving import address_of, listen
from tests.end_to_end.conftest import RunningHouse, postgres_processes, run_onecode, started
from tests.ports import free_port


def get(address: str, path: str) -> httpx.Response:
    return httpx.get(address + path, trust_env=False, timeout=60)


def test_every_service_is_ready_behind_the_gateway(running_house: RunningHouse) -> None:
    assert get(running_house.base_url, "/healthz").text == "ok"
    ready = get(running_house.base_url, "/readyz")
    assert ready.json() == {"status": "ready", "services": ["auth", "codes", "sales", "stats", "web"]}


def test_each_first_client_gets_tokens_that_services_accept(running_house: RunningHouse) -> None:
    """A token of ``auth`` opens a route of another service to whom it is meant for, and to nobody else."""
    with running_house.client("bureau") as bureau, running_house.client("station") as station:
        question = {"region": "520000000000", "period": "2020"}
        assert bureau.get("/v1/stats/summary", params=question).status_code == 200
        assert station.get("/v1/stats/summary", params=question).status_code == 403
    assert get(running_house.base_url, "/v1/stats/summary").status_code == 401


def test_the_divisions_are_there(running_house: RunningHouse) -> None:
    """Guizhou is loaded on the first start."""
    with running_house.client("officer") as officer:
        assert officer.get("/v1/regions/520000000000").json()["name"] == "贵州省"


def test_pages_and_interface_come_through_the_same_door(running_house: RunningHouse) -> None:
    """A page that asks the API itself, too: a code that nobody has."""
    assert get(running_house.base_url, "/").headers["content-type"].startswith("text/html")
    assert get(running_house.base_url, "/c/HGP1XF3A71").status_code == 404
    paths = get(running_house.base_url, "/openapi.json").json()["paths"]
    assert {"/v1/token", "/v1/regions", "/v1/orders", "/v1/stats/summary"} <= set(paths)


@pytest.fixture
def var(data_folder: Path) -> Path:
    """One data folder for all tests below: a house that starts again finds what was there."""
    return data_folder


@pytest.mark.parametrize(("workers", "kind"), [("1", signal.SIGTERM), ("1", signal.SIGINT), ("2", signal.SIGTERM)])
def test_a_signal_ends_everything(var: Path, workers: str, kind: signal.Signals) -> None:
    """All of its processes, PostgreSQL's too, and with exit code 0."""
    with started("up", "--data", str(var), "--port", "0", "--workers", workers) as program:
        family = psutil.Process(program.process.pid).children(recursive=True)
        assert postgres_processes(var)
        assert get(program.address, "/readyz").status_code == 200
        assert program.stop(kind) == 0
    assert postgres_processes(var) == []
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []


def test_a_request_under_way_does_not_hold_up_the_end(var: Path) -> None:
    """A client that never finishes its request is given a moment, no more."""
    with started("up", "--data", str(var), "--port", "0") as program:
        sent = threading.Event()

        def slow_body() -> Iterator[bytes]:
            yield b"{"
            sent.set()
            program.process.wait()
            yield b"}"

        def post() -> None:
            with contextlib.suppress(httpx.HTTPError):
                httpx.post(f"{program.address}/v1/token", content=slow_body(), trust_env=False, timeout=60)

        client = threading.Thread(target=post)
        client.start()
        sent.wait(60)
        assert program.stop() == 0
        client.join()
    assert postgres_processes(var) == []


@pytest.mark.parametrize("workers", ["1", "2"])
def test_after_a_kill_the_next_start_is_as_any_other(var: Path, workers: str) -> None:
    """What the killed process leaves behind holds neither the port nor the database."""
    with started("up", "--data", str(var), "--port", str(free_port()), "--workers", workers) as killed:
        children = psutil.Process(killed.process.pid).children(recursive=True)
        killed.stop(signal.SIGKILL)
    ours = [child for child in children if child.is_running() and child.name() != "postgres"]
    psutil.wait_procs(ours, timeout=20)
    port = killed.address.rpartition(":")[2]
    with started("up", "--data", str(var), "--port", port, "--workers", workers) as program:
        assert get(program.address, "/readyz").status_code == 200


def test_a_taken_port_is_refused_before_anything_starts(tmp_path: Path) -> None:
    """In two languages, with what to do; no database is made."""
    with listen("127.0.0.1", 0) as listener:
        port = address_of(listener).rpartition(":")[2]
        refused = run_onecode("up", "--data", str(tmp_path / "var"), "--port", port)
        said, _ = refused.communicate()
    assert refused.returncode == 1
    assert port in said
    assert "--port 另选端口" in said
    assert "choose another port with --port" in said
    assert not (tmp_path / "var").exists()


def test_a_second_house_on_the_same_data_is_refused(var: Path) -> None:
    """It says who has the folder, and leaves the first one alone."""
    with started("up", "--data", str(var), "--port", "0") as program:
        refused = run_onecode("up", "--data", str(var), "--port", "0")
        said, _ = refused.communicate()
        assert (refused.returncode, str(program.process.pid) in said) == (1, True)
        assert get(program.address, "/readyz").status_code == 200


def test_a_service_without_its_database_says_so() -> None:
    refused = run_onecode("serve", "sales", "--port", "0")
    said, _ = refused.communicate()
    assert (refused.returncode, "ONECODE_DATABASE_URL" in said) == (1, True)


@pytest.mark.parametrize("command", ["up", "migrate"])
def test_a_database_that_is_not_there_is_said_in_a_sentence(tmp_path: Path, command: str) -> None:
    """A wrong ``ONECODE_DATABASE_URL`` is no bug, and shows no traceback."""
    port = ["--port", "0"] if command == "up" else []
    elsewhere = {"ONECODE_DATABASE_URL": f"postgresql://postgres@/onecode?host={tmp_path}"}
    refused = run_onecode(command, "--data", str(tmp_path), *port, environment=elsewhere)
    said, _ = refused.communicate()
    assert (refused.returncode, "数据库不可用" in said, "Traceback" in said) == (1, True, False), said


def test_migrating_what_is_current_changes_nothing(var: Path) -> None:
    with started("up", "--data", str(var), "--port", "0") as program:
        program.stop()
    migrated = run_onecode("migrate", "--data", str(var))
    said, _ = migrated.communicate()
    assert (migrated.returncode, "up to date" in said) == (0, True)
    again = run_onecode("bootstrap", "--data", str(var))
    said, _ = again.communicate()
    assert (again.returncode, "nothing was changed" in said) == (1, True)


def test_commands_find_a_house_or_bring_their_own(var: Path) -> None:
    """``open_api`` speaks to the running house, and without one to a house of its own that ends with it."""
    question = "/v1/regions/520000000000"
    with started("up", "--data", str(var), "--port", "0") as program, open_api(var, "officer") as api:
        assert str(api.base_url).rstrip("/") == program.address
        assert api.get(question).json()["name"] == "贵州省"
    with open_api(var, "officer") as api:
        assert api.get(question).json()["name"] == "贵州省"
        assert postgres_processes(var)
    assert postgres_processes(var) == []
