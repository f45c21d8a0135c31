"""Where releases are looked up: which there are, what they hold, and who may know of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit import clock
from services.kit.auth import Caller
from services.kit.database import Database
from services.stats.errors import NoSuchRelease
from services.stats.period import parse_period
from services.stats.queries import releases
from services.stats.question import DIGITS, LEVELS, REPORTING_UNIT, Question, Region
from services.stats.release.release import PUBLIC, Release, Stage, covered_periods
from services.stats.together import Reads

SCOPE = "releases:write"


@dataclass(frozen=True, slots=True)
class Held:
    """What a release holds, and how much of it is frozen."""

    parts: int
    frozen_parts: int
    periods: Sequence[str]
    levels: Sequence[str]
    dimensions: Sequence[str]


NOT_STARTED = Held(0, 0, [], [], [])


async def list_releases(
    database: Database, caller: Caller, *, region: str | None, period: str | None, stage: Stage | None
) -> list[tuple[Release, Held]]:
    """The releases that the caller may know of, newest first."""
    async with database.snapshot() as connection:
        asked = {"now": clock.now(), "period": period, "stage": stage}
        rows = (await connection.execute(releases.RELEASES, asked)).all()
        found = [Release(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name
        seen = [one for one in found if may_know(caller, one) and region in {None, one.region}]
        held = await read_held(connection, [one.release_id for one in seen])
    return [(one, held[one.release_id]) for one in seen]


async def look_up(database: Database, caller: Caller, release_id: int) -> tuple[Release, Held, Mapping[str, Any]]:
    """A release, and the quality blocks of its region by period. Raises :class:`NoSuchRelease`."""
    async with database.snapshot() as connection:
        release = await find_release(connection, caller, release_id)
        held = (await read_held(connection, [release_id]))[release_id]
        asked = {"release_id": release_id, "level": next(iter(held.levels), ""), "region": release.region}
        rows = (await connection.execute(releases.QUALITY_BLOCKS, asked)).all()
    blocks = {row.period: row.figures for row in rows}
    return release, held, {period: blocks[period] for period in held.periods if period in blocks}


async def releases_of(connection: Reads, question: Question, moment: datetime | None = None) -> list[Release]:
    """The frozen releases that hold the figures of a question of one period, whoever asks; the newest first. As they
    stood in the books at a moment, or now.
    """
    [period] = question.periods
    dimension, key = next(iter(question.filters.in_use().items()), ("", ""))
    asked = {
        "now": moment or clock.now(), "period": period.label, "level": question.region.level,
        "region": question.region.code, "dimension": dimension, "key": key,
        "ancestors": ancestors(question.region.root),
    }  # fmt: skip
    rows = (await connection.execute(releases.RELEASES_HOLDING, asked)).all()
    found = [Release(**row._asdict()) for row in rows]
    if moment is None:
        return found
    return [one.as_known_at(moment) for one in found if one.frozen_at is not None and one.frozen_at <= moment]


def ancestors(code: str) -> list[str]:
    """A division and all that lie above it."""
    return sorted({code[:last].ljust(len(code), "0") for _, last in DIGITS.values()})


async def find_release(connection: AsyncConnection, caller: Caller, release_id: int) -> Release:
    """A release that the caller may know of. Raises :class:`NoSuchRelease`."""
    release = await known_release(connection, release_id)
    if release is None or not may_know(caller, release):
        raise NoSuchRelease("没有此发布,或尚未公布 / No such release, or none that is published yet")
    return release


async def read_release(connection: AsyncConnection, release_id: int) -> Release:
    """A release, whoever asks. Raises :class:`NoSuchRelease`."""
    release = await known_release(connection, release_id)
    if release is None:
        raise NoSuchRelease("没有此发布 / No such release")
    return release


async def known_release(connection: AsyncConnection, release_id: int) -> Release | None:
    """A release, whoever asks, if there is one."""
    asked = {"release_id": release_id, "now": clock.now()}
    row = (await connection.execute(releases.RELEASE, asked)).one_or_none()
    return None if row is None else Release(**row._mapping)  # noqa: SLF001


async def read_held(connection: AsyncConnection, release_ids: Sequence[int]) -> Mapping[int, Held]:
    """What some releases hold."""
    rows: Sequence[Any] = (await connection.execute(releases.PROGRESS, {"release_ids": list(release_ids)})).all()
    held = {
        row.release_id: Held(
            row.parts, row.frozen_parts, [unit.label for unit in covered_periods(parse_period(row.period))],
            [level for level in (*LEVELS, REPORTING_UNIT) if level in row.levels], sorted(row.dimensions),
        )
        for row in rows
    }  # fmt: skip
    return {release_id: held.get(release_id, NOT_STARTED) for release_id in release_ids}


def may_know(caller: Caller, release: Release) -> bool:
    """Whether a caller may know of a release: compilers and reviewers of its region of all, others once it is public.

    A release of a province is also that of its counties: who may see one of them reads its figures there.
    """
    if SCOPE in caller.scopes and caller.may_see_region(release.region):
        return True
    tree = Region(release.region, "", "")
    is_above = any(tree.lowest <= root <= tree.highest for root in caller.regions)
    return (is_above or caller.may_see_region(release.region)) and release.status(clock.now()) in PUBLIC
