"""Audits over HTTP: drawn again by anybody, shown to few, and never edited."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit.database import Database
from services.stats.app import create_app
from services.stats.as_of import as_of_position
from services.stats.audit.checks import check_audits
from services.stats.audit.reading import read_frame
from services.stats.audit.sample import draw
from services.stats.cube.folding import follow_ledger
from services.stats.period import parse_period
from services.stats.question import Region
from services.stats.settings import StatsSettings
from tests.integration.stats.history import History
from tests.integration.stats.story import COUNTY, FAR_COUNTY, PROVINCE
from tests.tokens import Tokens

AUDITOR = "audits:write"
DRAW = {"county": COUNTY, "quarter": "2020-Q1", "size": 6, "seed": "lottery 07 13 22"}


class Office:
    """Asks as people of some office."""

    def __init__(self, client: httpx.AsyncClient, tokens: Tokens) -> None:
        self._client, self._tokens = client, tokens

    async def __call__(
        self, method: str, path: str, scope: str = AUDITOR, regions: tuple[str, ...] = (PROVINCE,), **given: Any
    ) -> httpx.Response:
        """One request."""
        headers = self._tokens.header(scope, regions=regions)
        return await self._client.request(method, f"/v1/stats/{path}", headers=headers, **given)


@pytest.fixture
async def office(settings: StatsSettings, told: History) -> AsyncIterator[Office]:  # noqa: ARG001 - comes first
    """The service over HTTP, with the story told."""
    app = create_app(settings)
    tokens = await Tokens.trusted_by(settings.database_url, issuer=settings.public_url)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://stats") as client:
        yield Office(client, tokens)
    await app.state.database.close()


async def drawn(office: Office, **changes: Any) -> dict[str, Any]:
    """A sample."""
    response = await office("POST", "audits", json={**DRAW, **changes})
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_a_sample_can_be_drawn_again(office: Office, database: Database) -> None:
    """From frame and seed: the frame is what reached the county's households (1 and 2; 3 moved away in March)."""
    answer = await drawn(office)
    async with database.snapshot() as connection:
        as_of = await as_of_position(connection, answer["position"], answer["codes_position"])
        frame = await read_frame(connection, Region(COUNTY, "", "county"), parse_period("2020-Q1"), as_of)
    assert sorted((line.household_id, line.basis, line.amount_fen) for line in frame) == [
        (1, "contract", 833), (1, "imputed", 3500), (2, "contract", 1667),
    ]  # fmt: skip
    again = draw(frame, DRAW["size"], DRAW["seed"])  # type: ignore[arg-type]
    assert again.frame_digest.hex() == answer["frame_digest"]
    assert [(line["basis"], line["amount"]) for line in answer["sample"]] == [
        (line.basis, f"{line.amount_fen / 100:.2f}") for line in again.lines
    ]
    assert {line["code"] for line in answer["sample"]} == {"H000000001", "H000000002"}


async def test_findings_give_an_estimate_and_none_is_edited(office: Office, engine: AsyncEngine) -> None:
    """A line found twice keeps both; the last counts. Of 60.00 booked 58.33 turn out to be true."""
    audit = (await drawn(office))["audit"]
    lines = (await office("GET", f"audits/{audit}")).json()["sample"]
    said = {"finder": "县统计局", "evidence": "存折", "found_on": "2020-05-01"}
    wrong = next(line for line in lines if line["amount"] == "16.67")
    first = await office(
        "POST", f"audits/{audit}/findings",
        json={"findings": [{"line": line["line"], "confirmed": line["amount"], **said} for line in lines]},
    )  # fmt: skip
    assert first.json()["estimate"]["error_rate"] == "0.0000"
    later = await office(
        "POST", f"audits/{audit}/findings", json={"findings": [{"line": wrong["line"], "confirmed": "15.00", **said}]}
    )
    assert later.status_code == 201, later.text
    found = later.json()["estimate"]
    assert (found["amount"], found["confirmed"], found["wrong"]) == ("60.00", "58.33", 1)
    # All three lines were looked at: nothing is left to chance.
    assert (found["low"], found["error_rate"], found["high"]) == ("0.0278", "0.0278", "0.0278")
    asked = {"region": COUNTY, "period": "2020-Q1"}
    rates = []
    for then in ({}, {"as_of": "2026-01-01T01:00:00Z"}):
        told = (await office("GET", "summary", "stats:exact", params=asked | then)).json()
        rates.append(told["indicators"]["quality"]["audit_error_rate"])
    # Before it was drawn, nobody knew of the audit.
    assert rates == ["0.0278", {"value": None, "reason": "no_audit"}]
    async with engine.connect() as connection:
        kept = await connection.scalar(text("SELECT count(*) FROM stats.audit_findings"))
        readings = await connection.scalar(text("SELECT count(*) FROM stats.audit_readings"))
    assert (kept, readings) == (4, 2)


