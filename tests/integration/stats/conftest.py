"""The cube on a real database, with a registry and a ledger that the tests write."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from services.kit.settings import ServiceSettings
from tests.conftest import Cluster


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """The superuser's connections."""
    engine = create_async_engine(make_url(database_url).set(drivername="postgresql+asyncpg"))
    yield engine
    await engine.dispose()


@pytest.fixture
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One of them, in a transaction that is undone at the end."""
    async with engine.connect() as connection:
        await connection.begin()
        yield connection
        await connection.rollback()


@pytest.fixture
def settings(cluster: Cluster, database_url: str) -> ServiceSettings:
    """The service's own login role on this test's database."""
    return ServiceSettings(database_url=database_url, secrets_dir=cluster.secrets_dir)
