"""Bring a database to the state this code expects: roles, schemas, tables, grants, published views.

Idempotent. A database that is already there is recognised by a fingerprint and left alone, so that a start is quick.
"""

import hashlib
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from services.kit.secrets import ensure_secret

MIGRATIONS = Path(__file__).parent
SERVICES = MIGRATIONS.parent / "services"
LOGIN_ROLES = tuple(f"onecode_{schema}_login" for schema in ("auth", "codes", "sales", "stats"))
_LOCK = 4_201_907  # any number; one migration at a time per database


def _fingerprint(passwords: dict[str, str]) -> str:
    digest = hashlib.sha256()
    declared = [*SERVICES.glob("*/tables.py"), *SERVICES.glob("*/tables/*.py"), *SERVICES.glob("*/published.py")]
    declared.append(SERVICES / "kit" / "feed.py")
    for file in [*sorted(MIGRATIONS.rglob("*.py")), *sorted(declared)]:
        digest.update(file.read_bytes())
    for role in sorted(passwords):
        digest.update(hashlib.sha256(passwords[role].encode()).digest())
    return digest.hexdigest()


def alembic_config(connection: Connection | None = None) -> Any:
    """Alembic's configuration; there is no ini file to keep in step."""
    from alembic.config import Config  # noqa: PLC0415 - a quick start does not need Alembic

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    locations = "\n".join(str(MIGRATIONS / "versions" / name) for name in ("auth", "codes", "sales", "stats"))
    config.set_main_option("version_locations", locations)
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection, passwords: dict[str, str], fingerprint: str) -> bool:
    connection.execute(text("SET LOCAL lock_timeout = '10s'"))
    connection.execute(text("SET LOCAL statement_timeout = '10min'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    connection.execute(text("CREATE TABLE IF NOT EXISTS public.onecode_installed (fingerprint text NOT NULL)"))
    if connection.scalar(text("SELECT fingerprint FROM public.onecode_installed")) == fingerprint:
        return False
    from alembic import command  # noqa: PLC0415 - a quick start does not need Alembic or the services' tables

    from migrations.publish import apply_all  # noqa: PLC0415
    from migrations.roles import ensure_roles  # noqa: PLC0415

    ensure_roles(connection, passwords)
    command.upgrade(alembic_config(connection), "heads")
    apply_all(connection)
    connection.execute(text("DELETE FROM public.onecode_installed"))
    connection.execute(text("INSERT INTO public.onecode_installed VALUES (:fingerprint)"), {"fingerprint": fingerprint})
    return True


async def migrate(admin_url: str, secrets_dir: Path) -> bool:
    """Migrate the database at ``admin_url``, all in one transaction; answers whether there was anything to do.

    The user in ``admin_url`` must be allowed to create roles and schemas. Passwords of the login roles are read from
    ``secrets_dir`` and drawn where they are missing.
    """
    passwords = {role: ensure_secret(secrets_dir, f"role_{role}") for role in LOGIN_ROLES}
    fingerprint = _fingerprint(passwords)
    engine = create_async_engine(make_url(admin_url).set(drivername="postgresql+asyncpg"), pool_size=1)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_upgrade, passwords, fingerprint)
    finally:
        await engine.dispose()