async def test_codes_are_for_auditors_of_the_region(office: Office) -> None:
    """Who reads statistics sees the estimate and no code; who audits elsewhere sees nothing."""
    audit = (await drawn(office))["audit"]
    listed = await office("GET", "audits", "stats:exact", params={"region": PROVINCE, "period": "2020"})
    assert [one["audit"] for one in listed.json()["audits"]] == [audit]
    assert "H000000001" not in listed.text
    assert (await office("GET", f"audits/{audit}", "stats:exact")).status_code == 403
    assert (await office("GET", f"audits/{audit}", regions=(FAR_COUNTY,))).status_code == 404
    assert (await office("POST", "audits", regions=(FAR_COUNTY,), json=DRAW)).status_code == 403


async def test_what_cannot_be_drawn_is_refused(office: Office) -> None:
    """No county, no quarter that is over, nothing in it, or too little to say anything."""
    for changes, status in (
        ({"county": "520100000000"}, 404),
        ({"county": PROVINCE}, 404),
        ({"quarter": "2020-01"}, 422),
        ({"quarter": "2027-Q1"}, 422),
        ({"quarter": "2018-Q1"}, 409),
        ({"size": 1}, 422),
    ):
        assert (await office("POST", "audits", json={**DRAW, **changes})).status_code == status, changes


async def test_findings_are_of_the_sample(office: Office) -> None:
    """Of a line that was drawn, on a day that can be, once in a request."""
    audit = (await drawn(office))["audit"]
    said = {"line": 1, "confirmed": "1.00", "finder": "县统计局", "evidence": "存折", "found_on": "2020-05-01"}
    for findings in (
        [{**said, "line": 4}],
        [{**said, "found_on": "2019-12-31"}],
        [{**said, "found_on": "2099-01-01"}],
        [{**said, "confirmed": "-1.00"}],
        [said, said],
    ):
        response = await office("POST", f"audits/{audit}/findings", json={"findings": findings})
        assert response.status_code == 422, findings


async def test_the_next_sample_of_a_quarter_has_another_name_and_seed(office: Office) -> None:
    one, other = await drawn(office), await drawn(office, seed=None)
    assert (one["audit"], other["audit"]) == ("520111-2020Q1-1", "520111-2020Q1-2")
    assert len(other["seed"]) == 32


async def test_verify_draws_again_and_finds_a_sample_that_was_tampered_with(
    office: Office, told: History, database: Database, engine: AsyncEngine
) -> None:
    """Also once the ledger has gone on: the frame is that of the audit's own positions."""
    audit = (await drawn(office))["audit"]
    async with engine.begin() as connection:
        history = replace(told, connection=connection)
        await history.pay("later", None, 1, date(2020, 2, 1), 9_900)
    await follow_ledger(database)
    async with database.snapshot() as connection:
        found = await check_audits(connection)
    assert (found.checked, found.differences) == (1, [])
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE stats.audit_lines SET amount_fen = amount_fen + 1 WHERE line = 1"))
    async with database.snapshot() as connection:
        found = await check_audits(connection)
    assert found.differences == [{"audit": audit, "frame": True, "strata": True, "lines": False}]
