"""What the service answers about a history whose figures were worked out by hand (``story.py``)."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit.database import Database
from services.stats.cube.folding import follow_ledger
from services.stats.verify import checks
from tests.integration.stats.conftest import Api
from tests.integration.stats.history import History
from tests.integration.stats.story import COUNTY, FAR_COUNTY, FAR_VILLAGE, PROVINCE, VILLAGE

NO_AUDIT = {"value": None, "reason": "no_audit"}


async def summary(api: Api, region: str, period: str, **filters: str) -> dict[str, Any]:
    """The indicators of a summary."""
    response = await api.get("summary", region=region, period=period, **filters)
    assert response.status_code == 200, response.text
    indicators: dict[str, Any] = response.json()["indicators"]
    return indicators


def pick(indicators: dict[str, Any], *names: str) -> dict[str, Any]:
    """Some of the indicators."""
    return {name: indicators[name] for name in names}


async def test_the_cube_is_what_the_ledger_says(told: History, database: Database) -> None:
    """The consumer, logged in as the service's role, builds what the recompute finds; a second run changes nothing."""
    assert told.sales_position > 0
    assert await follow_ledger(database) == 0
    async with database.snapshot() as connection:
        found = await checks(connection)
    assert {check.name: check.differences for check in found if check.differences} == {}
    nobody_was_paid = {"stats.paid_months = recompute", "stats.replaced_days = recompute"}
    nothing_was_released = {
        "stats.releases = their digests",
        "stats.releases = as of their positions",
        "stats.shown_divisions within the tables they divide",
        "stats.shown_divisions tell no figure by subtraction",
    }
    nothing_was_audited = {"stats.audits = drawn again"}
    nobody_read_a_statement = {name for name in (check.name for check in found) if "statement_readings" in name}
    unchecked = nobody_was_paid | nothing_was_released | nothing_was_audited | nobody_read_a_statement
    assert {check.name for check in found if not check.checked} == unchecked


async def test_summary_of_a_month(api: Api) -> None:
    """Sales, reach and income of the province in February, to the fen."""
    indicators = await summary(api, PROVINCE, "2020-02")
    assert pick(indicators, "sales_gross", "refunds", "sales_net", "refunds_by_refund_day") == {
        "sales_gross": "365.00",
        "refunds": "10.00",
        "sales_net": "355.00",
        "refunds_by_refund_day": "0.00",
    }
    assert pick(indicators, "orders", "order_lines", "codes_active", "codes_with_sales") == {
        "orders": 3,
        "order_lines": 4,
        "codes_active": 7,
        "codes_with_sales": 4,
    }
    assert indicators["income"] == {"total": "88.00", "paid": "0.00", "contract": "25.00", "imputed": "63.00"}
    assert pick(indicators, "households_reached", "households_reached_100", "people_reached") == {
        "households_reached": 4,
        "households_reached_100": 0,
        "people_reached": 14,
    }
    assert indicators["people_reached_by_status"] == {
        "registered": 4,
        "out_of_poverty": 3,
        "monitored": 2,
        "other": 5,
    }
    assert indicators["income_per_reached_household"] == "22.00"
    assert indicators["income_per_capita"] == "6.29"
    assert indicators["uplift_rate"] == {"value": None, "reason": "needs_full_year"}
    assert indicators["quality"] == {
        "attributed_share": "0.9125",
        "parked_amount": "35.00",
        "sales_without_ratio": "5.00",
        "income_kept_by_groups": "42.00",
        "replaced_by_payment": "0.00",
        "households_without_baseline": 2,
        "share_of_paid": "0.0000",
        "share_of_contract": "0.2841",
        "share_of_imputed": "0.7159",
        "confirmed_by_household": "0.00",
        "confirmed_by_group": "0.00",
        "confirmed_by_bank_digest": "0.00",
        "confirmed_by_nobody": "88.00",
        "audited_share": "0.0000",
        **dict.fromkeys(("audit_error_rate", "audit_error_low", "audit_error_high"), NO_AUDIT),
        "platforms": ["jd", "tmall"],
    }


