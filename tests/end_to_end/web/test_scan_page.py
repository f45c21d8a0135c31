"""A station with an old phone and a bad line: ``/scan`` of a running house, in a real Chromium."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route

from services.codes.card import read_token, write_token
from tests.browser import open_browser, overflow
from tests.end_to_end.conftest import IN_ONE_PROCESS, RunningHouse
from tests.end_to_end.web.station import (
    Counter,
    enrol,
    enrol_phone,
    fill_in,
    film_of,
    go_home,
    open_counter,
    picture_of_card,
    picture_of_label,
    record,
    type_code,
    verdict_of,
)

pytestmark = [IN_ONE_PROCESS, pytest.mark.asyncio(loop_scope="module")]

GOODS = {"category": "tea", "quantity": "2.5", "unit": "斤", "unit_price": "50.40", "operator": "W17"}

KEPT = """async () => {
    const kept = [document.cookie, JSON.stringify(Object.assign({}, localStorage))];
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
            const answer = await cache.match(request);
            kept.push(request.url, request.url.includes("/assets/") ? "" : await answer.text());
        }
    }
    const asked = indexedDB.open("onecode.scan");
    await new Promise((resolve) => { asked.onsuccess = resolve; });
    for (const box of ["state", "scans"]) {
        const all = asked.result.transaction(box).objectStore(box).getAll();
        await new Promise((resolve) => { all.onsuccess = resolve; });
        kept.push(JSON.stringify(all.result));
    }
    return kept.join("\\n");
}"""
"""All that a script of any page of ours could find on the phone."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all of these: each test opens its own phones in it."""
    async with open_browser() as chromium:
        yield chromium


@pytest.fixture
def counter(running_house: RunningHouse) -> Counter:
    """A station of its own."""
    return open_counter(running_house)


async def all_is_sent(page: Page) -> None:
    """Wait until nothing waits."""
    await page.wait_for_selector("#bar[data-waiting='0']")


async def test_goods_are_received_and_paid_for(browser: Browser, counter: Counter) -> None:
    """Enrolled with a short code; a mistyped code is told what slip it is; a form is held to its rules; what is paid
    has a slip. All of it fits a screen of 360 pixels. No script finds the credential, nor whose code was sent.
    """
    card = counter.card()
    context, page = await enrol_phone(browser, counter)
    assert counter.station in await page.inner_text("#station-name")
    await type_code(page, card.code[:9] + ("0" if card.code[9] == "1" else "1"))
    await page.wait_for_selector("#typed-answer.bad:has-text('校验不符') b:has-text('很可能')")
    await type_code(page, card.code.lower())
    assert await verdict_of(page, asked=True) == "valid"
    assert await overflow(page) == 0
    await fill_in(page, "goods_received", **{**GOODS, "category": ""})
    assert await page.get_attribute("#work-category", "aria-invalid") == "true"
    assert await page.input_value("#work-amount_paid") == "126.00"
    assert await overflow(page) == 0
    await page.select_option("#work-category", "tea")
    await page.click("#work-form button.main")
    await page.wait_for_selector("#outcome[data-status=accepted][data-verdict=valid]")
    assert "都匀市" in await page.inner_text("#outcome")
    async with context.expect_page() as opened:
        await page.click("#slip-place a")
    slip = await opened.value
    await slip.wait_for_selector("dl")
    assert "126.00" in await slip.inner_text("body")
    (scan,) = counter.on_record()
    assert (scan["purpose"], scan["amount_paid"], scan["offline"]) == ("goods_received", "126.00", False)
    await page.click("#bar")
    assert await overflow(page) == 0
    found = await page.evaluate(KEPT)
    secret = next(one["value"] for one in await context.cookies() if one["name"] == "onecode_device").partition(":")[2]
    assert "goods_received" in found
    assert [word for word in (secret, card.code, card.address, "罗某") if word in found] == []
    await page.click("#recorded button")
    await page.click("#recorded button")
    await page.wait_for_selector("#outcome[data-status=accepted]")
    assert [one["voided"] for one in counter.on_record() if one["purpose"] == "goods_received"] == [True]
    await context.close()


async def test_without_a_line_the_page_opens_and_nothing_is_lost(browser: Browser, counter: Counter) -> None:
    """Opened anew without a line, it judges by what it carries, takes down, and says what waits; with a line each scan
    is on record once, dated when it was taken down.
    """
    card = counter.card()
    context, page = await enrol_phone(browser, counter)
    await context.set_offline(True)
    await page.reload()
    await type_code(page, card.code)
    assert await verdict_of(page, asked=False) == "unlisted"
    await record(page, "parcel_out", waybill="YT4412345678901")
    await type_code(page, card.address)
    assert await verdict_of(page, asked=False) == "valid"
    await record(page, "verify")
    await page.wait_for_selector("#bar[data-waiting='2']")
    await page.close()
    page = await context.new_page()
    await page.goto("/scan")
    await page.click("#bar[data-waiting='2']")
    assert "最早" in await page.inner_text("#waiting-summary")
    assert counter.on_record() == []
    await context.set_offline(False)
    await all_is_sent(page)
    seen = {(scan["purpose"], scan["waybill"], scan["verdict"], scan["offline"]) for scan in counter.on_record()}
    assert seen == {("parcel_out", "YT4412345678901", "valid", True), ("verify", None, "valid", True)}
    assert len(counter.on_record()) == 2
    await context.close()


