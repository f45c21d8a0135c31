"""Releases: drafted by one, approved by another, never changed."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response, status

from services.kit import clock
from services.stats.release import books, desk
from services.stats.release.release import Release, Stage
from services.stats.release.tables import releases_table
from services.stats.routes.parameters import ReleaseReader, ReleaseWriter, Stored
from services.stats.schemas.base import WatermarkOut
from services.stats.schemas.releases import (
    DecisionIn,
    HeldOut,
    ReleaseIn,
    ReleaseOut,
    ReleasesOut,
)
from services.stats.tabular import FILES, Answering, WantedFormat

router = APIRouter()

ReleaseId = Annotated[int, Path(ge=1, le=2**62)]


@router.post("/releases", status_code=status.HTTP_202_ACCEPTED)
async def post_release(request: Request, caller: ReleaseWriter, database: Stored, asked: ReleaseIn) -> ReleaseOut:
    """Draft a release. Its position is fixed presently, its figures are computed part by part; `holds` says how far."""
    draft = desk.Draft(
        asked.region, asked.period, asked.stage, asked.calendar, asked.note, asked.publish_at, asked.down_to,
        asked.supersedes, asked.reason, asked.rules.model_dump(exclude_none=True),
    )  # fmt: skip
    release = await desk.draft_release(database, caller, draft, request.app.state.protection_rules)
    return release_out(*await books.look_up(database, caller, release.release_id))


@router.post("/releases/{release_id}/approve")
async def post_approval(
    caller: ReleaseWriter, database: Stored, release_id: ReleaseId, asked: DecisionIn
) -> ReleaseOut:
    """Approve a release that somebody else compiled: it is public at `publish_at`, or at once."""
    return release_out(*await desk.decide(database, caller, release_id, approves=True, note=asked.note))


@router.post("/releases/{release_id}/reject")
async def post_rejection(
    caller: ReleaseWriter, database: Stored, release_id: ReleaseId, asked: DecisionIn
) -> ReleaseOut:
    """Reject a draft, or withdraw one's own. What is approved can only be superseded."""
    return release_out(*await desk.decide(database, caller, release_id, approves=False, note=asked.note))


@router.get("/releases", response_model=ReleasesOut, responses=FILES)
async def get_releases(
    *,
    request: Request,
    caller: ReleaseReader,
    database: Stored,
    form: WantedFormat,
    region: Annotated[str | None, Query(pattern="^[0-9]{12}$")] = None,
    period: Annotated[str | None, Query(max_length=24)] = None,
    stage: Stage | None = None,
) -> Response:
    """The releases that the caller may know of, newest first."""
    found = await books.list_releases(database, caller, region=region, period=period, stage=stage)
    answer = ReleasesOut(releases=[release_out(*one) for one in found])
    answering = Answering(request, form, [answer.model_dump_json()])
    if answering.is_current:
        return answering.not_modified()
    return await answering.answer(answer, lambda: releases_table(answer.releases))


@router.get("/releases/{release_id}")
async def get_release(caller: ReleaseReader, database: Stored, release_id: ReleaseId) -> ReleaseOut:
    """A release: who compiled and approved it, what it holds, its digest; and the quality blocks of its region, which
    are figures as they are, for whoever may see these.
    """
    release, held, quality = await books.look_up(database, caller, release_id)
    may_see_quality = not caller.scopes.isdisjoint({"stats:exact", "releases:write"})
    return release_out(release, held, quality if may_see_quality else None)


def release_out(release: Release, held: books.Held, quality: Mapping[str, Any] | None = None) -> ReleaseOut:
    """A release on the wire."""
    return ReleaseOut(
        release_id=release.release_id,
        region=release.region,
        period=release.period,
        first_day=release.first,
        last_day=release.last_day,
        stage=release.stage,
        status=release.status(clock.now()),
        calendar=release.calendar,
        note=release.note,
        compiler=release.compiler,
        drafted_at=release.drafted_at,
        reviewer=release.reviewer,
        review_note=release.review_note,
        decided_at=release.decided_at,
        publish_at=release.publish_at,
        published_at=release.published_at,
        supersedes=release.supersedes,
        reason=release.reason,
        superseded_by=release.superseded_by,
        rules=None if release.rules is None else dict(release.rules),
        watermark=_watermark_out(release),
        digest=release.digest,
        holds=HeldOut(
            parts=held.parts,
            frozen_parts=held.frozen_parts,
            periods=list(held.periods),
            levels=list(held.levels),
            dimensions=[dimension for dimension in held.dimensions if dimension],
            row_count=release.row_count,
        ),
        quality=None if quality is None else dict(quality),
    )


def _watermark_out(release: Release) -> WatermarkOut | None:
    if release.position is None:
        return None
    return WatermarkOut(
        position=release.position,
        sealed_at=release.sealed_at,
        income_position=release.income_position or 0,
        registry_position=release.registry_position or 0,
    )
