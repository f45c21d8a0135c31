"""What the registry learns late, through ledger and income to the statistics: each fen ends where it belongs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from services.codes.verify import checks as codes_checks
from services.kit.database import Database
from services.kit.settings import ServiceSettings
from services.sales.verify import checks as sales_checks
from services.stats.app import create_app
from services.stats.cube.folding import follow_ledger
from services.stats.cube.registry import follow_registry
from services.stats.settings import StatsSettings
from services.stats.verify import checks as stats_checks
from tests.conftest import Cluster
from tests.integration.codes.conftest import OTHER_VILLAGE, PUBLIC_URL, VILLAGE, Registry, group, household
from tests.integration.sales.conftest import Ledger, line, order


@dataclass
class Whole:
    """Registry, ledger and statistics on one database."""

    registry: Registry
    ledger: Ledger
    stats: Database
    client: httpx.AsyncClient

    async def settle(self) -> None:
        """Let every consumer follow, and see that all of it can be recomputed."""
        await self.ledger.settle()
        for follow in (follow_registry, follow_ledger):
            await follow(self.stats)  # the first call only makes the cursor
            while await follow(self.stats):
                pass
        for database, checks in (
            (self.registry.database, codes_checks),
            (self.ledger.database, sales_checks),
            (self.stats, stats_checks),
        ):
            async with database.snapshot() as connection:
                assert [check for check in await checks(connection) if check.differences] == []

    async def act(self, subject: dict[str, Any], what: str, **body: Any) -> dict[str, Any]:
        """An operation on a subject."""
        path = f"/v1/subjects/{subject['subject_id']}/{what}"
        response = await self.registry.post(path, {"reason": "迟报", **body})
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def last_operation(self, subject: dict[str, Any]) -> str:
        """The id of what was done with a subject last."""
        history = await self.registry.get(f"/v1/subjects/{subject['subject_id']}/history")
        operation_id: str = history.json()["operations"][-1]["operation_id"]
        return operation_id

    async def sell(self, code: str, amount: str, month: str) -> str:
        """An order of the 18th of a month; answers how it fared."""
        number = f"{code}-{month}"
        (result,) = await self.ledger.post(order(number, line("1", amount, code), at=f"{month}-18T10:00:00+08:00"))
        return result.status

    async def figures(self, region: str, year: int) -> tuple[str, str, int]:
        """Net sales, income and households reached of a village and year."""
        headers = self.registry.token("stats:read stats:exact")
        query = {"region": region, "period": str(year)}
        response = await self.client.get("/v1/stats/summary", params=query, headers=headers)
        assert response.status_code == 200, response.text
        shown = response.json()["indicators"]
        return shown["sales_net"], shown["income"]["total"], shown["households_reached"]

    async def ledger_of(self, subject: dict[str, Any]) -> list[tuple[str, str, int]]:
        """Month, division and net of a subject, without what was reversed."""
        rows = await self.ledger.rows(
            "SELECT to_char(sale_day, 'YYYY-MM') AS month, region, sum(amount_fen) AS net FROM sales.ledger_entries "
            "WHERE subject_id = :one GROUP BY 1, 2 HAVING sum(amount_fen) <> 0 ORDER BY 1, 2",
            one=int(subject["subject_id"]),
        )
        return [(row.month, row.region, int(row.net)) for row in rows]


@pytest.fixture
async def whole(registry: Registry, registry_url: str, cluster: Cluster) -> AsyncIterator[Whole]:
    """All three services on the registry's database."""
    settings = ServiceSettings(database_url=registry_url, secrets_dir=cluster.secrets_dir)
    sales = Database(settings.role_url("onecode_sales_login"), application="test-sales")
    stats_settings = StatsSettings(
        database_url=registry_url, secrets_dir=cluster.secrets_dir, public_url=PUBLIC_URL, run_consumers=False
    )
    app = create_app(stats_settings)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=PUBLIC_URL) as client:
        yield Whole(registry, Ledger(sales, registry.database), app.state.database, client)
    await app.state.database.close()
    await sales.close()


async def test_a_merge_and_a_move_recorded_late_take_the_sales_since_then_along(whole: Whole) -> None:
    """Two households sell by themselves and through their cooperative; that one joined the other a year ago, and both
    moved, is recorded after all of it was settled.
    """
    registry = whole.registry
    one, two = [await registry.register(household(persons=2)) for _ in range(2)]
    cooperative = await registry.register(group())
    for member, weight in ((one, 1), (two, 3)):
        body = {"member": member["code"], "group": cooperative["code"], "weight": weight, "valid_from": "2019-01-01"}
        assert (await registry.post("/v1/links", body)).status_code == 201
    await whole.ledger.ratio("*", 5_000)
    for month in ("2019-03", "2020-03", "2020-09"):
        for subject, amount in ((one, "100.00"), (two, "60.00"), (cooperative, "40.00")):
            assert await whole.sell(subject["code"], amount, month) == "accepted"
    await whole.settle()
    assert await whole.figures(VILLAGE, 2020) == ("400.00", "200.00", 2)

    await whole.act(one, "merge", on="2020-01-01", merged=[two["subject_id"]])
    await whole.act(one, "move", on="2020-07-01", region=OTHER_VILLAGE)
    await whole.settle()
    assert await whole.ledger_of(one) == [
        ("2019-03", VILLAGE, 10_000), ("2020-03", VILLAGE, 16_000), ("2020-09", OTHER_VILLAGE, 16_000),
    ]  # fmt: skip
    assert await whole.ledger_of(two) == [("2019-03", VILLAGE, 6_000)]
    # Sales count where they were made, income where the household lives at the period's end.
    assert await whole.figures(VILLAGE, 2019) == ("200.00", "100.00", 2)
    assert await whole.figures(VILLAGE, 2020) == ("240.00", "0.00", 0)
    assert await whole.figures(OTHER_VILLAGE, 2020) == ("160.00", "200.00", 1)
    # Whatever comes in now under the code that came along is the survivor's too.
    assert await whole.sell(two["code"], "10.00", "2020-10") == "accepted"
    await whole.settle()
    assert await whole.figures(OTHER_VILLAGE, 2020) == ("170.00", "205.00", 1)


