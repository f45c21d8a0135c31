"""The pages alone, with recorded answers behind them, as a real Chromium shows them: every state, on phone and desk."""

import pytest
from playwright.async_api import Browser, Page

from tests.browser import DESKTOP, PHONE, ink_share, overflow, watch
from tests.integration.web.conftest import Site
from tests.integration.web.recorded_api import CLIENT_ID, CLIENT_SECRET, COOPERATIVE_CODE, HOUSEHOLD_CODE

OPEN_PAGES = [
    "/",
    f"/c/{HOUSEHOLD_CODE}",
    "/c/H4XZ08WTN5",
    "/c/E90RTY3W2K",
    "/c/H0000000XX",
    "/c/nonsense",
    "/login",
    "/scan",
]
BOARDS = [
    "/dashboard?region=520000000000&period=2019",
    "/dashboard?region=522700000000&period=2019-03",
    "/dashboard?region=522701110206&period=2018",
    "/dashboard?region=530000000000&period=2019",
    "/dashboard?region=520000000000&period=2019&release=7",
    "/dashboard/targets?year=2020&unit=zunyi",
    "/dashboard/stations?region=520000000000&period=2019",
    "/dashboard/stations?region=530000000000&period=2019",
    "/dashboard/products?region=520000000000&period=2019&category=tea",
    "/uplift?region=520000000000&year=2019",
    "/uplift?region=522701000000&year=2026",
]


async def log_in(page: Page, site: Site) -> None:
    """Log in as the bureau."""
    await page.goto(f"{site.base_url}/login")
    await page.click("label[for=client]")
    await page.fill("#name", CLIENT_ID)
    await page.fill("#secret", CLIENT_SECRET)
    await page.click("main button")
    await page.wait_for_url("**/dashboard")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_pages_fit_and_are_labelled(browser: Browser, site: Site, size: dict[str, int], language: str) -> None:
    """Every page fits a 360 px phone and a desk in both languages, with one heading, labelled fields, no complaint."""
    page = await browser.new_page(viewport={"width": size["width"], "height": size["height"]})
    witness = watch(page, site.base_url)
    await log_in(page, site)
    for path in [*OPEN_PAGES, *BOARDS]:
        await page.goto(f"{site.base_url}{path}{'&' if '?' in path else '?'}lang={language}")
        assert await overflow(page) == 0, path
        assert await page.locator("h1").count() == 1, path
        assert await page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[language]
        assert await page.locator("img:not([alt])").count() == 0, path
        fields = page.locator("input:not([type=hidden])")
        assert all([await fields.nth(i).evaluate("field => field.labels.length") for i in range(await fields.count())])
    witness.assert_quiet()


async def test_charts_are_drawn_from_their_tables(browser: Browser, site: Site) -> None:
    """Both charts have ink on them, as many bars as their table has rows, and hovering marks the row."""
    page = await browser.new_page(viewport={"width": 1280, "height": 2400})
    witness = watch(page, site.base_url)
    await log_in(page, site)
    await page.goto(f"{site.base_url}{BOARDS[0]}")
    for chart, rows in (("months-table", 12), ("divisions-table", 9)):
        place = f"[data-chart={chart}]"
        await page.wait_for_selector(f"{place}[data-drawn='{rows}']")
        assert await page.locator(f"#{chart} tbody tr").count() == rows
        assert await ink_share(page, place) > 0.02
    witness.assert_quiet()


async def test_the_comparison_is_drawn_to_one_scale(browser: Browser, site: Site) -> None:
    """Nought stands at the same place in each row; the difference lies within its interval, as the numbers say."""
    page = await browser.new_page(viewport={"width": 1280, "height": 2400})
    witness = watch(page, site.base_url)
    await log_in(page, site)
    await page.goto(f"{site.base_url}/uplift?region=520000000000&year=2019&lang=en")
    zeros, sides = set(), {}
    for name in ("all", "placebo"):
        marks = {}
        for mark in ("zero", "reach", "point"):
            box = await page.locator(f"[data-comparison={name}] line.{mark}").bounding_box()
            assert box is not None
            marks[mark] = box
        zeros.add(round(marks["zero"]["x"]))
        left, right = marks["reach"]["x"], marks["reach"]["x"] + marks["reach"]["width"]
        assert left < marks["point"]["x"] < right
        sides[name] = left < marks["zero"]["x"] < right
    assert len(zeros) == 1
    # The recorded difference is 270 to 343 yuan, the placebo's -36 to 16.
    assert sides == {"all": False, "placebo": True}
    witness.assert_quiet()


async def test_clicking_a_bar_goes_down_the_tree(browser: Browser, site: Site) -> None:
    """A click on a prefecture's bar opens that prefecture, in the same period; the crumb leads back up."""
    page = await browser.new_page(viewport={"width": 1280, "height": 2400})
    await log_in(page, site)
    await page.goto(f"{site.base_url}/dashboard?region=520000000000&period=2019-03")
    chart = page.locator("[data-chart=divisions-table][data-drawn]")
    box = await chart.bounding_box()
    assert box is not None
    async with page.expect_navigation():
        await page.mouse.click(box["x"] + 200, box["y"] + 22)
    assert page.url.endswith("/dashboard?region=520100000000&period=2019-03")
    await page.click(".crumbs a")
    await page.wait_for_url("**/dashboard?region=520000000000&period=2019-03")


async def test_an_empty_region_shows_words_instead_of_charts(browser: Browser, site: Site) -> None:
    """Where nothing was sold the page says so, and each figure that cannot be had says why."""
    page = await browser.new_page()
    await log_in(page, site)
    await page.goto(f"{site.base_url}/dashboard?region=522701000000&period=2018&lang=en")
    assert await page.locator("canvas").count() == 0
    assert "No sales are on record" in await page.inner_text("main")
    assert "needs a full year" in await page.inner_text("[data-indicator=uplift_rate]")


async def test_the_page_of_a_code_works_without_scripts(browser: Browser, site: Site) -> None:
    """A phone without scripts sees code, verdict and QR picture, also at the address in capitals that is in the QR."""
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = await context.new_page()
    witness = watch(page, site.base_url)
    await page.goto(f"{site.base_url}/C/{COOPERATIVE_CODE}?lang=en")
    text = await page.inner_text("main")
    assert "Valid" in text
    assert "湄潭县" in text
    picture = await page.locator("figure img").bounding_box()
    assert picture is not None
    assert picture["width"] >= 150
    witness.assert_quiet()


async def test_the_interface_description_is_drawn(browser: Browser, site: Site) -> None:
    """Swagger UI runs from our own files under the strict policy, and opens an operation."""
    page = await browser.new_page()
    witness = watch(page, site.base_url)
    await page.goto(f"{site.base_url}/docs")
    await page.get_by_text("/v1/orders").click()
    await page.wait_for_selector("text=Responses")
    witness.assert_quiet()
