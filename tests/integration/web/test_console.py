"""What the registry officer's pages ask of the registry, and what they spare it."""

import re

import httpx
import pytest
from fastapi import Request, Response

from services.web.session import FORM_COOKIE, SESSION_COOKIE
from tests.integration.web.conftest import Door
from tests.integration.web.recorded_api import COUNTY


def enter(visitor: httpx.AsyncClient) -> dict[str, str]:
    """Let ``visitor`` have a token and a form; answers the field that makes it ours."""
    visitor.cookies.set(SESSION_COOKIE, "a.token.here")
    visitor.cookies.set(FORM_COOKIE, "of-this-browser")
    return {"form_token": "of-this-browser"}


async def test_no_card_beyond_what_is_printed_is_issued(visitor: httpx.AsyncClient, door: Door) -> None:
    """Whoever asks for the cards of a whole prefecture is told to go by townships, before a sheet is drawn."""
    asked: list[tuple[str, object]] = []

    @door.api.post("/v1/cards")
    async def issue(request: Request) -> dict[str, object]:
        asked.append(("cards", (await request.json())["limit"]))
        return {"issued": 9600, "already": 0, "next": "HGP1XF3A71"}

    @door.api.post("/v1/cards.pdf")
    async def draw(request: Request) -> None:
        asked.append(("sheets", await request.json()))

    form = enter(visitor) | {"what": "cards", "of": "region", "said": "522700000000"}
    answer = await visitor.post("/console/print", data=form)
    assert answer.status_code == 413
    assert "请按乡镇或村打印" in answer.text
    assert asked == [("cards", 9600)]


@pytest.mark.parametrize(
    ("referer", "leads_to"),
    [
        ("http://onecode.test/console/rosters/7?status=held", "%2Fconsole%2Frosters%2F7%3Fstatus%3Dheld"),
        ("http://onecode.test//elsewhere.test/", "%2Fconsole%2Frosters%2F7%2Fcommit"),
        ("http://[", "%2F"),
        ("", "%2Fconsole%2Frosters%2F7%2Fcommit"),
    ],
)
async def test_whoever_has_to_log_in_while_sending_a_form_comes_back_to_its_page(
    visitor: httpx.AsyncClient, door: Door, referer: str, leads_to: str
) -> None:
    """The address that takes the form cannot be opened; where a browser says no page of ours, it is all there is."""

    @door.api.post("/v1/rosters/7/commit")
    async def refuse() -> Response:
        return Response(status_code=401)

    answer = await visitor.post("/console/rosters/7/commit", data=enter(visitor), headers={"Referer": referer})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={leads_to}")


async def test_a_refusal_can_be_read_in_the_other_language(visitor: httpx.AsyncClient, door: Door) -> None:
    """Its link leads to the page that the form was on, since the refused act has no page."""

    @door.api.post("/v1/codes/HGP1XF3A71/suspend")
    async def refuse() -> Response:
        return Response(status_code=409)

    headers = {"Referer": "http://onecode.test/console/codes/HGP1XF3A71"}
    answer = await visitor.post("/console/codes/HGP1XF3A71/suspend", data=enter(visitor), headers=headers)
    assert answer.status_code == 409
    assert 'href="/console/codes/HGP1XF3A71?lang=en"' in answer.text


@pytest.mark.parametrize("between", [" ", ",", "\uff0c", "、", "\uff1b ", "\r\n"])
async def test_codes_are_listed_with_whatever_people_put_between_them(
    visitor: httpx.AsyncClient, door: Door, between: str
) -> None:
    """Also the commas of a Chinese keyboard."""
    asked: list[object] = []

    @door.api.post("/v1/labels.pdf")
    async def draw(request: Request) -> Response:
        asked.append((await request.json())["codes"])
        return Response(b"%PDF", media_type="application/pdf")

    said = between.join(["hgp1-xf3a-71", "HGP1XF3A72"]) + between
    answer = await visitor.post("/console/print", data=enter(visitor) | {"what": "labels", "of": "codes", "said": said})
    assert answer.content == b"%PDF"
    assert asked == [["HGP1XF3A71", "HGP1XF3A72"]]


async def test_a_roster_of_a_division_that_has_ended_is_still_shown(visitor: httpx.AsyncClient, door: Door) -> None:
    """By its code: the desk does not depend on every division of the past having a name today."""
    roster = {
        "roster_id": "7", "kind": "household", "region": "522799000000", "as_of": "2019-06-30", "mode": "delta",
        "stage": "committed", "rows": 2, "validated": 2, "committed": 2, "waiting": 0, "counts": {"new": 2},
        "uploaded_at": "2019-07-01T08:00:00+08:00",
    }  # fmt: skip

    @door.api.get("/v1/rosters")
    async def rosters() -> dict[str, object]:
        return {"rosters": [roster, roster | {"region": COUNTY}], "next": None}

    enter(visitor)
    page = await visitor.get("/console")
    assert page.status_code == 200
    assert re.findall(r'<td class="long" lang="zh-CN">(.*?)</td>', page.text) == ["522799000000", "都匀市"]
