"""Logging in and out: the API's token endpoint behind a form."""

from contextlib import suppress
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from services.web.api import PublicApi
from services.web.errors import ApiRefused, ApiUnreachable
from services.web.pages import Pages
from services.web.schemas import Token
from services.web.session import begin_session, check_form, end_session, local_path, visitor_of

AFTER_LOGIN = "/dashboard"
_WRONG = {400, 401, 403}
_TOO_MANY = 429

Account = Literal["user", "client"]
Field = Annotated[str, Form(max_length=300)]


def login_routes(api: PublicApi, pages: Pages) -> APIRouter:
    """The routes ``/login`` and ``/logout``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    async def form(request: Request) -> Response:
        """The form."""
        target = local_path(request.query_params.get("next", ""), AFTER_LOGIN)
        return pages.render(request, "login.html", target=target, name="", account="user", trouble=None)

    @router.post("/login")
    async def log_in(
        request: Request,
        *,
        account: Annotated[Account, Form()] = "user",
        name: Field = "",
        secret: Field = "",
        target: Field = "",
        form_token: Field = "",
    ) -> Response:
        """Exchange name and secret for a token and keep it in the visitor's browser."""
        check_form(request, form_token)
        target = local_path(target, AFTER_LOGIN)
        try:
            token = await _token(api, account, name.strip(), secret)
        except ApiRefused as refused:
            if refused.status not in {*_WRONG, _TOO_MANY}:
                raise
            trouble, status = ("too_many", _TOO_MANY) if refused.status == _TOO_MANY else ("wrong", 401)
            again = {"target": target, "name": name, "account": account, "trouble": trouble}
            return pages.render(request, "login.html", status=status, **again)
        response = RedirectResponse(target, status_code=303)
        begin_session(request, response, token)
        return response

    @router.get("/logout")
    async def nothing_to_see() -> Response:
        """Logging out changes something, so it is a button and not a link."""
        return RedirectResponse("/", status_code=303)

    @router.post("/logout")
    async def log_out(request: Request, form_token: Field = "") -> Response:
        """Forget the visitor, and end their token."""
        check_form(request, form_token)
        visitor = visitor_of(request)
        if visitor is not None:
            with suppress(ApiRefused, ApiUnreachable):  # an expired token needs no end; the cookie goes in any case
                await api.end_token(visitor.token)
        response = RedirectResponse("/", status_code=303)
        end_session(response)
        return response

    return router


async def _token(api: PublicApi, account: Account, name: str, secret: str) -> Token:
    # Which kind of account it is has to be said: trying both would count a failed attempt at every login.
    return await (api.user_token(name, secret) if account == "user" else api.client_token(name, secret))
