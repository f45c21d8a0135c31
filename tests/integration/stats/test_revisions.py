"""How a figure moved from release to release: the parts sum to the movement, and each is what its cause did."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit import clock
from services.kit.database import Database
from services.stats.cube.folding import follow_ledger
from services.stats.cube.registry import follow_registry
from tests.integration.stats.conftest import Api
from tests.integration.stats.history import History
from tests.integration.stats.registry import sealed_at
from tests.integration.stats.story import COUNTY, FAR_COUNTY, PROVINCE
from tests.integration.stats.test_released_figures import know_ratios, much_happens, release

INDICATORS = (
    "sales_gross", "refunds", "sales_net", "refunds_by_refund_day", "orders", "order_lines", "codes_with_sales",
    "codes_active", "income", "income.paid", "income.contract", "income.imputed", "households_reached",
    "households_reached_100", "people_reached", "people_reached_by_status.out_of_poverty",
)  # fmt: skip


async def revisions(api: Api, indicator: str, region: str = PROVINCE, period: str = "2020-02", **more: str) -> Any:
    response = await api.get("revisions", indicator=indicator, region=region, period=period, **more)
    assert response.status_code == 200, response.text
    return response.json()


def parts_of(movement: dict[str, Any]) -> dict[str, Decimal]:
    return {part["cause"]: Decimal(str(part["change"])) for part in movement["parts"]}


async def test_the_parts_of_every_movement_sum_to_it(
    api: Api, database: Database, told: History, engine: AsyncEngine
) -> None:
    """Of every indicator that is divided, from release to release and to now, for a province and its counties."""
    first = await release(api, database)
    await much_happens(told, engine, database)
    second = await release(api, database, stage="revised", supersedes=int(first), reason="修订")
    async with engine.begin() as connection:
        told.connection = connection
        await told.refund(("J1", "jd", "1"), 4_000, date(2020, 5, 1))
        await told.share(("G1", "tmall", "1"), {1: 500, 2: 300, 12: 200}, date(2020, 2, 21))
        await told.settle()
        await told.void("P1")
    while await follow_ledger(database) or await follow_registry(database):
        pass
    for region, period in ((PROVINCE, "2020-Q1"), (COUNTY, "2020-02"), (FAR_COUNTY, "2020-03")):
        for indicator in INDICATORS:
            found = await revisions(api, indicator, region, period)
            assert [one["release_id"] for one in found["figures"]] == [int(first), int(second), None]
            values = [Decimal(str(one["value"])) for one in found["figures"]]
            for movement, was, now in zip(found["movements"], values, values[1:], strict=False):
                assert Decimal(str(movement["change"])) == now - was
                assert sum(parts_of(movement).values()) == now - was, (region, period, indicator, movement)
                assert Decimal(str(movement["unexplained"])) == 0
    live = (await api.get("summary", region=COUNTY, period="2020-02")).json()["indicators"]
    assert (await revisions(api, "income", COUNTY))["figures"][-1]["value"] == live["income"]["total"]
    rate = (await revisions(api, "income_per_capita"))["movements"][0]
    assert (rate["parts"], rate["unexplained"]) == (None, None)


async def test_each_part_is_what_its_cause_did(
    api: Api, database: Database, told: History, engine: AsyncEngine
) -> None:
    """One thing at a time: an order, a refund, a correction, a ratio, a list, a payment, a move."""
    await release(api, database)

    async def now(indicator: str, region: str = PROVINCE) -> dict[str, Decimal]:
        while await follow_ledger(database) or await follow_registry(database):
            pass
        return parts_of((await revisions(api, indicator, region))["movements"][-1])

    async with engine.begin() as connection:
        told.connection = connection
        await know_ratios(told)
        await told.sell(("T9", "tmall", "1"), 1, date(2020, 2, 20), 10_000)
        await told.settle()
    assert await now("sales_net") == {"late_orders": Decimal("100.00")}
    assert await now("income") == {"late_orders": Decimal("35.00")}
    async with engine.begin() as connection:
        told.connection = connection
        await told.refund(("T9", "tmall", "1"), 2_000, date(2020, 4, 3))
        await told.settle()
    assert await now("income") == {"late_orders": Decimal("35.00"), "refunds": Decimal("-7.00")}
    assert await now("orders") == {"late_orders": Decimal(1)}
    async with engine.begin() as connection:
        told.connection = connection
        told.ratios["chili"] = "imputed"
        await told.settle()
    # 50.00 of chili give 17.50 in place of 25.00, by weights 1 : 2 to households 1 and 2.
    assert (await now("income"))["resettlement"] == Decimal("-7.50")
    async with engine.begin() as connection:
        told.connection = connection
        await told.pay("P1", 11, 2, date(2020, 2, 1), 2_000)
    # What was modelled of household 2 (11.67 of 17.50) gives way to the 20.00 that it was paid.
    assert (await now("income"))["payments"] == Decimal("8.33")
    before = await now("income", FAR_COUNTY)
    async with engine.begin() as connection:
        told.connection = connection
        await told.move(1, "522701106001", date(2020, 1, 15), persons=4)
    moved = await now("income", FAR_COUNTY)
    assert moved["roster_changes"] > before.get("roster_changes", Decimal())
    assert (await now("income", PROVINCE)).get("roster_changes", Decimal()) == 0


async def test_revisions_are_a_table_too(api: Api, database: Database, told: History, engine: AsyncEngine) -> None:
    await release(api, database)
    await much_happens(told, engine, database)
    asked = {"indicator": "sales_net", "region": PROVINCE, "period": "2020-02", "format": "csv"}
    lines = (await api.get("revisions", **asked)).content.decode("utf-8-sig").splitlines()
    assert lines[0] == "from_release,to_release,cause,cause_zh,change"
    assert any(",late_orders," in line for line in lines)


async def test_revisions_as_of_a_moment_know_of_no_later_figure_or_release(
    api: Api, database: Database, told: History, engine: AsyncEngine
) -> None:
    """Before the release there was one figure; when it was frozen, it was a draft that only compilers knew; as of now,
    there is what there is now.
    """
    moment = sealed_at(told.codes_position + told.sales_position).isoformat()
    asked = {"indicator": "sales_net", "region": PROVINCE, "period": "2020-02"}
    then = (await api.get("revisions", **asked)).json()
    await release(api, database)
    await much_happens(told, engine, database)
    again = (await api.get("revisions", **asked, as_of=moment)).json()
    assert (again["figures"], again["movements"]) == (then["figures"], [])
    async with engine.connect() as connection:
        frozen_at = await connection.scalar(text("SELECT max(frozen_at) FROM stats.frozen_releases"))
    compiler = {"scope": "stats:exact releases:write", "as_of": frozen_at.isoformat()}
    drafted, _ = (await api.get("revisions", **asked, **compiler)).json()["figures"]
    assert (drafted["status"], drafted["published_at"]) == ("draft", None)
    reader = (await api.get("revisions", **asked, as_of=frozen_at.isoformat())).json()["figures"]
    assert [one["release_id"] for one in reader] == [None]
    present = (await api.get("revisions", **asked)).json()
    as_of_now = (await api.get("revisions", **asked, as_of=clock.now().isoformat())).json()
    assert len(present["movements"]) == 1
    assert as_of_now == present
