"""``python -m migrations.revision SCHEMA "message"``: write a migration for what changed in a schema's tables.

Starts a throw-away PostgreSQL, brings it to the newest migration, and lets Alembic compare it with ``tables.py``.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from migrations.roles import ensure_roles
from migrations.run import LOGIN_ROLES, MIGRATIONS, alembic_config
from services.kit.embedded import EmbeddedPostgres


def _write(connection: Connection, schema: str, message: str) -> None:
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS public"))
    ensure_roles(connection, dict.fromkeys(LOGIN_ROLES, "unused"))
    config = alembic_config(connection)
    first = not any(schema in script.branch_labels for script in ScriptDirectory.from_config(config).walk_revisions())
    command.upgrade(config, "heads")
    count = len(list((MIGRATIONS / "versions" / schema).glob("*.py"))) + 1

    class Options:
        """What the command line would have passed as ``-x``."""

        x = (f"schema={schema}",)

    config.cmd_opts = Options()
    command.revision(
        config,
        message=message,
        autogenerate=True,
        rev_id=f"{schema}_{count:04d}",
        head="base" if first else f"{schema}@head",
        splice=first,
        branch_label=schema if first else None,
        version_path=str(MIGRATIONS / "versions" / schema),
    )


async def _main(schema: str, message: str) -> None:
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder), durable=False) as server:
        engine = create_async_engine(make_url(server.dsn()).set(drivername="postgresql+asyncpg"))
        async with engine.begin() as connection:
            await connection.run_sync(_write, schema, message)
        await engine.dispose()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], " ".join(sys.argv[2:]) or "change"))
