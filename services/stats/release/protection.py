"""Which figures of a release may be shown to everybody: decided once, when it is frozen, from the contributions behind
its figures, and stored. ``services/stats/protection`` has the rules; this reads what they need and keeps what they say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.clock import start_of_day
from services.stats.as_of import as_of_position
from services.stats.period import Period, parse_period
from services.stats.protection.rules import read_rules
from services.stats.queries import protection as queries
from services.stats.question import Region
from services.stats.regions import read_units
from services.stats.release.books import ancestors
from services.stats.release.release import Release, covered_periods, crosses

if TYPE_CHECKING:
    from services.stats.release.contributions import Material, Other, Rows

log = structlog.get_logger(__name__)

Shown = Mapping[tuple[str, str], Sequence[str]]
"""Divisions by table and period."""


async def decide_what_is_shown(cube: AsyncConnection, release: Release) -> Shown:
    """Read the contributions in the snapshot of the figures, as of the release's positions, and protect the tables."""
    from services.stats.release.contributions import protect_release  # noqa: PLC0415 - numpy: only here

    if crossed := await crossing_period(cube, release):
        log.warning("figures_withheld", release=release.release_id, table="all", reason="crosses", period=crossed)
        return {}
    rules = None if release.rules is None else read_rules(release.rules)
    shown, withheld = await asyncio.to_thread(protect_release, await read_material(cube, release), rules)
    for one in withheld:
        log.warning(
            "figures_withheld", release=release.release_id, table=one.table, reason=one.reason, divisions=one.nodes
        )
    return shown


async def crossing_period(connection: AsyncConnection, release: Release) -> str | None:
    """A period of an approved release of the same divisions that crosses one of this release: the difference of the two
    would be of days that nobody protected, so such a release shows nothing.
    """
    own = covered_periods(parse_period(release.period))
    beside = await _periods_beside(connection, release)
    return next((label for label, other in beside.items() if crosses(other, (*own, *beside.values()))), None)


async def approved_since(connection: AsyncConnection, release: Release) -> int | None:
    """A release of the same divisions and days that was approved after this one was frozen and knows nothing of it."""
    found: int | None = await connection.scalar(queries.APPROVED_SINCE, _beside(release) | {"since": release.frozen_at})
    return found


async def known_beside(connection: AsyncConnection, release: Release) -> Sequence[int]:
    """The approved releases of the same divisions and days that show something."""
    return (await connection.scalars(queries.SHOWING_BESIDE, _beside(release))).all()


def _beside(release: Release) -> dict[str, Any]:
    """What statements find releases of the same tree by, or of one within or around it."""
    tree = Region(release.region, "", "")
    return {
        "release_id": release.release_id, "first": release.first, "past": release.past, "lowest": tree.lowest,
        "highest": tree.highest, "ancestors": ancestors(release.region),
    }  # fmt: skip


async def _periods_beside(connection: AsyncConnection, release: Release) -> dict[str, Period]:
    """The periods that such releases show something of and that share days with this one, as each calls them."""
    labels = (await connection.scalars(queries.LABELS, _beside(release))).all()
    found = {label: parse_period(label) for label in sorted(labels)}
    return {
        label: period for label, period in found.items() if period.first < release.past and period.past > release.first
    }


async def read_material(cube: AsyncConnection, release: Release) -> Material:
    """All that decides what may be shown of a release: the same whenever it is read, but for those approved since."""
    from services.stats.release.contributions import Material  # noqa: PLC0415 - numpy: only here

    tree = Region(release.region, "", "")
    own = covered_periods(parse_period(release.period))
    beside = await _periods_beside(cube, release)
    by_days = {(period.first, period.past): period for period in (*beside.values(), *own)}
    periods = sorted(by_days.values(), key=lambda period: (period.first, period.past))
    place = {
        "lowest": tree.lowest, "highest": tree.highest, "registry_position": release.registry_position or 0,
    }  # fmt: skip
    units, same_units = await _units(cube, release, own)
    return Material(
        root=release.region,
        periods={period.label: (period.first.toordinal(), period.past.toordinal()) for period in periods},
        divisions=list((await cube.scalars(queries.DIVISIONS, place)).all()),
        units=units,
        rows=await _rows(cube, release, periods, release.position or 0, release.registry_position or 0),
        others=await _others(cube, release, periods, beside),
        own=frozenset(period.label for period in own),
        same_units=same_units,
    )


