"""A village station for the tests of ``/scan``: registered, with a household and its card, and phones with the page."""

import io
import secrets
from dataclasses import dataclass
from typing import Any

from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page

from services.codes.label import card_matrix, draw_png, label_matrix
from tests.browser import PHONE
from tests.end_to_end.conftest import RunningHouse
from tests.end_to_end.web.conftest import VILLAGE


@dataclass(frozen=True, slots=True)
class Card:
    """A household's code and what its card says."""

    code: str
    card_no: str
    address: str


@dataclass(frozen=True, slots=True)
class Counter:
    """The counter of a station."""

    house: RunningHouse
    station: str

    def invite(self, label: str = "柜台手机") -> str:
        """A code by which a phone enrols."""
        return str(self._officer(f"/v1/stations/{self.station}/enrolments", {"label": label})["code"])

    def disable(self, device: str) -> None:
        """A phone is stolen."""
        with self.house.client("officer") as officer:
            path = f"/v1/stations/{self.station}/devices/{device}/disable"
            officer.post(path, json={"reason": "遗失"}).raise_for_status()

    def card(self) -> Card:
        """Register a household and give it a card."""
        household = {
            "kind": "household", "region": VILLAGE, "name": "罗某", "persons": 3, "registered_on": "2018-12-31",
            "status": "other", "external_id": secrets.token_hex(8),
        }  # fmt: skip
        code = self._officer("/v1/subjects", household)["code"]
        card = self._officer(f"/v1/codes/{code}/cards", {})
        return Card(code, card["card_no"], card["address"])

    def revoke(self, card: Card) -> None:
        """A card is lost."""
        self._officer(f"/v1/codes/{card.code}/cards/{card.card_no}/revoke", {"reason": "遗失"})

    def handover(self, card: Card) -> str:
        """What an officer hands out apart from the card."""
        return str(self._officer(f"/v1/codes/{card.code}/cards/{card.card_no}/handover", None)["handover"])

    def on_record(self) -> list[dict[str, Any]]:
        """The station's scans as the register has them."""
        with self.house.client("officer") as officer:
            answer = officer.get("/v1/scans", params={"station": self.station}).raise_for_status()
            scans: list[dict[str, Any]] = answer.json()["scans"]
            return scans

    def _officer(self, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        with self.house.client("officer") as officer:
            answer = officer.post(path, json=body).raise_for_status()
            said: dict[str, Any] = answer.json()
            return said


def open_counter(house: RunningHouse) -> Counter:
    """Register a station of its own."""
    counter = Counter(house, f"SCAN-{secrets.token_hex(4)}")
    place = {"station": counter.station, "name": "坪阳村服务站", "region": VILLAGE, "registered_on": "2019-01-01"}
    with house.client("officer") as officer:
        officer.post("/v1/stations", json={**place, "type": "service_station"}).raise_for_status()
    return counter


async def enrol_phone(browser: Browser, counter: Counter, label: str = "柜台手机") -> tuple[BrowserContext, Page]:
    """A phone that is enrolled, has its lists, and can open the page without a line."""
    context = await browser.new_context(base_url=counter.house.base_url, locale="zh-CN", viewport=PHONE)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto("/scan")
    await enrol(page, counter.invite(label))
    await page.wait_for_selector("body[data-worker=ready]")
    return context, page


async def enrol(page: Page, code: str) -> None:
    """Give the code, and wait until the phone knows what is revoked."""
    await page.fill("#enrol-code", code)
    await page.click("#enrol-form button")
    await page.wait_for_selector("#typed")
    await page.wait_for_selector("body[data-list]:not([data-list=''])")


async def go_home(page: Page) -> None:
    """Back to where codes are read."""
    await page.wait_for_selector("body[data-view]")
    if await page.get_attribute("body", "data-view") != "home":
        await page.click("section:not([hidden]) [data-show=home]")


async def type_code(page: Page, text: str) -> None:
    """As somebody does, or a scanner that acts as a keyboard."""
    await go_home(page)
    await page.fill("#typed", text)
    await page.press("#typed", "Enter")


async def verdict_of(page: Page, *, asked: bool) -> str:
    """What the page says of what was read, by itself or after asking the register."""
    shown = page.locator(f"#verdict[data-asked={str(asked).lower()}]")
    await shown.wait_for()
    return str(await shown.get_attribute("data-verdict"))


async def fill_in(page: Page, purpose: str, **fields: str) -> None:
    """Choose what is to be done, fill in its form, and press the button."""
    await page.click(f"[data-purpose={purpose}]")
    for name, value in fields.items():
        if name == "category":
            await page.select_option("#work-category", value)
        else:
            await page.fill(f"#work-{name}", value)
    await page.click("#work-form button.main")


async def record(page: Page, purpose: str, **fields: str) -> None:
    """Take down what is done with what was read."""
    if fields:
        await fill_in(page, purpose, **fields)
    else:
        await page.click(f"[data-purpose={purpose}]")
    await page.wait_for_selector("#outcome")


def picture_of_label(address: str) -> bytes:
    """A label as a PNG."""
    return draw_png(label_matrix(address))


def picture_of_card(address: str) -> bytes:
    """A card's symbol as a PNG."""
    return draw_png(card_matrix(address))


def film_of(picture: bytes) -> bytes:
    """A picture held before a camera: one frame of 640 × 480 as YUV4MPEG2, which Chromium plays again and again."""
    frame = Image.new("L", (640, 480), 190)
    symbol = Image.open(io.BytesIO(picture)).convert("L").resize((400, 400))
    frame.paste(symbol, (120, 40))
    grey = bytes([128]) * (320 * 240)
    return b"YUV4MPEG2 W640 H480 F10:1 Ip C420jpeg\nFRAME\n" + frame.tobytes() + grey + grey
