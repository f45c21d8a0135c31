"""The pages as an application: wiring only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from services.kit.app import create_service_app
from services.web.api import PublicApi
from services.web.assets import Assets
from services.web.console import code_routes, print_routes, roster_routes, start_routes, station_routes
from services.web.dashboard_routes import dashboard_routes
from services.web.errors import ApiRefused, ApiUnreachable, FormNotOurs
from services.web.language import Texts
from services.web.login import login_routes
from services.web.pages import Pages
from services.web.password import password_routes
from services.web.plan_routes import plan_routes
from services.web.routes import page_routes
from services.web.scan_page import ScanPage
from services.web.scan_routes import scan_routes
from services.web.security import SecurityHeaders
from services.web.settings import WebSettings

NOT_FOUND = 404

log = structlog.get_logger(__name__)


def create_app(settings: WebSettings, *, transport: httpx.AsyncBaseTransport | None = None) -> FastAPI:
    """The pages. ``transport`` carries their requests to the API where that is not the network."""
    api = PublicApi(settings.api_base_url, timeout_seconds=settings.api_timeout_seconds, transport=transport)
    assets = Assets()
    texts = Texts()
    pages = Pages(assets, texts)

    app = create_service_app("web", description="Pages for people.")
    _close_with(app, api)
    app.include_router(page_routes(api, pages, assets))
    app.include_router(dashboard_routes(api, pages))
    app.include_router(plan_routes(api, pages))
    app.state.api, app.state.pages = api, pages
    for console in (start_routes, roster_routes, code_routes, print_routes, station_routes):
        app.include_router(console.router)
    app.include_router(login_routes(api, pages))
    app.include_router(password_routes(api, pages))
    app.include_router(scan_routes(api, ScanPage(assets, texts)))
    app.add_middleware(SecurityHeaders)
    _say_errors_as_pages(app, pages)
    return app


def _close_with(app: FastAPI, api: PublicApi) -> None:
    """Close the connections to the API when the application stops."""
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(running_app: FastAPI) -> AsyncIterator[None]:
        async with inner(running_app):
            yield
        await api.close()

    app.router.lifespan_context = lifespan


def _say_errors_as_pages(app: FastAPI, pages: Pages) -> None:
    """People get a page that says what to do, where programs get a problem document."""

    async def api_trouble(request: Request, error: Exception) -> Response:
        log.warning("api_trouble", error=str(error))
        response = pages.message(request, "unavailable", status=503)
        response.headers["Retry-After"] = getattr(error, "retry_after", None) or "5"
        return response

    async def form_not_ours(request: Request, _error: Exception) -> Response:
        return pages.message(request, FormNotOurs.code, status=FormNotOurs.status)

    async def framework_error(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 422
        name = "no_such_page" if status == NOT_FOUND else "bad_request"
        return pages.message(request, name, status=status)

    app.add_exception_handler(ApiRefused, api_trouble)
    app.add_exception_handler(ApiUnreachable, api_trouble)
    app.add_exception_handler(FormNotOurs, form_not_ours)
    app.add_exception_handler(HTTPException, framework_error)
    app.add_exception_handler(RequestValidationError, framework_error)
