"""The codes service on a real database with Guizhou's divisions, called over HTTP with real tokens."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from jwt.algorithms import OKPAlgorithm
from sqlalchemy import text

from services.codes.app import create_app
from services.codes.seed import load_divisions
from services.codes.settings import CodesSettings
from services.demo.identities import IdCards
from services.kit import clock
from services.kit.database import Database
from services.kit.feed import seal
from tests.conftest import Cluster

PUBLIC_URL = "https://onecode.example"
VILLAGE = "522701005016"  # in 都匀市, Qiannan
OTHER_VILLAGE = "520111012201"  # in 花溪区, Guiyang
PROVINCE = "520000000000"
QIANNAN = "522700000000"
OFFICER = "registry:write registry:read"

_numbers = itertools.count(1)
_id_cards = IdCards()


def household(**fields: Any) -> dict[str, Any]:
    """A household's registration with an ID card of its own; ``fields`` replace parts of it (None leaves one out)."""
    body = {
        "kind": "household",
        "region": VILLAGE,
        "name": f"蒙老{next(_numbers)}",
        "id_card": _id_cards.issue(VILLAGE),
        "persons": 4,
        "status": "registered",
        "baseline_income": "3120.00",
        "baseline_year": 2018,
        "registered_on": "2018-12-31",
        **fields,
    }
    return {field: value for field, value in body.items() if value is not None}


def group(kind: str = "cooperative", **fields: Any) -> dict[str, Any]:
    """A cooperative's or enterprise's registration without USCC."""
    body = {
        "kind": kind,
        "region": VILLAGE,
        "name": f"都匀毛尖合作社{next(_numbers)}",
        "registered_on": "2018-12-31",
        **fields,
    }
    return {field: value for field, value in body.items() if value is not None}


@dataclass
class Registry:
    """The service as its callers see it, and its database."""

    app: FastAPI
    client: httpx.AsyncClient
    key: Ed25519PrivateKey
    secrets_dir: Path

    @property
    def database(self) -> Database:
        """The service's own connections."""
        database: Database = self.app.state.database
        return database

    def token(self, scope: str = OFFICER, *regions: str) -> dict[str, str]:
        """The header of a caller with this scope and these region roots (by default the province)."""
        now = clock.now()
        claims = {
            "iss": PUBLIC_URL,
            "sub": "officer-1",
            "jti": secrets.token_hex(8),
            "iat": now,
            "exp": now + timedelta(minutes=10),
            "scope": scope,
            "regions": regions or [PROVINCE],
        }
        signed = jwt.encode(claims, self.key, algorithm="EdDSA", headers={"kid": "test"})
        return {"Authorization": f"Bearer {signed}"}

    async def post(
        self, path: str, body: dict[str, Any], *, scope: str = OFFICER, regions: tuple[str, ...] = ()
    ) -> httpx.Response:
        """POST as an officer."""
        return await self.client.post(path, json=body, headers=self.token(scope, *regions))

    async def get(
        self, path: str, *, scope: str | None = "registry:read", regions: tuple[str, ...] = (), **query: Any
    ) -> httpx.Response:
        """GET as a reader of the registry, or with ``scope=None`` without a token."""
        headers = {} if scope is None else self.token(scope, *regions)
        return await self.client.get(path, params=query or None, headers=headers)

    async def register(self, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Register one subject that is new; answers what the service answered."""
        response = await self.post("/v1/subjects", household() if body is None else body)
        assert response.status_code == 201, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def rows(self, statement: str, **parameters: Any) -> list[Any]:
        """What the service's role reads."""
        async with self.database.transaction() as connection:
            return list((await connection.execute(text(statement), parameters)).all())

    async def seal(self) -> int:
        """Run the sealer once."""
        return await seal(self.database, "codes")


@pytest.fixture(scope="session")
def registry_template(cluster: Cluster, template: str) -> str:
    """A migrated database with the divisions in it."""
    cluster.execute(f"CREATE DATABASE onecode_registry TEMPLATE {template}")

    async def load() -> None:
        settings = CodesSettings(
            database_url=cluster.server.dsn(database="onecode_registry"), secrets_dir=cluster.secrets_dir
        )
        database = Database(settings.role_url("onecode_codes_login"), application="test")
        await load_divisions(database)
        await database.close()

    asyncio.run(load())
    return "onecode_registry"


@pytest.fixture
def registry_url(cluster: Cluster, registry_template: str) -> Iterator[str]:
    """The superuser's address of a fresh clone with the divisions in it."""
    with cluster.clone(registry_template) as url:
        yield url


@pytest.fixture
async def registry(registry_url: str, cluster: Cluster) -> AsyncIterator[Registry]:
    """The running service, with a key that it trusts."""
    key = Ed25519PrivateKey.generate()
    admin = await asyncpg.connect(registry_url)
    await admin.execute(
        "INSERT INTO auth.signing_keys (kid, public_jwk, current) VALUES ('test', $1, true)",
        OKPAlgorithm.to_jwk(key.public_key()),
    )
    await admin.close()
    settings = CodesSettings(database_url=registry_url, secrets_dir=cluster.secrets_dir, public_url=PUBLIC_URL)
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        yield Registry(app, client, key, cluster.secrets_dir)
    await app.state.database.close()
