"""The walls between the services stand in the database: each role may do what is declared, and nothing else."""

import asyncpg
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from migrations.publish import apply_all
from migrations.schemas import SCHEMAS
from services.kit.secrets import read_secret
from tests.conftest import Cluster

Grant = tuple[str, str, str, str]
"""Grantee, object, privilege, column ('' for all)."""


def declared_grants() -> set[Grant]:
    """What ``tables.py`` and ``published.py`` say, privilege by privilege and column by column."""
    grants: set[Grant] = set()
    for schema in SCHEMAS:
        grants.add((schema.login, schema.name, "USAGE", ""))
        for table in schema.metadata.sorted_tables:
            for grant in table.info["grants"]:
                privilege, _, columns = grant.partition(" ")
                for column in columns.strip("()").split(", "):
                    grants.add((schema.login, table.fullname, privilege, column))
        for view in schema.views:
            grants.add((schema.login, view.qualified_name, "SELECT", ""))
            for reader in (f"onecode_{name}_login" for name in view.readers):
                grants.add((reader, schema.name, "USAGE", ""))
                grants.add((reader, view.qualified_name, "SELECT", ""))
                grants |= {
                    (reader, f"{schema.name}.{table}", "SELECT", column)
                    for table, columns in view.reads.items()
                    for column in columns
                }
    return grants


STANDING_GRANTS = """
WITH objects AS (
    SELECT nspname AS name, nspowner AS owner, nspacl AS acl, '' AS part FROM pg_namespace
    UNION ALL
    SELECT relnamespace::regnamespace || '.' || relname, relowner, relacl, '' FROM pg_class WHERE relkind <> 'S'
    UNION ALL
    SELECT relnamespace::regnamespace || '.' || relname, relowner, attacl, attname
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE attnum > 0
)
SELECT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END, name, privilege_type, part
FROM objects CROSS JOIN LATERAL aclexplode(acl)
WHERE grantee <> owner AND name !~ '^(pg_|information_schema)'
"""


async def test_every_grant_is_declared_and_every_declaration_granted(superuser: asyncpg.Connection) -> None:
    """Own tables by ``info``, published views and exactly their columns, no other schema, nothing to PUBLIC."""
    standing = {tuple(row) for row in await superuser.fetch(STANDING_GRANTS)}
    assert standing == declared_grants()


async def test_sequences_serve_their_own_service_only(superuser: asyncpg.Connection) -> None:
    """USAGE for the schema's own role; nobody may set one."""
    rows = await superuser.fetch("""
        SELECT relnamespace::regnamespace::text, grantee::regrole::text, privilege_type
        FROM pg_class CROSS JOIN LATERAL aclexplode(relacl) WHERE relkind = 'S' AND grantee <> relowner
    """)
    assert rows
    assert {tuple(row) for row in rows} == {(row[0], f"onecode_{row[0]}_login", "USAGE") for row in rows}


async def test_login_roles_are_nobody(superuser: asyncpg.Connection) -> None:
    """No superuser, no owner, no member of any role, no right to make roles or databases, SCRAM, no inheritance."""
    for schema in SCHEMAS:
        role = await superuser.fetchrow("SELECT * FROM pg_authid WHERE rolname = $1", schema.login)
        assert role is not None
        powers = ("rolsuper", "rolinherit", "rolcreaterole", "rolcreatedb", "rolreplication", "rolbypassrls")
        assert [name for name in powers if role[name]] == []
        assert role["rolcanlogin"]
        assert role["rolpassword"].startswith("SCRAM-SHA-256$")
        assert await superuser.fetch("SELECT FROM pg_auth_members WHERE member = $1", role["oid"]) == []
        assert await superuser.fetch("SELECT FROM pg_shdepend WHERE refobjid = $1 AND deptype = 'o'", role["oid"]) == []


async def test_owners_cannot_log_in(superuser: asyncpg.Connection) -> None:
    """Whoever owns the tables is nobody's login; and everything in a schema belongs to its owner."""
    for schema in SCHEMAS:
        assert await superuser.fetchval("SELECT rolcanlogin FROM pg_roles WHERE rolname = $1", schema.owner) is False
        owners = await superuser.fetch(
            "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relnamespace = $1::text::regnamespace "
            "AND relkind <> 'i'",
            schema.name,
        )
        assert [owner for (owner,) in owners] == [schema.owner]


async def test_only_the_services_may_connect(superuser: asyncpg.Connection) -> None:
    """PUBLIC has no right on the database, so no other role of the server gets in, nor makes temporary tables."""
    rows = await superuser.fetch("""
        SELECT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END, privilege_type
        FROM pg_database CROSS JOIN LATERAL aclexplode(datacl)
        WHERE datname = current_database() AND grantee <> datdba
    """)
    assert {tuple(row) for row in rows} == {(schema.login, "CONNECT") for schema in SCHEMAS}