async def test_an_answer_that_is_lost_costs_nothing(browser: Browser, counter: Counter) -> None:
    """The service had it, the phone did not hear so, somebody closed the page, opened it twice: it counts once."""
    card = counter.card()
    context, page = await enrol_phone(browser, counter)
    lost = []

    async def lose(route: Route) -> None:
        lost.append(await route.fetch())
        await route.abort()

    await context.route("**/scan/v1/scans", lose)
    await type_code(page, card.code)
    await record(page, "goods_received", **GOODS)
    await page.click("#bar")
    await page.wait_for_selector("#waiting-summary .warning")
    assert await page.get_attribute("#bar", "data-waiting") == "1"
    assert len(counter.on_record()) == len(lost) == 1
    await page.close()
    await context.unroute("**/scan/v1/scans")
    pages = [await context.new_page(), await context.new_page()]
    for one in pages:
        await one.goto("/scan")
    for one in pages:
        await all_is_sent(one)
    assert len(counter.on_record()) == 1
    await context.close()


async def cards_on_the_list(page: Page) -> str:
    """How many cards the phone knows to be revoked, in its own words."""
    await page.wait_for_selector("#list-content:has-text('卡')")
    found = re.search(r"卡 \d+ 张", await page.inner_text("#list-content"))
    assert found is not None
    return found[0]


async def test_labels_and_cards_are_read_from_pictures_and_judged_without_a_line(
    browser: Browser, counter: Counter
) -> None:
    """A label, a card, a forged card, a card of another code, a revoked card: each is told apart on the phone alone."""
    card, lost = counter.card(), counter.card()
    context, page = await enrol_phone(browser, counter)
    await page.click("[data-show=setup]")
    others_lost = await cards_on_the_list(page)
    counter.revoke(lost)
    while await cards_on_the_list(page) == others_lost:
        await page.click("#refresh")
        await page.wait_for_selector("#refresh-answer:has-text('已更新')")
    await context.set_offline(True)
    token = read_token(card.address.rpartition("/")[2])
    signature = bytes([token.signature[0] ^ 1, *token.signature[1:]])
    forged = write_token(type(token)(token.key_id, token.card_no, token.issued_on, signature))
    beginning = card.address[: -len(forged) - len(card.code) - 1]
    for picture, verdict in (
        (picture_of_label(f"{beginning}{card.code}"), "unlisted"),
        (picture_of_card(card.address), "valid"),
        (picture_of_card(f"{beginning}{card.code}/{forged}"), "bad_signature"),
        (picture_of_card(card.address.replace(card.code, lost.code)), "bad_signature"),
        (picture_of_card(lost.address), "revoked"),
    ):
        await go_home(page)
        await page.set_input_files("#photo", {"name": "photo.png", "mimeType": "image/png", "buffer": picture})
        assert await verdict_of(page, asked=False) == verdict
        assert await page.is_visible("[data-purpose=goods_received]") == (verdict != "bad_signature")
    await context.close()


STOPPED_AS_IT_OPENS = """() => {
    const media = navigator.mediaDevices, open = media.getUserMedia.bind(media);
    media.getUserMedia = async wanted => {
        const stream = await open(wanted), track = stream.getTracks()[0], stop = track.stop.bind(track);
        track.stop = () => { stop(); document.body.setAttribute("data-closed", track.readyState); };
        media.getUserMedia = open;
        return stream;
    };
    document.getElementById("camera").click();
    document.getElementById("camera-stop").click();
}"""


async def test_a_card_is_read_by_the_camera(counter: Counter, tmp_path: Path) -> None:
    """Held before the camera, a card is read and the camera is off again; so is one that was stopped as it opened."""
    card = counter.card()
    film = tmp_path / "card.y4m"
    film.write_bytes(film_of(picture_of_card(card.address)))
    camera = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    async with open_browser(*camera, f"--use-file-for-fake-video-capture={film}") as browser:
        context, page = await enrol_phone(browser, counter)
        await page.evaluate(STOPPED_AS_IT_OPENS)
        await page.wait_for_selector("body[data-closed='ended']")
        assert await page.get_attribute("body", "data-view") == "home"
        await page.click("#camera")
        assert await verdict_of(page, asked=True) == "valid"
        assert await page.evaluate("document.getElementById('video').srcObject") is None
        await context.close()


