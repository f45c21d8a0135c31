"""``python -m migrations.check``: whether the migrations make the tables that the services declare.

Starts a throw-away PostgreSQL and migrates it. Exit code 1, and one line per difference, if they do not.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from migrations.run import migrate
from migrations.schemas import SCHEMAS, Schema
from services.kit.embedded import EmbeddedPostgres


def differences(connection: Connection) -> list[str]:
    """What Alembic would have to change in the database behind ``connection``, schema by schema."""
    return [f"{schema.name}: {change!r}" for schema in SCHEMAS for change in _changes(connection, schema)]


def _changes(connection: Connection, schema: Schema) -> list[Any]:
    context = MigrationContext.configure(
        connection,
        opts={
            "include_schemas": True,
            "include_name": lambda name, kind, _parents: kind != "schema" or name == schema.name,
            "compare_type": True,
            "compare_server_default": True,
        },
    )
    return list(compare_metadata(context, schema.metadata))


async def _main() -> int:
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder), durable=False) as server:
        await migrate(server.dsn(), Path(folder) / "secrets")
        engine = create_async_engine(make_url(server.dsn()).set(drivername="postgresql+asyncpg"))
        async with engine.connect() as connection:
            found = await connection.run_sync(differences)
        await engine.dispose()
    for line in found:
        sys.stderr.write(f"{line}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
