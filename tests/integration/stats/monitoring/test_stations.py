"""Stations, as the ledger and the scans have them."""

import csv
import io

from sqlalchemy import text

from tests.integration.stats.monitoring.conftest import Desk
from tests.integration.stats.story import COUNTY, FAR_COUNTY
from tests.tokens import PROVINCE


async def test_each_station_shows_what_it_did_and_why_somebody_should_call(desk: Desk) -> None:
    """The one in need first; a declared closure is no silence; a suspended one has no score."""
    answer = (await desk.get("stations", region=PROVINCE, period="2020-06")).json()
    rows = {row["station"]: row for row in answer["rows"]}
    assert list(rows) == ["S3", "S1", "S2", "L1"]
    works = rows["S1"]
    assert (works["scans"], works["by_purpose"]["goods_received"], works["parcels"]) == (30, 10, 20)
    assert (works["goods_paid"], works["active_days"], works["silent_days"]) == ("200.00", 30, 0)
    assert works["offline_share"] == "0.1000"
    assert [sign["sign"] for sign in works["signs"]] == ["late_uploads"], "the feed of this test is sealed years later"
    assert [sign["sign"] for sign in rows["S2"]["signs"]] == []
    assert (rows["S2"]["score"], rows["S2"]["silent_days"], rows["S2"]["last_heard"]) == (100, 0, "2020-05-31")
    assert (rows["S3"]["silent_days"], rows["S3"]["signs"][0]["sign"]) == (121, "silent")
    assert rows["L1"]["score"] is None
    assert answer["totals"]["by_status"] == {"active": 3, "suspended": 1}
    covered = {one["what"]: (one["divisions"], one["covered"]) for one in answer["coverage"]}
    assert covered == {"county": (2, 2), "township": (2, 2), "village": (3, 3)}


async def test_sales_through_a_station_are_those_of_the_ledger(desk: Desk) -> None:
    """Asked by a second path: the entries of the orders that name it, refunds among them."""
    answer = (await desk.get("stations", region=COUNTY, period="2020", station="S1")).json()
    async with desk.database.transaction() as connection:
        row = (
            await connection.execute(
                text("""
                SELECT count(DISTINCT order_no) AS orders, sum(entry.amount_fen) AS net_fen
                FROM sales.entries AS entry JOIN sales.lines AS line USING (order_no, platform, line_no)
                WHERE line.station = 'S1' AND entry.sale_day BETWEEN '2020-01-01' AND '2020-12-31'
                """)
            )
        ).one()
    [station] = answer["rows"]
    assert (station["orders"], station["sales_net"]) == (row.orders, f"{row.net_fen / 100:.2f}")
    assert row.orders == 6


async def test_no_earlier_state_is_pretended(desk: Desk) -> None:
    """Asked for a past that is not kept, it says so, and does not answer the present."""
    for path in ("stations", "products"):
        refused = await desk.get(path, region=PROVINCE, period="2020-06", as_of="2020-07-01T00:00:00+08:00")
        assert (refused.status_code, refused.json()["code"]) == (422, "live_only")


async def test_a_season_without_harvest_is_declared_by_who_reports_for_the_region(desk: Desk) -> None:
    season = {
        "region": FAR_COUNTY,
        "valid_from": "2020-03-02",
        "valid_to": "2020-06-28",
        "reason": "无采收 / no harvest",
    }
    refused = await desk.client.post(
        "/v1/stats/quiet-seasons", json=season, headers=desk.tokens.header("reports:write", regions=[COUNTY])
    )
    assert refused.status_code == 403
    headers = desk.tokens.header("reports:write", regions=[FAR_COUNTY])
    assert (await desk.client.post("/v1/stats/quiet-seasons", json=season, headers=headers)).status_code == 200
    answer = (await desk.get("stations", region=FAR_COUNTY, period="2020-06")).json()
    assert [(row["station"], row["silent_days"]) for row in answer["rows"]] == [("S3", 3)]
    assert "silent" not in [sign["sign"] for sign in answer["rows"][0]["signs"]]


async def test_an_officer_sees_the_stations_of_his_county_and_files_hold_all(desk: Desk) -> None:
    assert (await desk.get("stations", region=FAR_COUNTY, period="2020-06", regions=[COUNTY])).status_code == 403
    answer = await desk.get("stations", region=COUNTY, period="2020-06", regions=[COUNTY], limit=1)
    assert (len(answer.json()["rows"]), answer.json()["row_count"]) == (1, 3)
    written = await desk.get("stations", region=COUNTY, period="2020-06", regions=[COUNTY], limit=1, format="csv")
    rows = [
        row
        for row in csv.DictReader(io.StringIO(written.text.removeprefix("\ufeff")))
        if not row["station"].startswith("#")
    ]
    assert {row["station"] for row in rows} == {"S1", "S2", "L1"}