async def test_summary_names_its_region_period_and_watermark(api: Api, told: History) -> None:
    """An answer says what it is about, and how much of the ledger it contains."""
    answer = (await api.get("summary", region=COUNTY, period="2020-W07", kind="household")).json()
    assert answer["region"] == {"code": COUNTY, "name": "花溪区", "level": "county"}
    assert answer["period"] == {"label": "2020-W07", "first_day": "2020-02-10", "last_day": "2020-02-16"}
    assert answer["filters"] == {"kind": "household"}
    assert answer["watermark"]["position"] == told.sales_position
    assert answer["watermark"]["sealed_at"] == "2026-01-01T00:02:06Z"


async def test_watermark_says_how_far_income_is_in(api: Api, told: History, engine: AsyncEngine) -> None:
    """Income is shown as settled as far as the income consumer has come, and never beyond the cube itself."""
    for settled_to, shown in ((5, 5), (told.sales_position + 10, told.sales_position)):
        await settle_to(engine, settled_to)
        answer = (await api.get("summary", region=PROVINCE, period="2020")).json()
        assert answer["watermark"]["income_position"] == shown


async def test_watermark_holds_income_back_while_a_batch_is_under_way(api: Api, engine: AsyncEngine) -> None:
    """While the newest income batch is not in the cube, income is as far as it was with the last window."""
    await settle_to(engine, 6)
    async with engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO sales.batches (channel, kind, client_id) VALUES ('income', 'income', 'test')")
        )
    answer = (await api.get("summary", region=PROVINCE, period="2020")).json()
    assert answer["watermark"]["income_position"] == 0


async def settle_to(engine: AsyncEngine, position: int) -> None:
    """Let sales' income consumer have come to a position."""
    async with engine.begin() as connection:
        await connection.execute(
            text("""
            INSERT INTO sales.cursors (consumer, position) VALUES ('income.sales', :position)
            ON CONFLICT (consumer) DO UPDATE SET position = excluded.position
            """),
            {"position": position},
        )


async def test_a_household_counts_where_it_lives_at_the_period_s_end(api: Api) -> None:
    """Household 3 moved on 1 March: February is its old county's, the quarter with all of it its new one's."""
    assert (await summary(api, COUNTY, "2020-02"))["income"]["total"] == "74.00"
    assert (await summary(api, FAR_COUNTY, "2020-02"))["income"]["total"] == "14.00"
    assert (await summary(api, COUNTY, "2020-Q1"))["income"]["total"] == "60.00"
    quarter = await summary(api, FAR_COUNTY, "2020-Q1")
    assert quarter["income"]["total"] == "39.20"
    assert quarter["people_reached"] == 8


async def test_uplift_is_the_ratio_of_sums_for_full_years(api: Api) -> None:
    """Only households with a baseline that closed before their first income are in it; the others are counted."""
    year = await summary(api, PROVINCE, "2020")
    assert year["income"]["total"] == "99.20"
    # (43.33 + 19.60) / (4 x 2000.00 + 2 x 1000.00)
    assert year["uplift_rate"] == "0.0063"
    assert year["quality"]["households_without_baseline"] == 2
    assert year["people_with_increase"] == {"value": None, "reason": "no_year_before"}
    following = await summary(api, PROVINCE, "2021")
    assert following["uplift_rate"] == {"value": None, "reason": "zero_denominator"}
    assert (await summary(api, PROVINCE, "2026"))["uplift_rate"] == {"value": None, "reason": "needs_full_year"}


