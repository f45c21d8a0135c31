"""Ownership, grants, row-level security and published views: declared in the services' ``tables.py`` and
``published.py``, applied here after every upgrade, so that what the database allows is always what the code says.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Table, text

from migrations.schemas import SCHEMAS, Schema
from services.kit.tables import PURPOSE


def apply_all(connection: Connection) -> None:
    """Give every object to its schema's owner, then grant each role exactly what is declared."""
    for schema in SCHEMAS:
        _give_to_owner(connection, schema)
        _revoke_everything(connection, schema)
        for table in schema.metadata.sorted_tables:
            _grant_own(connection, schema, table)
            _secure_rows(connection, table)
    for schema in SCHEMAS:
        for view in schema.views:
            connection.execute(text(f"DROP VIEW IF EXISTS {view.qualified_name}"))
            connection.execute(text(f"CREATE VIEW {view.qualified_name} AS {view.query}"))
            connection.execute(text(f"ALTER VIEW {view.qualified_name} OWNER TO {schema.owner}"))
            connection.execute(text(f"GRANT SELECT ON {view.qualified_name} TO {schema.login}"))
            for reader in view.readers:
                _grant_reader(connection, schema, view.qualified_name, view.reads, f"onecode_{reader}_login")


def _give_to_owner(connection: Connection, schema: Schema) -> None:
    rows = connection.execute(
        text("""
        SELECT relname FROM pg_class
        WHERE relnamespace = CAST(:schema AS regnamespace) AND relkind = 'r' AND relowner <> CAST(:owner AS regrole)
        """),
        {"schema": schema.name, "owner": schema.owner},
    )
    for (name,) in rows.all():
        connection.execute(text(f'ALTER TABLE {schema.name}."{name}" OWNER TO {schema.owner}'))


def _revoke_everything(connection: Connection, schema: Schema) -> None:
    roles = ", ".join(other.login for other in SCHEMAS)
    # Of a table, and so of its columns: what was granted column by column goes with it.
    connection.execute(text(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema.name} FROM PUBLIC, {roles}"))
    connection.execute(text(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema.name} FROM PUBLIC, {roles}"))
    connection.execute(text(f"REVOKE ALL ON SCHEMA {schema.name} FROM PUBLIC, {roles}"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA {schema.name} TO {schema.login}"))
    connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema.name} TO {schema.login}"))


def _grant_own(connection: Connection, schema: Schema, table: Table) -> None:
    connection.execute(text(f"GRANT {', '.join(table.info['grants'])} ON {table.fullname} TO {schema.login}"))


def _secure_rows(connection: Connection, table: Table) -> None:
    """Row-level security as declared. It holds the login role; the owner, as whom nobody logs in, is left free to back
    up and restore.
    """
    name = table.fullname
    connection.execute(text(f"DROP POLICY IF EXISTS purpose ON {name}"))
    purposes = table.info.get("purposes", ())
    if not purposes:
        connection.execute(text(f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY"))
        return
    listed = ", ".join(f"'{purpose}'" for purpose in purposes)
    holds = f"current_setting('{PURPOSE}', true) IN ({listed})"
    connection.execute(text(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"))
    connection.execute(text(f"CREATE POLICY purpose ON {name} USING ({holds}) WITH CHECK ({holds})"))


def _grant_reader(
    connection: Connection, schema: Schema, view: str, reads: Mapping[str, Sequence[str]], login: str
) -> None:
    connection.execute(text(f"GRANT USAGE ON SCHEMA {schema.name} TO {login}"))
    connection.execute(text(f"GRANT SELECT ON {view} TO {login}"))
    for table, columns in reads.items():
        connection.execute(text(f"GRANT SELECT ({', '.join(columns)}) ON {schema.name}.{table} TO {login}"))
