"""The pages of targets, stations and products, with recorded answers of a demo behind them."""

import httpx
import pytest
from playwright.async_api import Browser

from tests.browser import DESKTOP
from tests.integration.web.conftest import Site
from tests.integration.web.recorded_api import CLIENT_ID, CLIENT_SECRET
from tests.integration.web.test_login import fill_in
from tests.integration.web.test_pages_in_browser import log_in


@pytest.fixture
async def bureau(visitor: httpx.AsyncClient) -> httpx.AsyncClient:
    """A visitor who has logged in."""
    await fill_in(visitor, CLIENT_ID, CLIENT_SECRET)
    return visitor


async def test_a_target_stands_with_both_figures_and_what_each_means(bureau: httpx.AsyncClient) -> None:
    """The one it is held against is bold; the share is that of the API."""
    page = (await bureau.get("/dashboard/targets?year=2020")).text
    row = page[page.index('data-indicator="county_service_centres"') :].split("</tr>")[0]
    assert "≥ 79" in row
    assert '<td class="actual">2</td>' in row
    assert "84" in row, "what was reported stands beside it"
    assert "2.5 %" in row
    assert "county_centre" in row, "how it is counted"
    assert "部门甲（演示）" in page
    of_unit = (await bureau.get("/dashboard/targets?year=2020&unit=zunyi&lang=en")).text
    assert "Zunyi · Its targets" in of_unit


async def test_a_station_says_why_somebody_should_call(bureau: httpx.AsyncClient) -> None:
    page = (await bureau.get("/dashboard/stations?period=2019&lang=en")).text
    row = page[page.index('data-station="DEMO-002"') :].split("</tr>")[0]
    assert "silent for 186 open days (−60)" in row
    assert "4 / 88" in page


async def test_a_forecast_that_lost_says_so(bureau: httpx.AsyncClient) -> None:
    """In the words of the API, beside the figures of the method that won."""
    page = (await bureau.get("/dashboard/products?period=2019&category=tea&lang=en")).text
    assert 'data-forecast="naive"' in page
    assert "was at least as good as the Theta model" in page
    assert "23,798.10" in page


@pytest.mark.parametrize(
    "path", ["targets?year=x9", f"targets?year={'9' * 5_000}", "stations?region=1", "products?period=nonsense"]
)
async def test_what_cannot_be_read_is_explained(bureau: httpx.AsyncClient, path: str) -> None:
    """A page in any case; a year that is none shows the plan's last."""
    page = await bureau.get(f"/dashboard/{path}")
    assert page.status_code == (200 if path.startswith("targets") else 404)


async def test_nobody_sees_them_without_logging_in(visitor: httpx.AsyncClient) -> None:
    for path in ("targets", "stations", "products"):
        page = await visitor.get(f"/dashboard/{path}", follow_redirects=False)
        assert page.status_code == 303
        assert page.headers["location"].startswith("/login?next=%2Fdashboard%2F")


async def test_charts_are_drawn_from_their_tables(browser: Browser, site: Site) -> None:
    """In a real Chromium, as many bars as the table has rows."""
    page = await browser.new_page(viewport={"width": DESKTOP["width"], "height": DESKTOP["height"]})
    await log_in(page, site)
    for path, rows in (("targets", 3), ("stations?period=2019", 7), ("products?period=2019", 4)):
        await page.goto(f"{site.base_url}/dashboard/{path}")
        drawn = page.locator("[data-chart]").first
        await drawn.wait_for()
        assert await drawn.get_attribute("data-drawn") == str(rows)
