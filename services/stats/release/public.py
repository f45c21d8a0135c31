"""What everybody may read of a release: its figures where they are shown, and a status where they are not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.auth import Caller
from services.kit.database import Database
from services.stats.errors import NotInRelease
from services.stats.figures import Figures, value_of
from services.stats.indicators import INDICATORS, Missing, Unit, written
from services.stats.period import Period
from services.stats.queries import context
from services.stats.queries import protection as queries
from services.stats.question import LEVELS, REPORTING_UNIT, By, Filters, Question, Region
from services.stats.regions import find_region, read_units
from services.stats.release.books import find_release
from services.stats.release.reading import released_figures, watermark_of
from services.stats.release.release import Release
from services.stats.service import read_period

SUPPRESSED, PART_SUPPRESSED, BY_DIVISION_ONLY = "suppressed", "part_suppressed", "by_division_only"

TOTALS: Mapping[str, tuple[str, ...]] = {
    "sales_net": ("sales",),
    "orders": ("sales",),
    "order_lines": ("sales",),
    "sales_gross": ("sales", "refunds"),
    "refunds": ("refunds",),
    "codes_with_sales": ("sellers",),
    "codes_active": ("codes",),
    "income": ("income",),
    "income.paid": ("income by basis",),
    "income.contract": ("income by basis",),
    "income.imputed": ("income by basis",),
    "households_reached": ("reach",),
    "people_reached": ("reach",),
    "income_per_reached_household": ("income", "reach"),
    "income_per_capita": ("income", "reach"),
    "uplift_rate": ("income", "reach"),
}
"""In which protected tables an indicator must be shown. What is not here is not published below the bureau."""
DIVIDED = ("sales_net", "orders", "order_lines")
"""Those which a release shows by a dimension too, one at a time."""
DIMENSIONS = ("kind", "platform", "category")
_DERIVED = frozenset({"sales_gross", "income_per_reached_household", "income_per_capita", "uplift_rate"})
"""Figures of which the parts are protected, not they themselves."""


@dataclass(frozen=True, slots=True)
class PublicFigure:
    """One figure: its value, or why there is none."""

    region: str
    name: str
    key: str
    indicator: str
    unit: Unit
    value: str | int | None
    status: str | None


@dataclass(frozen=True, slots=True)
class PublicTable:
    """A table of a release that everybody may read."""

    release: Release
    region: Region
    period: Period
    level: str
    dimension: str
    figures: Sequence[PublicFigure]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which table: whose divisions, of which level and period, by which dimension; the release's own by default."""

    region: str | None = None
    period: str | None = None
    level: str | None = None
    by: str = ""


async def read_public_table(database: Database, caller: Caller, release_id: int, wanted: Wanted) -> PublicTable:
    """The figures of a level's divisions in a region. Raises :class:`NoSuchRelease`, :class:`RegionNotAllowed`,
    :class:`UnknownRegion`, :class:`InvalidPeriod` and :class:`NotInRelease`.
    """
    async with database.snapshot() as connection:
        release = await find_release(connection, caller, release_id)
        place = await find_region(connection, caller, wanted.region or release.region)
        period = read_period(wanted.period or release.period)
        level = wanted.level or place.level
        of_units = level == REPORTING_UNIT
        if of_units and place.code != release.region:
            raise NotInRelease("报告单位按全省公布 / Reporting units are published of the province as a whole")
        if not of_units and (place.level == REPORTING_UNIT or LEVELS.index(level) < LEVELS.index(place.level)):
            raise NotInRelease(f"{level} 高于 {place.level} / {level} lies above {place.level}")
        rows = await connection.execute(queries.SHOWN, {"release_id": release_id, "period": period.label})
        names = await _names(connection, place, level, period)
        shown = {row.table_name: frozenset(row.divisions) for row in rows.all()}
        reading = _Reading(connection, release, Question(place, [period], by=By.REGION, level=level), names, shown)
        figures = await (reading.divided(wanted.by) if wanted.by else reading.totals())
    return PublicTable(release, place, period, level, wanted.by, figures)


async def _names(connection: AsyncConnection, place: Region, level: str, period: Period) -> dict[str, str]:
    """The names of a level's divisions in a region, or of the reporting units at a period's end."""
    if level == REPORTING_UNIT:
        return {unit.code: unit.name for unit in await read_units(connection, period.last_day)}
    bounds = {"level": level, "lowest": place.lowest, "highest": place.highest}
    return {row.code: row.name for row in (await connection.execute(context.DIVISIONS, bounds)).all()}


@dataclass(frozen=True, slots=True)
class _Reading:
    """One answer under way."""

    connection: AsyncConnection
    release: Release
    question: Question
    names: Mapping[str, str]
    shown: Mapping[str, frozenset[str]]

    async def totals(self) -> list[PublicFigure]:
        """All indicators of each division."""
        figures = {
            source: await released_figures(self.connection, self.release, source, self.question)
            for source in sorted({INDICATORS[name].source for name in TOTALS})
        }
        return [
            self._figure(code, "", indicator, figures[INDICATORS[indicator].source], tables)
            for code in sorted(self.names)
            for indicator, tables in TOTALS.items()
        ]

    async def divided(self, by: str) -> list[PublicFigure]:
        """Sales of each division by the values of a dimension."""
        asked = {"release_id": self.release.release_id, "dimension": by}
        found: list[PublicFigure] = []
        for key in (await self.connection.scalars(queries.KEYS, asked)).all():
            narrowed = replace(self.question, filters=Filters(**{by: key}))
            figures = await released_figures(self.connection, self.release, "sales", narrowed)
            found += [
                self._figure(code, key, indicator, figures, (f"sales by {by}",))
                for code in sorted(self.names)
                for indicator in DIVIDED
            ]
        return found

    def _figure(self, code: str, key: str, indicator: str, figures: Figures, tables: Sequence[str]) -> PublicFigure:
        unit, name = INDICATORS[indicator].unit, self.names[code]
        if any(code not in self.shown.get(table, ()) for table in tables):
            status = PART_SUPPRESSED if indicator in _DERIVED else SUPPRESSED
            if self.question.level == REPORTING_UNIT and any(not self._shows_units(table) for table in tables):
                status = BY_DIVISION_ONLY
            return PublicFigure(code, name, key, indicator, unit, None, status)
        value = value_of(figures, self.question.periods[0], code, indicator, watermark_of(self.release))
        if isinstance(value, Missing):
            return PublicFigure(code, name, key, indicator, unit, None, value.reason)
        return PublicFigure(code, name, key, indicator, unit, written(value, unit), None)

    def _shows_units(self, table: str) -> bool:
        """Whether a table shows any unit: they are shown beside divisions where they do not cost these too much."""
        return any(not code.isdigit() for code in self.shown.get(table, ()))
