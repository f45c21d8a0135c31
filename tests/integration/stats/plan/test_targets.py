"""The targets of all ten reporting units: counted, reported, and handed in as a workbook."""

import io
from datetime import date
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from services.stats.figures import income_figures
from services.stats.period import Period
from services.stats.plan.counting import PROVINCE_REGION
from services.stats.question import Question
from tests.integration.stats.plan.conftest import REPORTED_ON, UNITS, Office, a_report

OF_EACH_UNIT = (
    "platforms",
    "agricultural_skus",
    "community_leaders",
    "new_retail_companies",
    "ready_industries",
    "regional_brands",
)


def by_unit(answer: dict[str, Any], indicator: str) -> dict[str, dict[str, Any]]:
    """The rows of an indicator, by unit."""
    return {row["unit"]: row for row in answer["rows"] if row["indicator"] == indicator}


async def test_every_target_of_every_unit_is_filled_and_read_back_from_a_workbook(office: Office) -> None:
    """By what the units sell and by what they report; both beside each other, whatever the target is held against."""
    reports = [
        a_report(indicator, unit, place + shift)
        for place, unit in enumerate(UNITS)
        for shift, indicator in enumerate(OF_EACH_UNIT)
        if indicator != "agricultural_skus"
    ]
    answer = await office.post("reports", {"reports": reports})
    assert answer.json()["counts"]["recorded"] == len(reports) == 50
    found = (await office.get("targets", year=2020)).json()
    platforms, skus = by_unit(found, "platforms"), by_unit(found, "agricultural_skus")
    for place, unit in enumerate(UNITS, start=1):
        assert (platforms[unit]["reported"], platforms[unit]["counted"]) == (place - 1, min(place, 4)), unit
        assert platforms[unit]["actual"] == platforms[unit]["reported"], "landed platforms are not selling platforms"
        assert platforms[unit]["reached"] is (place - 1 >= 3)
        assert (skus[unit]["actual"], skus[unit]["share_reached"]) == (place + 1, f"{(place + 1) / 100:.4f}")
        for indicator in OF_EACH_UNIT:
            row = by_unit(found, indicator)[unit]
            assert row["target"] is not None, indicator
            assert row["actual"] is not None, indicator
            assert row["lead_department"] is None, "what the plan says of departments is not made up"
    assert by_unit(found, "ready_industries")["zunyi"]["counted"] == 1
    tallies = {one["unit"]: one for one in found["units"]}
    assert (tallies["guian"]["targets"], tallies["guian"]["reached"]) == (6, 5)

    workbook = (await office.get("targets", year=2020, format="xlsx")).content
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(workbook))
    header, *rows = sheets.get_sheet_by_index(0).to_python()
    in_file = {(row["unit"], row["indicator"]): row for row in (dict(zip(header, row, strict=True)) for row in rows)}
    assert len(in_file) == len(found["rows"]) == 11 * 37
    for row in found["rows"]:
        cells = in_file[row["unit"], row["indicator"]]
        for name in ("target", "actual", "counted", "reported"):
            assert cells[name] == ("" if row[name] is None else float(row[name])), (row["indicator"], name)
    assert len(sheets.sheet_names) == 5


async def test_the_province_counts_for_itself_and_adds_up_what_units_reported(office: Office) -> None:
    """Brands of ten units are the province's until it reports its own; platforms are never added up."""
    reports = [a_report("regional_brands", unit, 2) for unit in UNITS[:9]]
    reports += [a_report("platforms", unit, 3) for unit in UNITS]
    await office.post("reports", {"reports": reports})
    found = (await office.get("targets", year=2020, unit="province")).json()
    rows = {row["indicator"]: row for row in found["rows"]}
    brands = rows["regional_brands"]
    assert (brands["actual"], brands["reported_from"]["units_reporting"], brands["reached"]) == (18, 9, False)
    assert (rows["platforms"]["reported"], rows["platforms"]["actual_reason"]) == (None, "not_reported")
    assert rows["service_stations"]["actual"] == sum(range(1, 11))
    assert (rows["county_service_centres"]["counted"], rows["county_service_centres"]["share_reached"]) == (
        10,
        "0.1266",
    )
    assert (rows["counties_on_platform"]["target"], rows["counties_on_platform"]["target_is_all"]) == (88, True)
    assert (rows["poor_county_centres"]["target"], rows["township_stations"]["target"]) == (66, 1510)
    assert rows["online_merchants"]["counted"] == 0, "the cube has not been told of these sales"
    assert rows["people_with_increase"]["actual_reason"] == "needs_full_year", "the ledger is not sealed so far"
    await office.post("reports", {"reports": [a_report("regional_brands", "province", 31)]})
    found = (await office.get("targets", year=2020, unit="province")).json()
    brands = next(row for row in found["rows"] if row["indicator"] == "regional_brands")
    assert (brands["actual"], brands["reached"], brands["share_reached"]) == (31, True, "1.0333")


