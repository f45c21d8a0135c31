"""What stands in deploy/ fits the house: there is no container engine here to say so."""

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import typer
import yaml
from pydantic_settings import BaseSettings

from services.auth.settings import AuthSettings
from services.cli import build
from services.codes.card_keys import SECRET_PREFIX as CARD_KEY_PREFIX
from services.codes.credential import SECRET_NAME as STATION_SECRET
from services.codes.privacy import INDEX_SECRET, KEY_SECRET_PREFIX
from services.codes.settings import CodesSettings
from services.gateway.settings import GatewaySettings
from services.kit.embedded.server import SUPERUSER_SECRET
from services.kit.settings import ServiceSettings
from services.sales.receipt import SECRET as RECEIPT_SECRET
from services.sales.settings import SalesSettings
from services.stats.settings import StatsSettings
from services.web.settings import WebSettings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if name != "postgres"}

SETTINGS: dict[str, type[BaseSettings]] = {
    "auth": AuthSettings,
    "codes": CodesSettings,
    "sales": SalesSettings,
    "stats": StatsSettings,
    "web": WebSettings,
    "gateway": GatewaySettings,
}
ROLES = {schema: f"role_onecode_{schema}_login" for schema in ("auth", "codes", "sales", "stats")}
NEEDED_SECRETS = {
    "postgres": {SUPERUSER_SECRET},
    "migrate": {SUPERUSER_SECRET, *ROLES.values()},
    "bootstrap": {ROLES["auth"]},
    "verify": {ROLES["codes"], ROLES["sales"], ROLES["stats"]},
    "auth": {ROLES["auth"]},
    "codes": {ROLES["codes"], f"{KEY_SECRET_PREFIX}1", INDEX_SECRET, f"{CARD_KEY_PREFIX}1", STATION_SECRET},
    "sales": {ROLES["sales"], RECEIPT_SECRET},
    "stats": {ROLES["stats"]},
    "web": set[str](),
    "gateway": set[str](),
}


def secrets_of(service: dict[str, Any]) -> set[str]:
    return {entry if isinstance(entry, str) else entry["source"] for entry in service.get("secrets", ())}


def locked(name: str) -> dict[str, set[str]]:
    """``package==version ; marker`` → its hashes, of a lock file."""
    entries = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
    return {entry.split(" --hash")[0].strip(): set(re.findall(r"--hash=(\S+)", entry)) for entry in entries if entry}


