"""The page of the uplift as HTML, with a recorded answer behind it."""

import json

import httpx
import pytest

from services.stats.schemas.uplift import UpliftOut
from tests.integration.web.recorded_api import CLIENT_ID, CLIENT_SECRET, UPLIFT
from tests.integration.web.test_login import fill_in


@pytest.fixture
async def bureau(visitor: httpx.AsyncClient) -> httpx.AsyncClient:
    """A visitor who has logged in."""
    await fill_in(visitor, CLIENT_ID, CLIENT_SECRET)
    return visitor


def test_what_was_recorded_is_what_the_service_answers() -> None:
    """The recorded answer still has the service's shape."""
    assert UpliftOut.model_validate_json(UPLIFT.read_bytes()).comparison.rows


async def test_figures_stand_as_the_api_gave_them(bureau: httpx.AsyncClient) -> None:
    """Amounts with their decimals; the interval beside its difference; in words that it is no effect."""
    page = (await bureau.get("/uplift?region=520000000000&year=2019")).text
    recorded = json.loads(UPLIFT.read_text())
    values = recorded["comparison"]["rows"][0]["values"]
    for text in (values["difference"], values["low"], values["high"], recorded["figures"]["per_head"]["median"]):
        assert text in page
    assert "差异不是效果" in page
    assert "尚无可用的抽查结果" in page
    assert "≥ 5,000" in page


async def test_a_year_that_is_not_over_says_so_and_draws_nothing(bureau: httpx.AsyncClient) -> None:
    page = (await bureau.get("/uplift?region=520000000000&year=2026&lang=en")).text
    assert "needs a full year" in page
    assert 'class="reach"' not in page
    assert "not an effect" in page


async def test_what_cannot_be_shown_is_explained(bureau: httpx.AsyncClient) -> None:
    """No such year or region, and a region that is not one's own."""
    for query, status in (("year=2019-01", 404), ("year=x", 404), ("region=1&year=2019", 404),
                          ("region=530000000000&year=2019", 403)):  # fmt: skip
        assert (await bureau.get(f"/uplift?{query}")).status_code == status


async def test_strangers_log_in_first(visitor: httpx.AsyncClient) -> None:
    """And come back to the page they asked for."""
    answer = await visitor.get("/uplift?year=2019")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2Fuplift%3Fyear%3D2019"
