"""What has become of released figures since: present ones beside the newest release of the same region and period."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit import clock
from services.kit.auth import Caller
from services.stats.figures import value_of
from services.stats.indicators import ASKED_ALONE, FILTERS, INDICATORS, Missing, Value, written
from services.stats.question import Question
from services.stats.release.books import may_know, releases_of
from services.stats.release.reading import released_figures, watermark_of
from services.stats.release.release import Release, Status
from services.stats.schemas.figures import ReleaseReference, RevisedFigure, RevisionOut, single_value
from services.stats.together import Reads

_CAN_NARROW = frozenset({"kind", "platform", "category"})


async def releases_to_compare(connection: Reads, question: Question) -> Sequence[Release]:
    """The releases that hold the question's one period, the newest first; none where they cannot be narrowed to it."""
    filters = question.filters.in_use()
    if len(filters) > 1 or not filters.keys() <= _CAN_NARROW:
        return []
    return await releases_of(connection, question)


async def read_revision(
    connection: AsyncConnection,
    caller: Caller,
    question: Question,
    values: Mapping[str, Value],
    releases: Iterable[Release],
) -> RevisionOut | None:
    """What differs from the newest public one of the releases; ``None`` where there is none."""
    for release in releases:
        if may_know(caller, release) and release.status(clock.now()) is Status.PUBLISHED:
            return await _compare(connection, release, question, values)
    return None


async def _compare(
    connection: AsyncConnection, release: Release, question: Question, values: Mapping[str, Value]
) -> RevisionOut:
    [period] = question.periods
    sources = {source for source, offered in FILTERS.items() if question.filters.in_use().keys() <= set(offered)}
    changed: dict[str, RevisedFigure] = {}
    watermark = watermark_of(release)
    for source in sorted(sources):
        figures = await released_figures(connection, release, source, question)
        for indicator in INDICATORS.values():
            if indicator.source != source:
                continue
            was, now = value_of(figures, period, "", indicator.name, watermark), values[indicator.name]
            if now not in {was, ASKED_ALONE}:
                both = not isinstance(was, Missing) and not isinstance(now, Missing)
                change = written(now - was, indicator.unit) if both else None  # type: ignore[operator]
                changed[indicator.name] = RevisedFigure(released=single_value(was, indicator.unit), change=change)
    return RevisionOut(release=release_reference(release), indicators=changed)


def release_reference(release: Release) -> ReleaseReference:
    """Which release figures are of: what of it never changes."""
    return ReleaseReference(
        release_id=release.release_id,
        stage=release.stage,
        calendar=release.calendar,
        note=release.note,
        compiler=release.compiler,
        reviewer=release.reviewer,
        published_at=release.published_at,
        digest=release.digest,
    )
