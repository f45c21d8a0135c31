"""Poverty lines over HTTP: what holds, who may record another, and what was known when."""

from typing import Any

import httpx
import pytest

from services.kit import clock
from services.stats.app import create_app
from services.stats.settings import StatsSettings
from tests.tokens import PROVINCE, Tokens

LINE = {"region": PROVINCE, "year": 2019, "per_head": "3747.00", "standing": "guideline", "source": "省扶贫办文件"}


@pytest.fixture
async def ask(settings: StatsSettings) -> Any:
    """Asks the service."""
    app = create_app(settings)
    tokens = await Tokens.trusted_by(settings.database_url, issuer=settings.public_url)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://stats") as client:

        async def ask(method: str, scope: str, regions: tuple[str, ...] = (PROVINCE,), **given: Any) -> httpx.Response:
            headers = tokens.header(scope, regions=regions)
            return await client.request(method, "/v1/stats/poverty-lines", headers=headers, **given)

        yield ask
    await app.state.database.close()


async def test_a_recorded_line_counts_and_what_was_known_before_stays_readable(ask: Any) -> None:
    """The province's own line stands beside the national one; before it was recorded there was none."""
    before = clock.now()
    response = await ask("POST", "ratios:write", json={"lines": [LINE]})
    assert response.status_code == 201, response.text
    assert response.json()["lines"][0]["per_head"] == "3747.00"
    own = (await ask("GET", "stats:read", params={"region": PROVINCE})).json()["lines"]
    assert [(line["year"], line["source"]) for line in own] == [(2019, "省扶贫办文件")]
    corrected = {**LINE, "per_head": "3750.00"}
    await ask("POST", "ratios:write", json={"lines": [corrected]})
    lines = (await ask("GET", "stats:read")).json()["lines"]
    assert {(line["per_head"], line["status"]) for line in lines if line["year"] == 2019} == {
        ("3218.00", "to_be_confirmed"), ("3750.00", "confirmed"),
    }  # fmt: skip
    then = (await ask("GET", "stats:read", params={"as_of": before.isoformat(), "region": PROVINCE})).json()
    assert then["lines"] == []


async def test_lines_are_a_provinces_own_to_record(ask: Any) -> None:
    """Neither another province's, nor a prefecture's, nor one without a source; the nation's with a whole province."""
    for regions, changes, status in (
        (("530000000000",), {}, 403),
        (("520100000000",), {}, 403),
        (("520100000000",), {"region": "*"}, 403),
        ((PROVINCE,), {"region": "*"}, 201),
        ((PROVINCE,), {"per_head": "0.00"}, 422),
        ((PROVINCE,), {"region": "520100000000"}, 422),
        ((PROVINCE,), {"source": ""}, 422),
    ):
        response = await ask("POST", "ratios:write", regions, json={"lines": [{**LINE, **changes}]})
        assert response.status_code == status, changes