async def test_any_days_are_whole_months_and_edges(api: Api) -> None:
    """A range that cuts months gives the same as its days."""
    indicators = await summary(api, PROVINCE, "2020-02-04..2020-03-05")
    assert pick(indicators, "sales_gross", "orders", "codes_with_sales", "refunds_by_refund_day") == {
        "sales_gross": "245.00",
        "orders": 3,
        "codes_with_sales": 3,
        "refunds_by_refund_day": "10.00",
    }
    assert indicators["income"]["total"] == "39.20"
    longer = await summary(api, PROVINCE, "2020-01-31..2020-04-02")
    assert longer["sales_gross"] == "405.00"
    assert longer["codes_with_sales"] == 5
    assert longer["income"]["total"] == "99.20"


async def test_filters_narrow_sales_and_refuse_income(api: Api) -> None:
    """An order of two kinds is one order of each; income cannot be filtered and says so."""
    indicators = await summary(api, PROVINCE, "2020-02", kind="cooperative", platform="tmall", category="chili")
    assert pick(indicators, "sales_gross", "orders", "order_lines") == {
        "sales_gross": "60.00",
        "orders": 1,
        "order_lines": 1,
    }
    assert indicators["income"]["total"] == {"value": None, "reason": "filter_not_offered"}
    assert indicators["codes_active"] == {"value": None, "reason": "filter_not_offered"}
    assert indicators["codes_with_sales"] == 1
    assert (await summary(api, PROVINCE, "2020-02", kind="household"))["codes_with_sales"] == 2


@pytest.mark.parametrize(
    ("indicator", "values"),
    [
        ("sales_net", ["0.00", "355.00", "40.00"]),
        ("refunds_by_refund_day", ["0.00", "0.00", "10.00"]),
        ("orders", [0, 3, 1]),
        ("income", ["0.00", "88.00", "11.20"]),
        ("income.contract", ["0.00", "25.00", "0.00"]),
        ("people_reached", [0, 14, 8]),
        ("codes_active", [7, 7, 7]),
    ],
)
async def test_series_by_month(api: Api, indicator: str, values: list[Any]) -> None:
    """Each month of a range, those without sales too."""
    response = await api.get(
        "series", region=PROVINCE, indicator=indicator, from_="2020-01", to="2020-03", freq="month"
    )
    points = response.json()["points"]
    assert [point["period"] for point in points] == ["2020-01", "2020-02", "2020-03"]
    assert [point["value"] for point in points] == values


async def test_series_tells_why_a_point_is_empty(api: Api) -> None:
    """A yearly figure by month is null, with its reason."""
    response = await api.get("series", region=PROVINCE, indicator="uplift_rate", from_="2020-01", to="2020-01")
    assert response.json()["points"] == [{"period": "2020-01", "value": None, "reason": "needs_full_year"}]


async def test_breakdown_by_division_sums_to_the_whole(api: Api) -> None:
    """Divisions largest first, those without sales too, and what belongs to none of them beside."""
    response = await api.get("breakdown", region=PROVINCE, indicator="sales_net", by="prefecture", period="2020-02")
    answer = response.json()
    assert [(row["region"]["name"], row["value"]) for row in answer["rows"]] == [
        ("黔南布依族苗族自治州", "200.00"),
        ("贵阳市", "155.00"),
    ]
    assert (answer["total"], answer["undivided"]) == ("355.00", "0.00")
    villages = (
        await api.get("breakdown", region=FAR_COUNTY, indicator="sales_net", by="village", period="2020")
    ).json()
    assert [(row["key"], row["value"]) for row in villages["rows"]] == [(FAR_VILLAGE, "40.00")]
    assert villages["undivided"] == "200.00"


async def test_breakdown_of_income_by_village(api: Api) -> None:
    """Income by where households live."""
    answer = (await api.get("breakdown", region=COUNTY, indicator="income", by="village", period="2020-02")).json()
    assert [(row["key"], row["value"]) for row in answer["rows"]] == [(VILLAGE, "60.00"), ("520111105202", "14.00")]


