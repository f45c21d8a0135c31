"""Freezing: the parts of a draft are computed and committed one by one, each with the digest of its rows.

Whoever begins fixes the position, by the snapshot that it reads everything in: the cube as it is, which is fastest.
Whoever is killed in between loses one part; who takes up after that reads as of the position.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit import clock
from services.kit.database import Database
from services.stats.as_of import as_of_position
from services.stats.breakdown import KINDS
from services.stats.figures import SOURCES
from services.stats.period import parse_period
from services.stats.queries import releases
from services.stats.question import LEVELS, REPORTING_UNIT
from services.stats.release.computing import compute_parts, division_of
from services.stats.release.protection import decide_what_is_shown, known_beside, store_shown
from services.stats.release.release import (
    Part,
    Release,
    Row,
    covered_periods,
    digest_of_part,
    digest_of_release,
    plan_parts,
)
from services.stats.watermark import read_watermark

_VILLAGE_PERIODS = 4
"""There are 18,000 villages, each with a row for each source and period."""


async def freeze_oldest_draft(database: Database, *, at_most: int | None = None) -> int:
    """Freeze what is left of the oldest draft, or ``at_most`` so many of its parts; with the last, the release.

    Answers how much was done; 0 if nothing was left, or if another process is at it. All is read in one snapshot.
    """
    async with database.snapshot() as cube:
        if not await cube.scalar(releases.ONE_FREEZES):
            return 0
        release_id = await _oldest_draft(database)
        if release_id is None:
            return 0
        release = await _started(database, cube, release_id)
        parts = await _parts_left(database, release_id)
        as_of = await as_of_position(cube, release.position or 0, release.registry_position or 0)
        here = await read_watermark(cube)
        is_here = (here.position, here.registry_position) == (release.position, release.registry_position)
        for some in together(parts[:at_most]):
            found = await compute_parts(cube, release, some, as_of=as_of, from_cells=is_here)
            async with database.transaction() as connection:
                for part, rows in found.items():
                    await _freeze_part(connection, release, part, rows)
        if at_most is None or len(parts) <= at_most:
            shown = await decide_what_is_shown(cube, release)
            async with database.transaction() as connection:
                # What was approved while this was computed is not in its snapshot: then it is decided once more.
                await connection.execute(releases.LOCK)
                if await known_beside(connection, release) == await known_beside(cube, release):
                    await store_shown(connection, release, shown)
                    await _freeze_release(connection, release)
    return len(parts[:at_most]) or 1


def together(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Parts that are read by one question: of the same level and narrowing, with as many periods as fit in memory."""
    for (level, _, _), same in groupby(parts, key=lambda part: (part.level, part.dimension, part.key)):
        left = list(same)
        size = _VILLAGE_PERIODS if level == "village" else len(left)
        for first in range(0, len(left), size):
            yield left[first : first + size]


async def _oldest_draft(database: Database) -> int | None:
    async with database.transaction() as connection:
        found: int | None = await connection.scalar(releases.PLANNED)
        return found


async def _parts_left(database: Database, release_id: int) -> list[Part]:
    async with database.transaction() as connection:
        return [Part(*row) for row in (await connection.execute(releases.PARTS_LEFT, {"release_id": release_id})).all()]


async def _started(database: Database, cube: AsyncConnection, release_id: int) -> Release:
    """The release, with its position and its plan; made now, if nobody has begun with it."""
    asked = {"release_id": release_id, "now": clock.now()}
    async with database.transaction() as connection:
        row = (await connection.execute(releases.RELEASE, asked)).one()
        release = Release(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
        if release.position is not None:
            return release
        watermark = await read_watermark(cube)
        position = {
            "release_id": release_id,
            "position": watermark.position,
            "registry_position": watermark.registry_position,
            "income_position": watermark.income_position,
            "sealed_at": watermark.sealed_at,
            "first_month": watermark.first_month,
            "sources": list(SOURCES),
        }
        await connection.execute(releases.START, position)
        await _plan(connection, cube, release)
        return Release(**(await connection.execute(releases.RELEASE, asked)).one()._mapping)  # noqa: SLF001


async def _plan(connection: AsyncConnection, cube: AsyncConnection, release: Release) -> None:
    root = await division_of(cube, release.region)
    period = parse_period(release.period)
    bounds = {
        "level": root.level, "region": root.code, "first": period.first.replace(day=1), "past": period.past,
        "event_first": period.first, "event_past": period.past,
    }  # fmt: skip
    keys: dict[str, list[str]] = {"kind": list(KINDS), "platform": [], "category": []}
    for row in (await cube.execute(releases.KEYS, bounds)).all():
        keys[row.dimension].append(row.key)
    levels = LEVELS[LEVELS.index(root.level) : LEVELS.index(release.down_to) + 1]
    # Reporting units partition a province and stand beside its prefectures.
    whole = [REPORTING_UNIT] if {"province", "prefecture"} <= set(levels) else []
    parts = list(plan_parts(covered_periods(period), levels, keys, whole))
    plan = {
        "release_id": release.release_id,
        "periods": [part.period for part in parts],
        "levels": [part.level for part in parts],
        "dimensions": [part.dimension for part in parts],
        "keys": [part.key for part in parts],
        "part_nos": list(range(len(parts))),
    }
    await connection.execute(releases.PLAN_PARTS, plan)


async def _freeze_part(connection: AsyncConnection, release: Release, part: Part, rows: list[Row]) -> None:
    named = {
        "release_id": release.release_id, "period": part.period, "level": part.level,
        "dimension": part.dimension, "key": part.key,
    }  # fmt: skip
    columns = {
        "regions": [row.region for row in rows],
        "sources": [row.source for row in rows],
        "figures": [json.dumps(row.figures, ensure_ascii=False) for row in rows],
    }
    await connection.execute(releases.STORE_ROWS, named | columns)
    done = {"row_count": len(rows), "digest": digest_of_part(rows)}
    await connection.execute(releases.FREEZE_PART, named | done)


async def _freeze_release(connection: AsyncConnection, release: Release) -> None:
    parts = (await connection.execute(releases.FROZEN_PARTS, {"release_id": release.release_id})).all()
    digests = [(Part(row.period, row.level, row.dimension, row.key), row.digest) for row in parts]
    whole = {
        "release_id": release.release_id,
        "row_count": sum(row.row_count for row in parts),
        "digest": digest_of_release(release, digests),
    }
    await connection.execute(releases.FREEZE_RELEASE, whole)
