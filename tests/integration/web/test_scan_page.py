"""``/scan`` without a browser: what a phone may keep of it, and what is passed on in a device's name."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from playwright.async_api import Browser

from services.web.app import create_app
from services.web.assets import Assets
from services.web.language import Texts
from services.web.scan_page import ScanPage
from services.web.settings import WebSettings
from tests.integration.web.conftest import Door, Site

SECRET = "S" * 43
CREDENTIAL = f"D7K2MXQ4P0:{SECRET}"


def create_echo() -> FastAPI:
    """An API that enrols whoever asks, and otherwise says what it was asked."""
    api = FastAPI()

    @api.post("/v1/stations/enrol", status_code=201)
    async def enrol() -> dict[str, str]:
        return {
            "device": "D7K2MXQ4P0", "secret": SECRET, "station": "DY-001", "label": "柜台手机",
            "enrolled_at": "2020-02-10T12:00:00+08:00",
        }  # fmt: skip

    @api.api_route("/v1/{path:path}", methods=["GET", "POST"])
    async def echo(request: Request) -> JSONResponse:
        said = {
            "method": request.method, "url": str(request.url), "body": (await request.body()).decode(),
            "authorization": request.headers.get("authorization"), "cookie": request.headers.get("cookie"),
            "grant": request.headers.get("onecode-grant"),
        }  # fmt: skip
        headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'", "Set-Cookie": "a=b"}
        return JSONResponse(said, headers=headers)

    return api


@pytest.fixture
async def phone() -> AsyncIterator[httpx.AsyncClient]:
    """A browser's requests."""
    web = create_app(WebSettings(public_url="http://api.test"), transport=httpx.ASGITransport(create_echo()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(web), base_url="https://onecode.test") as client:
        yield client


async def test_the_page_is_the_same_for_everybody_and_sets_nothing(phone: httpx.AsyncClient) -> None:
    """A phone keeps it: no cookie, no visitor in it, asked again by its ETag; only it may use the camera."""
    page = await phone.get("/scan", headers={"Accept-Language": "en"})
    again = await phone.get("/scan", headers={"If-None-Match": page.headers["etag"], "Cookie": "onecode_session=x.y.z"})
    assert "set-cookie" not in page.headers
    assert (again.status_code, again.content) == (304, b"")
    assert page.headers["cache-control"] == "no-cache"
    assert page.headers["permissions-policy"].startswith("camera=(self)")
    assert "camera=()" in (await phone.get("/login")).headers["permissions-policy"]
    worker = await phone.get("/scan/worker.js")
    assert (worker.headers["service-worker-allowed"], worker.headers["cache-control"]) == ("/scan", "no-cache")


async def test_no_script_ever_sees_the_credential(phone: httpx.AsyncClient) -> None:
    """It comes as a cookie that scripts cannot read and other pages and sites do not send, and goes out as a header."""
    enrolled = await phone.post("/scan/enrol", json={"code": "7K2M-XQ4P", "request_id": "r" * 20})
    assert enrolled.status_code == 201
    assert SECRET not in enrolled.text
    assert enrolled.json()["station"] == "DY-001"
    cookie = enrolled.headers["set-cookie"]
    for part in (CREDENTIAL, "HttpOnly", "Secure", "SameSite=strict", "Path=/scan", "Max-Age=34560000"):
        assert part in cookie
    answer = await phone.post("/scan/v1/scans", json={"scans": []})
    assert answer.json()["authorization"] == f"Device {CREDENTIAL}"
    assert answer.json()["cookie"] is None
    assert "Max-Age=34560000" in answer.headers["set-cookie"], "every upload keeps it for as long again"
    left = await phone.post("/scan/leave", json={})
    assert (left.status_code, "Max-Age=0" in left.headers["set-cookie"]) == (204, True)
    assert (await phone.post("/scan/v1/scans", json={"scans": []})).json()["code"] == "device_not_enrolled"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/subjects"),
        ("GET", "/v1/scans"),
        ("POST", "/v1/stations/DY-001/enrolments"),
        ("GET", "/v1/stations/DY-001/../../subjects"),
        ("GET", "/v1/stations/%2e%2e"),
        ("GET", "/v1/stations/."),
        ("GET", "/v1/stations/DY-001%2Foperators"),
        ("POST", "/v1/codes/HGP1XF3A71/revoke"),
        ("POST", "/v1/codes/HGP1XF3A71%0a/pin"),
    ],
)
async def test_nothing_else_is_asked_in_a_devices_name(phone: httpx.AsyncClient, method: str, path: str) -> None:
    """What the page has no use for cannot be reached through it, by no detour."""
    headers = {"Cookie": f"onecode_device={CREDENTIAL}"}
    answer = await phone.request(method, httpx.URL(f"https://onecode.test/scan{path}"), headers=headers, json={})
    assert answer.status_code == 404


