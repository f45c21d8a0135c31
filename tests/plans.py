"""Query plans as tests read them: which indexes a statement uses, and which tables it reads from end to end."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import TextClause, text

from services.kit.database import Database
from services.kit.settings import ServiceSettings
from tests.conftest import Cluster


@dataclass(frozen=True, slots=True)
class Plan:
    """What a statement would do."""

    indexes: frozenset[str]
    scanned: frozenset[str]
    """Tables of which every row is read."""
    walked: frozenset[str]
    """Tables that are read along an index from end to end, which a limit above may cut short."""


@contextmanager
def filled_database(cluster: Cluster, template: str, fill: str) -> Iterator[str]:
    """The address of a database with rows enough that plans matter, for as long as the block lasts."""
    with cluster.clone(template) as url:

        async def run() -> None:
            connection = await asyncpg.connect(url)
            await connection.execute(fill)
            await connection.close()

        asyncio.run(run())
        yield url


@asynccontextmanager
async def as_service(cluster: Cluster, url: str, schema: str) -> AsyncIterator[Database]:
    """A database under the service's own role, whose plans go through the published views."""
    settings = ServiceSettings(database_url=url, secrets_dir=cluster.secrets_dir)
    database = Database(settings.role_url(f"onecode_{schema}_login"), application="test-plans", pool_size=1)
    yield database
    await database.close()


async def generic_plan(database: Database, statement: TextClause) -> Plan:
    """The plan for any parameters, which PostgreSQL settles on when a prepared statement is used again and again
    (``plan_cache_mode = force_generic_plan``): it cannot be saved by parameters that happen to be few.
    """
    compiled = statement.compile(dialect=database.engine.dialect)
    nothing = ", ".join(["NULL"] * len(set(compiled.positiontup or ())))
    arguments = f"({nothing})" if nothing else ""
    async with database.transaction() as connection:
        await connection.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.execute(f"PREPARE hot AS {compiled}")
        try:
            return _read(await driver.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE hot {arguments}"))
        finally:
            await driver.execute("DEALLOCATE hot")


async def plan_for(database: Database, statement: TextClause, parameters: dict[str, Any]) -> Plan:
    """The plan for these parameters, as of a first execution."""
    async with database.transaction() as connection:
        explained = await connection.execute(text(f"EXPLAIN (FORMAT JSON) {statement.text}"), parameters)
        return _read(explained.scalar_one())


def _read(explained: Any) -> Plan:
    (document,) = json.loads(explained) if isinstance(explained, str) else explained
    nodes = list(_nodes(document["Plan"]))
    return Plan(
        indexes=frozenset(node["Index Name"] for node in nodes if "Index Name" in node),
        scanned=frozenset(node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"),
        walked=frozenset(
            node["Relation Name"]
            for node in nodes
            if node["Node Type"] in {"Index Scan", "Index Only Scan"} and "Index Cond" not in node
        ),
    )


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for part in node.get("Plans", ()):
        yield from _nodes(part)
