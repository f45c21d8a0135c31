"""Where releases are drafted, decided and looked up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit import clock
from services.kit.auth import Caller
from services.kit.clock import business_day
from services.kit.database import Database
from services.stats.errors import (
    AlreadyDecided,
    CannotSupersede,
    InvalidPeriod,
    NoSuchRelease,
    NotFrozenYet,
    PeriodNotOver,
    RegionNotAllowed,
    ReleaseUnderWay,
    ReviewerIsCompiler,
)
from services.stats.period import parse_period
from services.stats.queries import releases
from services.stats.question import LEVELS, Region
from services.stats.release.release import PUBLIC, Release, Stage, Status, covered_periods
from services.stats.service import find_region, read_period
from services.stats.watermark import read_watermark

SCOPE = "releases:write"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a compiler asks for."""

    region: str
    period: str
    stage: Stage
    calendar: str
    note: str
    publish_at: datetime | None
    down_to: str
    supersedes: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """What a release holds, and how much of it is frozen."""

    parts: int
    frozen_parts: int
    periods: Sequence[str]
    levels: Sequence[str]
    dimensions: Sequence[str]


NOT_STARTED = Held(0, 0, [], [], [])


async def draft_release(database: Database, caller: Caller, draft: Draft) -> Release:
    """Fix what a release will hold; who freezes it fixes the position, presently.

    Raises :class:`RegionNotAllowed`, :class:`PeriodNotOver`, :class:`ReleaseUnderWay` and :class:`CannotSupersede`.
    """
    period = read_period(draft.period)
    async with database.transaction() as connection:
        await connection.execute(releases.LOCK)
        region = await find_region(connection, caller, draft.region)
        if under_way := await connection.scalar(releases.UNDER_WAY, {"region": region.code, "period": draft.period}):
            raise ReleaseUnderWay(
                f"发布 {under_way} 尚未审核 / The release {under_way} is not decided on yet", release_id=under_way
            )
        watermark = await read_watermark(connection)
        if watermark.sealed_at is None or business_day(watermark.sealed_at) < period.past:
            raise PeriodNotOver("台账尚未记到期末之后 / The ledger has not come past the end of the period yet")
        if draft.supersedes is not None:
            await _check_superseded(connection, draft)
        if LEVELS.index(draft.down_to) < LEVELS.index(region.level):
            raise InvalidPeriod(f"down_to 高于该地区的层级 / down_to lies above {region.level}")
        row = {
            "region": region.code, "period": period.label, "first": period.first, "past": period.past,
            "stage": draft.stage, "calendar": draft.calendar, "compiler": caller.client_id, "note": draft.note,
            "publish_at": draft.publish_at, "down_to": draft.down_to, "supersedes": draft.supersedes,
            "reason": draft.reason,
        }  # fmt: skip
        return await _read(connection, int(await connection.scalar(releases.ADD_RELEASE, row) or 0))


async def _check_superseded(connection: AsyncConnection, draft: Draft) -> None:
    old = await _find(connection, draft.supersedes or 0)
    if (
        old is None
        or (old.region, old.period) != (draft.region, draft.period)
        or old.status(clock.now()) is not Status.PUBLISHED
    ):
        raise CannotSupersede(
            "只能取代同一地区、同一期间已发布且未被取代的发布 / Only a published release of the same region and period "
            "that nothing supersedes yet can be superseded"
        )


async def decide(
    database: Database, caller: Caller, release_id: int, *, approves: bool, note: str
) -> tuple[Release, Held]:
    """Approve or reject a draft. Raises :class:`AlreadyDecided`, :class:`NotFrozenYet`, :class:`ReviewerIsCompiler`
    and, where what it supersedes was superseded meanwhile, :class:`CannotSupersede`.

    Who compiled it may withdraw it, but not approve it.
    """
    async with database.transaction() as connection:
        await connection.execute(releases.LOCK)
        release = await find_release(connection, caller, release_id)
        if not caller.may_see_region(release.region):
            raise RegionNotAllowed("该发布的地区不在您的权限范围内 / The release's region lies outside yours")
        if release.decision is not None:
            raise AlreadyDecided("该发布已有审核结论 / The release has been decided on", decision=release.decision)
        if approves:
            await _check_approval(connection, caller, release)
        decision = "approved" if approves else "rejected"
        await connection.execute(
            releases.DECIDE,
            {"release_id": release_id, "decision": decision, "reviewer": caller.client_id, "note": note},
        )
        return await _read(connection, release_id), (await read_held(connection, [release_id]))[release_id]


async def _check_approval(connection: AsyncConnection, caller: Caller, release: Release) -> None:
    if caller.client_id == release.compiler:
        raise ReviewerIsCompiler("须由编制人以外的人审核 / Somebody other than the compiler has to approve it")
    if release.frozen_at is None:
        raise NotFrozenYet("发布仍在计算,请稍后审核 / The release is still being computed; approve it then")
    if release.supersedes is not None:
        old = await _find(connection, release.supersedes)
        if old is None or old.superseded_by is not None:
            raise CannotSupersede("被取代的发布已另被取代 / What it supersedes has been superseded meanwhile")


async def list_releases(
    database: Database, caller: Caller, *, region: str | None, period: str | None, stage: Stage | None
) -> list[tuple[Release, Held]]:
    """The releases that the caller may know of, newest first."""
    async with database.snapshot() as connection:
        asked = {"now": clock.now(), "period": period, "stage": stage, "before": None}
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


async def find_release(connection: AsyncConnection, caller: Caller, release_id: int) -> Release:
    """A release that the caller may know of. Raises :class:`NoSuchRelease`."""
    release = await _find(connection, release_id)
    if release is None or not may_know(caller, release):
        raise NoSuchRelease("没有此发布,或尚未公布 / No such release, or none that is published yet")
    return release


async def _read(connection: AsyncConnection, release_id: int) -> Release:
    release = await _find(connection, release_id)
    if release is None:
        raise NoSuchRelease("没有此发布 / No such release")
    return release


async def _find(connection: AsyncConnection, release_id: int) -> Release | None:
    asked = {"release_id": release_id, "now": clock.now()}
    row = (await connection.execute(releases.RELEASE, asked)).one_or_none()
    return None if row is None else Release(**row._mapping)  # noqa: SLF001


async def read_held(connection: AsyncConnection, release_ids: Sequence[int]) -> Mapping[int, Held]:
    """What some releases hold."""
    rows: Sequence[Any] = (await connection.execute(releases.PROGRESS, {"release_ids": list(release_ids)})).all()
    held = {
        row.release_id: Held(
            row.parts, row.frozen_parts, [unit.label for unit in covered_periods(parse_period(row.period))],
            [level for level in LEVELS if level in row.levels], sorted(row.dimensions),
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


__all__ = ["SCOPE", "Draft", "Held", "decide", "draft_release", "find_release", "list_releases", "look_up"]
