"""The device of a station, as its browser knows it: a credential in a cookie that no script can read.

All our pages share one origin, so whatever a script of the scanning page could read, a script of any other page could
read too. The credential therefore stays out of reach of all of them: the page asks below ``/scan/v1/``, and here the
credential is put to the request. See docs/decisions/0046.
"""

import re

from fastapi import Request, Response

from services.kit.errors import NotAllowed, NotAuthenticated, NotFound

COOKIE = "onecode_device"
COOKIE_PATH = "/scan"
KEPT_SECONDS = 400 * 24 * 3600
"""As long as browsers keep a cookie at all; every upload of scans begins it anew."""

_NAME = r"(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._-]{1,64}"
"""Of a station or a scan; not the segments ``.`` and ``..``, which lead elsewhere."""
_MAY_BE_ASKED = tuple(
    (method, re.compile(path, re.ASCII))
    for method, path in (
        ("POST", r"/v1/scans"),
        ("GET", rf"/v1/scans/{_NAME}/{_NAME}/slip"),
        ("GET", r"/v1/revocations"),
        ("GET", rf"/v1/stations/{_NAME}"),
        ("POST", r"/v1/codes/[A-Za-z0-9]{10}/pin"),
        ("POST", r"/v1/statements"),
        ("POST", r"/v1/statements/objections"),
        ("GET", r"/v1/stats/statement"),
    )
)
"""What the page asks in its device's name, and nothing else can be asked here."""


class NotADevicesRequest(NotFound):
    """The page has no business there."""

    def __init__(self) -> None:
        super().__init__("没有此页面 / There is no such page")


class DeviceNotEnrolled(NotAuthenticated):
    """The browser brought no credential."""

    code, title = "device_not_enrolled", "设备未登记 / Device not enrolled"

    def __init__(self) -> None:
        super().__init__("此设备尚未登记,请输入登记码 / This device is not enrolled: give its enrolment code")


class SentFromElsewhere(NotAllowed):
    """Another site made the browser send it."""

    code, title = "sent_from_elsewhere", "请求来自其他网站 / Sent from elsewhere"

    def __init__(self) -> None:
        super().__init__("请在扫码页面上操作 / Use the scanning page")


def check_path(method: str, path: str) -> None:
    """Refuse what the page does not ask. Raises :class:`NotADevicesRequest`."""
    if not any(method == known and pattern.fullmatch(path) for known, pattern in _MAY_BE_ASKED):
        raise NotADevicesRequest


def check_sender(request: Request) -> None:
    """Refuse what another site made the browser send. Raises :class:`SentFromElsewhere`.

    The cookie is ``SameSite=Strict``; for browsers that do not know that, a body must be declared as JSON, which no
    form can do and no other site's script without our leave; and a browser that says where a request is from must not
    say "from elsewhere".
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise SentFromElsewhere
    if request.method == "POST" and not request.headers.get("content-type", "").startswith("application/json"):
        raise SentFromElsewhere


def credential_of(request: Request) -> str:
    """``<device>:<secret>``. Raises :class:`DeviceNotEnrolled`."""
    credential = request.cookies.get(COOKIE, "")
    if not re.fullmatch(r"[A-Za-z0-9]{1,32}:[A-Za-z0-9_-]{1,128}", credential, re.ASCII):
        raise DeviceNotEnrolled
    return credential


def keep_credential(request: Request, response: Response, credential: str) -> None:
    """Let the browser bring the credential back below ``/scan``, and nowhere else."""
    response.set_cookie(
        COOKIE,
        credential,
        max_age=KEPT_SECONDS,
        path=COOKIE_PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def forget_credential(response: Response) -> None:
    """Let the browser be no device any more."""
    response.delete_cookie(COOKIE, path=COOKIE_PATH, httponly=True, samesite="strict")