async def test_an_order_on_its_way_while_the_registry_changes_is_found_where_it_belongs(whole: Whole) -> None:
    """Its transaction began before the move was recorded, and is committed after the registry was followed."""
    one = await whole.registry.register()
    await whole.ledger.ratio("*", 5_000)
    await whole.settle()
    async with whole.ledger.database.transaction() as connection:
        crossing = order("T1", line("1", "10.00", one["code"]), at="2020-03-18T10:00:00+08:00")
        await whole.ledger.hold(connection, crossing)
        await whole.act(one, "move", on="2020-01-01", region=OTHER_VILLAGE)
        await whole.ledger.settle()
    await whole.settle()
    assert await whole.ledger_of(one) == [("2020-03", OTHER_VILLAGE, 1_000)]
    assert await whole.figures(OTHER_VILLAGE, 2020) == ("10.00", "5.00", 1)


async def test_a_split_and_a_link_recorded_late_reach_the_right_household(whole: Whole) -> None:
    registry = whole.registry
    old, other = await registry.register(household(persons=4)), await registry.register(household(persons=1))
    cooperative = await registry.register(group())
    body = {"member": old["code"], "group": cooperative["code"], "weight": 4, "valid_from": "2019-01-01"}
    link_id = (await registry.post("/v1/links", body)).json()["link_id"]
    await whole.ledger.ratio("*", 10_000)
    assert await whole.sell(cooperative["code"], "80.00", "2019-03") == "accepted"
    assert await whole.sell(cooperative["code"], "80.00", "2020-03") == "accepted"
    await whole.settle()
    parts = [{"keeps_code": True, "persons": 3}, {"persons": 1, "head": {"name": "蒙小二"}, "region": OTHER_VILLAGE}]
    links = [{"link_id": link_id, "weights": [1, 3]}]
    (new,) = (await whole.act(old, "split", on="2020-01-01", parts=parts, links=links))["successors"]
    await whole.settle()
    assert await whole.figures(VILLAGE, 2019) == ("80.00", "80.00", 1)
    assert await whole.figures(VILLAGE, 2020) == ("80.00", "20.00", 1)
    assert await whole.figures(OTHER_VILLAGE, 2020) == ("0.00", "60.00", 1)
    assert await whole.sell(new["code"], "5.00", "2019-05") == "parked"
    assert await whole.sell(new["code"], "5.00", "2020-05") == "accepted"
    late = {"member": other["code"], "group": cooperative["code"], "weight": 4, "valid_from": "2020-01-01"}
    assert (await registry.post("/v1/links", late)).status_code == 201
    await whole.settle()
    assert await whole.figures(VILLAGE, 2020) == ("80.00", "50.00", 2)
    assert await whole.figures(OTHER_VILLAGE, 2020) == ("5.00", "35.00", 1)


async def test_what_is_undone_takes_its_sales_and_income_back(whole: Whole) -> None:
    """A merge, then a split, was recorded by mistake, and sold under since; then each is undone."""
    registry = whole.registry
    one, two = [await registry.register(household(persons=2)) for _ in range(2)]
    await whole.ledger.ratio("*", 5_000)
    await whole.act(one, "merge", on="2020-01-01", merged=[two["subject_id"]])
    for subject in (one, two):
        assert await whole.sell(subject["code"], "100.00", "2020-03") == "accepted"
    await whole.settle()
    assert await whole.figures(VILLAGE, 2020) == ("200.00", "100.00", 1)
    await whole.act(one, "undo", operation_id=await whole.last_operation(one))
    await whole.settle()
    assert await whole.ledger_of(two) == [("2020-03", VILLAGE, 10_000)]
    assert await whole.figures(VILLAGE, 2020) == ("200.00", "100.00", 2)

    parts = [{"keeps_code": True, "persons": 1}, {"persons": 1, "head": {"name": "蒙小二"}, "region": OTHER_VILLAGE}]
    (new,) = (await whole.act(one, "split", on="2020-02-01", parts=parts))["successors"]
    assert await whole.sell(new["code"], "50.00", "2020-04") == "accepted"
    await whole.settle()
    assert await whole.figures(OTHER_VILLAGE, 2020) == ("50.00", "25.00", 1)
    await whole.act(one, "undo", operation_id=await whole.last_operation(one))
    await whole.settle()
    assert await whole.ledger_of(one) == [("2020-03", VILLAGE, 10_000), ("2020-04", VILLAGE, 5_000)]
    assert await whole.figures(OTHER_VILLAGE, 2020) == ("0.00", "0.00", 0)
    assert await whole.figures(VILLAGE, 2020) == ("250.00", "125.00", 2)
