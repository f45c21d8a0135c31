"""The reporting units, and which of them a caller may report for and see: those that lie in his regions as a whole."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.auth import Caller
from services.kit.clock import business_day
from services.stats.plan.catalogue import PROVINCE
from services.stats.queries.plan_counts import UNITS

PROVINCE_CODE = "520000000000"
_CODE_LENGTH = 12
_DIGITS_ABOVE = (9, 6, 4)
"""Of a code: what townships, counties and prefectures share."""


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


def unit_of_region(units: Mapping[str, Unit]) -> dict[str, str]:
    """The unit of every division: a village's own; above, that of most of its villages (of several, the first by name).

    So a township that Gui'an has cut a few villages out of stays with its prefecture.
    """
    found = {village: unit.unit for unit in units.values() for village in unit.villages}
    above: dict[str, Counter[str]] = defaultdict(Counter)
    for village, unit in found.items():
        for digits in _DIGITS_ABOVE:
            above[village[:digits].ljust(_CODE_LENGTH, "0")][unit] += 1
    return found | {code: min(counts, key=lambda unit: (-counts[unit], unit)) for code, counts in above.items()}
