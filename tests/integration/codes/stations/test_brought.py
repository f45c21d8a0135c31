"""A device's queue that somebody else brings: in its name, once, and at its own station only."""

from datetime import timedelta

from services.kit import clock
from tests.integration.codes.stations.conftest import Station, device_header, enrol, purchase, register_station, scan


async def test_a_queue_that_comes_as_a_file_and_by_the_device_itself_counts_once(station: Station) -> None:
    """Whoever is first: another phone of the station, the station's client, or the device."""
    first, second = purchase(station.code), scan(station.code)
    other = device_header(await enrol(station.registry, label="备用手机"))
    brought = await station.report(first, headers=other, device=station.device_id)
    assert brought["counts"]["accepted"] == 1
    again = await station.report(first, second, headers=station.token(), device=station.device_id)
    assert (again["counts"]["duplicate"], again["counts"]["accepted"]) == (1, 1)
    assert (await station.report(first, second))["counts"]["duplicate"] == 2
    assert [row.source for row in await station.stored()] == [f"device:{station.device_id}"] * 2


async def test_what_a_disabled_phone_scanned_is_brought_by_the_phone_enrolled_anew(station: Station) -> None:
    """Some of it had arrived and its answer was lost: that is a duplicate, the rest is new."""
    arrived, kept = purchase(station.code), purchase(station.code)
    await station.report(arrived)
    reason = {"reason": "重装系统"}
    path = f"/v1/stations/DY-001/devices/{station.device_id}/disable"
    assert (await station.registry.post(path, reason)).status_code == 204
    anew = device_header(await enrol(station.registry))
    answer = await station.report(arrived, kept, headers=anew, device=station.device_id)
    assert (answer["counts"]["duplicate"], answer["counts"]["accepted"]) == (1, 1)


async def test_a_device_of_another_station_is_unknown_here(station: Station) -> None:
    """Nobody reports in the name of a device that is not his station's; nor does a device older than its enrolment."""
    await register_station(station.registry, "DY-002")
    elsewhere = await enrol(station.registry, "DY-002")
    for device in (elsewhere["device"], "D000000000"):
        answer = await station.post("/v1/scans", {"scans": [scan(station.code)], "device": device})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_device")
    early = scan(station.code, scanned_at=(clock.now() - timedelta(days=300)).isoformat())
    await station.report(early, headers=station.token(), device=station.device_id)
    (row,) = await station.stored()
    assert row.clock == "bounded"
