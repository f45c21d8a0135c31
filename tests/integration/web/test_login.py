"""Logging in and out, with a recorded token endpoint behind it."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import Request, Response

from tests.integration.web.conftest import Door
from tests.integration.web.recorded_api import CLIENT_ID, CLIENT_SECRET, COUNTY


async def fill_in(
    visitor: httpx.AsyncClient,
    name: str,
    secret: str,
    *,
    account: str = "client",
    target: str = "/dashboard",
    **headers: str,
) -> httpx.Response:
    """Open the form and send it."""
    page = await visitor.get("/login", params={"next": target})
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    return await visitor.post(
        "/login", data={**fields, "account": account, "name": name, "secret": secret}, headers=headers
    )


async def test_the_token_stays_where_scripts_and_other_sites_cannot_reach(visitor: httpx.AsyncClient) -> None:
    """After the right secret the visitor is sent on, with the token in an HttpOnly, SameSite=Strict cookie."""
    answer = await fill_in(visitor, CLIENT_ID, CLIENT_SECRET)
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")
    cookie = answer.headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "path=/", "max-age=3600"} <= set(cookie.split("; "))
    assert "secure" not in cookie


async def test_over_https_the_cookie_is_secure(door: Door) -> None:
    """A cookie given over https is never sent over http."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="https://onecode.test") as visitor:
        answer = await fill_in(visitor, CLIENT_ID, CLIENT_SECRET)
    assert "secure" in answer.headers["set-cookie"].lower().split("; ")


async def test_a_person_logs_in_with_a_password(visitor: httpx.AsyncClient) -> None:
    """A user's dashboard begins with the county they may see."""
    await fill_in(visitor, "liu", "a person's password", account="user")
    page = await visitor.get("/dashboard", params={"period": "2019"})
    assert f"region={COUNTY}" in page.text
    assert "都匀市" in page.text


async def test_a_wrong_secret_says_so_and_keeps_the_name(visitor: httpx.AsyncClient) -> None:
    """Status 401, the form again with the name and without the secret, no cookie."""
    answer = await fill_in(visitor, CLIENT_ID, "wrong <guess>")
    assert answer.status_code == 401
    assert "名称或密码不对" in answer.text
    assert f'value="{CLIENT_ID}"' in answer.text
    assert "guess" not in answer.text
    assert "onecode_session" not in visitor.cookies


async def test_too_many_attempts_are_told_apart(visitor: httpx.AsyncClient, door: Door) -> None:
    """Over the limit the page says to wait; one login is one attempt."""
    answer = await fill_in(visitor, "locked", "x", account="user")
    assert answer.status_code == 429
    assert "尝试次数太多" in answer.text
    assert door.api.state.token_requests == ["password"]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_another_site_cannot_log_people_in(visitor: httpx.AsyncClient, door: Door, site: str) -> None:
    """A form that comes from elsewhere is refused before anybody is asked, and so is one without our field."""
    elsewhere = await fill_in(visitor, CLIENT_ID, CLIENT_SECRET, **{"Sec-Fetch-Site": site})
    without_field = await visitor.post("/login", data={"name": CLIENT_ID, "secret": CLIENT_SECRET})
    assert (elsewhere.status_code, without_field.status_code) == (403, 403)
    assert door.api.state.token_requests == []


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "//evil.test", "/\\evil.test", "/\tevil", "javascript:alert(1)"]
)
async def test_logging_in_leads_nowhere_else(visitor: httpx.AsyncClient, target: str) -> None:
    """``next`` is followed only within the site."""
    answer = await fill_in(visitor, CLIENT_ID, CLIENT_SECRET, target=target)
    assert answer.headers["location"] == "/dashboard"


async def test_where_one_was_going_is_kept(visitor: httpx.AsyncClient) -> None:
    """The dashboard sends strangers to the form and the form sends them back, with region and period."""
    wanted = "/dashboard?region=522701000000&period=2019-Q1"
    to_form = await visitor.get(wanted)
    assert to_form.status_code == 303
    form = await visitor.get(to_form.headers["location"])
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form.text.replace("&amp;", "&")))
    answer = await visitor.post(
        "/login", data={**fields, "account": "client", "name": CLIENT_ID, "secret": CLIENT_SECRET}
    )
    assert answer.headers["location"] == wanted


async def test_logging_out_forgets_the_token_and_needs_our_form(visitor: httpx.AsyncClient, door: Door) -> None:
    """A link or another site logs nobody out; our button does, and ends the token at the API."""
    await fill_in(visitor, CLIENT_ID, CLIENT_SECRET)
    await visitor.get("/logout")
    assert (await visitor.post("/logout", data={"form_token": "guess"})).status_code == 403
    token = visitor.cookies["onecode_session"]
    assert door.api.state.ended_tokens == []
    await visitor.post("/logout", data={"form_token": visitor.cookies["onecode_form"]})
    assert "onecode_session" not in visitor.cookies
    assert door.api.state.ended_tokens == [token]


async def test_a_token_that_has_expired_asks_to_log_in_again(visitor: httpx.AsyncClient, door: Door) -> None:
    """When the API no longer accepts the token, the visitor is sent to the form and the cookie is dropped."""
    await fill_in(visitor, CLIENT_ID, CLIENT_SECRET)
    door.api.state.failing["/v1/stats/summary"] = 401
    answer = await visitor.get("/dashboard", params={"period": "2019"})
    assert answer.headers["location"] == "/login?next=%2Fdashboard%3Fperiod%3D2019"
    assert "onecode_session" not in visitor.cookies


async def test_who_has_no_good_token_is_refused_before_a_file_is_read(visitor: httpx.AsyncClient, door: Door) -> None:
    """A cookie alone is no token: the registry is asked first, and nothing of a large body is taken in."""
    asked: list[str] = []

    @door.api.get("/v1/rosters")
    async def refuse(request: Request) -> Response:
        asked.append(request.headers["authorization"])
        return Response(status_code=401)

    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(1000):
            read += 1
            yield b"x" * 65_536

    visitor.cookies.set("onecode_session", "no.good.token")
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await visitor.post("/console/rosters", content=endless(), headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fconsole%2Frosters")
    assert asked == ["Bearer no.good.token"]
    assert read == 0
