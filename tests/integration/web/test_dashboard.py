"""The dashboard as HTML, with recorded statistics behind it."""

import httpx
import pytest

from tests.integration.web.conftest import Door
from tests.integration.web.recorded_api import CLIENT_ID, CLIENT_SECRET
from tests.integration.web.test_login import fill_in


@pytest.fixture
async def bureau(visitor: httpx.AsyncClient) -> httpx.AsyncClient:
    """A visitor who has logged in."""
    await fill_in(visitor, CLIENT_ID, CLIENT_SECRET)
    return visitor


async def test_every_figure_stands_as_the_api_gave_it(bureau: httpx.AsyncClient) -> None:
    """Amounts keep their two decimals, digits are grouped; the watermark says position and Shanghai time."""
    page = (await bureau.get("/dashboard?region=520000000000&period=2019")).text
    for text in ("2,474,823.07", "572,335.92", "1,902,487.15", "24,087", "190.25 万元", "665,870.50", "8.4 %"):
        assert text in page
    assert "数据截至第 4711 批" in page
    assert "2020-03-05 14:12" in page
    assert "收入截至第 4709 批" in page


async def test_a_part_that_cannot_be_had_leaves_the_rest(bureau: httpx.AsyncClient, door: Door) -> None:
    """Without the series the page still has its figures, and says where something is missing."""
    door.api.state.failing["/v1/stats/series"] = 503
    page = await bureau.get("/dashboard?region=520000000000&period=2019")
    assert page.status_code == 200
    assert "1,902,487.15" in page.text
    assert page.text.count("暂时取不到") == 1


async def test_names_that_cannot_be_had_are_codes(bureau: httpx.AsyncClient, door: Door) -> None:
    """A crumb without a name still leads up."""
    door.api.state.failing["/v1/regions/522701000000"] = 503
    page = (await bureau.get("/dashboard?region=522701000000&period=2019")).text
    assert ">522700000000</a>" in page


async def test_what_belongs_to_no_division_below_is_told(bureau: httpx.AsyncClient) -> None:
    """The rows and the rest add up to the figure above them."""
    page = (await bureau.get("/dashboard?region=522701000000&period=2019&lang=en")).text
    assert "In none of these" in page
    assert "3,600.00" in page


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ("region=530000000000&period=2019", 403, "没有查看权限"),
        ("region=529900000001&period=2019", 404, "没有这项统计"),
        ("region=520000000000&period=2019-13", 404, "没有这项统计"),
        ("region=52'--&period=2019", 404, "没有这项统计"),
    ],
)
async def test_what_cannot_be_shown_is_explained(bureau: httpx.AsyncClient, query: str, status: int, text: str) -> None:
    """A region or period that does not exist, or may not be seen, is a page that says so."""
    page = await bureau.get(f"/dashboard?{query}")
    assert page.status_code == status
    assert text in page.text


async def test_statistics_that_are_away_are_a_page_too(bureau: httpx.AsyncClient, door: Door) -> None:
    """Status 503 with ``Retry-After``, in words."""
    door.api.state.failing["/v1/stats/summary"] = 503
    page = await bureau.get("/dashboard?period=2019")
    assert page.status_code == 503
    assert page.headers["retry-after"] == "5"
    assert "服务暂时不可用" in page.text


async def test_a_visitor_of_a_county_is_not_led_above_it(visitor: httpx.AsyncClient) -> None:
    """Divisions above one's own are named, and are no links."""
    await fill_in(visitor, "liu", "a person's password", account="user")
    page = (await visitor.get("/dashboard?region=522701110000&period=2019")).text
    assert ">都匀市</a>" in page
    assert ">贵州省</a>" not in page
    assert "贵州省" in page
