"""Stations: what is true of them and when, who may change it, and their devices."""

import asyncio
from datetime import timedelta

import pytest

from services.kit import clock
from tests.integration.codes.conftest import OTHER_VILLAGE, VILLAGE, Registry
from tests.integration.codes.stations.conftest import (
    STATION,
    Station,
    device_header,
    enrol,
    register_station,
    scan,
)

GUIYANG = ("520100000000",)
READ = "registry:read"


async def test_a_station_is_registered_once_and_never_otherwise(registry: Registry) -> None:
    first, again = await register_station(registry), await register_station(registry)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["already_registered"], again.json()["already_registered"]) == (False, True)
    other = await register_station(registry, name="别的站")
    assert (other.status_code, other.json()["code"], other.json()["fields"]) == (
        409,
        "station_registered_otherwise",
        ["name"],
    )


async def test_two_registrations_at_once_make_one_station(registry: Registry) -> None:
    answers = await asyncio.gather(*(register_station(registry) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]


async def test_a_station_stands_in_a_village_of_the_officer(registry: Registry) -> None:
    county = await register_station(registry, region="522701000000")
    assert county.json()["code"] == "region_not_a_village"
    body = {"station": "X", "name": "站", "region": VILLAGE, "registered_on": "2019-01-01"}
    elsewhere = await registry.post("/v1/stations", body, regions=GUIYANG)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "region_not_allowed")
    future = await register_station(registry, registered_on="2999-01-01")
    assert future.json()["code"] == "registered_in_future"


async def test_history_keeps_what_was_true_and_why_it_changed(registry: Registry) -> None:
    await register_station(registry)
    path = f"/v1/stations/{STATION}/changes"
    move = {"from": "2020-01-01", "region": OTHER_VILLAGE, "reason": "易地搬迁"}
    assert (await registry.post(path, move)).status_code == 200
    shut = {"from": "2020-06-01", "status": "suspended", "reason": "操作员离职"}
    detail = (await registry.post(path, shut)).json()
    assert (detail["status"], detail["reason"], detail["region"]) == ("suspended", "操作员离职", OTHER_VILLAGE)
    assert [(version["valid_from"], version["valid_to"]) for version in detail["history"]] == [
        ("2019-01-01", "2020-01-01"),
        ("2020-01-01", "2020-06-01"),
        ("2020-06-01", None),
    ]
    before = await registry.rows("SELECT count(*) FROM codes.batches")
    assert (await registry.post(path, shut)).status_code == 200
    assert await registry.rows("SELECT count(*) FROM codes.batches") == before
    early = await registry.post(path, {"from": "2019-06-01", "name": "新名", "reason": "更名"})
    assert (early.status_code, early.json()["since"]) == (409, "2020-06-01")
    known = await registry.rows("SELECT count(*) FROM codes.stations WHERE station = :s", s=STATION)
    assert known[0][0] == 1


async def test_who_may_not_see_a_station_does_not_learn_that_it_is_there(station: Station) -> None:
    registry = station.registry
    for path in (f"/v1/stations/{STATION}", "/v1/stations/none"):
        answer = await registry.get(path, scope=READ, regions=GUIYANG)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_station")
    assert (await registry.get("/v1/stations", scope=READ, regions=GUIYANG)).json()["stations"] == []
    assert (await registry.get("/v1/stations", scope="stats:read")).status_code == 403
    assert (await registry.get("/v1/stations", scope=None)).status_code == 401
    changed = await registry.post(f"/v1/stations/{STATION}/changes", {"name": "x", "reason": "y"}, regions=GUIYANG)
    assert changed.status_code == 404


async def test_a_station_sees_itself_and_no_other(station: Station) -> None:
    registry = station.registry
    await register_station(registry, "DY-002")
    for headers in (station.device, station.token()):
        listed = await registry.client.get("/v1/stations", headers=headers)
        assert [one["station"] for one in listed.json()["stations"]] == [STATION]
        assert (await registry.client.get(f"/v1/stations/{STATION}", headers=headers)).status_code == 200
        other = await registry.client.get("/v1/stations/DY-002", headers=headers)
        assert (other.status_code, other.json()["code"]) == (403, "other_station")


async def test_stations_are_listed_page_by_page(registry: Registry) -> None:
    for number in range(5):
        await register_station(registry, f"S{number}")
    first = (await registry.get("/v1/stations", scope=READ, limit=3)).json()
    second = (await registry.get("/v1/stations", scope=READ, limit=3, after=first["next"])).json()
    assert [one["station"] for one in first["stations"] + second["stations"]] == ["S0", "S1", "S2", "S3", "S4"]
    assert second["next"] is None