@pytest.mark.parametrize(
    ("by", "indicator", "rows"),
    [
        ("kind", "sales_net", [("enterprise", "200.00"), ("household", "105.00"), ("cooperative", "50.00")]),
        ("platform", "orders", [("tmall", 2), ("jd", 1)]),
        ("category", "sales_gross", [("tea", "300.00"), ("chili", "60.00"), ("other", "5.00")]),
        ("kind", "codes_with_sales", [("household", 2), ("cooperative", 1), ("enterprise", 1)]),
        ("cooperative", "sales_net", [("C000000011", "50.00")]),
    ],
)
async def test_breakdown_by_a_dimension(api: Api, by: str, indicator: str, rows: list[tuple[str, Any]]) -> None:
    """Parts of February, largest first."""
    response = await api.get("breakdown", region=PROVINCE, indicator=indicator, by=by, period="2020-02")
    assert [(row["key"], row["value"]) for row in response.json()["rows"]] == rows


async def test_a_shortened_breakdown_says_how_many_rows_there_are(api: Api) -> None:
    """Of cooperatives too, of which only those shown are read."""
    for by, count in (("category", 3), ("cooperative", 2)):
        asked = {"region": PROVINCE, "indicator": "sales_net", "by": by, "period": "2020", "limit": "1"}
        answer = (await api.get("breakdown", **asked)).json()
        assert (len(answer["rows"]), answer["row_count"]) == (1, count)


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("summary", {"region": "530000000000", "period": "2020"}, 403, "region_not_allowed"),
        ("summary", {"region": "529999999999", "period": "2020"}, 404, "unknown_region"),
        ("summary", {"region": PROVINCE, "period": "2020-13"}, 422, "invalid_period"),
        ("summary", {"region": "52", "period": "2020"}, 422, "invalid_input"),
        (
            "series",
            {"region": PROVINCE, "indicator": "wealth", "from_": "2020", "to": "2020"},
            422,
            "unknown_indicator",
        ),
        (
            "series",
            {"region": PROVINCE, "indicator": "income", "from_": "2020", "to": "2020", "category": "tea"},
            422,
            "filter_not_offered",
        ),
        (
            "series",
            {"region": PROVINCE, "indicator": "orders", "from_": "2018", "to": "2020", "freq": "day"},
            422,
            "invalid_period",
        ),
        (
            "breakdown",
            {"region": COUNTY, "indicator": "orders", "by": "prefecture", "period": "2020"},
            422,
            "filter_not_offered",
        ),
        (
            "breakdown",
            {"region": COUNTY, "indicator": "income", "by": "platform", "period": "2020"},
            422,
            "filter_not_offered",
        ),
    ],
)
async def test_what_cannot_be_answered_is_refused(
    api: Api, path: str, query: dict[str, str], status: int, code: str
) -> None:
    """Errors are problem documents with a stable code."""
    response = await api.get(path, **query)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"


async def test_callers_see_their_own_regions_only(api: Api) -> None:
    """A county's token opens the county and what lies below it; without the scope nothing is opened."""
    for region, status in ((COUNTY, 200), (VILLAGE, 200), (FAR_COUNTY, 403), (PROVINCE, 403)):
        response = await api.get("summary", region=region, period="2020", regions=(COUNTY,))
        assert response.status_code == status
    denied = await api.get("summary", region=COUNTY, period="2020", scope="orders:write")
    assert (denied.status_code, denied.json()["code"]) == (403, "not_allowed")


async def test_the_dictionary_describes_all_that_a_summary_shows(api: Api) -> None:
    """Every name of a summary is in the data dictionary, in both languages."""
    dictionary = (await api.get("indicators")).json()
    described = {entry["name"].partition(".")[0] for entry in dictionary["indicators"]}
    shown = set(await summary(api, PROVINCE, "2020"))
    assert shown - {"quality"} == described
    assert all(entry["definition_zh"] and entry["definition_en"] for entry in dictionary["indicators"])
