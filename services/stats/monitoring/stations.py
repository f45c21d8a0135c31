"""Stations of a region: everything is read in one snapshot, and each gets its score with the reasons."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.auth import Caller
from services.kit.clock import business_day
from services.kit.database import Database
from services.kit.territory import region_prefix
from services.stats.freshness import read_state
from services.stats.monitoring.health import Days, Sign, Work, score, signs_of, silent_days
from services.stats.period import Period
from services.stats.queries import stations as queries
from services.stats.queries.monitoring_fold import PURPOSES
from services.stats.question import Region
from services.stats.regions import find_region

_NEED_NOT_SCAN = {"county_centre", "other"}
"""Types of stations that may do their work without ever scanning a code: they have a score once they are heard of."""
NO_SCORE = 101
"""Stations without a score stand behind those with one."""


@dataclass(frozen=True, slots=True)
class Station:
    """A station in a period: the row that was read, its silence, and its score."""

    row: Any
    silent_days: int
    signs: Sequence[Sign]
    score: int | None

    @property
    def scans(self) -> int:
        """All that count."""
        return sum(getattr(self.row, purpose) for purpose in PURPOSES)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many divisions of a level, or with a tag, there are, and in how many a station is active."""

    what: str
    divisions: int
    covered: int


@dataclass(frozen=True, slots=True)
class StationsFound:
    """The answer."""

    region: Region
    period: Period
    day: date
    position: int
    registry_position: int
    stations: Sequence[Station]
    """The one that needs a call most first."""
    coverage: Sequence[Coverage]

    def totals(self) -> Counter[str]:
        """Sums over all stations."""
        sums: Counter[str] = Counter()
        for station in self.stations:
            for name in (*PURPOSES, "paid_fen", "orders", "gross_fen", "refund_fen"):
                sums[name] += getattr(station.row, name)
            sums[f"status.{station.row.status}"] += 1
            sums[f"type.{station.row.type}"] += 1
            sums["heard_of"] += station.row.active_days > 0
        return sums


async def words_of_state(database: Database, now: datetime) -> list[str]:
    """What answers about stations and products follow from beside the question: for the entity tag."""
    async with database.transaction() as connection:
        row = (await connection.execute(queries.STATE)).one()
        facts = await read_state(connection)
    return [str(row.position), str(row.registry_position), str(row.batch), business_day(now).isoformat(), *facts]


async def stations_in(
    database: Database,
    caller: Caller,
    region: str,
    period: Period,
    *,
    type_: str | None,
    station: str | None,
    now: datetime,
) -> StationsFound:
    """The stations of a region that the caller may see, as of the period's last day, or today."""
    day = min(period.last_day, business_day(now))
    async with database.snapshot() as connection:
        place = await find_region(connection, caller, region, day)
        narrowed = {**place.bounds(), "day": day, "type": type_}
        asked = {**narrowed, "first": period.first, "past": period.past, "station": station}
        state = (await connection.execute(queries.STATE)).one()
        rows = (await connection.execute(queries.STATIONS, asked)).all()
        closures = await _closures(connection, day, [row.station for row in rows])
        seasons = await _seasons(connection, day)
        covered = (await connection.execute(queries.COVERAGE, narrowed)).all()
    found = [_station(row, day, [*closures.get(row.station, ()), *_of_place(seasons, row.region)]) for row in rows]
    return StationsFound(
        place,
        period,
        day,
        state.position,
        state.registry_position,
        sorted(found, key=lambda one: (NO_SCORE if one.score is None else one.score, one.row.station)),
        [Coverage(row.what, row.divisions, row.covered) for row in sorted(covered, key=lambda row: row.what)],
    )


async def _closures(connection: AsyncConnection, day: date, stations: Sequence[str]) -> Mapping[str, Sequence[Days]]:
    found: dict[str, list[Days]] = defaultdict(list)
    for row in (await connection.execute(queries.CLOSURES, {"day": day, "stations": stations})).all():
        found[row.station].append((row.valid_from, row.valid_to))
    return found


async def _seasons(connection: AsyncConnection, day: date) -> Mapping[str, Sequence[Days]]:
    """By the digits that all divisions of the place share."""
    found: dict[str, list[Days]] = defaultdict(list)
    for row in (await connection.execute(queries.SEASONS, {"day": day})).all():
        found[region_prefix(row.region)].append((row.valid_from, row.valid_to))
    return found


def _of_place(seasons: Mapping[str, Sequence[Days]], region: str) -> list[Days]:
    return [days for digits in (2, 4, 6, 9, 12) for days in seasons.get(region[:digits], ())]


def _station(row: Any, day: date, quiet: Sequence[Days]) -> Station:
    silent = silent_days(row.last_heard, row.since, day, quiet)
    scans = sum(getattr(row, purpose) for purpose in PURPOSES)
    work = Work(
        status=row.status,
        scans=scans,
        working_scans=scans - row.verify + row.orders,
        offline=row.offline,
        not_valid=row.not_valid,
        longest_queue_seconds=row.longest_queue_seconds,
        largest_skew_ms=row.largest_skew_ms,
        silent_days=silent,
        ever_heard=row.last_heard is not None,
    )
    if row.status != "active" or (row.last_heard is None and row.type in _NEED_NOT_SCAN):
        return Station(row, silent, [], None)
    signs = signs_of(work)
    return Station(row, silent, signs, score(work, signs))
