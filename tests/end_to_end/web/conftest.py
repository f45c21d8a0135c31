"""A browser, and something to look at: a code registered and a sale made through the public API, as anybody would."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page

from tests.browser import Witness, open_browser, watch
from tests.end_to_end.conftest import RunningHouse

VILLAGE = "522701110206"
"""坪阳村 in 毛尖镇, Duyun, where the tea comes from."""
SALE_SHOWN_WITHIN_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Sale:
    """A household's code, and what stands in the statistics of its village in March 2019 once its sale is counted."""

    code: str
    sales_net: str
    orders: int


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A Chromium."""
    async with open_browser() as chromium:
        yield chromium


@pytest.fixture
async def sale(running_house: RunningHouse) -> Sale:
    """Register a household, sell 37.00 yuan of tea under its code, and wait until the statistics have it."""
    async with httpx.AsyncClient(base_url=running_house.base_url, timeout=30, trust_env=False) as client:
        code = await _register(client, await _token(client, running_house, "officer"))
        as_bureau = await _token(client, running_house, "bureau")
        before = await _village_in_march(client, as_bureau)
        await _sell(client, await _token(client, running_house, "platform"), code)
        async with asyncio.timeout(SALE_SHOWN_WITHIN_SECONDS):
            after = before
            while after["orders"] == before["orders"]:
                after = await _village_in_march(client, as_bureau)
                await asyncio.sleep(0.1)
    return Sale(code, after["sales_net"], after["orders"])


async def open_page(browser: Browser, house: RunningHouse, size: dict[str, int]) -> tuple[Page, Witness]:
    """A new window on the house, and its witness."""
    page = await browser.new_page(
        base_url=house.base_url, locale="zh-CN", viewport={"width": size["width"], "height": size["height"]}
    )
    return page, watch(page, house.base_url)


async def log_in(page: Page, house: RunningHouse, client: str, *, instead: str | None = None) -> None:
    """Send the form of the login page as one of the first clients; ``instead`` of its secret, something wrong."""
    account = house.credentials["clients"][client]
    await page.click("label[for=client]")
    await page.fill("#name", account["client_id"])
    await page.fill("#secret", instead or account["client_secret"])
    await page.click("main button")


async def _token(client: httpx.AsyncClient, house: RunningHouse, name: str) -> dict[str, str]:
    account = house.credentials["clients"][name]
    form = {
        "grant_type": "client_credentials",
        "client_id": account["client_id"],
        "client_secret": account["client_secret"],
    }
    answer = (await client.post("/v1/token", data=form)).raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def _register(client: httpx.AsyncClient, officer: dict[str, str]) -> str:
    household = {
        "kind": "household",
        "region": VILLAGE,
        "name": "试用户",
        "persons": 4,
        "status": "registered",
        "baseline_income": "3120.00",
        "baseline_year": 2018,
        "registered_on": "2018-12-31",
    }
    answer = (await client.post("/v1/subjects", json=household, headers=officer)).raise_for_status()
    code: str = answer.json()["code"]
    return code


async def _sell(client: httpx.AsyncClient, platform: dict[str, str], code: str) -> None:
    line = {"line_no": "1", "code": code, "title": "都匀毛尖 500g", "category": "other", "quantity": "2", "unit": "box"}
    order = {
        "order_no": f"WEB-{secrets.token_hex(8)}",
        "occurred_at": "2019-03-18T10:00:00+08:00",
        "shop": "guizhou-tea",
        "lines": [{**line, "amount": "37.00"}],
    }
    answer = (await client.post("/v1/orders", json={"orders": [order]}, headers=platform)).raise_for_status()
    assert answer.json()["counts"]["accepted"] == 1, answer.text


async def _village_in_march(client: httpx.AsyncClient, bureau: dict[str, str]) -> dict[str, Any]:
    query = {"region": VILLAGE, "period": "2019-03"}
    answer = (await client.get("/v1/stats/summary", params=query, headers=bureau)).raise_for_status()
    indicators: dict[str, Any] = answer.json()["indicators"]
    return indicators
