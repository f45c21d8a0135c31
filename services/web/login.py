"""Logging in and out: the API's token endpoint behind a form."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from services.web.api import PublicApi
from services.web.errors import ApiRefused
from services.web.pages import Pages
from services.web.schemas import Token
from services.web.session import begin_session, check_form, end_session, local_path

AFTER_LOGIN = "/dashboard"
_WRONG = {400, 401, 403}
_TOO_MANY = 429

Field = Annotated[str, Form(max_length=300)]


def login_routes(api: PublicApi, pages: Pages) -> APIRouter:
    """The routes ``/login`` and ``/logout``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    async def form(request: Request) -> Response:
        """The form."""
        target = local_path(request.query_params.get("next", ""), AFTER_LOGIN)
        return pages.render(request, "login.html", target=target, name="", trouble=None)

    @router.post("/login")
    async def log_in(
        request: Request, name: Field = "", secret: Field = "", target: Field = "", form_token: Field = ""
    ) -> Response:
        """Exchange name and secret for a token and keep it in the visitor's browser."""
        check_form(request, form_token)
        target = local_path(target, AFTER_LOGIN)
        try:
            token = await _token(api, name.strip(), secret)
        except ApiRefused as refused:
            if refused.status not in {*_WRONG, _TOO_MANY}:
                raise
            trouble = "too_many" if refused.status == _TOO_MANY else "wrong"
            status = _TOO_MANY if refused.status == _TOO_MANY else 401
            return pages.render(request, "login.html", status=status, target=target, name=name, trouble=trouble)
        response = RedirectResponse(target, status_code=303)
        begin_session(request, response, token)
        return response

    @router.get("/logout")
    async def nothing_to_see() -> Response:
        """Logging out changes something, so it is a button and not a link."""
        return RedirectResponse("/", status_code=303)

    @router.post("/logout")
    async def log_out(request: Request, form_token: Field = "") -> Response:
        """Forget the visitor."""
        check_form(request, form_token)
        response = RedirectResponse("/", status_code=303)
        end_session(response)
        return response

    return router


async def _token(api: PublicApi, name: str, secret: str) -> Token:
    """A token for the person ``name``; if there is no such person, for the client of that id."""
    try:
        return await api.user_token(name, secret)
    except ApiRefused as refused:
        if refused.status not in _WRONG:
            raise
    return await api.client_token(name, secret)
