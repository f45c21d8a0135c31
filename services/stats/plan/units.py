"""The reporting units, and which of them a caller may report for and see: those that lie in his regions as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.auth import Caller
from services.kit.clock import business_day
from services.stats.plan.catalogue import PROVINCE
from services.stats.queries.plan_counts import UNITS

PROVINCE_CODE = "520000000000"


@dataclass(frozen=True, slots=True)
class Unit:
    """A reporting unit, or the province."""

    unit: str
    name: str
    name_en: str
    villages: tuple[str, ...]


async def read_units(connection: AsyncConnection, moment: datetime) -> dict[str, Unit]:
    """The units as they are on a day, the province last."""
    rows = (await connection.execute(UNITS, {"on": business_day(moment)})).all()
    units = {row.unit: Unit(row.unit, row.name, row.name_en, tuple(row.villages)) for row in rows}
    return {**units, PROVINCE: Unit(PROVINCE, "贵州省", "Guizhou Province", ())}


def allowed_units(units: Mapping[str, Unit], caller: Caller) -> set[str]:
    """The units whose every village the caller may see; the province for those who may see all of it."""
    if caller.may_see_region(PROVINCE_CODE):
        return set(units)
    return {
        unit.unit
        for unit in units.values()
        if unit.villages and all(caller.may_see_region(village) for village in unit.villages)
    }
