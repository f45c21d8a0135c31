"""Who is visiting: the API's token in a cookie that scripts cannot read and other sites cannot send.

The pages trust nothing in the token; they pass it on, and the API judges it. What is read from it here (a name for the
page's head, the region to begin with) is for display only.
"""

import secrets
from dataclasses import dataclass
from typing import Any

import jwt
from fastapi import Request, Response

from services.web.errors import FormNotOurs
from services.web.schemas import Token

SESSION_COOKIE = "onecode_session"
FORM_COOKIE = "onecode_form"
_FORM_GONE = "请返回上一页,刷新后重试 / Go back, reload the page and try again"
_LONGEST_PATH = 2000


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who has logged in."""

    token: str
    name: str
    regions: tuple[str, ...]
    """Division codes at the top of what they may see; empty when the token does not say."""
    scopes: frozenset[str] = frozenset()
    is_person: bool = False
    """Whether it is a user, who has a password; a program has a secret."""


def visitor_of(request: Request) -> Visitor | None:
    """The visitor whose token the cookie holds, or ``None``."""
    token = request.cookies.get(SESSION_COOKIE, "")
    if not token:
        return None
    claims = _claims(token)
    regions = claims.get("regions")
    return Visitor(
        token=token,
        name=str(claims.get("name") or claims.get("sub") or ""),
        regions=tuple(str(code) for code in regions) if isinstance(regions, list) else (),
        scopes=frozenset(str(claims.get("scope") or "").split()),
        is_person=str(claims.get("sub") or "").startswith("user:"),
    )


def _claims(token: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return {}
    return claims


def begin_session(request: Request, response: Response, token: Token) -> None:
    """Keep ``token`` in the visitor's browser for as long as it is valid."""
    response.set_cookie(
        SESSION_COOKIE,
        token.access_token,
        max_age=token.expires_in,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def end_session(response: Response) -> None:
    """Forget the visitor."""
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="strict")


def form_token(request: Request) -> str:
    """The value a form must carry to be ours: the one this browser already has, or a new one."""
    return request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)


def keep_form_token(request: Request, response: Response, token: str) -> None:
    """Let the browser bring ``token`` back, beside the form."""
    if request.cookies.get(FORM_COOKIE) != token:
        response.set_cookie(
            FORM_COOKIE, token, path="/", secure=request.url.scheme == "https", httponly=True, samesite="strict"
        )


def check_form(request: Request, posted_token: str) -> None:
    """Refuse a form that another site made the browser send.

    A cookie that only our own pages send must equal the field (another site can neither read nor send it); and a
    browser that says where a request comes from must not say "from elsewhere". Raises :class:`FormNotOurs`.
    """
    expected = request.cookies.get(FORM_COOKIE, "")
    from_elsewhere = request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}
    if from_elsewhere or not expected or not secrets.compare_digest(expected.encode(), posted_token.encode()):
        raise FormNotOurs(_FORM_GONE)


def local_path(path: str, fallback: str) -> str:
    r"""``path`` if it leads to a page of this site, else ``fallback``: a login must never send people elsewhere.

    ``//host`` and ``/\host`` are other sites to a browser, and control characters are dropped by it before it looks.
    """
    is_local = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if is_local and len(path) <= _LONGEST_PATH and path.isprintable() else fallback


def page_of(request: Request) -> str:
    """The page to come back to: what is asked for or, where a form is sent, the page that the browser says it is on.

    An address that only takes forms cannot be opened: not after a login, nor in another language.
    """
    url = request.url
    here = local_path(f"{url.path}?{url.query}" if url.query else url.path, "/")
    _, is_said, address = request.headers.get("referer", "").partition("://")
    return local_path(f"/{address.partition('/')[2]}", here) if request.method == "POST" and is_said else here
