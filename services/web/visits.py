"""What every page for people who have logged in has in common: the login before it, and refusals said in words."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from services.web.errors import ApiRefused
from services.web.pages import Pages
from services.web.session import Visitor, end_session, page_of, visitor_of

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, UNPROCESSABLE = 400, 401, 403, 404, 422


class NoSuchFigures(Exception):
    """The region or the period cannot be read."""


async def for_visitor(request: Request, pages: Pages, answer: Callable[[Visitor], Awaitable[Response]]) -> Response:
    """``answer`` for who has logged in; the way to the login for others, and for whose token is no longer good."""
    visitor = visitor_of(request)
    login = RedirectResponse(f"/login?{urlencode({'next': page_of(request)})}", status_code=303)
    if visitor is None:
        return login
    try:
        return await answer(visitor)
    except NoSuchFigures:
        return pages.message(request, "no_such_figures", status=NOT_FOUND)
    except ApiRefused as refused:
        if refused.status == UNAUTHORIZED:
            end_session(login)
            return login
        if refused.status == FORBIDDEN:
            return pages.message(request, "not_allowed", status=FORBIDDEN)
        if refused.status in {BAD_REQUEST, NOT_FOUND, UNPROCESSABLE}:
            return pages.message(request, "no_such_figures", status=NOT_FOUND, detail=refused.detail)
        raise
