"""The ten units the province reports by: nine prefectures, and Gui'an New Area 贵安新区 cut out of two of them.

``data/reporting_units.csv`` gives each unit the divisions it consists of; a village belongs to the unit that names it
most closely (the village itself, before its township, before its prefecture). Unit codes are words, not division codes,
because the unit ``guiyang`` is less than the prefecture 520100000000.

**What is Gui'an?** It is a state-level new area (approved by the State Council on 6 January 2014), not a division, and
has no division code. Its *planned* area of 1,795 km² covers all or parts of 20 townships, which Guiyang and Anshun go
on governing and reporting. Its *directly administered* area 直管区 of some 470 km² is what it governs itself, what the
province counts as Gui'an beside the nine prefectures, and what this file lists: "two townships, two towns and seven
villages" 两乡两镇七村（居）. These are 湖潮乡 and 党武乡 (today a sub-district) of Huaxi; 马场镇, 高峰镇 of Pingba; and
from Qingzhen's 红枫湖镇 the villages 平寨村, 芦猫塘村, 中一村, 中八村, 兰花坡村 (or 兰安村), 池菇塘村 (or 池菇村)
and the residents' committee 中八社区. The list is the new area's own description of 2013/14, as encyclopaedias and
pages on 湖潮乡 repeat it; in the codes the seven are still villages of 红枫湖镇, so they are named one by one. Whoever
reports by another cut changes the file: the test asks that the units partition the province.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from services.codes.divisions import Division, Level, parent_code_of

_CLOSEST_FIRST = tuple(reversed(Level))


@dataclass(frozen=True, slots=True)
class ReportingUnit:
    """A unit of reporting: a dated list of divisions. ``valid_from`` is None for what was always so."""

    code: str
    name: str
    name_en: str
    divisions: tuple[str, ...]
    valid_from: date | None


def read_reporting_units() -> tuple[ReportingUnit, ...]:
    """The ten reporting units of the package data."""
    text = files("services.codes").joinpath("data/reporting_units.csv").read_text(encoding="utf-8")
    units: dict[str, ReportingUnit] = {}
    for row in csv.DictReader(text.splitlines()):
        known = units.get(row["unit"])
        units[row["unit"]] = ReportingUnit(
            code=row["unit"],
            name=row["name"],
            name_en=row["name_en"],
            divisions=(*(known.divisions if known else ()), row["division"]),
            valid_from=date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
        )
    return tuple(units.values())


def assign_villages(units: Iterable[ReportingUnit], divisions: Iterable[Division]) -> Mapping[str, str]:
    """The unit code of every village, by the village's code. Raises ``ValueError`` for a village that is in no unit."""
    unit_of_division = {division: unit.code for unit in units for division in unit.divisions}
    assigned: dict[str, str] = {}
    for village in divisions:
        if village.level is not Level.VILLAGE:
            continue
        around = (parent_code_of(village.code, level) for level in _CLOSEST_FIRST)
        unit = next((unit_of_division[code] for code in around if code in unit_of_division), None)
        if unit is None:
            raise ValueError(f"村 {village.code} 不属于任何统计单位 / village {village.code} is in no reporting unit")
        assigned[village.code] = unit
    return assigned
