"""What is wanting, as indicators: sales without a ratio, and households whose gap to the poverty line is closed."""

from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit.database import Database
from services.stats.cube.folding import follow_ledger
from services.stats.cube.registry import follow_registry
from services.stats.uplift.lines import is_gap_closed
from tests.integration.stats.conftest import Api
from tests.integration.stats.history import History
from tests.integration.stats.registry import sealed_at
from tests.integration.stats.story import COUNTY, FAR_VILLAGE, NEIGHBOUR, PROVINCE, VILLAGE

LINE_2018, LINE_2020 = 299_500, 400_000
HOUSEHOLDS = {
    # Number: village, persons, baseline of 2018 per head, own sales of 2020; 35 % of them are income.
    5: (VILLAGE, 4, 299_499, 1),
    6: (VILLAGE, 4, 200_000, 1_519_000),
    7: (NEIGHBOUR, 3, 200_000, 1_140_000),
    8: (NEIGHBOUR, 3, 299_500, 5_000_000),
    9: (FAR_VILLAGE, 2, 150_000, 1_200_000),
    10: (VILLAGE, 2, 250_000, 343_000),
}


async def _tell_on(engine: AsyncEngine, told: History, database: Database) -> None:
    async with engine.begin() as connection:
        told.connection = connection
        for number, (region, persons, fen, sold) in HOUSEHOLDS.items():
            await told.register(number, "household", region, persons=persons, baseline=(2018, fen))
            await told.sell((f"G{number}", "jd", "1"), number, date(2020, 6, 20), sold)
        await told.settle()
    while await follow_ledger(database) + await follow_registry(database):
        pass


