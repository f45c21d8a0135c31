"""The place that anybody may be told of a code: the division, no nearer than twenty households live."""

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.divisions import Level, parent_code_of
from services.codes.queries import origins, regions
from services.codes.service.labels import spoken_name
from services.codes.territory import tree_of

ENOUGH_HOUSEHOLDS = 20
"""Households with codes that a division must have to be named: in a smaller one, a label would point at a door."""


async def nearest_place(
    connection: AsyncConnection, region: str, *, moment: datetime, today: date
) -> tuple[Level, str]:
    """The smallest division around ``region`` with households enough, and its full name; the province if none has."""
    levels = list(Level)
    path = [parent_code_of(region, level) for level in levels]
    large = await origins.divisions_large_enough(
        connection, [tree_of(code) for code in path], enough=ENOUGH_HOUSEHOLDS, moment=moment, today=today
    )
    nearest = max(large, default=0)
    named = {row.code: row.name for row in await regions.regions(connection, set(path[: nearest + 1]), today=today)}
    names = [named.get(code, "") for code in path[: nearest + 1]]
    if levels[nearest] is Level.VILLAGE:
        names[-1] = spoken_name(names[-1])
    return levels[nearest], "".join(names)
