"""The dashboard: figures as they are now or in a release, and their files. HTTP only: parse, ask the API, answer."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from services.kit import clock
from services.web import questions
from services.web.api import PublicApi
from services.web.dashboard import BAR_WIDTH, BASES, QUALITY_AMOUNTS, QUALITY_RATES, ask_dashboard, or_none
from services.web.divisions import PROVINCE_CODE, is_division_code
from services.web.errors import ApiRefused
from services.web.figures import percent, reading
from services.web.pages import Pages
from services.web.periods import Period, parse_period
from services.web.questions import Question
from services.web.releases import DIVISION_FIGURES, ask_published, period_in, releases_with
from services.web.schemas import Release
from services.web.session import Visitor
from services.web.visits import NOT_FOUND, NoSuchFigures, for_visitor

RELEASES_ONLY = "releases_only"
"""The API's word to who may read what is published, and nothing else."""


def dashboard_routes(api: PublicApi, pages: Pages) -> APIRouter:
    """The routes ``/dashboard`` and ``/dashboard/files/…``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/dashboard")
    async def dashboard(request: Request, region: str = "", period: str = "", release: str = "") -> Response:
        """The figures of a region and period: as they are for those who may see them, as published for the others."""

        async def answer(visitor: Visitor) -> Response:
            place = region or next(iter(visitor.regions), PROVINCE_CODE)
            if not is_division_code(place):
                raise NoSuchFigures
            offered = releases_with(place, await or_none(api.releases(visitor.token)) or [])
            chosen = _chosen(offered, release)
            shown = _Shown(request, api, pages, visitor, place, period, offered)
            try:
                return await shown.in_full(chosen)
            except ApiRefused as refused:
                if refused.code != RELEASES_ONLY:
                    raise
            return await shown.as_published(chosen or next(iter(offered), None))

        return await for_visitor(request, pages, answer)

    @router.get("/dashboard/files/{table:path}")
    async def file(request: Request, table: str) -> Response:
        """A table that the dashboard shows, as the API gives it to the visitor. The query is the API's own."""

        async def answer(visitor: Visitor) -> Response:
            query = dict(request.query_params)
            form = query.pop("format", "")
            if not questions.is_offered(table, form):
                raise NoSuchFigures
            found = await api.file(visitor.token, Question(table, query), form)
            return Response(found.body, headers={**found.headers, "Cache-Control": "no-store"})

        return await for_visitor(request, pages, answer)

    return router


def _chosen(offered: list[Release], number: str) -> Release | None:
    """The release of this number; ``None`` without one. Raises :class:`NoSuchFigures`."""
    if not number:
        return None
    for release in offered:
        if str(release.release_id) == number:
            return release
    raise NoSuchFigures


@dataclass(frozen=True, slots=True)
class _Shown:
    """One answer under way."""

    request: Request
    api: PublicApi
    pages: Pages
    visitor: Visitor
    place: str
    period: str
    offered: list[Release]

    async def in_full(self, release: Release | None) -> Response:
        """Every figure, for who may see them."""
        chosen = self._period(release)
        board = await ask_dashboard(self.api, self.visitor, self.place, chosen, release)
        shown = {"bases": BASES, "bar_width": BAR_WIDTH, "amounts": QUALITY_AMOUNTS, "rates": QUALITY_RATES}
        return self._render("dashboard.html", board, chosen, release, **shown)

    async def as_published(self, release: Release | None) -> Response:
        """What everybody may read of a release, where there is one."""
        if release is None:
            return self.pages.message(self.request, "no_releases", status=NOT_FOUND)
        chosen = self._period(release)
        board = await ask_published(self.api, self.visitor, self.place, chosen, release)
        return self._render("published.html", board, chosen, release, columns=DIVISION_FIGURES)

    def _period(self, release: Release | None) -> Period:
        this_year = str(clock.business_day(clock.now()).year)
        chosen = parse_period(self.period or this_year) if release is None else period_in(release, self.period)
        if chosen is None:
            raise NoSuchFigures
        return chosen

    def _render(self, template: str, board: Any, period: Period, release: Release | None, **values: Any) -> Response:
        number = {} if release is None else {"release": release.release_id}
        asked = {"region": self.place, "period": period, **number}
        return self.pages.render(
            self.request,
            template,
            board=board,
            releases=self.offered,
            reading=lambda figure: reading(figure, self.pages.language(self.request)),
            percent=percent,
            address=lambda **changes: "/dashboard?" + urlencode({**asked, **changes}),
            **values,
        )
