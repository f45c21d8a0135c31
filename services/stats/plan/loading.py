"""The plan of the package enters the database once, as soon as there are reporting units."""

from services.kit import clock
from services.kit.database import Database
from services.stats.plan.catalogue import PROVINCE
from services.stats.plan.record import load_plan
from services.stats.plan.units import read_units

EVERY_SECONDS = 60.0


async def ensure_plan(database: Database) -> int:
    """Load the plan if it is not there; answers 0, because there is nothing more to do after that."""
    now = clock.now()
    async with database.transaction() as connection:
        units = await read_units(connection, now)
    names = [unit for unit in units if unit != PROVINCE]
    if names:
        await load_plan(database, names, now=now)
    return 0
