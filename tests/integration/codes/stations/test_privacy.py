"""Nothing that stations see, print or leave behind names a person or says what a household is."""

import pytest

from services.codes.published import VIEWS
from tests.integration.codes.conftest import OFFICER, household
from tests.integration.codes.stations.conftest import STATION, Station, purchase, scan

FORBIDDEN_PARTS = ("name", "phone", "id_card", "cipher", "secret", "pin_", "operator", "waybill", "label")


async def test_no_answer_to_a_station_and_no_log_line_names_a_person_or_a_status(
    station: Station, capsys: pytest.CaptureFixture[str]
) -> None:
    registry, client = station.registry, station.registry.client
    people = [
        household(name=f"韦秘密{number}", phone=f"1390000{number:04}", status="monitored") for number in range(20)
    ]
    registered = await registry.post("/v1/subjects", {"subjects": people}, scope=OFFICER)
    codes = [one["subject"]["code"] for one in registered.json()["results"]]
    capsys.readouterr()
    queue = [purchase(code) for code in codes] + [scan(code) for code in codes]
    answers = [
        await station.post("/v1/scans", {"scans": queue}, headers)
        for headers in (station.device, station.token(), station.token("scans:write stats:exact codes:person"))
    ]
    answers += [await client.get("/v1/scans", headers=station.device)]
    answers += [await client.get(f"/v1/stations/{STATION}", headers=station.device)]
    answers += [
        await client.get(f"/v1/scans/{STATION}/{one['scan_id']}/slip", headers=station.device) for one in queue[:3]
    ]
    answers += [await station.post("/v1/scans", {"scans": [scan(one["id_card"]) for one in people]})]
    assert {answer.status_code for answer in answers} == {200}
    log = "".join(capsys.readouterr())
    assert "/v1/scans/{station}/{scan_id}/slip" in log
    said = "".join(answer.text for answer in answers)
    secrets = [str(one[field]) for one in people for field in ("name", "id_card", "phone")]
    assert [secret for secret in [*secrets, "monitored", "household", "韦"] if secret in said] == []
    assert [secret for secret in [*secrets, *codes] if secret in log] == []


@pytest.mark.parametrize("name", ["scans", "purchases", "closures", "open_statements"])
def test_what_is_published_has_no_room_for_a_person(name: str) -> None:
    (view,) = [view for view in VIEWS if view.name == name]
    read = {column for columns in view.reads.values() for column in columns}
    assert read
    assert not [column for column in read if any(part in column for part in FORBIDDEN_PARTS)]
