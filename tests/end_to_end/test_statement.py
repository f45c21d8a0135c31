"""From a card that is handed over to a household that reads its own figures, through the door as a station has it."""

import secrets
import time

import httpx

from tests.end_to_end.conftest import IN_ONE_PROCESS, RunningHouse

pytestmark = IN_ONE_PROCESS

VILLAGE = "522701005016"
PATIENCE_SECONDS = 60


def _of_device(house: RunningHouse, device: dict[str, str]) -> httpx.Client:
    headers = {"Authorization": f"Device {device['device']}:{device['secret']}"}
    return httpx.Client(base_url=house.base_url, headers=headers, trust_env=False, timeout=60)


def test_a_household_gets_its_card_sets_its_pin_is_paid_and_reads_that_on_its_statement(
    running_house: RunningHouse,
) -> None:
    """126.00 for tea that a station bought and scanned; the grant of one device is no good to another client."""
    household = {
        "kind": "household", "region": VILLAGE, "name": "罗某", "persons": 3, "registered_on": "2018-12-31",
        "status": "other", "external_id": "E2E-statement",
    }  # fmt: skip
    place = {"station": "E2E-001", "name": "桃花村服务站", "region": VILLAGE, "registered_on": "2019-01-01"}
    with running_house.client("officer") as officer:
        code = officer.post("/v1/subjects", json=household).json()["code"]
        card = officer.post(f"/v1/codes/{code}/cards", json={}).json()
        told = officer.post(f"/v1/codes/{code}/cards/{card['card_no']}/handover").json()
        assert officer.post("/v1/stations", json={**place, "type": "service_station"}).status_code == 201
        invited = officer.post("/v1/stations/E2E-001/enrolments", json={"label": "柜台手机"}).json()
    enrolment = {"code": invited["code"], "request_id": secrets.token_urlsafe(16)}
    enrolled = httpx.post(f"{running_house.base_url}/v1/stations/enrol", json=enrolment, trust_env=False)
    with _of_device(running_house, enrolled.json()) as device:
        pin = {"card": card["address"], "pin": "483176"}
        photographed = device.post(f"/v1/codes/{code}/pin", json=pin)
        assert (photographed.status_code, photographed.json()["code"]) == (403, "handover_needed")
        assert device.post(f"/v1/codes/{code}/pin", json={**pin, "handover": told["handover"]}).status_code == 200
        bought = {
            "scan_id": "1", "purpose": "goods_received", "code": card["address"], "category": "tea",
            "quantity": "2.5", "unit": "斤", "amount_paid": "126.00", "scanned_at": "2020-02-10T12:00:00+08:00",
        }  # fmt: skip
        (result,) = device.post("/v1/scans", json={"scans": [bought]}).json()["results"]
        assert (result["verdict"], result["paid_income"]) == ("valid", True)
        opened = device.post("/v1/statements", json=pin).json()
        grant = {"OneCode-Grant": opened["grant"]}
        month = result["scanned_at"][:7]
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            read = device.get("/v1/stats/statement", params={"from": month, "to": month}, headers=grant)
            assert read.status_code == 200, read.text
            if read.json()["totals"]["paid"] == "126.00" or time.monotonic() > give_up_at:
                break
        assert read.json()["totals"]["income"] == "126.00"
        assert [(one["month"], one["paid"]) for one in read.json()["income"]] == [(month, "126.00")]
        page = device.get("/v1/stats/statement/page", params={"from": month, "to": month}, headers=grant)
        assert "126.00" in page.text
        assert "罗某" not in page.text
    with running_house.client("station") as other:
        refused = other.get("/v1/stats/statement", headers=grant)
        assert (refused.status_code, refused.json()["code"]) == (403, "grant_over")
