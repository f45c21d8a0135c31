"""The pages anybody may open, and that of the uplift. HTTP only: parse, ask the API, answer."""

from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.kit import clock
from services.web.api import PublicApi
from services.web.assets import Assets
from services.web.codes import code_page, normal_code
from services.web.divisions import PROVINCE_CODE, is_division_code
from services.web.figures import percent, reading
from services.web.pages import Pages
from services.web.periods import parse_period
from services.web.session import Visitor
from services.web.uplift import TREND_HEIGHT, WIDTH, ask_uplift
from services.web.visits import NOT_FOUND, NoSuchFigures, for_visitor


def page_routes(api: PublicApi, pages: Pages, assets: Assets) -> APIRouter:
    """The routes ``/``, ``/c/{code}``, ``/uplift``, ``/docs`` and ``/assets/…``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def start(request: Request, code: str = "") -> Response:
        """What this is and where to go; ``?code=`` is its form, and leads to the code's page."""
        if code.strip():
            return RedirectResponse(f"/c/{quote(normal_code(code), safe='')}", status_code=303)
        return pages.render(request, "start.html")

    @router.get("/c/{code}")
    @router.get("/C/{code}")
    async def one_code(request: Request, code: str) -> Response:
        """What a code is. QR codes are in capitals throughout, so ``/C/`` is this page too."""
        page = await code_page(api, code)
        return pages.render(request, "code.html", status=page.status, page=page)

    @router.get("/c/{code}/{token}")
    @router.get("/C/{code}/{token}")
    async def one_card(code: str, token: str) -> Response:  # noqa: ARG001 - it is for stations, which read it offline
        """A card opens the page of its code, and leaves its token out of the browser's history and of referrers."""
        return RedirectResponse(f"/c/{quote(normal_code(code), safe='')}", status_code=303)

    @router.get("/uplift")
    async def uplift(request: Request, region: str = "", year: str = "") -> Response:
        """How much better off the households of a region are, for those who may see it."""
        return await _uplift(request, api, pages, region, year)

    @router.get("/docs")
    async def docs(request: Request) -> Response:
        """The interface for programs, readable and to try out."""
        return pages.render(request, "docs.html")

    @router.get("/assets/{digest}/{path:path}")
    async def asset(request: Request, digest: str, path: str) -> Response:
        """One of our own files."""
        return assets.answer(request, digest, path) or pages.message(request, "no_such_page", status=NOT_FOUND)

    return router


async def _uplift(request: Request, api: PublicApi, pages: Pages, region: str, year: str) -> Response:
    async def answer(visitor: Visitor) -> Response:
        place = region or next(iter(visitor.regions), PROVINCE_CODE)
        # The last year that is over: before that, most of the page would only say so.
        chosen = parse_period(year or str(clock.business_day(clock.now()).year - 1))
        if chosen is None or chosen.unit != "year" or not is_division_code(place):
            raise NoSuchFigures
        return pages.render(
            request,
            "uplift.html",
            board=await ask_uplift(api, visitor, place, chosen.year),
            width=WIDTH,
            trend_height=TREND_HEIGHT,
            percent=percent,
            reading=lambda figure: reading(figure, pages.language(request)),
            address=lambda **changes: "/uplift?" + urlencode({"region": place, "year": chosen.year, **changes}),
        )

    return await for_visitor(request, pages, answer)
