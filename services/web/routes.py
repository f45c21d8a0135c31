"""The pages anybody may open, and the dashboard. HTTP only: parse, ask the API, answer."""

from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.kit import clock
from services.web.api import PublicApi
from services.web.assets import Assets
from services.web.codes import code_page, normal_code
from services.web.dashboard import BAR_WIDTH, BASES, ask_dashboard
from services.web.divisions import PROVINCE_CODE, is_division_code
from services.web.errors import ApiRefused
from services.web.figures import percent, reading
from services.web.pages import Pages
from services.web.periods import parse_period
from services.web.session import end_session, visitor_of
from services.web.uplift import TREND_HEIGHT, WIDTH, ask_uplift

UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 401, 403, 404


def page_routes(api: PublicApi, pages: Pages, assets: Assets) -> APIRouter:
    """The routes ``/``, ``/c/{code}``, ``/dashboard``, ``/docs`` and ``/assets/…``."""
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

    @router.get("/dashboard")
    async def dashboard(request: Request, region: str = "", period: str = "") -> Response:
        """The figures of a region and period, for those who may see them."""
        return await _figures(request, api, pages, region, period)

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


async def _figures(request: Request, api: PublicApi, pages: Pages, region: str, period: str) -> Response:
    visitor = visitor_of(request)
    if visitor is None:
        return _to_login(request)
    region = region or next(iter(visitor.regions), PROVINCE_CODE)
    chosen = parse_period(period or str(clock.business_day(clock.now()).year))
    if chosen is None or not is_division_code(region):
        return pages.message(request, "no_such_figures", status=NOT_FOUND)
    try:
        board = await ask_dashboard(api, visitor, region, chosen)
    except ApiRefused as refused:
        if refused.status == UNAUTHORIZED:
            response = _to_login(request)
            end_session(response)
            return response
        return _refused(request, pages, refused)
    return pages.render(
        request,
        "dashboard.html",
        board=board,
        bases=BASES,
        bar_width=BAR_WIDTH,
        reading=lambda figure: reading(figure, pages.language(request)),
        percent=percent,
        address=lambda **changes: "/dashboard?" + urlencode({"region": region, "period": chosen, **changes}),
    )


async def _uplift(request: Request, api: PublicApi, pages: Pages, region: str, year: str) -> Response:
    visitor = visitor_of(request)
    if visitor is None:
        return _to_login(request)
    region = region or next(iter(visitor.regions), PROVINCE_CODE)
    # The last year that is over: before that, most of the page would only say so.
    chosen = parse_period(year or str(clock.business_day(clock.now()).year - 1))
    if chosen is None or chosen.unit != "year" or not is_division_code(region):
        return pages.message(request, "no_such_figures", status=NOT_FOUND)
    try:
        page = await ask_uplift(api, visitor, region, chosen.year)
    except ApiRefused as refused:
        if refused.status == UNAUTHORIZED:
            response = _to_login(request)
            end_session(response)
            return response
        return _refused(request, pages, refused)
    return pages.render(
        request,
        "uplift.html",
        board=page,
        width=WIDTH,
        trend_height=TREND_HEIGHT,
        percent=percent,
        reading=lambda figure: reading(figure, pages.language(request)),
        address=lambda **changes: "/uplift?" + urlencode({"region": region, "year": chosen.year, **changes}),
    )


def _to_login(request: Request) -> Response:
    here = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    return RedirectResponse(f"/login?{urlencode({'next': here})}", status_code=303)


def _refused(request: Request, pages: Pages, refused: ApiRefused) -> Response:
    if refused.status == FORBIDDEN:
        return pages.message(request, "not_allowed", status=FORBIDDEN)
    if refused.status in {400, NOT_FOUND, 422}:
        return pages.message(request, "no_such_figures", status=NOT_FOUND, detail=refused.detail)
    raise refused
