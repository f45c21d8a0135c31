"""Where releases are drafted and decided."""

import json
from collections.abc import Mapping
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
    ApprovedMeanwhile,
    CannotSupersede,
    InvalidPeriod,
    NotFrozenYet,
    PeriodNotOver,
    RegionNotAllowed,
    ReleaseUnderWay,
    ReviewerIsCompiler,
    UnfitRules,
)
from services.stats.protection.rules import Rules
from services.stats.queries import releases
from services.stats.question import LEVELS
from services.stats.regions import find_region
from services.stats.release.books import Held, find_release, known_release, read_held, read_release
from services.stats.release.protection import approved_since
from services.stats.release.release import Release, Stage, Status
from services.stats.service import read_period
from services.stats.watermark import read_watermark


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
    rules: Mapping[str, Any]
    """What is asked beyond the house's rules of protection: by kind of contributor, and ``interval_percent``."""


async def draft_release(database: Database, caller: Caller, draft: Draft, house: Rules) -> Release:
    """Fix what a release will hold; who freezes it fixes the position, presently.

    Raises :class:`RegionNotAllowed`, :class:`PeriodNotOver`, :class:`ReleaseUnderWay`, :class:`CannotSupersede` and
    :class:`UnfitRules`.
    """
    period, rules = read_period(draft.period), _read_rules(draft, house)
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
            "reason": draft.reason, "rules": json.dumps(rules.written()),
        }  # fmt: skip
        return await read_release(connection, int(await connection.scalar(releases.ADD_RELEASE, row) or 0))


def _read_rules(draft: Draft, house: Rules) -> Rules:
    try:
        rules = house.with_changes(draft.rules)
    except ValueError as unfit:
        raise UnfitRules(f"保密规则不成立 / There are no such rules of protection: {unfit}") from None
    if not rules.is_as_strict_as(house):
        raise UnfitRules("保密规则只能严于本机构的规则 / The rules of a release can only be stricter than the house's")
    return rules


async def _check_superseded(connection: AsyncConnection, draft: Draft) -> None:
    old = await known_release(connection, draft.supersedes or 0)
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
    """Approve or reject a draft. Raises :class:`AlreadyDecided`, :class:`NotFrozenYet`, :class:`ReviewerIsCompiler`,
    :class:`ApprovedMeanwhile` and, where what it supersedes was superseded meanwhile, :class:`CannotSupersede`.

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
        return await read_release(connection, release_id), (await read_held(connection, [release_id]))[release_id]


async def _check_approval(connection: AsyncConnection, caller: Caller, release: Release) -> None:
    if caller.client_id == release.compiler:
        raise ReviewerIsCompiler("须由编制人以外的人审核 / Somebody other than the compiler has to approve it")
    if release.frozen_at is None:
        raise NotFrozenYet("发布仍在计算,请稍后审核 / The release is still being computed; approve it then")
    if (other := await approved_since(connection, release)) is not None:
        raise ApprovedMeanwhile(
            f"冻结之后发布 {other} 获批,保密处理未计及:请退回重编 / Release {other} was approved after this one was "
            "frozen, and its protection knows nothing of it: reject it and draft it again",
            release_id=other,
        )
    if release.supersedes is not None:
        old = await known_release(connection, release.supersedes)
        if old is None or old.superseded_by is not None:
            raise CannotSupersede("被取代的发布已另被取代 / What it supersedes has been superseded meanwhile")
