"""A registry officer's day in a real Chromium: a roster from the file to the print, a lost card, a suspended code."""

import csv
import io
from collections.abc import Sequence

import httpx
import pypdfium2
from playwright.async_api import Browser, FilePayload, Locator, Page
from stdnum.cn import ric

from tests.browser import DESKTOP, Witness, overflow
from tests.end_to_end.conftest import IN_ONE_PROCESS, RunningHouse, run_onecode
from tests.end_to_end.web.conftest import log_in, open_page

pytestmark = IN_ONE_PROCESS
WAIT_MS = 60_000
TITLES = ("户编号", "户主姓名", "证件号码", "家庭人口", "户属性", "县", "村", "联系电话", "备注")


def household(number: int, village: str, **cells: str) -> dict[str, str]:
    """A row; ``cells`` replace what it says."""
    born = f"5227011971{number % 12 + 1:02d}{number % 28 + 1:02d}{number:03d}"
    row = {
        "户编号": f"ZT{number:010d}",
        "户主姓名": f"台{'一二三四五六七八九十'[number % 10]}",
        "证件号码": born + ric.calc_check_digit(born + "0"),
        "家庭人口": "4",
        "户属性": "建档立卡户",
        "县": "都匀市",
        "村": village,
        "联系电话": f"1398000{number:04d}",
        "备注": "不读",
    }
    return row | cells


