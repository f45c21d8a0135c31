"""The service with its first clients, on a fresh database, and a client to talk to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from services.auth.app import create_app
from services.auth.bootstrap import ClientCredentials, bootstrap
from services.auth.settings import AuthSettings
from services.kit.database import Database
from tests.conftest import Cluster
from tests.integration.auth.requests import Api, client_of


@pytest.fixture
def settings(cluster: Cluster, database_url: str, tmp_path: Path) -> AuthSettings:
    """With secrets of this test's own beside the login roles' passwords."""
    for secret in cluster.secrets_dir.glob("role_*"):
        (tmp_path / secret.name).write_text(secret.read_text())
    return AuthSettings(database_url=database_url, secrets_dir=tmp_path, public_url="https://onecode.example")


@pytest.fixture
async def app(settings: AuthSettings) -> AsyncIterator[FastAPI]:
    """The service, running."""
    application = create_app(settings)
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture
async def database(app: FastAPI) -> Database:
    """The service's own connections."""
    found: Database = app.state.database
    return found


@pytest.fixture
async def first_clients(database: Database, settings: AuthSettings) -> dict[str, ClientCredentials]:
    """admin, officer, platform, station and bureau."""
    made = await bootstrap(database, settings.secrets_dir)
    assert made is not None
    return made


@pytest.fixture
async def api(app: FastAPI, first_clients: dict[str, ClientCredentials]) -> AsyncIterator[Api]:
    """Requests to the service."""
    async with client_of(app) as client:
        yield Api(client, first_clients)
