"""What the system counts by itself for the plan: each count by its name, for several days at once.

Every count answers by reporting unit and for the province; what is nought may be absent.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.figures import SOURCES, value_of
from services.stats.indicators import Missing, Value
from services.stats.period import Period
from services.stats.plan.catalogue import PROVINCE
from services.stats.queries import plan_counts
from services.stats.question import By, Question, Region
from services.stats.watermark import Watermark

PROVINCE_REGION = Region("520000000000", "贵州省", "province")


@dataclass(frozen=True, slots=True)
class Moment:
    """A day in the course of the plan: its label, and since when a year's figure of that day is counted."""

    label: str
    year_first: date
    past: date

    @property
    def day(self) -> date:
        """The day itself, the last that counts."""
        return date.fromordinal(self.past.toordinal() - 1)

    @property
    def is_year_end(self) -> bool:
        """Whether it is 31 December."""
        return (self.past.month, self.past.day) == (1, 1)


Counted = Mapping[tuple[str, str], Value]
"""By label and unit."""


@dataclass(frozen=True, slots=True)
class Counting:
    """How to count: in which snapshot, when, and by which units."""

    connection: AsyncConnection
    watermark: Watermark
    moments: Sequence[Moment]
    unit_of_region: Mapping[str, str]
    provincial_platform: str

    async def count(self, name: str) -> Counted:
        """A count of :data:`COUNTS`; of a moment that has not come, nothing."""
        return await COUNTS[name](self)

    async def run(self, statement: TextClause, **parameters: Any) -> Counted:
        """The count that a statement of ``plan_counts`` makes."""
        asked = {
            "labels": [moment.label for moment in self.moments],
            "firsts": [moment.year_first for moment in self.moments],
            "pasts": [moment.past for moment in self.moments],
            "on": self.moments[-1].day,
            "regions": list(self.unit_of_region),
            "region_units": list(self.unit_of_region.values()),
        }
        rows = (await self.connection.execute(statement, asked | parameters)).all()
        return {(row.label, row.unit): row.counted for row in rows}


@dataclass(frozen=True, slots=True)
class _Run:
    """One statement, and what it takes beside the days."""

    statement: TextClause
    parameters: Mapping[str, Any] = field(default_factory=dict)

    async def __call__(self, counting: Counting) -> Counted:
        return await counting.run(self.statement, **self.parameters)


async def _counties_on_platform(counting: Counting) -> Counted:
    return await counting.run(plan_counts.COUNTIES_ON_PLATFORM, provincial_platform=counting.provincial_platform)


async def _people_with_increase(counting: Counting) -> Counted:
    """As the indicator of this name; a part of a year has none, and says why."""
    years = {
        moment.label: Period(str(moment.year_first.year), moment.year_first, moment.past)
        for moment in counting.moments
        if moment.is_year_end
    }
    counted: dict[tuple[str, str], Value] = {}
    for moment in counting.moments:
        if moment.label not in years:
            for unit in {PROVINCE, *counting.unit_of_region.values()}:
                counted[moment.label, unit] = Missing("needs_full_year")
    for label, period in years.items():
        question = Question(PROVINCE_REGION, [period], by=By.REGION, level="village")
        by_village = await SOURCES["uplift"](counting.connection, question)
        sums: dict[str, int] = dict.fromkeys({PROVINCE, *counting.unit_of_region.values()}, 0)
        missing = value_of(by_village, period, "", "people_with_increase", counting.watermark)
        for _, village in by_village:
            value = value_of(by_village, period, village, "people_with_increase", counting.watermark)
            if not isinstance(value, Missing):
                sums[PROVINCE] += value
                sums[counting.unit_of_region.get(village, PROVINCE)] += value
        for unit, value in sums.items():
            counted[label, unit] = missing if isinstance(missing, Missing) else value
    return counted


COUNTS: Mapping[str, Callable[[Counting], Awaitable[Counted]]] = {
    "platforms_selling": _Run(plan_counts.PLATFORMS),
    "skus_selling": _Run(plan_counts.SKUS),
    "industries_selling": _Run(plan_counts.INDUSTRIES),
    "counties_on_platform": _counties_on_platform,
    "merchants_selling": _Run(plan_counts.MERCHANTS),
    "people_with_increase": _people_with_increase,
    "county_centres": _Run(plan_counts.STATIONS, {"type": "county_centre"}),
    "convenience_centres": _Run(plan_counts.STATIONS, {"type": "convenience_centre"}),
    "service_stations": _Run(plan_counts.STATIONS, {"type": "service_station"}),
    "townships_with_station": _Run(plan_counts.TOWNSHIPS_WITH_STATION),
    "townships_with_logistics": _Run(plan_counts.TOWNSHIPS_WITH_LOGISTICS),
    "poor_counties_with_centre": _Run(plan_counts.POOR_COUNTIES_WITH_CENTRE),
    "counties": _Run(plan_counts.ALL_DIVISIONS, {"level": "county"}),
    "townships": _Run(plan_counts.ALL_DIVISIONS, {"level": "township"}),
    "poor_counties": _Run(plan_counts.ALL_TAGGED, {"tag": "poor_county"}),
}
"""By name: what indicators are counted by, and how many there are of what a target wants all of."""
