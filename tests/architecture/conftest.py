"""What the tests of the house look at: the migrated database, and every application as it is wired."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from fastapi import FastAPI

from migrations.run import migrate
from services.auth.app import create_app as create_auth
from services.auth.settings import AuthSettings
from services.codes.app import create_app as create_codes
from services.codes.settings import CodesSettings
from services.kit.secrets import write_secret
from services.sales.app import create_app as create_sales
from services.sales.settings import SalesSettings
from services.stats.app import create_app as create_stats
from services.stats.settings import StatsSettings
from services.web.app import create_app as create_web
from services.web.settings import WebSettings
from tests.conftest import Cluster


@pytest.fixture(scope="module")
def database_url(cluster: Cluster) -> Iterator[str]:
    """The superuser's address of a database that the tests of one module share, because they only look.

    Migrated, not cloned: a clone has the default rights on the database itself.
    """
    cluster.execute("CREATE DATABASE onecode_architecture")
    url = cluster.server.dsn(database="onecode_architecture")
    asyncio.run(migrate(url, cluster.secrets_dir))
    yield url
    cluster.execute("DROP DATABASE onecode_architecture WITH (FORCE)")


@pytest.fixture
async def superuser(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Sees every catalogue; whatever it does is undone."""
    connection = await asyncpg.connect(database_url)
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


@pytest.fixture(scope="module")
def applications(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FastAPI]:
    """Every service as it is wired, with a database that is never asked."""
    secrets_dir: Path = tmp_path_factory.mktemp("secrets")
    for schema in ("auth", "codes", "sales", "stats"):
        write_secret(secrets_dir, f"role_onecode_{schema}_login", "never used")
    url = "postgresql://nobody@127.0.0.1:1/nowhere"
    return {
        "auth": create_auth(AuthSettings(database_url=url, secrets_dir=secrets_dir)),
        "codes": create_codes(CodesSettings(database_url=url, secrets_dir=secrets_dir)),
        "sales": create_sales(SalesSettings(database_url=url, secrets_dir=secrets_dir)),
        "stats": create_stats(StatsSettings(database_url=url, secrets_dir=secrets_dir)),
        "web": create_web(WebSettings()),
    }