def instructions() -> list[tuple[str, str]]:
    """The Containerfile's instructions and their arguments, in order."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Containerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines) if word]


def test_every_service_has_the_secrets_it_needs_and_no_other() -> None:
    """Who takes over the pages or the gateway has no password; who takes over ``stats`` has no key to person data."""
    assert {name: secrets_of(service) for name, service in SERVICES.items()} == NEEDED_SECRETS


def test_the_keys_of_tokens_lie_where_only_auth_and_bootstrap_reach() -> None:
    volumes = {name: service.get("volumes", []) for name, service in SERVICES.items()}
    holders = {name for name, mounted in volumes.items() if any(v.startswith("auth-secrets:") for v in mounted)}
    assert holders == {"auth", "bootstrap"}
    for name in holders:
        folder = SERVICES[name]["environment"]["ONECODE_SECRETS_DIR"]
        assert f"auth-secrets:{folder}" in volumes[name]
        assert [entry["target"] for entry in SERVICES[name]["secrets"]] == [f"{folder}/{ROLES['auth']}"]


def test_every_secret_is_drawn_by_the_script_into_the_file_that_is_mounted(tmp_path: Path) -> None:
    """Once: a second run keeps what is there. No two are equal, and nobody else can enter the folder."""
    script = tmp_path / "secrets.sh"
    script.write_text((DEPLOY / "secrets.sh").read_text())
    subprocess.run(["sh", script], check=True, capture_output=True)
    drawn = {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}
    subprocess.run(["sh", script], check=True, capture_output=True)
    assert {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()} == drawn
    assert {name: f"secrets/{name}" for name in drawn} == {
        name: entry["file"] for name, entry in COMPOSE["secrets"].items()
    }
    assert len(set(drawn.values())) == len(drawn)
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_every_variable_is_read_by_the_service_that_is_given_it() -> None:
    """Of the settings, or where the command line reads it from the environment by itself."""
    command_line = "".join(file.read_text() for file in (ROOT / "services/cli").glob("*.py"))
    read_by_commands = set(re.findall(r'"(ONECODE_[A-Z_]+)"', command_line))
    for name, service in OURS.items():
        fields = SETTINGS.get(name, ServiceSettings).model_fields
        known = {f"ONECODE_{field.upper()}" for field in fields} | read_by_commands
        assert set(service["environment"]) <= known, name
    set_in_image = {rest for word, rest in instructions() if word == "ENV"}
    assert {name for line in set_in_image for name in re.findall(r"ONECODE_\w+", line)} <= read_by_commands


def test_every_command_is_one_of_onecode() -> None:
    """Parsed by the command line itself, with all its options; each service is served under its own name."""
    group = typer.main.get_command(build())
    for name, service in OURS.items():
        arguments = ["migrate"] if name == "migrate" else service["command"]
        context = group.make_context("onecode", list(arguments), resilient_parsing=False)
        command = group.get_command(context, arguments[0])  # type: ignore[attr-defined]
        parsed = command.make_context(arguments[0], arguments[1:]).params
        if name in SETTINGS:
            assert (arguments[0], parsed["service"], parsed["host"]) == ("serve", name, "0.0.0.0")  # noqa: S104
    assert SERVICES["migrate"]["entrypoint"] == ["/bin/sh", "-c"]
    assert SERVICES["migrate"]["command"][0].endswith("exec onecode migrate")


def test_every_service_listens_where_it_is_looked_for() -> None:
    """The port of the image, the health check, the gateway's addresses and the pages' are the same."""
    (port,) = [rest for word, rest in instructions() if word == "EXPOSE"]
    (check,) = [rest for word, rest in instructions() if word == "HEALTHCHECK"]
    assert f"'127.0.0.1', {port}" in check
    assert {SERVICES[name]["command"][-1] for name in SETTINGS} == {port}
    upstreams = {name: f"http://{name}:{port}" for name in SETTINGS if name != "gateway"}
    given = SERVICES["gateway"]["environment"]
    assert {name: given[f"ONECODE_UPSTREAM_{name.upper()}"] for name in upstreams} == upstreams
    assert SERVICES["web"]["environment"]["ONECODE_API_URL"] == f"http://gateway:{port}"


def test_only_the_gateway_can_be_reached_from_outside() -> None:
    """No other port is published, no other service is in a network that leads out, and the pages see no database."""
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["gateway"]
    outward = {name for name, network in COMPOSE["networks"].items() if not (network or {}).get("internal")}
    assert [name for name, service in SERVICES.items() if outward & set(service["networks"])] == ["gateway"]
    near_database = {name for name, service in SERVICES.items() if "database" in service["networks"]}
    assert near_database == set(SERVICES) - {"web", "gateway"}


def test_inside_the_gateway_is_believed_and_outside_nobody_by_default() -> None:
    """Whose address a request has is what rate limits and the limit on failed logins go by."""
    (inside,) = [entry["subnet"] for entry in COMPOSE["networks"]["inside"]["ipam"]["config"]]
    (front,) = [entry["subnet"] for entry in COMPOSE["networks"]["front"]["ipam"]["config"]]
    trusted = {name: SERVICES[name]["environment"]["ONECODE_TRUSTED_PROXIES"] for name in SETTINGS}
    assert trusted.pop("gateway") == "${ONECODE_TRUSTED_PROXIES:-127.0.0.1}"
    assert set(trusted.values()) == {inside}
    unlimited = SERVICES["gateway"]["environment"]["ONECODE_UNLIMITED_CLIENTS"].split(",")
    assert inside in unlimited
    assert front not in unlimited


def test_every_container_of_ours_is_confined() -> None:
    """No root file system to write to, no capabilities, bounded memory and processes; services come back by themselves,
    and only after the database has been migrated.
    """
    for name, service in OURS.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"]
        assert {"mem_limit", "pids_limit", "security_opt"} <= set(service)
        assert service["restart"] == ("unless-stopped" if name in SETTINGS else "no")
        if name != "migrate" and "database" in service["networks"]:
            assert service["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}


def test_the_image_is_made_of_what_is_there() -> None:
    """What it copies exists and is let through to the builder; it does not run as root, and runs the command."""
    passed = {line[1:] for line in (DEPLOY / "Containerfile.dockerignore").read_text().splitlines() if line[:1] == "!"}
    copied = {part for word, rest in instructions() if word == "COPY" and "--from" not in rest
              for part in rest.split()[:-1]}  # fmt: skip
    assert copied == passed
    assert all((ROOT / path).exists() for path in copied)
    last = {word: rest for word, rest in instructions() if word in {"FROM", "USER", "ENTRYPOINT"}}
    assert last["FROM"].startswith("docker.io/library/python:3.12-slim")
    assert last["USER"] == "onecode"
    assert json.loads(last["ENTRYPOINT"]) == ["onecode"]


def test_what_runs_is_locked_as_what_is_tested() -> None:
    """The runtime lock is a part of the whole lock, version by version and hash by hash, with all we depend on."""
    whole, runtime = locked("requirements.lock"), locked("requirements.runtime.lock")
    assert all(runtime.values())
    assert runtime.items() <= whole.items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    names = {re.split(r"==|\[", entry)[0] for entry in runtime}
    assert {re.split(r"[\[;]", dependency)[0].strip() for dependency in project["project"]["dependencies"]} <= names
    assert not {"pytest", "ruff", "mypy", "hatchling"} & names