async def test_no_function_runs_with_its_owners_rights(superuser: asyncpg.Connection) -> None:
    """A SECURITY DEFINER function would be a door in the wall."""
    assert await superuser.fetch("SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace >= 16384") == []


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("stats", "SELECT code FROM sales.order_lines"),
        ("stats", "SELECT * FROM sales.order_lines"),
        ("stats", "SELECT count(*) FROM sales.refunds"),
        ("stats", "SELECT name_cipher FROM codes.persons"),
        ("stats", "SELECT identity_index FROM codes.identities"),
        ("stats", "SELECT contract FROM codes.links"),
        ("stats", "SELECT secret_hash FROM auth.clients"),
        ("stats", "INSERT INTO sales.platforms VALUES ('x', 'x')"),
        ("stats", "UPDATE sales.cursors SET position = 0"),
        ("sales", "UPDATE sales.ledger_entries SET amount_fen = 0"),
        ("sales", "DELETE FROM sales.ledger_entries"),
        ("sales", "UPDATE sales.order_lines SET amount_fen = 0"),
        ("sales", "UPDATE sales.order_lines SET subject_id = 1"),
        ("sales", "DELETE FROM sales.order_lines"),
        ("sales", "UPDATE sales.refunds SET amount_fen = 1"),
        ("sales", "UPDATE sales.income_entries SET base_fen = 0"),
        ("sales", "UPDATE sales.batches SET accepted = 0"),
        ("sales", "UPDATE sales.sealed SET position = position + 1"),
        ("sales", "TRUNCATE sales.ledger_entries"),
        ("sales", "SELECT uscc FROM codes.organisations"),
        ("sales", "SELECT issued_at FROM codes.codes"),
        ("sales", "SELECT * FROM stats.sales_cells"),
        ("sales", "UPDATE codes.directory_entries SET state = 'revoked'"),
        ("sales", "SELECT setval('sales.batches_batch_id_seq', 1)"),
        ("codes", "SELECT * FROM sales.order_lines"),
        ("codes", "UPDATE codes.codes SET subject_id = 1"),
        ("codes", "DELETE FROM codes.persons"),
        ("codes", "SELECT password_hash FROM auth.users"),
        ("auth", "UPDATE auth.audit_log SET actor = 'x'"),
        ("auth", "DELETE FROM auth.audit_log"),
        ("auth", "SELECT * FROM codes.subjects"),
        *((role, "CREATE TABLE public.mine (id int)") for role in ("auth", "codes", "sales", "stats")),
        *((role, f"CREATE TABLE {role}.mine (id int)") for role in ("auth", "codes", "sales", "stats")),
        *((role, "CREATE TEMP TABLE mine (id int)") for role in ("auth", "codes", "sales", "stats")),
        *((role, "CREATE SCHEMA mine") for role in ("auth", "codes", "sales", "stats")),
        *((role, f"ALTER TABLE {role}.cursors ADD mine int") for role in ("codes", "sales", "stats")),
        *((role, f"SET ROLE onecode_{role}") for role in ("auth", "codes", "sales", "stats")),
        *((role, "SELECT * FROM public.alembic_version") for role in ("auth", "codes", "sales", "stats")),
        *((role, "SELECT rolpassword FROM pg_authid") for role in ("auth", "codes", "sales", "stats")),
    ],
)
async def test_a_role_is_refused_what_is_not_its_own(
    cluster: Cluster, database_url: str, role: str, statement: str
) -> None:
    """Proved with a real login under the service's own password."""
    connection = await _log_in(cluster, database_url, role)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("role", ["auth", "codes", "sales", "stats"])
async def test_a_role_reads_its_own_tables_and_all_that_is_published_to_it(
    cluster: Cluster, database_url: str, role: str
) -> None:
    """The walls have the doors that are declared."""
    own = next(schema for schema in SCHEMAS if schema.name == role)
    names = [table.fullname for table in own.metadata.sorted_tables]
    names += [view.qualified_name for schema in SCHEMAS for view in schema.views if role in view.readers]
    connection = await _log_in(cluster, database_url, role)
    try:
        for name in names:
            await connection.fetch(f"SELECT * FROM {name} LIMIT 1")
    finally:
        await connection.close()


async def test_a_grant_that_is_declared_no_longer_is_withdrawn(database_url: str) -> None:
    """What somebody granted by hand, or a former version of the code did, goes with the next migration."""
    engine = create_async_engine(make_url(database_url).set(drivername="postgresql+asyncpg"))
    async with engine.connect() as connection:
        for grant in (
            "UPDATE (amount_fen) ON sales.ledger_entries TO onecode_sales_login",
            "SELECT (code) ON sales.order_lines TO onecode_stats_login",
            "SELECT ON codes.persons TO PUBLIC",
            "CREATE ON SCHEMA sales TO onecode_sales_login",
            "ALL ON SEQUENCE sales.batches_batch_id_seq TO onecode_stats_login",
        ):
            await connection.exec_driver_sql(f"GRANT {grant}")
        await connection.run_sync(apply_all)
        rows = (await connection.exec_driver_sql(STANDING_GRANTS)).all()
        sequences = await connection.exec_driver_sql(
            "SELECT grantee::regrole::text FROM pg_class CROSS JOIN LATERAL aclexplode(relacl) "
            "WHERE relname = 'batches_batch_id_seq' AND relnamespace = 'sales'::regnamespace AND grantee <> relowner"
        )
        assert {tuple(row) for row in rows} == declared_grants()
        assert [tuple(row) for row in sequences.all()] == [("onecode_sales_login",)]
        await connection.rollback()
    await engine.dispose()


async def _log_in(cluster: Cluster, database_url: str, role: str) -> asyncpg.Connection:
    name = f"onecode_{role}_login"
    url = make_url(database_url).set(username=name, password=read_secret(cluster.secrets_dir, f"role_{name}"))
    return await asyncpg.connect(url.render_as_string(hide_password=False))
