"""The dashboard of releases, for those who may see all of it and those who may not, and what can be taken away."""

from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from tests.integration.web.recorded_api import CLIENT_ID, CLIENT_SECRET
from tests.integration.web.test_login import fill_in

BOARD = "/dashboard?region=520000000000&period=2019&lang=en"


@pytest.fixture
async def bureau(visitor: httpx.AsyncClient) -> httpx.AsyncClient:
    """A visitor who may see every figure."""
    await fill_in(visitor, CLIENT_ID, CLIENT_SECRET)
    return visitor


@pytest.fixture
async def reader(visitor: httpx.AsyncClient) -> httpx.AsyncClient:
    """A visitor who may read what is published."""
    await fill_in(visitor, "reader", "a person's password", account="user")
    return visitor


async def test_a_release_says_what_it_is_and_what_was_revised_since(bureau: httpx.AsyncClient) -> None:
    """Who compiled and approved it, its digest, and by how much the present figures differ."""
    page = (await bureau.get(f"{BOARD}&release=7")).text
    for text in (
        "2019年统计公报",
        "bureau / admin",
        "9f86d081884c",
        "Revised since release 7",
        "1,902,000.00",
        "+487.15",
    ):
        assert text in page


async def test_a_period_that_a_release_does_not_hold_is_not_led_to(bureau: httpx.AsyncClient) -> None:
    """Another one that was asked for becomes the release's own; one that is not held is no link."""
    page = (await bureau.get("/dashboard?region=520000000000&period=2018-05&release=7&lang=en")).text
    assert "period=2019-01&amp;release=7" in page
    assert "period=2019-02&amp;release=7" not in page.split("<section")[0]


async def test_a_release_that_is_not_public_is_no_page(bureau: httpx.AsyncClient) -> None:
    assert (await bureau.get(f"{BOARD}&release=8")).status_code == 404


async def test_who_may_read_what_is_published_sees_that(reader: httpx.AsyncClient) -> None:
    """Instead of a refusal: the newest release, what is withheld in words, and no way to the present figures."""
    page = await reader.get(BOARD)
    assert page.status_code == 200
    for text in (
        "These are published figures",
        "2019年统计公报",
        "1,902,487.15",
        "withheld to protect privacy",
        "8.4 %",
    ):
        assert text in page.text
    assert "As they are now" not in page.text


async def test_what_is_shown_can_be_taken_away(bureau: httpx.AsyncClient) -> None:
    """A file of the page asks the API what the page asked it."""
    await _take_away(bureau)


async def test_what_is_published_can_be_taken_away(reader: httpx.AsyncClient) -> None:
    """Likewise, of the release."""
    await _take_away(reader)


async def _take_away(client: httpx.AsyncClient) -> None:
    page = (await client.get(BOARD)).text.replace("&amp;", "&")
    links = [part.split('"')[0] for part in page.split('href="') if part.startswith("/dashboard/files/")]
    assert {dict(parse_qsl(urlsplit(link).query))["format"] for link in links} == {"csv", "xlsx"}
    found = await client.get(links[0])
    assert found.headers["content-disposition"] == 'attachment; filename="figures.csv"'
    assert found.text == links[0].replace("/dashboard/files/", "/v1/stats/")
    assert found.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["summary?format=exe", "../orders?format=csv", "audits?format=csv", "releases/7?format=csv"]
)
async def test_only_what_pages_show_is_a_file(bureau: httpx.AsyncClient, path: str) -> None:
    """The way to the files is no way to the rest of the API."""
    assert (await bureau.get(f"/dashboard/files/{path}")).status_code == 404


async def test_nobody_gets_a_file_without_a_login(visitor: httpx.AsyncClient) -> None:
    found = await visitor.get("/dashboard/files/summary?region=520000000000&period=2019&format=csv")
    assert found.headers["location"].startswith("/login?next=")
