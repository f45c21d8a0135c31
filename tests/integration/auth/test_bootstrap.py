"""The first clients: made once, and never without somebody having their secrets."""

import asyncio
import json
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.auth import bootstrap as bootstrap_module
from services.auth import queries
from services.auth.bootstrap import ClientCredentials, bootstrap, bootstrap_administrator, ensure_credentials
from services.auth.scopes import SCOPES
from services.auth.settings import AuthSettings
from services.kit.database import Database
from tests.integration.auth.requests import Api, client_of


async def _count_clients(database: Database) -> int:
    async with database.transaction() as connection:
        return int(await connection.scalar(text("SELECT count(*) FROM auth.clients")) or 0)


async def test_each_first_client_gets_a_token_with_its_scopes(api: Api) -> None:
    """The five of DESIGN.md §6 work, and ``admin`` holds every scope that exists."""
    assert set(api.first_clients) == {"admin", "officer", "platform", "station", "bureau"}
    for name, credentials in api.first_clients.items():
        answer = (await api.ask_token(name)).json()
        assert answer["scope"].split() == sorted(credentials.scope.split(), key=list(SCOPES).index)
    assert set(api.first_clients["admin"].scope.split()) == set(SCOPES)


async def test_bootstrap_does_nothing_the_second_time(app: FastAPI, database: Database, settings: AuthSettings) -> None:
    """Also when two processes do it at once."""
    assert app.state.database is database
    made = await asyncio.gather(*(bootstrap(database, settings.secrets_dir) for _ in range(3)))
    assert sorted(result is None for result in made) == [False, True, True]
    assert await bootstrap(database, settings.secrets_dir) is None
    assert await bootstrap_administrator(database, settings.secrets_dir) is None
    assert await _count_clients(database) == 5


async def test_credentials_are_written_for_the_owner_only_and_kept_in_step_with_the_address(
    database: Database, settings: AuthSettings, tmp_path: Path
) -> None:
    """The form of DESIGN.md §6, mode 0600; another port changes ``base_url`` only; what is right is left alone."""
    path = tmp_path / "data" / "credentials.json"
    assert await ensure_credentials(database, settings.secrets_dir, path, "http://127.0.0.1:8000")
    assert path.stat().st_mode & 0o777 == 0o600
    first = json.loads(path.read_text())
    assert set(first) == {"base_url", "clients"}
    assert set(first["clients"]["platform"]) == {"client_id", "client_secret", "scope"}
    assert not await ensure_credentials(database, settings.secrets_dir, path, "http://127.0.0.1:8000")
    assert await ensure_credentials(database, settings.secrets_dir, path, "http://127.0.0.1:9000")
    second = json.loads(path.read_text())
    assert second == {**first, "base_url": "http://127.0.0.1:9000"}


class _PowerCut(Exception):
    """The process ends here."""


@pytest.mark.parametrize("committed", [False, True])
async def test_a_crash_leaves_no_client_without_a_known_secret(
    app: FastAPI, settings: AuthSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, committed: bool
) -> None:
    """Cut short before the commit or after it, the next start writes credentials that work."""
    path = tmp_path / "data" / "credentials.json"
    database: Database = app.state.database

    def cut(*_anything: object, **_more: object) -> None:
        raise _PowerCut

    with monkeypatch.context() as patched:
        if committed:
            patched.setattr(bootstrap_module, "write_credentials", cut)
        else:
            patched.setattr(queries, "write_audit", cut)
        with pytest.raises(_PowerCut):
            await ensure_credentials(database, settings.secrets_dir, path, "http://127.0.0.1:8000")
    assert not path.exists()
    assert await _count_clients(database) == (5 if committed else 0)
    assert await ensure_credentials(database, settings.secrets_dir, path, "http://127.0.0.1:8000")
    written = {name: ClientCredentials(**client) for name, client in json.loads(path.read_text())["clients"].items()}
    assert len(written) == 5
    async with client_of(app) as client:
        api = Api(client, written)
        for name in written:
            assert (await api.ask_token(name)).status_code == 200
