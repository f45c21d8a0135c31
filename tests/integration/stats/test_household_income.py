"""A household's month, explained: each line with its basis, from whom, by which ratio, and what replaced it."""

from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit.database import Database
from services.stats.cube.folding import follow_ledger
from tests.integration.stats.conftest import Api
from tests.integration.stats.history import History
from tests.integration.stats.story import COUNTY, FAR_COUNTY, PROVINCE

FIRST, THIRD = "HRQC2R1YDV", "H7H0MRD1WC"
"""Codes of households 1 and 3, beside those that the history gave them."""


async def _told_on(engine: AsyncEngine, told: History, database: Database, *payments: tuple[Any, ...]) -> None:
    """Let payments happen as well, under real codes and ratios, and be taken into the cube."""
    async with engine.begin() as connection:
        told.connection = connection
        for subject, code in ((1, FIRST), (3, THIRD)):
            await connection.execute(
                text("""
                INSERT INTO codes.directory_entries (code, valid_from, recorded_in, state, subject_id, kind, region)
                SELECT :code, valid_from, recorded_in, state, subject_id, kind, region FROM codes.directory_entries
                WHERE subject_id = :subject
                """),
                {"code": code, "subject": subject},
            )
        await connection.execute(
            text("""
            INSERT INTO sales.income_ratios (
                ratio_id, category, region, ratio_bp, basis, valid_from, source, recorded_in)
            OVERRIDING SYSTEM VALUE
            VALUES (1, 'chili', '520000000000', 5000, 'contract', DATE '2019-01-01', '合同', 1),
                   (2, 'tea', '520000000000', 3500, 'imputed', DATE '2019-01-01', '测算', 1)
            """)
        )
        for payment in payments:
            await told.pay(*payment)
    while payments and not await follow_ledger(database):
        pass


async def _explained(api: Api, code: str, month: str) -> dict[str, Any]:
    response = await api.get("explain/household", scope="ledger:read", code=code, month=month)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_lines_say_whence_each_yuan_is_and_sum_to_the_total(
    api: Api, engine: AsyncEngine, told: History, database: Database
) -> None:
    """Household 1: its own tea, and a third of the cooperative's chili. Household 3: half of 80 % of what its
    cooperative had of an enterprise's tea.
    """
    await _told_on(engine, told, database)
    first = await _explained(api, FIRST.lower(), "2020-02")
    assert first["totals"] == {"contract": "8.33", "imputed": "35.00", "paid": "0.00", "total": "43.33"}
    own, from_group = first["lines"]
    assert (own["group"], own["basis"], own["amount"], own["weight"]) == (None, "imputed", "35.00", None)
    assert (from_group["basis"], from_group["amount"], from_group["weight"], from_group["weights"]) == (
        "contract",
        "8.33",
        1,
        3,
    )
    (origin,) = from_group["origins"]
    assert (origin["base"], origin["ratio"], origin["ratio_source"]) == ("25.00", "0.5000", "合同")
    third = await _explained(api, THIRD, "2020-02")
    (line,) = third["lines"]
    assert (line["amount"], line["members_part"], line["group"]) == ("14.00", "0.8000", "C000000012")
    (origin,) = line["origins"]
    assert origin["explained"].startswith("/v1/stats/explain/source?code=E000000021&day=2020-02-")
    assert (origin["source"], origin["base"], origin["ratio"]) == ("E000000021", "35.00", "0.3500")


async def test_a_payment_says_what_it_replaced(
    api: Api, engine: AsyncEngine, told: History, database: Database
) -> None:
    """The line stays visible and out of the total; a payment of no group replaces nothing; a voided one is gone."""
    month = date(2020, 2, 1)
    await _told_on(
        engine, told, database, ("P1", 11, 1, month, 500), ("P2", None, 1, month, 200), ("P3", 11, 1, month, 7)
    )
    async with engine.begin() as connection:
        told.connection = connection
        await told.void("P3")
    while not await follow_ledger(database):
        pass
    first = await _explained(api, FIRST, "2020-02")
    assert first["totals"] == {"contract": "0.00", "imputed": "35.00", "paid": "7.00", "total": "42.00"}
    of_region = (await api.get("explain/income", scope="ledger:read", region=PROVINCE, period="2020-02")).json()
    months = [month["income"] for household in of_region["households"] for month in household["months"]]
    assert first["totals"] in months
    assert [(line["amount"], line["replaced"]) for line in first["lines"]] == [("35.00", False), ("8.33", True)]
    paid = [(one["payment_no"], one["replaces"], one["counts_on"]) for one in first["payments"]]
    assert sorted(paid) == [("P1", "8.33", "2020-02-29"), ("P2", "0.00", "2020-02-29")]
    total = await _counted(engine)
    assert total == 4_200


async def _counted(engine: AsyncEngine) -> int:
    """What the cube counts of household 1 in February."""
    async with engine.connect() as connection:
        found = await connection.scalar(
            text("""
            SELECT contract_fen + imputed_fen + paid_fen FROM stats.household_months
            WHERE subject_id = 1 AND month = DATE '2020-02-01'
            """)
        )
    return int(found or 0)


async def test_only_who_may_see_the_household_is_told(
    api: Api, engine: AsyncEngine, told: History, database: Database
) -> None:
    """Another county, another scope, a cooperative's code, a malformed one: no answer."""
    await _told_on(engine, told, database)
    asked = {"code": FIRST, "month": "2020-02"}
    assert (await api.get("explain/household", scope="ledger:read", regions=[COUNTY], **asked)).status_code == 200
    assert (await api.get("explain/household", scope="ledger:read", regions=[FAR_COUNTY], **asked)).status_code == 403
    assert (await api.get("explain/household", scope="stats:exact", **asked)).status_code == 403
    for code in ("C2HNTN52NB", "HGP1XF3A71", "nonsense"):
        unknown = await api.get("explain/household", scope="ledger:read", code=code, month="2020-02")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "no_household")
