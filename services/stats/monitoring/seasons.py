"""Seasons without harvest, declared by those who report for a region."""

from datetime import datetime

from services.kit.auth import Caller
from services.kit.database import Database
from services.stats.errors import InvalidPeriod
from services.stats.plan.record import open_batch
from services.stats.queries import stations as queries
from services.stats.regions import find_region
from services.stats.schemas.stations import SeasonIn, SeasonOut


async def declare_season(database: Database, caller: Caller, said: SeasonIn, *, now: datetime) -> SeasonOut:
    """Record a season; answers what stands now. Raises :class:`InvalidPeriod`, and as :func:`find_region`."""
    if said.valid_to <= said.valid_from:
        raise InvalidPeriod("valid_to 须晚于 valid_from / valid_to must be later than valid_from")
    async with database.transaction() as connection:
        await find_region(connection, caller, said.region)
        batch = await open_batch(connection, actor=caller.client_id, operation="set_seasons", now=now)
        season = said.model_dump() | {"batch": batch}
        place = {"batch": batch, "region": said.region, "valid_from": said.valid_from}
        await connection.execute(queries.SUPERSEDE_SEASON, place)
        await connection.execute(queries.INSERT_SEASON, season)
    return SeasonOut(**said.model_dump())
