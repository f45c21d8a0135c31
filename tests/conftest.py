"""The real database for every test: one embedded cluster a run, one migrated template, a clone per test."""

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from migrations.run import migrate
from services.kit.embedded import EmbeddedPostgres
from tests.folders import passing_folder

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
"""Real data that tests may read: a shop's month of orders, the province's divisions."""

# How long an example takes says something about the machine, and nothing about the code.
settings.register_profile("onecode", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("onecode")

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The running server, and where the login roles' passwords lie."""

    server: EmbeddedPostgres
    secrets_dir: Path

    def execute(self, statement: str, *, database: str = "postgres") -> None:
        """Run one statement as the superuser."""

        async def run() -> None:
            connection = await asyncpg.connect(self.server.dsn(database=database))
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(run())

    @contextmanager
    def clone(self, template: str) -> Iterator[str]:
        """The superuser's address of a copy of a database, which is dropped in the end.

        Copied as files: half the time of the usual way through the log, most of it saved when the clone is dropped.
        """
        name = f"{template}_{next(_numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        yield self.server.dsn(database=name)
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One PostgreSQL 18 for the whole run (without fsync: the tests of durability start their own)."""
    with (
        passing_folder() as data,
        EmbeddedPostgres(data, durable=False, settings={"max_connections": "200"}) as server,
    ):
        yield Cluster(server, data / "secrets")


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """A migrated database that tests clone."""
    cluster.execute("CREATE DATABASE onecode_template")
    asyncio.run(migrate(cluster.server.dsn(database="onecode_template"), cluster.secrets_dir))
    return "onecode_template"


@pytest.fixture
def database_url(cluster: Cluster, template: str) -> Iterator[str]:
    """The superuser's address of a fresh clone of the migrated template."""
    with cluster.clone(template) as url:
        yield url