async def test_the_trend_is_how_it_stood_at_the_end_of_each_quarter(office: Office) -> None:
    await office.post(
        "reports",
        {
            "reports": [
                a_report("training_attendances", "zunyi", 40, "2019-Q4"),
                a_report("training_attendances", "zunyi", 50, "2020-02"),
            ]
        },
    )
    found = (await office.get("targets", year=2020, unit="zunyi")).json()
    rows = {row["indicator"]: row for row in found["rows"]}
    assert [point["label"] for point in rows["platforms"]["trend"]] == [
        f"{y}-Q{q}" for y in (2019, 2020) for q in (1, 2, 3, 4)
    ]
    assert [point["counted"] for point in rows["agricultural_skus"]["trend"]] == [0, 1, 1, 1, 2, 4, 4, 4]
    assert [point["reported"] for point in rows["training_attendances"]["trend"]] == [None] * 3 + [40] + [90] * 4


async def test_departments_are_filled_in_and_asked_for(office: Office) -> None:
    """The target that is set anew takes the place of the old one, from that moment on."""
    body = {
        "indicator": "platforms", "unit": "zunyi", "year": 2020, "target": 4, "lead_department": "省商务厅",
        "responsible_departments": ["省农业农村厅", "各市州政府"], "source": "方案附表 / the plan's table",
    }  # fmt: skip
    first = (await office.get("targets", year=2020, unit="zunyi")).json()["plan_batch"]
    answer = await office.post("targets", {"targets": [body]}, scope="targets:write")
    assert answer.json() == {"recorded": 1, "unchanged": 0}
    again = await office.post("targets", {"targets": [body]}, scope="targets:write")
    assert again.json() == {"recorded": 0, "unchanged": 1}
    found = (await office.get("targets", year=2020, department="省农业农村厅")).json()
    assert [(row["indicator"], row["unit"], row["target"]) for row in found["rows"]] == [("platforms", "zunyi", 4)]
    assert found["plan_batch"] > first
    as_before = (await office.get("targets", year=2020, unit="zunyi", as_of="2020-01-01T00:00:00Z")).json()
    assert as_before["plan_batch"] == 0
    departments = {one["department"] for one in (await office.get("targets", year=2020)).json()["departments"]}
    assert departments == {None, "省商务厅", "省农业农村厅", "各市州政府"}


async def test_an_officer_of_a_prefecture_sees_and_reports_its_own(office: Office) -> None:
    """Not the province, not the neighbours; and nothing without the scope."""
    own = ("520300000000",)
    found = (await office.get("targets", year=2020, regions=own)).json()
    assert {row["unit"] for row in found["rows"]} == {"zunyi"}
    assert (await office.get("targets", year=2020, unit="bijie", regions=own)).json()["code"] == "unit_not_allowed"
    answer = await office.post(
        "reports", {"reports": [a_report("platforms", "zunyi", 3), a_report("platforms", "bijie", 3)]}, regions=own
    )
    assert [result["status"] for result in answer.json()["results"]] == ["recorded", "not_allowed"]
    refused = await office.client.get(
        "/v1/stats/targets", params={"year": 2020}, headers=office.tokens.header("stats:read")
    )
    assert refused.status_code == 403


async def test_an_answer_that_is_still_true_is_not_made_again(office: Office) -> None:
    """Until somebody reports something."""
    first = await office.get("targets", year=2020)
    headers = {**office.tokens.header("monitoring:read"), "If-None-Match": first.headers["etag"]}
    same = await office.client.get("/v1/stats/targets", params={"year": 2020}, headers=headers)
    assert same.status_code == 304
    await office.post("reports", {"reports": [a_report("taobao_villages", "zunyi", 1)]})
    changed = await office.client.get("/v1/stats/targets", params={"year": 2020}, headers=headers)
    assert changed.status_code == 200
    assert REPORTED_ON in changed.text


@pytest.mark.parametrize("loops", ["on", "off"])
async def test_figures_of_households_leave_the_planner_as_they_found_it(office: Office, loops: str) -> None:
    """Else what is counted after the people with an increase would be looped over, and take half a minute."""
    year = Period("2019", date(2019, 1, 1), date(2020, 1, 1))
    async with office.database.snapshot() as connection:
        await connection.execute(text("SELECT set_config('enable_nestloop', :loops, TRUE)"), {"loops": loops})
        await income_figures(connection, Question(PROVINCE_REGION, [year]))
        assert await connection.scalar(text("SELECT current_setting('enable_nestloop')")) == loops
