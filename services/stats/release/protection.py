"""Which figures of a release may be shown to everybody: decided once, when it is frozen, from the contributions behind
its figures, and stored. ``services/stats/protection`` has the rules; this reads what they need and keeps what they say.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.clock import start_of_day
from services.stats.period import parse_period
from services.stats.queries import protection as queries
from services.stats.question import Region
from services.stats.release.release import Release, covered_periods

log = structlog.get_logger(__name__)

Shown = Mapping[tuple[str, str], Sequence[str]]
"""Divisions by table and period."""


async def decide_what_is_shown(cube: AsyncConnection, release: Release) -> Shown:
    """Read the contributions in the snapshot of the figures, and protect the tables."""
    from services.stats.release.contributions import Material, protect_release  # noqa: PLC0415 - numpy: only here

    tree = Region(release.region, "", "")
    periods = covered_periods(parse_period(release.period))
    cuts = sorted({day for period in periods for day in (period.first, period.past)})
    pieces: dict[str, Any] = {
        "pieces": list(range(len(cuts) - 1)),
        "firsts": cuts[:-1],
        "pasts": cuts[1:],
    }
    place = {"lowest": tree.lowest, "highest": tree.highest}
    asked = {
        **pieces,
        **place,
        "position": release.position,
        "last_day": date.fromordinal(release.past.toordinal() - 1),
    }
    ends = [start_of_day(period.past) for period in periods]
    units: Iterable[Any] = ()
    if release.region.endswith("0000000000"):
        units = (await cube.execute(queries.UNITS)).all()
    material = Material(
        root=release.region,
        periods={period.label: (period.first.toordinal(), period.past.toordinal()) for period in periods},
        divisions=list((await cube.scalars(queries.DIVISIONS, place)).all()),
        units={row.village: row.unit for row in units},
        sales=list((await cube.execute(queries.SALES, asked)).all()),
        income=list((await cube.execute(queries.INCOME, asked)).all()),
        codes=list(
            (await cube.execute(queries.CODES, {**place, "pieces": list(range(len(periods))), "ends": ends})).all()
        ),
        earlier=await _earlier(cube, release),
    )
    shown, withheld = await asyncio.to_thread(protect_release, material)
    for one in withheld:
        log.warning(
            "figures_withheld", release=release.release_id, table=one.table, reason=one.reason, divisions=one.nodes
        )
    return shown


async def _earlier(cube: AsyncConnection, release: Release) -> list[tuple[str, str, str, list[str]]]:
    rows = await cube.execute(queries.EARLIER, {"release_id": release.release_id})
    return [(row.region, row.table_name, row.period, row.divisions) for row in rows.all()]


async def store_shown(connection: AsyncConnection, release: Release, shown: Shown) -> None:
    """Store what may be shown."""
    for (table, period), divisions in sorted(shown.items()):
        row = {"release_id": release.release_id, "table_name": table, "period": period, "divisions": list(divisions)}
        await connection.execute(queries.STORE_SHOWN, row)
