"""Alembic's entry: runs on the connection that ``migrations.run`` (or ``make revision``) hands over."""

from typing import Any

from alembic import context

from migrations.schemas import SCHEMAS

_only = context.get_x_argument(as_dictionary=True).get("schema")
_schemas = {schema.name: schema for schema in SCHEMAS if _only in (None, schema.name)}


def _include_name(name: str | None, kind: str, _parents: Any) -> bool:
    return kind != "schema" or name in _schemas


def _run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is None:
        message = "run `onecode migrate`, or `make revision`; Alembic needs a connection from them"
        raise SystemExit(message)
    context.configure(
        connection=connection,
        target_metadata=[schema.metadata for schema in _schemas.values()],
        include_schemas=True,
        include_name=_include_name,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
