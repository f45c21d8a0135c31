"""The pages of a running house, every service behind them real, in a real Chromium."""

from decimal import Decimal

from playwright.async_api import Browser
from stdnum.iso7064 import mod_37_36

from tests.browser import DESKTOP, PHONE, ink_share, overflow
from tests.end_to_end.conftest import RunningHouse
from tests.end_to_end.web.conftest import VILLAGE, Sale, log_in, open_page


def never_issued() -> str:
    """A well-formed code that nobody holds: all noughts but for the end."""
    bodies = (f"H0000000{last}" for last in "0123456789")
    codes = (body + mod_37_36.calc_check_digit(body) for body in bodies)
    return next(code for code in codes if code[-1] not in "ILOU")


async def test_who_scans_a_label_learns_what_it_is(browser: Browser, running_house: RunningHouse, sale: Sale) -> None:
    """The address in a QR code, in capitals, leads on a phone to the verdict in two languages and to the QR itself."""
    page, witness = await open_page(browser, running_house, PHONE)
    answer = await page.goto(f"/C/{sale.code}")
    assert answer is not None
    assert answer.status == 200
    assert "script-src 'self'" in (await answer.all_headers())["content-security-policy"]
    assert "有效" in await page.inner_text("main")
    place = await page.inner_text("main")
    assert "贵州省" in place
    assert "都匀市" not in place, "fewer than twenty households have codes there"
    picture = page.locator("figure img")
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    await page.click("text=English")
    await page.wait_for_selector("html[lang=en]")
    assert "Valid" in await page.inner_text("main")
    assert "household" not in (await page.inner_text("main")).lower()
    assert await overflow(page) == 0
    witness.assert_quiet()


async def test_a_code_that_was_never_issued_is_told_from_a_slip(browser: Browser, running_house: RunningHouse) -> None:
    """Both are pages with status 404, each with its own words."""
    page, witness = await open_page(browser, running_house, PHONE)
    unknown = await page.goto(f"/c/{never_issued()}")
    assert unknown is not None
    assert unknown.status == 404
    assert "查无此码" in await page.inner_text("main")
    await page.fill("#code", never_issued()[:-1])
    await page.click("main button")
    await page.wait_for_selector("main h1:has-text('码写得不对')")
    witness.assert_quiet()


async def test_the_bureau_logs_in_and_reads_its_figures(
    browser: Browser, running_house: RunningHouse, sale: Sale
) -> None:
    """A wrong secret is refused in words; with the right one, the figures are the API's and the charts are drawn."""
    page, witness = await open_page(browser, running_house, DESKTOP)
    wanted = f"/dashboard?region={VILLAGE}&period=2019-03"
    await page.goto(wanted)
    assert "/login?next=" in page.url
    await log_in(page, running_house, "bureau", instead="not the secret")
    assert "名称或密码不对" in await page.inner_text("[role=alert]")
    await log_in(page, running_house, "bureau")
    await page.wait_for_url(lambda url: url.endswith(wanted))
    assert f"{Decimal(sale.sales_net):,}" in await page.inner_text("[data-indicator=sales_net]")
    assert await page.inner_text("[data-indicator=orders] .number") == f"{sale.orders:,}"
    await page.wait_for_selector("[data-chart=months-table][data-drawn='12']")
    assert await ink_share(page, "[data-chart=months-table]") > 0.01

    await page.click(".crumbs li:first-child a")
    await page.wait_for_selector("[data-chart=divisions-table][data-drawn]")
    assert await ink_share(page, "[data-chart=divisions-table]") > 0.01
    await page.click("#divisions-table a:has-text('黔南')")
    await page.wait_for_url(lambda url: url.endswith("/dashboard?region=522700000000&period=2019-03"))
    await page.click("text=退出")
    await page.wait_for_url(f"{running_house.base_url}/")
    await page.goto(wanted)
    assert "/login?next=" in page.url
    witness.assert_quiet()


async def test_the_interface_description_covers_the_house(browser: Browser, running_house: RunningHouse) -> None:
    """``/docs`` draws the merged description of all services from our own files, takes a client's credentials, and
    calls an operation with the token it got for them.
    """
    page, witness = await open_page(browser, running_house, DESKTOP)
    await page.goto("/docs")
    for path in ("/v1/token", "/v1/subjects", "/v1/orders", "/v1/stats/summary"):
        await page.wait_for_selector(f"[data-path='{path}']")
    bureau = running_house.credentials["clients"]["bureau"]
    await page.click(".auth-wrapper button.authorize")
    await page.fill(".modal-ux #client_id_clientCredentials", bureau["client_id"])
    await page.fill(".modal-ux #client_secret_clientCredentials", bureau["client_secret"])
    await page.click(".modal-ux button:has-text('Authorize')")
    await page.click(".modal-ux button:has-text('Close')")
    operation = page.locator(".opblock:has([data-path='/v1/stats/indicators'])")
    await operation.locator(".opblock-summary-control").click()
    await operation.get_by_role("button", name="Try it out").click()
    await operation.get_by_role("button", name="Execute").click()
    await operation.locator(".live-responses-table td.response-col_status:has-text('200')").wait_for()
    witness.assert_quiet()
