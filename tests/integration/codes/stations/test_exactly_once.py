"""Each scan counts once, whatever the network does."""

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.codes.queries.scans import recorded
from services.codes.scan import Key
from tests.integration.codes.stations.conftest import (
    Station,
    device_header,
    enrol,
    purchase,
    register_station,
    scan,
)


def statuses(answer: dict[str, Any]) -> list[str]:
    """The status of each result."""
    return [result["status"] for result in answer["results"]]


async def test_a_queue_that_is_sent_twice_counts_once_and_is_answered_alike(station: Station) -> None:
    queue = [purchase(station.code), scan(station.code), scan(station.cooperative, purpose="service")]
    first, again = await station.report(*queue), await station.report(*queue)
    assert (statuses(first), statuses(again)) == (["accepted"] * 3, ["duplicate"] * 3)
    assert (first["counts"]["accepted"], again["counts"]["duplicate"]) == (3, 3)
    assert "batch_id" not in again
    for one, other in zip(first["results"], again["results"], strict=True):
        assert one | {"status": ""} == other | {"status": ""}
    assert len(await station.stored()) == 3


async def test_the_same_queue_at_once_over_many_connections_counts_once(station: Station) -> None:
    queue = [purchase(station.code) for _ in range(5)]
    answers = await asyncio.gather(*(station.report(*queue) for _ in range(6)))
    told = [statuses(answer) for answer in answers]
    assert sorted(told) == [["accepted"] * 5] + [["duplicate"] * 5] * 5
    assert len(await station.stored()) == 5
    assert (await station.registry.rows("SELECT sum(amount_fen) FROM codes.purchases"))[0][0] == 5 * 12_600


async def test_what_is_in_doubt_is_decided_by_the_one_who_committed(station: Station) -> None:
    """Two contents under one number at once: one is on record, the other is told so."""
    one, other = purchase(station.code, "1.00"), purchase(station.code, "2.00")
    other["scan_id"] = one["scan_id"]
    answers = await asyncio.gather(station.report_one(one), station.report_one(other))
    assert sorted(answer["status"] for answer in answers) == ["accepted", "conflict"]
    (winner,) = [sent for sent, answer in zip((one, other), answers, strict=True) if answer["status"] == "accepted"]
    (row,) = await station.stored("amount_paid_fen")
    assert row[0] == int(winner["amount_paid"].replace(".", ""))


async def test_a_conflict_changes_nothing_and_stops_nobody(station: Station) -> None:
    first = purchase(station.code)
    await station.report(first)
    answer = await station.report(first | {"amount_paid": "999.00"}, scan(station.code), first | {"offline": True})
    assert statuses(answer) == ["conflict", "accepted", "conflict"]
    assert answer["results"][0]["problem"]["code"] == "scan_conflict"
    assert [row[0] for row in await station.stored("amount_paid_fen", "amount_paid_fen > 0")] == [12_600]


async def test_two_devices_with_the_same_numbers_mean_two_scans(station: Station) -> None:
    second = device_header(await enrol(station.registry))
    same = scan(station.code, scan_id="1")
    answers = [await station.report(same, headers=headers) for headers in (station.device, second, station.token())]
    assert [statuses(answer) for answer in answers] == [["accepted"]] * 3
    assert len(await station.stored("source", "scan_id = '1'")) == 3


async def test_the_same_number_within_one_queue_counts_once(station: Station) -> None:
    first = scan(station.code)
    answer = await station.report(first, first, first | {"purpose": "service"})
    assert statuses(answer) == ["accepted", "duplicate", "conflict"]


async def test_a_rejected_scan_takes_no_number(station: Station) -> None:
    first = scan(station.code)
    assert statuses(await station.report(first | {"code": "nonsense"})) == ["rejected"]
    assert statuses(await station.report(first | {"quantity": "-1"})) == ["rejected"]
    assert statuses(await station.report(first)) == ["accepted"]


async def test_a_sheet_of_paper_counts_once_whoever_types_it_in(station: Station) -> None:
    sheet = purchase(station.code, scan_id=None, pad_no="07", sheet_no=12, scanned_at="2020-01-05T10:00:00+08:00")
    by_device = await station.report(sheet)
    by_token = await station.report(sheet, headers=station.token())
    assert (statuses(by_device), statuses(by_token)) == (["accepted"], ["duplicate"])
    assert by_device["results"][0]["scanned_at"] == "2020-01-05T10:00:00+08:00"
    others = [sheet | {"sheet_no": 13}, sheet | {"pad_no": "7"}]
    assert statuses(await station.report(*others)) == ["accepted"] * 2
    misread = await station.report(sheet | {"amount_paid": "621.00"})
    assert statuses(misread) == ["conflict"]
    future = sheet | {"sheet_no": 14, "scanned_at": "2099-01-01T00:00:00+08:00"}
    assert (await station.report(future))["results"][0]["problem"]["code"] == "dated_in_future"
    missing = await station.report(sheet | {"sheet_no": None}, sheet | {"scan_id": "x"})
    assert statuses(missing) == ["rejected", "rejected"]


async def test_the_same_sheet_number_of_another_station_is_another_sheet(station: Station) -> None:
    await register_station(station.registry, "DY-002")
    sheet = scan(station.code, scan_id=None, pad_no="1", sheet_no=1)
    answers = [
        await station.report(sheet, headers=station.token(station=one)) for one in ("DY-001", "DY-002", "DY-002")
    ]
    assert [statuses(answer) for answer in answers] == [["accepted"], ["accepted"], ["duplicate"]]


cuts = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=5)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=cuts, order=st.permutations(range(6)), at_once=st.booleans())
async def test_a_queue_cut_anywhere_and_sent_in_any_parts_ends_in_the_same_state(
    station: Station, *, parts: list[tuple[int, int]], order: list[int], at_once: bool
) -> None:
    """Whichever parts came through before, once the whole queue is answered each scan is on record once."""
    queue = [purchase(station.code, f"{number + 1}.00", sequence=number + 1) for number in order]
    requests = [queue[min(cut) : max(cut)] for cut in parts]
    if at_once:
        await asyncio.gather(*(station.report(*part) for part in requests))
    else:
        for part in requests:
            await station.report(*part)
    final = await station.report(*queue)
    assert set(statuses(final)) <= {"accepted", "duplicate"}
    keys = [Key(f"device:{station.device_id}", one["scan_id"]) for one in queue]
    async with station.registry.database.transaction() as connection:
        found = await recorded(connection, "DY-001", keys)
    assert sorted(one.amount_paid_fen or 0 for one in found.values()) == [100, 200, 300, 400, 500, 600]


async def test_an_upload_is_one_batch_of_the_feed_and_a_repeat_is_none(station: Station) -> None:
    registry = station.registry
    await registry.seal()
    queue = [scan(station.code), scan(station.code)]
    answer = await station.report(*queue)
    await station.report(*queue)
    assert await registry.seal() == 1
    (row,) = await registry.rows(
        "SELECT b.batch_id, b.operation, b.actor FROM codes.feed f JOIN codes.batches b USING (batch_id) "
        "ORDER BY f.position DESC LIMIT 1"
    )
    assert (str(row[0]), row[1], row[2]) == (answer["batch_id"], "report_scans", f"device:{station.device_id}")
    assert {row[0] for row in await station.stored("recorded_in")} == {row[0]}


async def test_a_thousand_are_taken_and_more_are_not(station: Station) -> None:
    full = [scan(station.code, sequence=number) for number in range(1, 1001)]
    assert (await station.report(*full))["counts"]["accepted"] == 1000
    answer = await station.post("/v1/scans", {"scans": [*full, scan(station.code)]})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many")
