"""How a page is made: the visitor's language, the template, the headers that go with it."""

from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.datastructures import URL

from services.kit.clock import SHANGHAI
from services.web.assets import Assets
from services.web.language import Language, Texts, choose_language, own_half
from services.web.session import form_token, keep_form_token, page_of, visitor_of

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGE_COOKIE = "onecode_lang"
ONE_YEAR_SECONDS = 31_536_000


class Pages:
    """Renders templates. A template sees ``t`` (texts), ``asset`` (addresses of our files) and what it is given."""

    def __init__(self, assets: Assets, texts: Texts) -> None:
        self._texts = texts
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["asset"] = assets.url
        self._templates.globals["moment"] = _moment

    def language(self, request: Request) -> Language:
        """The language to answer ``request`` in."""
        return choose_language(
            request.query_params.get("lang"),
            request.cookies.get(LANGUAGE_COOKIE),
            request.headers.get("accept-language", ""),
        )

    def render(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """The page ``template`` as an answer. Pages are never kept by caches: they change with state and visitor."""
        language = self.language(request)
        token = form_token(request)

        def t(key: str, /, **placeholders: Any) -> str:
            return self._texts.get(language, key, **placeholders)

        html = self._templates.get_template(template).render(
            t=t,
            has_text=self._texts.has,
            own_half=lambda detail: own_half(detail, language),
            language=language,
            other_language_url=_in_language(request, Language.EN if language is Language.ZH else Language.ZH),
            visitor=visitor_of(request),
            form_token=token,
            path=request.url.path,
            **values,
        )
        response = HTMLResponse(html, status_code=status)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Language"] = language.tag
        response.headers["Vary"] = "Accept-Language, Cookie"
        keep_form_token(request, response, token)
        if request.query_params.get("lang") == language:
            response.set_cookie(LANGUAGE_COOKIE, language, max_age=ONE_YEAR_SECONDS, path="/", samesite="lax")
        return response

    def message(self, request: Request, name: str, *, status: int, detail: str = "", back: str = "/") -> HTMLResponse:
        """A page that only says something: the texts ``message.<name>_title`` and ``message.<name>_body``.

        ``back`` is where it leads.
        """
        return self.render(request, "message.html", status=status, name=name, detail=detail, back=back)


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _in_language(request: Request, language: Language) -> str:
    url = URL(page_of(request)).include_query_params(lang=language.value)
    return f"{url.path}?{url.query}"
