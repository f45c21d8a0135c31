"""The database a migration makes is the one the code declares."""

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from migrations.run import migrate
from migrations.schemas import SCHEMAS
from tests.conftest import Cluster


def _differences(connection: Connection) -> list[object]:
    names = {schema.name for schema in SCHEMAS}
    context = MigrationContext.configure(
        connection,
        opts={
            "include_schemas": True,
            "include_name": lambda name, kind, _parents: kind != "schema" or name in names,
            "compare_type": True,
            "compare_server_default": True,
        },
    )
    return [difference for schema in SCHEMAS for difference in _of_schema(context, schema.name)]


def _of_schema(context: MigrationContext, name: str) -> list[object]:
    metadata = next(schema.metadata for schema in SCHEMAS if schema.name == name)
    context.opts["include_name"] = lambda found, kind, _parents: kind != "schema" or found == name
    return list(compare_metadata(context, metadata))


async def test_migrated_tables_are_the_declared_tables(database_url: str) -> None:
    """After all migrations, Alembic finds no difference between database and ``tables.py``."""
    engine = create_async_engine(make_url(database_url).set(drivername="postgresql+asyncpg"))
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await engine.dispose()


async def test_migrating_again_changes_nothing(cluster: Cluster, database_url: str) -> None:
    """A current database is recognised and left alone."""
    assert await migrate(database_url, cluster.secrets_dir) is False


@pytest.mark.parametrize("times", [2])
def test_two_processes_may_migrate_at_once(cluster: Cluster, times: int) -> None:
    """Two processes that start together on an empty database both end on a current one."""
    cluster.execute("CREATE DATABASE onecode_twice")

    async def both() -> list[bool]:
        url = cluster.server.dsn(database="onecode_twice")
        return list(await asyncio.gather(*(migrate(url, cluster.secrets_dir) for _ in range(times))))

    assert sorted(asyncio.run(both())) == [False, True]
