"""The cube on a real database, with a registry and a ledger that the tests write."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from services.kit.database import Database
from services.stats.app import create_app
from services.stats.cube.folding import follow_ledger
from services.stats.cube.registry import follow_registry
from services.stats.settings import StatsSettings
from tests.conftest import Cluster
from tests.integration.stats.history import History
from tests.integration.stats.story import tell
from tests.tokens import PROVINCE, Tokens


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


Story = Callable[[AsyncConnection], Awaitable[None]]
Undone = Callable[[Story], None]


@pytest.fixture
def undone(database_url: str) -> Iterator[Undone]:
    """Runs a story in a transaction that is undone. All stories of a test, as of a property with many examples, go over
    one connection: a new one has everything to compile, to look up and to plan once more.
    """
    engine = create_async_engine(make_url(database_url).set(drivername="postgresql+asyncpg"))

    async def run(story: Story) -> None:
        async with engine.connect() as connection:
            await connection.begin()
            await story(connection)
            await connection.rollback()

    with asyncio.Runner() as runner:
        yield lambda story: runner.run(run(story))
        runner.run(engine.dispose())


@pytest.fixture
def settings(cluster: Cluster, database_url: str) -> StatsSettings:
    """The service's own login role on this test's database; the tests run the consumer themselves."""
    return StatsSettings(database_url=database_url, secrets_dir=cluster.secrets_dir, run_consumers=False)


class Api:
    """Asks the service as its callers do."""

    def __init__(self, client: httpx.AsyncClient, tokens: Tokens) -> None:
        self._client = client
        self._tokens = tokens

    async def get(
        self,
        path: str,
        *,
        scope: str = "stats:exact",
        regions: Sequence[str] = (PROVINCE,),
        headers: Any = None,
        **query: str,
    ) -> httpx.Response:
        """One question; ``from_`` stands for ``from``."""
        asked = {name.rstrip("_"): value for name, value in query.items()}
        headers = {**self._tokens.header(scope, regions=regions), **(headers or {})}
        return await self._client.get(f"/v1/stats/{path}", params=asked, headers=headers)

    async def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        scope: str = "releases:write",
        regions: Sequence[str] = (PROVINCE,),
        client_id: str = "compiler",
    ) -> httpx.Response:
        """One thing to do."""
        headers = self._tokens.header(scope, regions=regions, client_id=client_id)
        return await self._client.post(f"/v1/stats/{path}", json=body, headers=headers)


@pytest.fixture
async def database(settings: StatsSettings) -> AsyncIterator[Database]:
    """The service's own connections."""
    database = Database(settings.role_url("onecode_stats_login"), application="onecode-stats")
    yield database
    await database.close()


@pytest.fixture
async def told(engine: AsyncEngine, database: Database) -> History:
    """The story of ``story.py``, committed, and taken into the cube by the service's own consumer."""
    async with engine.begin() as connection:
        history = History(connection)
        await tell(history)
    while not await follow_ledger(database):
        pass
    while not await follow_registry(database):
        pass
    return history


@pytest.fixture
async def api(settings: StatsSettings, told: History) -> AsyncIterator[Api]:  # noqa: ARG001 - the story comes first
    """The service over HTTP, without a socket."""
    app = create_app(settings)
    tokens = await Tokens.trusted_by(settings.database_url, issuer=settings.public_url)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://stats") as client:
        yield Api(client, tokens)
    await app.state.database.close()
