"""A void posts a reversal: what was voided counts no more and stays on record."""

import asyncio
from typing import Any

import pytest

from tests.integration.codes.stations.conftest import (
    STATION,
    Station,
    device_header,
    enrol,
    purchase,
    register_station,
    scan,
)


def void(scan_id: str | None = None, **voids: Any) -> dict[str, Any]:
    """The void of a scan of the same device, or of what ``voids`` names."""
    return scan(None, purpose="void", voids={"scan_id": scan_id, **voids} if scan_id else voids)


async def test_a_voided_purchase_leaves_the_sum_and_stays_on_record(station: Station) -> None:
    registry, bought = station.registry, purchase(station.code)
    await station.report(bought)
    await registry.seal()
    undone = await station.report(void(bought["scan_id"]))
    assert undone["results"][0]["status"] == "accepted"
    (row,) = await registry.rows("SELECT amount_fen, recorded_in, superseded_in FROM codes.purchases")
    assert (row.amount_fen, str(row.superseded_in)) == (12_600, undone["batch_id"])
    assert row.recorded_in < row.superseded_in
    assert len(await station.stored()) == 2
    repeated = await station.report_one(bought)
    assert (repeated["status"], repeated["voided"], "paid_income" in repeated) == ("duplicate", True, False)


async def test_a_void_counts_once_and_a_second_void_is_told_so(station: Station) -> None:
    bought, undone = purchase(station.code), void()
    undone["voids"] = {"scan_id": bought["scan_id"]}
    await station.report(bought, undone)
    again, other = (await station.report(undone, void(bought["scan_id"])))["results"]
    assert again["status"] == "duplicate"
    assert (other["status"], other["problem"]["code"]) == ("conflict", "already_voided")


async def test_two_voids_at_once_undo_one_scan_once(station: Station) -> None:
    second = device_header(await enrol(station.registry))
    bought = purchase(station.code)
    await station.report(bought)
    by_other = void(bought["scan_id"], device=station.device_id)
    answers = await asyncio.gather(
        station.report_one(void(bought["scan_id"])), station.report_one(by_other, headers=second)
    )
    assert sorted(answer["status"] for answer in answers) == ["accepted", "conflict"]
    assert len(await station.stored(where="superseded_in IS NOT NULL")) == 1


async def test_a_void_may_stand_before_its_scan_in_a_queue_and_comes_after_it(station: Station) -> None:
    bought = purchase(station.code)
    results = (await station.report(void(bought["scan_id"]), bought))["results"]
    assert [(one["status"], one.get("voided")) for one in results] == [("accepted", None), ("accepted", True)]
    assert len(await station.stored(where="superseded_in IS NOT NULL")) == 1


async def test_a_void_of_what_has_not_come_is_refused_and_may_be_sent_again(station: Station) -> None:
    bought = purchase(station.code)
    undone = void(bought["scan_id"])
    refused = await station.report_one(undone)
    assert (refused["status"], refused["problem"]["code"]) == ("rejected", "unknown_scan")
    await station.report(bought)
    assert (await station.report_one(undone))["status"] == "accepted"


async def test_a_void_cannot_be_voided(station: Station) -> None:
    bought = purchase(station.code)
    undone = void(bought["scan_id"])
    await station.report(bought, undone)
    refused = await station.report_one(void(undone["scan_id"]))
    assert (refused["status"], refused["problem"]["code"]) == ("rejected", "not_voidable")


async def test_a_sheet_is_voided_by_pad_and_number_within_its_station_only(station: Station) -> None:
    await register_station(station.registry, "DY-002")
    await station.report(purchase(station.code, scan_id=None, pad_no="7", sheet_no=3))
    undone = void(pad_no="7", sheet_no=3)
    elsewhere = await station.report_one(undone, headers=station.token(station="DY-002"))
    assert elsewhere["problem"]["code"] == "unknown_scan"
    assert (await station.report_one(undone, headers=station.token()))["status"] == "accepted"
    (row,) = await station.stored("station, source, superseded_in", "superseded_in IS NOT NULL")
    assert (row.station, row.source) == (STATION, "pad:7")


@pytest.mark.parametrize(
    "voids", [{}, {"scan_id": "1", "pad_no": "7", "sheet_no": 1}, {"pad_no": "7"}, {"sheet_no": 1}]
)
async def test_a_void_names_exactly_one_scan(station: Station, voids: dict[str, Any]) -> None:
    result = await station.report_one(scan(None, purpose="void", voids=voids))
    assert result["status"] == "rejected"


async def test_the_reversal_is_in_the_feed_after_what_it_reverses(station: Station) -> None:
    registry, bought = station.registry, purchase(station.code)
    await station.report(bought)
    await station.report(void(bought["scan_id"]))
    await registry.seal()
    (row,) = await registry.rows(
        "SELECT bought.position AS bought, undone.position AS undone FROM codes.purchases p "
        "JOIN codes.feed bought ON bought.batch_id = p.recorded_in "
        "JOIN codes.feed undone ON undone.batch_id = p.superseded_in"
    )
    assert row.bought < row.undone
