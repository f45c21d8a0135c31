"""An officer's visit: the login before it, what a page is given, and refusals in the registry's own words."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute

from services.kit.errors import Problem
from services.web.console.registry import Registry
from services.web.errors import ApiRefused, FormNotOurs
from services.web.pages import Pages
from services.web.session import Visitor, check_form
from services.web.visits import FORBIDDEN, UNAUTHORIZED, for_visitor

_SERVER_ERROR = 500
_TOO_MANY = 429
_MOST_FIELDS = 30
_LONGEST_FIELD_BYTES = 64_000
"""A list of 2,400 codes has half of that."""


class OfficersRoute(APIRoute):
    """A route for who has logged in. A refusal becomes a page that says why and leads back to the console."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Ask for the login first, and say refusals."""
        handle = super().get_route_handler()

        async def visit(request: Request) -> Response:
            pages = _pages(request)

            async def work(visitor: Visitor) -> Response:
                request.state.visitor = visitor
                try:
                    return await handle(request)
                except ApiRefused as refused:
                    if refused.status in {UNAUTHORIZED, _TOO_MANY} or refused.status >= _SERVER_ERROR:
                        raise
                    name = "not_an_officer" if refused.status == FORBIDDEN else "refused"
                    return pages.message(request, name, status=refused.status, detail=refused.detail, back="/console")
                except FormNotOurs:
                    raise
                except Problem as problem:
                    detail = problem.detail or ""
                    return pages.message(request, "refused", status=problem.status, detail=detail, back="/console")

            return await for_visitor(request, pages, work)

        return visit


def _pages(request: Request) -> Pages:
    pages: Pages = request.app.state.pages
    return pages


def _visitor(request: Request) -> Visitor:
    visitor: Visitor = request.state.visitor
    return visitor


def _registry(request: Request, visitor: Annotated[Visitor, Depends(_visitor)]) -> Registry:
    return Registry(request.app.state.api, visitor.token)


async def _checked_form(request: Request) -> dict[str, str]:
    """The fields of a form without a file, each once. Raises :class:`FormNotOurs` if another site had it sent."""
    form = await request.form(max_files=0, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_FIELD_BYTES)
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    check_form(request, fields.get("form_token", ""))
    return fields


Shown = Annotated[Pages, Depends(_pages)]
Officer = Annotated[Visitor, Depends(_visitor)]
Registered = Annotated[Registry, Depends(_registry)]
Fields = Annotated[dict[str, str], Depends(_checked_form)]
"""The fields of a form that is ours."""
