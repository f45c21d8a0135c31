"""``onecode verify``: every service recomputes what it derives and publishes, each under its own role."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes import verify as codes
from services.kit.database import Database
from services.kit.settings import ServiceSettings
from services.kit.verify import Check
from services.sales import verify as sales
from services.stats import verify as stats
from services.stats.monitoring import checks as monitoring

Checks = Callable[[AsyncConnection], Awaitable[list[Check]]]

SERVICES: dict[str, Sequence[Checks]] = {
    "codes": (codes.checks,),
    "sales": (sales.checks,),
    "stats": (stats.checks, monitoring.checks),
}


async def verify(settings: ServiceSettings) -> AsyncIterator[tuple[str, Check]]:
    """Each check of each service with the service's name, as it is done. A check without differences has passed."""
    for name, parts in SERVICES.items():
        database = Database(settings.role_url(f"onecode_{name}_login"), application="onecode-verify", pool_size=1)
        try:
            async with database.snapshot() as connection:
                # Checks read whole tables; a nested loop chosen for want of statistics would take hours.
                await connection.execute(text("SELECT set_config('enable_nestloop', 'off', true)"))
                found = [check for checks in parts for check in await checks(connection)]
        finally:
            await asyncio.shield(database.close())
        for check in found:
            yield name, check