def _expected(region: str) -> int:
    return sum(
        is_gap_closed(fen, persons, sold * 3_500 // 10_000, base_line_fen=LINE_2018, line_fen=LINE_2020)
        for home, persons, fen, sold in HOUSEHOLDS.values()
        if home.startswith(region.rstrip("0"))
    )


async def _value(api: Api, region: str, **more: str) -> Any:
    asked = {"region": region, "indicator": "line_gap_closed", "from_": "2020", "to": "2020", "freq": "year"}
    [point] = (await api.get("series", **asked, **more)).json()["points"]
    return point["value"] if point["reason"] is None else point["reason"]


async def test_closed_gaps_are_counted_where_households_live_and_as_they_were_known(
    api: Api, engine: AsyncEngine, told: History, database: Database
) -> None:
    """By the rule's own arithmetic, in every division; parts sum to the whole; a release and an earlier moment too."""
    before = sealed_at(told.codes_position + told.sales_position).isoformat()
    await _tell_on(engine, told, database)
    assert [_expected(region) for region in (PROVINCE, COUNTY, VILLAGE)] == [3, 2, 1]
    for region in (PROVINCE, COUNTY, VILLAGE, NEIGHBOUR, FAR_VILLAGE):
        assert await _value(api, region) == _expected(region)
        assert await _value(api, region, as_of=before) == 0
        report = (await api.get("uplift", region=region, year="2020")).json()["figures"]["line_gap"]
        assert report["households_closed"] == _expected(region)
    asked = {"region": PROVINCE, "indicator": "line_gap_closed", "period": "2020", "by": "village"}
    parts = (await api.get("breakdown", **asked)).json()
    assert {row["key"]: row["value"] for row in parts["rows"]} == {VILLAGE: 1, NEIGHBOUR: 1, FAR_VILLAGE: 1}
    summaries = [(await api.get("summary", region=region, period="2020")).json() for region in (COUNTY, PROVINCE)]
    assert [one["indicators"]["line_gap_closed"] for one in summaries] == [
        2, {"value": None, "reason": "asked_alone"}
    ]  # fmt: skip
    month = (await api.get("summary", region=COUNTY, period="2020-06")).json()["indicators"]
    assert month["line_gap_closed"] == {"value": None, "reason": "needs_full_year"}


async def test_a_line_recorded_later_moves_the_figure_and_not_what_was_known_before(
    api: Api, engine: AsyncEngine, told: History, database: Database
) -> None:
    """The figure follows the line in force; as of a moment before it was recorded, the line was another."""
    await _tell_on(engine, told, database)
    moment = sealed_at(told.codes_position + told.sales_position).isoformat()
    line = {"region": PROVINCE, "year": 2020, "per_head": "3300.00", "standing": "published", "source": "省扶贫办文件"}
    assert (await api.post("poverty-lines", {"lines": [line]}, scope="ratios:write")).status_code == 201
    assert await _value(api, PROVINCE) == 4
    assert await _value(api, PROVINCE, as_of=moment) == 3


async def test_sales_without_a_ratio_are_an_indicator_with_filters_dimensions_and_history(
    api: Api, engine: AsyncEngine, told: History, database: Database
) -> None:
    """As in the quality block, by division, kind and category; a ratio that comes later takes them away, not before."""
    asked = {"region": PROVINCE, "period": "2020-02"}
    summary = (await api.get("summary", **asked)).json()["indicators"]
    assert summary["sales_without_ratio"] == summary["quality"]["sales_without_ratio"] == "5.00"
    for by, key in (("village", VILLAGE), ("kind", "household"), ("category", "other")):
        rows = (await api.get("breakdown", indicator="sales_without_ratio", by=by, **asked)).json()["rows"]
        assert [(row["key"], row["value"]) for row in rows if row["value"] != "0.00"] == [(key, "5.00")]
    narrowed = (await api.get("summary", **asked, category="tea")).json()["indicators"]
    assert narrowed["sales_without_ratio"] == "0.00"
    refused = await api.get("breakdown", indicator="sales_without_ratio", by="platform", **asked)
    assert refused.status_code == 422
    moment = sealed_at(told.codes_position + told.sales_position).isoformat()
    async with engine.begin() as connection:
        told.connection = connection
        told.ratios["other"] = "imputed"
        await told.settle()
    while await follow_ledger(database):
        pass
    value = {
        as_of: (await api.get("summary", **asked, **as_of_)).json()["indicators"]["sales_without_ratio"]
        for as_of, as_of_ in (("now", {}), ("then", {"as_of": moment}))
    }
    assert value == {"now": "0.00", "then": "5.00"}


async def test_a_release_of_before_there_was_a_figure_says_that_it_does_not_hold_it(
    api: Api,
    engine: AsyncEngine,
    database: Database,
) -> None:
    """What was not frozen is not nought."""
    from services.stats.release.freezing import freeze_oldest_draft  # noqa: PLC0415

    draft = {
        "region": PROVINCE, "period": "2020-02", "stage": "preliminary", "calendar": "2020-02", "note": "初步",
        "down_to": "county",
    }  # fmt: skip
    number = (await api.post("releases", draft)).json()["release_id"]
    while await freeze_oldest_draft(database):
        pass
    await api.post(f"releases/{number}/approve", {"note": "ok"}, client_id="reviewer")
    asked = {"region": PROVINCE, "period": "2020-02", "release": str(number)}
    assert (await api.get("summary", **asked)).json()["indicators"]["sales_without_ratio"] == "5.00"
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE stats.started_releases SET sources = array_remove(sources, 'without_ratio')")
        )
    held = (await api.get("summary", **asked)).json()["indicators"]["sales_without_ratio"]
    assert held == {"value": None, "reason": "not_in_release"}


async def test_what_is_wanting_is_explained_one_by_one(
    api: Api, engine: AsyncEngine, told: History, database: Database
) -> None:
    """Days sum to the sales without a ratio; of the households below the line those that close the gap are counted."""
    await _tell_on(engine, told, database)
    scope = {"scope": "ledger:read"}
    days = (await api.get("explain/without-ratio", **scope, region=PROVINCE, period="2020-02")).json()
    assert days["value"] == "5.00"
    assert [(one["code"], one["category"], one["net"]) for one in days["days"]] == [("H000000002", "other", "5.00")]
    seen: list[dict[str, Any]] = []
    mark: dict[str, str] = {}
    while True:
        asked = {"region": PROVINCE, "year": "2020", "limit": "2", **mark}
        page = (await api.get("explain/line-gap", **scope, **asked)).json()
        assert (page["line"], page["value"]) == ("4000.00", 3)
        seen += page["households"]
        if page["next"] is None:
            break
        mark = {"after": page["next"]}
    assert sum(one["closed"] for one in seen) == 3
    assert {one["code"] for one in seen} >= {f"H{number:09d}" for number in (6, 7, 9, 10)}
    assert "H000000008" not in {one["code"] for one in seen}
    assert (await api.get("explain/line-gap", region=PROVINCE, year="2020")).status_code == 403