def file_of(rows: Sequence[dict[str, str]]) -> FilePayload:
    """As a county office saves it: CSV in GB18030."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, TITLES)
    writer.writeheader()
    writer.writerows(rows)
    return {"name": "名册.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode("gb18030")}


async def desk(browser: Browser, house: RunningHouse) -> tuple[Page, Witness]:
    """The console, after the login that it asks for."""
    page, witness = await open_page(browser, house, DESKTOP)
    page.set_default_timeout(WAIT_MS)
    await page.goto("/console")
    assert "/login?next=%2Fconsole" in page.url
    await log_in(page, house, "officer")
    await page.wait_for_url("**/console")
    return page, witness


async def send(page: Page, rows: Sequence[dict[str, str]], mode: str = "delta") -> None:
    """Fill in the form of a roster and wait for the preview."""
    await page.goto("/console")
    await page.fill("#region", "522701000000")
    await page.select_option("#mode", mode)
    await page.set_input_files("#file", file_of(rows))
    await page.click("form[action='/console/rosters'] button")
    await page.wait_for_selector("table.rows")


def row_of(page: Page, number: int) -> Locator:
    """A row of the preview, by its number in the file."""
    return page.locator(f"#row-{number}")


async def test_a_roster_goes_from_the_file_to_labels_and_cards(browser: Browser, running_house: RunningHouse) -> None:
    """What is good is registered after the preview, what is in doubt once it is decided, and the rest says why not."""
    page, witness = await desk(browser, running_house)
    rows = [
        household(1, "广惠"),
        household(2, "新坪村"),
        household(3, "广惠", 证件号码="5.22701E+17"),
        household(1, "广惠", 户编号="ZT0000000009"),
    ]
    await send(page, rows)
    assert "以下列没有读取：备注" in await page.inner_text("main")
    assert "E+17" not in await page.inner_text("main")
    assert "Excel" in await row_of(page, 4).inner_text()
    assert "前面一行" in await row_of(page, 5).inner_text()
    places = row_of(page, 3).locator("button[name=region]")
    assert await places.all_inner_texts() == ["都匀市墨冲镇新坪村村民委员会", "都匀市匀东镇新坪村村民委员会"]
    await places.first.click()
    await page.click("button:has-text('登记 2 行')")
    await page.wait_for_selector("table.rows td:has-text('已登记')")
    codes = await page.locator("table.rows td a").all_inner_texts()
    assert len(codes) == 2
    for what in ("labels", "cards", "handovers"):
        async with page.expect_download() as coming:
            await page.click(f"button[value={what}]")
        with pypdfium2.PdfDocument(await (await coming.value).path()) as document:
            text = "".join(sheet.get_textpage().get_text_bounded() for sheet in document)
        assert all(code in text.replace(" ", "") for code in codes), what
    await send(page, rows[:1], mode="full")
    assert await page.locator(".counts dt").all_inner_texts() == ["无变化", "已登记"]
    await page.click("a:has-text('名册中缺少的人')")
    assert codes[1] in await page.inner_text("table")
    assert await overflow(page) == 0
    witness.assert_quiet()


async def test_a_file_that_is_no_roster_is_refused_where_it_was_sent(
    browser: Browser, running_house: RunningHouse
) -> None:
    """The form says what is wrong and keeps what was entered; what another site sends is refused."""
    page, _ = await desk(browser, running_house)
    await page.fill("#region", "522701000000")
    await page.set_input_files("#file", FilePayload(name="x.csv", mimeType="text/csv", buffer=b"a,b\n1,2\n"))
    await page.click("form[action='/console/rosters'] button")
    assert "表头" in await page.inner_text("[role=alert]")
    assert await page.input_value("#region") == "522701000000"
    forged = await page.request.post("/console/print", form={"what": "labels", "of": "region", "said": "522701000000"})
    assert forged.status == 403
    assert "表单已失效" in await forged.text()


async def test_a_lost_card_is_replaced_and_a_code_suspended(browser: Browser, running_house: RunningHouse) -> None:
    """Found by a number that no address shows; each act asks for its reason and is seen at once."""
    page, witness = await desk(browser, running_house)
    await send(page, [household(21, "广惠")])
    await page.click("button:has-text('登记 1 行')")
    await page.wait_for_selector("table.rows td:has-text('已登记')")
    await page.goto("/console")
    await page.select_option("#by", "id_card")
    await page.fill("#said", household(21, "")["证件号码"])
    await page.click("form[action='/console/find'] button")
    assert page.url.endswith("/console/find")
    await page.click("table a")
    await page.click("button:has-text('发卡')")
    await page.click("button:has-text('显示交接码')")
    told = await page.inner_text(".told b")
    await page.click("text=English")
    assert "Handover code:" not in await page.inner_text("main"), "it is told once, not by an address"
    assert told not in await page.content()
    await page.fill("#lost", "户主报失")
    await page.click("button:has-text('Replace the card')")
    states = await page.locator("section[aria-labelledby=cards] tbody td.long").all_inner_texts()
    assert [state.split()[0] for state in states] == ["Revoked", "in"]
    await page.fill("form[action$=suspend] input[name=reason]", "冒用")
    await page.click("button:has-text('Suspend')")
    await page.wait_for_selector("button:has-text('Reinstate')")
    assert "Suspended" in await page.inner_text(".facts")
    await page.goto("/console?lang=zh")
    witness.assert_quiet()


async def test_a_station_is_registered_and_a_phone_let_in(browser: Browser, running_house: RunningHouse) -> None:
    """The code is shown once; with it a phone enrols, and what the station says of it is on its page."""
    page, witness = await desk(browser, running_house)
    await page.click("a:has-text('站点')")
    await page.fill("#station", "CONSOLE-1")
    await page.fill("#name", "坪阳村服务站")
    await page.fill("form[method=post] #region", "522701110206")
    await page.click("button:has-text('登记')")
    await page.wait_for_url("**/console/stations/CONSOLE-1")
    await page.fill("#label", "柜台手机")
    await page.click("button:has-text('取启用码')")
    code = await page.inner_text(".told b")
    phone = await page.request.post("/scan/enrol", data={"code": code, "request_id": "console-test-0001"})
    assert phone.status == 201
    await page.goto("/console/stations/CONSOLE-1")
    assert code not in await page.content()
    assert "柜台手机" in await page.inner_text("table")
    await page.fill("#operator", "W17")
    await page.click("button:has-text('登记经办人')")
    await page.fill("#to", "2030-01-01")
    await page.fill("form[action$=closures] input[name=reason]", "春节")
    await page.click("button:has-text('登记休业')")
    facts = await page.inner_text(".facts")
    assert "W17" in facts
    assert "– 2029-12-31\n春节" in facts, "closed until the day before it opens again"
    await page.click("summary:has-text('停用这部手机')")
    await page.fill("form[action$=disable] input[name=reason]", "丢失")
    await page.click("form[action$=disable] button")
    await page.wait_for_selector("td:has-text('已停用')")
    await page.goto("/console/stations?region=522701000000")
    assert "坪阳村服务站" in await page.inner_text("table")
    await page.goto("/console/objections")
    assert await overflow(page) == 0
    witness.assert_quiet()


async def test_a_person_gets_a_password_and_chooses_another(browser: Browser, running_house: RunningHouse) -> None:
    """Registered from the command line for one county; logged out by the change, and in by the new password only."""
    arguments = ["--name", "罗春梅", "--as", "officer", "--region", "522701000000"]
    said = _told(running_house, "user", "add", "luo", *arguments)
    password = said.split("Password: ")[1].split()[0]
    page, witness = await open_page(browser, running_house, DESKTOP)
    page.set_default_timeout(WAIT_MS)
    await page.goto("/login?next=/console")
    for tried, arrives in ((password, True), ("tea from Duyun's hills", True), (password, False)):
        await page.fill("#name", "luo")
        await page.fill("#secret", tried)
        await page.click("main button")
        if not arrives:
            break
        await page.wait_for_url("**/console")
        assert await page.input_value("#region") == "522701000000", "her county, as it is the only one"
        await page.click("nav a:has-text('密码')")
        await page.fill("#current", tried)
        await page.fill("#new", "tea from Duyun's hills")
        await page.fill("#again", "tea from Duyun's hills")
        await page.click("main button")
        await page.wait_for_url("**/login")
        await page.goto("/login?next=/console")
    assert "名称或密码不对" in await page.inner_text("[role=alert]")
    assert "522701000000" in _told(running_house, "user", "list")
    witness.assert_quiet()
    _told(running_house, "user", "disable", "luo")
    [line] = [one for one in _told(running_house, "user", "list").splitlines() if one.startswith("luo ")]
    assert line.endswith("disabled")
    assert "enabled" in _told(running_house, "user", "enable", "luo")


def test_a_program_gets_a_secret_and_another(running_house: RunningHouse) -> None:
    """Registered from the command line for one platform; the first secret ends with the second."""
    arguments = ["--name", "茶叶商城", "--as", "platform", "--platform", "tea-shop", "--region", "520000000000"]
    first, second = (
        _told(running_house, "client", *command).split("Secret: ")[1].split()[0]
        for command in (("add", "tea-shop", *arguments), ("secret", "tea-shop"))
    )
    form = {"grant_type": "client_credentials", "client_id": "tea-shop"}
    token = f"{running_house.base_url}/v1/token"
    assert httpx.post(token, data=form | {"client_secret": first}).status_code == 401
    assert httpx.post(token, data=form | {"client_secret": second}).status_code == 200


def _told(house: RunningHouse, *arguments: str) -> str:
    process = run_onecode(*arguments, "--data", str(house.data))
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return said