async def test_what_a_phone_cannot_send_another_brings(browser: Browser, counter: Counter) -> None:
    """A queue saved to a file, brought by the station's other phone and sent by its own in the end, counts once. A
    phone that was disabled and enrolled anew sends what it had, in its former name; what had arrived counts no more.
    """
    card = counter.card()
    context, page = await enrol_phone(browser, counter)
    other_context, other = await enrol_phone(browser, counter, "备用手机")
    await context.set_offline(True)
    await type_code(page, card.address)
    await record(page, "goods_received", **GOODS)
    await page.click("#bar")
    async with page.expect_download() as saved:
        await page.click("#save-file")
    file = await (await saved.value).path()
    device = json.loads(file.read_text())["device"]
    await other.click("#bar")
    await other.set_input_files("#bring-file", file)
    await other.wait_for_selector("#file-answer:has-text('新记录 1 条')")
    counter.disable(device)
    await context.set_offline(False)
    await page.click("#send-now")
    await page.wait_for_selector("#waiting-summary .warning:has-text('重新登记')")
    await type_code(page, card.code)
    await record(page, "verify")
    await page.click("#outcome ~ [data-show=home]")
    await page.click("[data-show=setup]")
    await page.click("#enrol-again")
    await enrol(page, counter.invite())
    await all_is_sent(page)
    seen = sorted((scan["purpose"], scan["device"]) for scan in counter.on_record())
    assert seen == [("goods_received", device), ("verify", device)]
    for one in (context, other_context):
        await one.close()


async def test_a_phone_without_a_database_and_a_scanner_that_types(browser: Browser, counter: Counter) -> None:
    """The answer to the enrolment is lost and asked for again with the same code; the queue is in plain storage, and
    empty of codes once it is sent; what a scanner types is taken with no field in focus.
    """
    card = counter.card()
    context = await browser.new_context(base_url=counter.house.base_url, locale="en-GB")
    await context.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined });")
    page = await context.new_page()
    await page.goto("/scan")
    await page.wait_for_selector("html[lang=en]")
    lost = []

    async def lose(route: Route) -> None:
        lost.append((await (await route.fetch()).json())["device"])
        await route.abort()

    await context.route("**/scan/enrol", lose, times=1)
    code = counter.invite()
    await page.fill("#enrol-code", code)
    await page.click("#enrol-form button")
    await page.wait_for_selector("#enrol-answer:has-text('no answer')")
    await enrol(page, code)
    await page.wait_for_selector("body[data-worker=ready]")
    await context.set_offline(True)
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.type(card.address)
    await page.keyboard.press("Enter")
    assert await verdict_of(page, asked=False) == "valid"
    await record(page, "service", amount_paid="5")
    stored = await page.evaluate("localStorage.getItem('onecode.scan')")
    assert card.code in stored
    await page.reload()
    await page.wait_for_selector("#bar[data-waiting='1']")
    await context.set_offline(False)
    await all_is_sent(page)
    assert [(scan["purpose"], scan["device"]) for scan in counter.on_record()] == [("service", lost[0])]
    assert card.code not in await page.evaluate("localStorage.getItem('onecode.scan')")
    await context.close()


async def test_a_statement_leaves_nothing_behind(browser: Browser, counter: Counter) -> None:
    """The holder sets the PIN, opens the statement, and closes it: neither PIN, grant nor figures stay. Not offline."""
    card = counter.card()
    context, page = await enrol_phone(browser, counter)
    grants: list[str] = []

    async def note(route: Route) -> None:
        answer = await route.fetch()
        grants.append((await answer.json())["grant"])
        await route.fulfill(response=answer)

    await context.route("**/scan/v1/statements", note)
    await type_code(page, card.address)
    await page.click("[data-purpose=statement]")
    await page.fill("#pin", "483176")
    await page.click("details:visible summary")
    await page.fill("#handover", counter.handover(card))
    await page.click("#pin-set")
    await page.wait_for_selector("#pin-answer:has-text('已设置')")
    assert await page.input_value("#pin") == ""
    await page.fill("#pin", "483176")
    await page.click("#pin-form button")
    await page.wait_for_selector("#figures table")
    assert await overflow(page) == 0
    await page.click("#statement-close")
    found = await page.evaluate(KEPT)
    assert [word for word in ("483176", *grants, card.code) if word in found] == []
    assert len(grants) == 1
    assert await page.inner_text("#figures") == ""
    await context.set_offline(True)
    await type_code(page, card.address)
    await page.click("[data-purpose=statement]")
    await page.fill("#pin", "483176")
    await page.click("#pin-form button")
    await page.wait_for_selector("#pin-answer:has-text('没有网络')")
    await context.close()
