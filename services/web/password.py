"""One's own password, for people who have one."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from services.web.api import PublicApi
from services.web.errors import ApiRefused
from services.web.pages import Pages
from services.web.session import Visitor, check_form, end_session
from services.web.visits import BAD_REQUEST, FORBIDDEN, UNPROCESSABLE, for_visitor

_TOO_MANY = 429
_NOT_TWICE = "两次输入的新密码不同 / The two new passwords differ"

Field = Annotated[str, Form(max_length=300)]


def password_routes(api: PublicApi, pages: Pages) -> APIRouter:
    """The route ``/password``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/password")
    async def own_password(request: Request) -> Response:
        """The form for another password."""

        async def show(_visitor: Visitor) -> Response:
            return pages.render(request, "password.html", trouble="")

        return await for_visitor(request, pages, show)

    @router.post("/password")
    async def replace_password(
        request: Request, *, current: Field = "", new: Field = "", again: Field = "", form_token: Field = ""
    ) -> Response:
        """Replace the visitor's password; they log in by the new one."""
        check_form(request, form_token)

        async def replace(visitor: Visitor) -> Response:
            if new != again:
                return pages.render(request, "password.html", status=UNPROCESSABLE, trouble=_NOT_TWICE)
            try:
                await api.replace_password(visitor.token, current, new)
            except ApiRefused as refused:
                if refused.status not in {BAD_REQUEST, FORBIDDEN, UNPROCESSABLE, _TOO_MANY}:
                    raise
                return pages.render(request, "password.html", status=refused.status, trouble=refused.detail)
            response = RedirectResponse("/login", status_code=303)
            end_session(response)
            return response

        return await for_visitor(request, pages, replace)

    return router
