"""Published releases as the pages show them: which may be chosen, and what everybody may read of one."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from services.web import questions
from services.web.api import PublicApi
from services.web.dashboard import Crumb, crumbs, held_periods, or_none
from services.web.divisions import ancestors, level_below
from services.web.figures import Figure, read_figure
from services.web.periods import Period, parse_period
from services.web.questions import Question
from services.web.schemas import PublicFigure, PublicFigures, Region, Release
from services.web.session import Visitor

PUBLIC = ("published", "superseded")
DIVISION_FIGURES = ("sales_net", "income", "households_reached")
"""What stands in the table of divisions; all of it is in its file."""


@dataclass(frozen=True, slots=True)
class DivisionRow:
    """A division and its figures, by indicator."""

    code: str
    name: str
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class PublishedBoard:
    """What everybody may read of a release, for a region and period."""

    region: Region
    crumbs: list[Crumb]
    period: Period
    held: frozenset[str]
    release: Release
    figures: Mapping[str, tuple[str, Figure]]
    """Indicator → its unit (yuan, count or rate), and the figure."""
    divisions: list[DivisionRow] | None
    """By code; ``None`` when they could not be had."""
    division_level: str | None
    files: dict[str, Question]


def releases_with(region: str, known: list[Release]) -> list[Release]:
    """The public ones in which a region's figures are, newest first."""
    places = {region, *ancestors(region)}
    return [release for release in known if release.status in PUBLIC and release.region in places]


def period_in(release: Release, asked: str) -> Period | None:
    """The period asked for, where the release holds it; else the release's own, or the first that it holds."""
    held = held_periods(release)
    for label in (asked, release.period, *sorted(held)):
        if label in held:
            return parse_period(label)
    return None


async def ask_published(
    api: PublicApi, visitor: Visitor, region: str, period: Period, release: Release
) -> PublishedBoard:
    """Ask for the region and the divisions below it. Without the first the errors of :class:`PublicApi` are raised."""
    level = level_below(region)
    asked = {"figures": questions.public_figures(release.release_id, region, str(period))}
    if level is not None:
        asked["divisions"] = questions.public_figures(release.release_id, region, str(period), level)
    whole, parts, above = await asyncio.gather(
        api.public_figures(visitor.token, asked["figures"]),
        or_none(_parts(api, visitor, asked.get("divisions"))),
        or_none(api.divisions_above(region)),
    )
    return PublishedBoard(
        region=whole.region,
        crumbs=crumbs(visitor, region, above or []),
        period=period,
        held=held_periods(release),
        release=release,
        figures={one.indicator: (one.unit, _figure(one)) for one in whole.figures},
        divisions=None if parts is None else _rows(parts),
        division_level=level,
        files=asked,
    )


async def _parts(api: PublicApi, visitor: Visitor, question: Question | None) -> list[PublicFigure]:
    if question is None:
        return []
    answer: PublicFigures = await api.public_figures(visitor.token, question)
    return answer.figures


def _figure(one: PublicFigure) -> Figure:
    return read_figure(one.value if one.status is None else {"value": None, "reason": one.status})


def _rows(parts: list[PublicFigure]) -> list[DivisionRow]:
    by_code: dict[str, list[PublicFigure]] = {}
    for one in parts:
        by_code.setdefault(one.region.code, []).append(one)
    return [
        DivisionRow(code, figures[0].region.name or code, {one.indicator: _figure(one) for one in figures})
        for code, figures in sorted(by_code.items())
    ]
