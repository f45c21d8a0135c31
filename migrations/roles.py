"""Roles and schemas: made before the first migration, on our own server and on one of somebody else's."""

from collections.abc import Mapping

from sqlalchemy import Connection, text

from migrations.schemas import SCHEMAS


def _quoted(connection: Connection, value: str) -> str:
    return str(connection.scalar(text("SELECT quote_literal(CAST(:value AS text))"), {"value": value}))


def ensure_roles(connection: Connection, passwords: Mapping[str, str]) -> None:
    """Create each schema, its owner and its login role if they are missing, and set the login roles' passwords.

    ``passwords`` maps login role to password; PostgreSQL stores them as SCRAM verifiers. The connection's user needs
    CREATEROLE and CREATE on the database.
    """
    connection.execute(text("SET LOCAL password_encryption = 'scram-sha-256'"))
    database = connection.scalar(text("SELECT quote_ident(current_database())"))
    connection.execute(text(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC"))
    connection.execute(text("REVOKE ALL ON SCHEMA public FROM PUBLIC"))
    known = set(connection.scalars(text("SELECT rolname FROM pg_roles WHERE rolname LIKE 'onecode%'")))
    for schema in SCHEMAS:
        if schema.owner not in known:
            connection.execute(text(f"CREATE ROLE {schema.owner} NOLOGIN"))
        connection.execute(text(f"GRANT {schema.owner} TO CURRENT_USER"))
        if schema.login not in known:
            connection.execute(text(f"CREATE ROLE {schema.login} LOGIN NOINHERIT CONNECTION LIMIT 60"))
        password = _quoted(connection, passwords[schema.login])
        connection.execute(text(f"ALTER ROLE {schema.login} PASSWORD {password}"))
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema.name} AUTHORIZATION {schema.owner}"))
        connection.execute(text(f"GRANT CONNECT ON DATABASE {database} TO {schema.login}"))
