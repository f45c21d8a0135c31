"""A household's own statement: its own figures only, for who was shown card and PIN, and each reading logged."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit import clock
from services.kit.database import Database
from services.stats.app import create_app
from services.stats.cube.folding import follow_ledger
from services.stats.errors import InvalidPeriod
from services.stats.settings import StatsSettings
from services.stats.statement import months_between
from services.stats.verify import checks
from tests.integration.stats.history import History
from tests.tokens import Tokens

GRANT, CODE, DEVICE, SECRET = "G" * 43, "HRQC2R1YDV", "D7K2MXQ4P0", "s" * 43
MONTHS = {"from": "2020-01", "to": "2020-06"}


@dataclass
class Window:
    """The counter of a station at which household 1 opened its statement."""

    client: httpx.AsyncClient
    tokens: Tokens
    engine: AsyncEngine

    async def read(
        self,
        path: str = "statement",
        *,
        grant: str = GRANT,
        headers: dict[str, str] | None = None,
        months: dict[str, str] = MONTHS,
    ) -> httpx.Response:
        """Read the statement, as the client that opened it."""
        headers = headers or self.tokens.header("scans:write", client_id="station-1")
        return await self.client.get(f"/v1/stats/{path}", params=months, headers={**headers, "OneCode-Grant": grant})

    async def rows(self, statement: str) -> list[Any]:
        """What the superuser reads."""
        async with self.engine.connect() as connection:
            return list((await connection.execute(text(statement))).all())


@pytest.fixture
async def window(
    settings: StatsSettings, engine: AsyncEngine, told: History, database: Database
) -> AsyncIterator[Window]:
    """Household 1 of the story was paid 20.00 at a station in March, and stands at the counter."""
    async with engine.begin() as connection:
        told.connection = connection
        await told.pay("P1", None, 1, date(2020, 3, 9), 2_000)
        await _open(connection, 1, GRANT, "station-1")
        await connection.execute(
            text("INSERT INTO codes.devices VALUES (:device, 'DY-001', 1, now(), :digest, 1, NULL)"),
            {"device": DEVICE, "digest": hashlib.sha256(SECRET.encode()).digest()},
        )
    while not await follow_ledger(database):
        pass
    app = create_app(settings)
    tokens = await Tokens.trusted_by(settings.database_url, issuer=settings.public_url)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://stats") as client:
        yield Window(client, tokens, engine)
    await app.state.database.close()


async def _open(connection: Any, subject: int, grant: str, actor: str, left: timedelta = timedelta(minutes=10)) -> None:
    """As codes does when card and PIN are right."""
    now = clock.now()
    attempt = await connection.scalar(
        text(
            "INSERT INTO codes.pin_attempts (code, station, actor, attempted_at) "
            "VALUES (:code, 'DY-001', :actor, :now) RETURNING attempt_id"
        ),
        {"code": CODE, "actor": actor, "now": now},
    )
    await connection.execute(
        text("INSERT INTO codes.statement_grants VALUES (:attempt, :digest, :subject, :now, :over)"),
        {
            "attempt": attempt, "digest": hashlib.sha256(grant.encode()).digest(), "subject": subject, "now": now,
            "over": now + left,
        },
    )  # fmt: skip


async def test_the_household_reads_what_it_sold_and_had_by_month_and_basis(window: Window) -> None:
    """By the story: 100.00 of its own tea, 35 % imputed; 8.33 by contract from the cooperative; 20.00 paid in March."""
    answer = await window.read()
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["code"] == CODE
    assert [(row["month"], row["category"], row["net"]) for row in said["sold"]] == [("2020-02", "tea", "100.00")]
    assert said["income"] == [
        {"month": "2020-02", "paid": "0.00", "contract": "8.33", "imputed": "35.00", "total": "43.33"},
        {"month": "2020-03", "paid": "20.00", "contract": "0.00", "imputed": "0.00", "total": "20.00"},
    ]
    assert [(row["amount"], row["month"], row["method"]) for row in said["payments"]] == [
        ("20.00", "2020-03", "purchase")
    ]
    assert said["totals"] == {
        "sold": "100.00", "paid": "20.00", "contract": "8.33", "imputed": "35.00", "income": "63.33",
    }  # fmt: skip
    assert answer.headers["cache-control"] == "no-store"


async def test_a_device_reads_in_its_own_name_what_it_opened(window: Window) -> None:
    async with window.engine.begin() as connection:
        await _open(connection, 1, "H" * 43, f"device:{DEVICE}")
    own = {"Authorization": f"Device {DEVICE}:{SECRET}"}
    assert (await window.read(grant="H" * 43, headers=own)).status_code == 200
    assert (await window.read(headers=own)).json()["code"] == "grant_over", "opened by somebody else"
    wrong = await window.read(grant="H" * 43, headers={"Authorization": f"Device {DEVICE}:{SECRET[1:]}"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "device_not_authenticated")


async def test_every_reading_is_on_record_and_a_refused_one_gives_nothing(window: Window) -> None:
    assert (await window.read(months={"from": "2020-02", "to": "2020-02"})).status_code == 200
    assert (await window.read(grant="X" * 43)).status_code == 403
    rows = await window.rows(
        "SELECT subject_id, station, actor, from_month, to_month, grant_digest FROM stats.statement_readings"
    )
    digest = hashlib.sha256(GRANT.encode()).digest()
    month = date(2020, 2, 1)
    assert [tuple(row) for row in rows] == [(1, "DY-001", "station-1", month, month, digest)]


async def test_verify_finds_readings_that_nothing_had_opened(window: Window) -> None:
    assert (await window.read()).status_code == 200
    into = "subject_id, grant_digest, station, actor, from_month, to_month, read_at"
    written = (
        f"INSERT INTO stats.statement_readings ({into}) "
        "SELECT {} FROM stats.statement_readings ORDER BY reading_id LIMIT 1"
    )
    for columns in (
        "subject_id, '\\x00', station, actor, from_month, to_month, read_at",
        "2, grant_digest, station, actor, from_month, to_month, read_at",
        "subject_id, grant_digest, station, 'station-2', from_month, to_month, read_at",
        "subject_id, grant_digest, station, actor, from_month, to_month, read_at + interval '1 day'",
    ):
        async with window.engine.begin() as connection:
            await connection.execute(text(written.format(columns)))
    async with window.engine.connect() as connection:
        (readings,) = [one for one in await checks(connection) if "statement_readings" in one.name]
    assert (readings.checked, [row["finding"] for row in readings.differences]) == (
        5, ["no grant", "grant of another household", "grant of another station", "grant was over"],
    )  # fmt: skip


async def test_a_grant_that_is_over_or_another_s_opens_nothing(window: Window) -> None:
    elsewhere = window.tokens.header("scans:write", client_id="station-2")
    assert (await window.read(headers=elsewhere)).json()["code"] == "grant_over"
    officer = window.tokens.header("stats:exact ledger:read", client_id="station-1")
    assert (await window.read(headers=officer)).json()["code"] == "not_allowed"
    assert (await window.client.get("/v1/stats/statement", params=MONTHS)).status_code == 401
    for grant, left in (("H" * 43, timedelta(seconds=20)), ("I" * 43, timedelta(0))):
        async with window.engine.begin() as connection:
            await _open(connection, 1, grant, "station-1", left)
    assert (await window.read(grant="H" * 43)).status_code == 200
    over = await window.read(grant="I" * 43)
    assert (over.status_code, over.json()["code"]) == (403, "grant_over")


async def test_the_page_has_the_figures_and_loads_nothing(window: Window) -> None:
    page = await window.read("statement/page")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for figure in ("HRQC 2R1Y DV", "100.00", "8.33", "35.00", "20.00", "63.33", "2020-02"):
        assert figure in page.text
    assert "<script" not in page.text


def test_months_are_whole_and_bounded() -> None:
    months = months_between(None, None, today=date(2020, 2, 10))
    assert (months.first, months.last, months.past) == (date(2019, 3, 1), date(2020, 2, 1), date(2020, 3, 1))
    assert months_between("2015-01", "2019-12", today=date(2020, 2, 10)).past == date(2020, 1, 1)
    for start, end in (("2020-03", "2020-02"), ("2015-01", "2020-01")):
        with pytest.raises(InvalidPeriod):
            months_between(start, end, today=date(2020, 2, 10))
