"""Figures from a release: the same answers as the sources of figures give, from its rows instead of the cube's."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.errors import NotInRelease
from services.stats.figures import NOT_HELD, OF_NO_UNIT, Figures
from services.stats.indicators import Missing, Value
from services.stats.queries import releases
from services.stats.question import REPORTING_UNIT, By, Question, Region
from services.stats.release.release import Release
from services.stats.watermark import Watermark

_EVERY_UNIT = ("a", "zz")
"""Units are named by words, divisions by digits."""


def watermark_of(release: Release) -> Watermark:
    """What the release contains."""
    return Watermark(
        release.position or 0,
        release.sealed_at,
        release.income_position or 0,
        release.registry_position or 0,
        release.first_month,
    )


async def released_figures(connection: AsyncConnection, release: Release, source: str, question: Question) -> Figures:
    """The figures of one source. Raises :class:`NotInRelease` for what the release does not hold."""
    region = question.region
    if not region_of(release).lowest <= region.root <= region_of(release).highest or (region.places and question.level):
        raise _not_in(release, region.name)
    dimension, key = _narrowed(release, question)
    level = question.level or region.level
    asked = {
        "release_id": release.release_id,
        "labels": [period.label for period in question.periods],
        "level": level,
        "dimension": dimension,
        "key": key,
    }
    held = set((await connection.scalars(releases.HAS_PARTS, asked)).all())
    if lacking := [period.label for period in question.periods if period.label not in held]:
        raise _not_in(release, f"{', '.join(lacking[:5])} ({level}{f', {dimension}' if dimension else ''})")
    if source not in (release.sources or ()):
        return NOT_HELD
    if source == "units":
        return OF_NO_UNIT  # It is narrowed to no unit, and broken down by none.
    bounds = (region.lowest, region.highest)
    if level == REPORTING_UNIT:
        bounds = (region.code, region.code) if region.level == REPORTING_UNIT else _EVERY_UNIT
    place = {"lowest": bounds[0], "highest": bounds[1], "source": source}
    rows = (await connection.execute(releases.FIGURES, asked | place)).all()
    return {(row.label, _key(question.by, row)): read_values(row.figures) for row in rows}


def region_of(release: Release) -> Region:
    """The tree that a release is of."""
    return Region(release.region, "", "")


def _narrowed(release: Release, question: Question) -> tuple[str, str | None]:
    """The dimension that the figures are by or narrowed to, and the key; ``None`` for all of its keys."""
    filters = question.filters.in_use()
    if question.by not in {None, By.REGION}:
        if filters:
            raise _not_in(release, f"{question.by} × {' × '.join(filters)}")
        return str(question.by), None
    if len(filters) > 1:
        raise _not_in(release, " × ".join(filters))
    return next(iter(filters.items()), ("", ""))


def _key(by: By | None, row: Any) -> str:
    if by is None:
        return ""
    return str(row.region if by is By.REGION else row.key)


def _not_in(release: Release, what: str) -> NotInRelease:
    return NotInRelease(
        f"发布 {release.release_id} 不含 {what} / The release {release.release_id} does not hold {what}; "
        f"GET /v1/stats/releases/{release.release_id} says what it holds"
    )


def read_values(figures: dict[str, Any]) -> dict[str, Value]:
    """The values of a row."""
    return {name: Missing(value) if isinstance(value, str) else value for name, value in figures.items()}


async def released_quality(connection: AsyncConnection, release: Release, question: Question) -> dict[str, Any] | None:
    """The quality block of a division and period, as it was frozen; ``None`` where there is none."""
    if question.filters.in_use():
        return None
    asked = {"release_id": release.release_id, "level": question.region.level, "region": question.region.code}
    rows = (await connection.execute(releases.QUALITY_BLOCKS, asked)).all()
    wanted = {period.label for period in question.periods}
    return next((row.figures for row in rows if row.period in wanted), None)
