"""What the registry officer's pages ask of the registry, and what they spare it."""

import httpx
from fastapi import Request

from services.web.session import FORM_COOKIE, SESSION_COOKIE
from tests.integration.web.conftest import Door


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