async def test_closures_are_declared_by_the_station_itself_and_can_be_withdrawn(station: Station) -> None:
    body = {"valid_from": "2020-01-20", "valid_to": "2020-02-03", "reason": "春节"}
    path = f"/v1/stations/{STATION}/closures"
    first, again = await station.post(path, body), await station.post(path, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["closure_id"] == again.json()["closure_id"]
    withdrawal = f"{path}/{first.json()['closure_id']}/withdraw"
    assert (await station.post(withdrawal, {"reason": "照常营业"})).status_code == 204
    assert (await station.post(withdrawal, {"reason": "照常营业"})).status_code == 404
    detail = (await station.registry.get(f"/v1/stations/{STATION}")).json()
    assert detail["closures"] == []
    published = await station.registry.rows("SELECT valid_from, superseded_in FROM codes.station_closures")
    assert [(str(row[0]), row[1] is None) for row in published] == [("2020-01-20", False)]


async def test_operators_come_and_go_with_dates(station: Station) -> None:
    registry, path = station.registry, f"/v1/stations/{STATION}/operators"
    first = {"operator": "W17", "valid_from": "2020-01-01"}
    answers = [await registry.post(path, body) for body in (first, first, first | {"valid_from": "2020-03-01"})]
    assert [answer.status_code for answer in answers] == [201, 200, 409]
    ending = {"operator": "W17", "valid_to": "2020-05-01", "reason": "离职"}
    for _ in range(2):
        assert (await registry.post(f"{path}/end", ending)).status_code == 204
    assert (await registry.post(f"{path}/end", ending | {"operator": "W99"})).status_code == 404
    assert (await registry.post(path, first | {"valid_from": "2020-05-01"})).status_code == 201
    shown = (await registry.get(f"/v1/stations/{STATION}")).json()["operators"]
    assert [(one["valid_from"], one["valid_to"]) for one in shown] == [
        ("2020-01-01", "2020-05-01"),
        ("2020-05-01", None),
    ]


@pytest.mark.parametrize("operator", ["罗德明", "13800000000", "52270119800101001X"])
async def test_an_operator_is_no_person(station: Station, operator: str) -> None:
    path = f"/v1/stations/{STATION}/operators"
    answer = await station.registry.post(path, {"operator": operator, "valid_from": "2020-01-01"})
    assert answer.status_code == 422
    assert operator not in answer.text


async def test_a_lost_answer_is_given_again_and_a_code_serves_one_device(registry: Registry) -> None:
    await register_station(registry)
    invited = (await registry.post(f"/v1/stations/{STATION}/enrolments", {"label": "柜台"})).json()
    body = {"code": invited["code"].lower(), "request_id": "r" * 16}
    answers = await asyncio.gather(*(registry.client.post("/v1/stations/enrol", json=body) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    other = await registry.client.post("/v1/stations/enrol", json=body | {"request_id": "q" * 16})
    assert (other.status_code, other.json()["code"], other.json()["used"]) == (409, "enrolment_over", True)
    wrong = await registry.client.post("/v1/stations/enrol", json=body | {"code": "00000000"})
    assert (wrong.status_code, wrong.json()["code"]) == (404, "unknown_enrolment")
    assert (await registry.rows("SELECT count(*) FROM codes.devices"))[0][0] == 1


async def test_an_invitation_expires(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    await register_station(registry)
    invited = (await registry.post(f"/v1/stations/{STATION}/enrolments", {"label": "柜台"})).json()
    tomorrow = clock.now() + timedelta(hours=24)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    late = await registry.client.post("/v1/stations/enrol", json={"code": invited["code"], "request_id": "r" * 16})
    assert (late.status_code, late.json()["code"], late.json()["used"]) == (409, "enrolment_over", False)


async def test_neither_codes_nor_secrets_rest_in_the_database(registry: Registry) -> None:
    await register_station(registry)
    invited = (await registry.post(f"/v1/stations/{STATION}/enrolments", {"label": "柜台"})).json()["code"]
    body = {"code": invited, "request_id": "r" * 16}
    secret = (await registry.client.post("/v1/stations/enrol", json=body)).json()["secret"]
    rows = await registry.rows("SELECT e.*::text || d.*::text FROM codes.enrolments e, codes.devices d")
    assert len(rows) == 1
    for told in (invited, invited.replace("-", ""), secret, secret.encode().hex()):
        assert told not in rows[0][0]


async def test_a_device_that_is_disabled_is_nobody_at_once_and_its_scans_stay(station: Station) -> None:
    registry = station.registry
    await station.report(scan(station.code))
    path = f"/v1/stations/{STATION}/devices/{station.device_id}/disable"
    assert (await registry.post(path, {"reason": "丢失"}, regions=GUIYANG)).status_code == 404
    for _ in range(2):
        assert (await registry.post(path, {"reason": "丢失"})).status_code == 204
    refused = await station.post("/v1/scans", {"scans": [scan(station.code)]})
    assert (refused.status_code, refused.json()["code"]) == (401, "device_not_authenticated")
    (device,) = (await registry.get(f"/v1/stations/{STATION}")).json()["devices"]
    assert (device["scans"], device["disabled_for"]) == (1, "丢失")


@pytest.mark.parametrize("credential", ["", "D000000000", "D000000000:x", "{device}:x", "{device}:", "x:{secret}"])
async def test_a_wrong_credential_is_refused(station: Station, credential: str) -> None:
    known = station.device["Authorization"].removeprefix("Device ").split(":")
    headers = {"Authorization": f"Device {credential.format(device=known[0], secret=known[1])}"}
    answer = await station.post("/v1/scans", {"scans": []}, headers)
    assert answer.status_code == 401


async def test_what_is_missing_of_a_devices_scans_is_seen_by_its_running_numbers(station: Station) -> None:
    await station.report(*(scan(station.code, sequence=number) for number in (1, 2, 5)))
    second = device_header(await enrol(station.registry, label="仓库"))
    await station.report(scan(station.code, sequence=1), headers=second)
    devices = (await station.registry.get(f"/v1/stations/{STATION}")).json()["devices"]
    assert [(one["label"], one["highest_sequence"], one["missing"]) for one in devices] == [
        ("柜台手机", 5, 2),
        ("仓库", 1, 0),
    ]