async def _units(
    cube: AsyncConnection, release: Release, periods: Sequence[Period]
) -> tuple[Mapping[str, str], frozenset[str]]:
    """The reporting unit of each place on the last day of a province's release, as figures of units are computed;
    and the periods at whose end they were the same.
    """
    if not release.region.endswith("0000000000"):
        return {}, frozenset()
    by_day: dict[date, Mapping[str, str]] = {}
    for day in {period.last_day for period in periods}:
        units = await read_units(cube, day)
        by_day[day] = {place: unit.code for unit in units for place in unit.places or (unit.tree,)}
    units_then = by_day[release.last_day]
    return units_then, frozenset(period.label for period in periods if by_day[period.last_day] == units_then)


async def _rows(
    cube: AsyncConnection, release: Release, periods: Sequence[Period], position: int, registry_position: int
) -> Rows:
    """What stands behind some periods in a release's divisions, as of two positions."""
    from services.stats.release.contributions import Rows  # noqa: PLC0415 - numpy: only here

    tree = Region(release.region, "", "")
    as_of = await as_of_position(cube, position, registry_position)
    cuts = sorted({day for period in periods for day in (period.first, period.past)})
    place = {"lowest": tree.lowest, "highest": tree.highest}
    pieces = {"pieces": list(range(len(cuts) - 1)), "firsts": cuts[:-1], "pasts": cuts[1:]}
    known = {"registry_position": registry_position}
    days = {"block": as_of.block, "last_day": release.last_day, **as_of.moved}
    ends = {"pieces": list(range(len(periods))), "ends": [start_of_day(period.past) for period in periods]}
    return Rows(
        sales=(await cube.execute(queries.SALES, place | pieces | {"position": position})).all(),
        income=(await cube.execute(queries.INCOME, place | pieces | known | days)).all(),
        codes=(await cube.execute(queries.CODES, place | known | ends)).all(),
    )


async def _others(
    cube: AsyncConnection, release: Release, periods: Sequence[Period], beside: Mapping[str, Period]
) -> list[Other]:
    """The approved releases that hold some of the same divisions and days, with what they were made of.

    A period is the same whatever it is called: 2020-Q1 and 2020-01..2020-03 are the same days.
    """
    from services.stats.release.contributions import Other  # noqa: PLC0415 - numpy: only here

    asked = _beside(release)
    ours = {(period.first, period.past): period.label for period in periods}
    named = {label: ours[same.first, same.past] for label, same in beside.items()}
    found = []
    here = (release.position, release.registry_position)
    read: dict[tuple[int, int], Rows] = {}
    rows = (await cube.execute(queries.EARLIER, asked | {"labels": list(named)})).all()
    for _, group in groupby(rows, key=lambda row: row.release_id):
        said = list(group)
        there = (said[0].position, said[0].registry_position)
        if there != here and there not in read:
            read[there] = await _rows(cube, release, periods, *there)
        found.append(
            Other(
                said[0].region,
                [(row.table_name, named[row.period], row.divisions) for row in said],
                read.get(there),
            )
        )
    return found


async def store_shown(connection: AsyncConnection, release: Release, shown: Shown) -> None:
    """Store what may be shown."""
    for (table, period), divisions in sorted(shown.items()):
        row = {"release_id": release.release_id, "table_name": table, "period": period, "divisions": list(divisions)}
        await connection.execute(queries.STORE_SHOWN, row)