async def test_another_site_cannot_use_the_device(phone: httpx.AsyncClient) -> None:
    """Neither by a form, nor by a browser that says from where; not even logging out."""
    cookie = {"Cookie": f"onecode_device={CREDENTIAL}"}
    form = await phone.post("/scan/v1/scans", headers=cookie, data={"scans": "[]"})
    elsewhere = await phone.post("/scan/v1/scans", headers={**cookie, "Sec-Fetch-Site": "same-site"}, json={})
    leaving = await phone.post("/scan/leave", headers=cookie)
    looking = await phone.get("/scan/v1/revocations", headers={**cookie, "Sec-Fetch-Site": "cross-site"})
    assert {one.json()["code"] for one in (form, elsewhere, leaving, looking)} == {"sent_from_elsewhere"}
    assert {one.status_code for one in (form, elsewhere, leaving, looking)} == {403}


async def test_an_answer_comes_as_it_was_and_is_kept_nowhere(phone: httpx.AsyncClient) -> None:
    """The slip keeps its own policy, a query its words, a grant its header; the API's cookies are not ours to set."""
    cookie = {"Cookie": f"onecode_device={CREDENTIAL}"}
    slip = await phone.get("/scan/v1/scans/DY-001/17/slip?device=D7K2MXQ4P0", headers=cookie)
    assert slip.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert slip.headers["cache-control"] == "no-store"
    assert "set-cookie" not in slip.headers
    assert slip.json()["url"] == "http://api.test/v1/scans/DY-001/17/slip?device=D7K2MXQ4P0"
    statement = await phone.get("/scan/v1/stats/statement?from=2020-01", headers={**cookie, "OneCode-Grant": "g" * 43})
    assert statement.json()["grant"] == "g" * 43


async def test_without_the_service_behind_it_the_page_is_told_to_try_again() -> None:
    """503 with Retry-After and words, which the queue understands as no line."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away", request=request)

    web = create_app(WebSettings(), transport=httpx.MockTransport(refuse))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(web), base_url="https://onecode.test") as client:
        headers = {"Cookie": f"onecode_device={CREDENTIAL}"}
        answer = await client.post("/scan/v1/scans", headers=headers, json={"scans": []})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert (await client.get("/scan")).status_code == 200


async def test_a_new_version_takes_over_when_the_page_is_opened(
    browser: Browser, site: Site, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old one opens at once, without a line too, and makes room for the new one; of the old one nothing is kept."""
    context = await browser.new_context(base_url=site.base_url, locale="zh-CN")
    page = await context.new_page()
    await page.goto("/scan")
    await page.wait_for_selector("body[data-worker=ready]")
    texts = Texts()
    texts.entries["scan.title"] = {"zh": "新版扫码", "en": "Scan anew"}
    monkeypatch.setattr("services.web.app.Texts", lambda: texts)
    await context.set_offline(True)
    await page.reload()
    assert await page.inner_text("h1") == "扫码"
    await context.set_offline(False)
    door.web = create_app(WebSettings(public_url="http://api.test"), transport=httpx.ASGITransport(create_echo()))
    await page.reload()
    await page.wait_for_selector("h1:has-text('新版扫码')")
    kept = await page.evaluate("caches.keys()")
    assert len(kept) == 1
    assert ScanPage(Assets(), texts).worker.body.split(b'"')[3].decode() in kept[0]
    await context.close()
