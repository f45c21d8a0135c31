"""What a scan is judged by, what is answered, and what it counts as."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.codes.code import Kind, draw_code
from services.kit import clock
from services.kit.clock import business_day
from tests.integration.codes.conftest import PUBLIC_URL, VILLAGE, Registry, household
from tests.integration.codes.stations.conftest import NAME, STATION, Station, purchase, register_station, scan

COUNTY = "贵州省黔南布依族苗族自治州都匀市"


async def test_the_answer_names_county_and_cooperative_and_nothing_of_the_household(station: Station) -> None:
    result = await station.report_one(scan(station.code))
    assert result["scanned_at"]
    assert {field: value for field, value in result.items() if field not in {"scan_id", "scanned_at"}} == {
        "index": 0,
        "status": "accepted",
        "verdict": "valid",
        "county": COUNTY,
        "cooperatives": ["都匀毛尖合作社"],
    }


async def test_a_cooperatives_own_code_names_it(station: Station) -> None:
    result = await station.report_one(scan(station.cooperative))
    assert (result["organisation"], result["cooperatives"]) == ("都匀毛尖合作社", [])


async def test_who_may_read_the_registry_there_sees_the_holder_masked(station: Station) -> None:
    for scope, name in (("scans:write registry:read", "罗**"), ("scans:write registry:read codes:person", NAME)):
        headers = station.token(scope, regions=("522700000000",))
        holder = (await station.report_one(scan(station.code), headers=headers))["holder"]
        assert holder == {
            "subject_id": station.subject_id,
            "kind": "household",
            "region": VILLAGE,
            "name": name,
            "persons": 4,
            "status": "registered",
        }
    for scope, region in (("scans:write registry:read", "520100000000"), ("scans:write codes:person", "520000000000")):
        assert "holder" not in await station.report_one(
            scan(station.code), headers=station.token(scope, regions=(region,))
        )


async def test_a_code_is_read_however_it_is_written_and_from_its_label(station: Station) -> None:
    spoken = f"{station.code[:4].lower()} {station.code[4:8]}-{station.code[8:]}"
    for text in (spoken, f"{PUBLIC_URL.upper()}/C/{station.code}"):
        assert (await station.report_one(scan(text)))["verdict"] == "valid"
    assert {row[0] for row in await station.stored("code")} == {station.code}


async def test_unknown_is_told_from_malformed(station: Station) -> None:
    unknown = await station.report_one(scan(draw_code(Kind.HOUSEHOLD)))
    assert (unknown["status"], unknown["verdict"]) == ("accepted", "unknown")
    assert "county" not in unknown
    malformed = await station.report_one(scan("52270119800101001X"))
    assert (malformed["status"], malformed["problem"]["code"]) == ("rejected", "malformed_code")
    assert len(await station.stored()) == 1


async def test_a_code_is_judged_at_the_time_of_the_scan(registry: Registry, station: Station) -> None:
    """Suspended yesterday: a scan of the day before is valid, one of today is not, though both come in now."""
    now = clock.now()
    yesterday = now - timedelta(days=1)
    body = {"from": yesterday.isoformat(), "reason": "核查"}
    assert (await registry.post(f"/v1/codes/{station.code}/suspend", body)).status_code == 200
    token = station.token()
    before, after = yesterday - timedelta(hours=1), yesterday + timedelta(hours=1)
    results = (
        await station.report(
            purchase(station.code, scanned_at=before.isoformat()),
            purchase(station.code, scanned_at=after.isoformat()),
            headers=token,
        )
    )["results"]
    assert [(one["verdict"], one.get("paid_income", False)) for one in results] == [
        ("valid", True),
        ("suspended", False),
    ]
    await registry.post(f"/v1/codes/{station.code}/revoke", {"reason": "注销"})
    later = scan(station.code, scanned_at=(clock.now() + timedelta(seconds=1)).isoformat())
    assert (await station.report_one(later, headers=token))["verdict"] == "revoked"
    early = scan(station.code, pad_no="1", sheet_no=1, scan_id=None, scanned_at="2019-01-02T00:00:00+08:00")
    assert (await station.report_one(early, headers=token))["verdict"] == "valid"


async def test_a_scan_before_the_code_was_in_force_is_no_valid_one(registry: Registry) -> None:
    await register_station(registry)
    today = business_day(clock.now())
    code = (await registry.register(household(registered_on=today.isoformat())))["code"]
    headers = registry.token("scans:write")
    sheet = {"pad_no": "1", "sheet_no": 1, "code": code, "scanned_at": "2020-01-01T00:00:00+08:00"}
    answer = await registry.client.post("/v1/scans", json={"station": STATION, "scans": [sheet]}, headers=headers)
    assert answer.json()["results"][0]["verdict"] == "not_yet_in_force"


async def test_a_wrong_clock_is_noticed_corrected_and_told(station: Station) -> None:
    """Three hours ahead: the corrected time is ours, what the device said is kept beside it."""
    ahead = timedelta(hours=3)
    now = clock.now()
    answer = await station.report(
        scan(station.code, scanned_at=(now + ahead).isoformat()), sent_at=(now + ahead).isoformat()
    )
    assert answer["clock"]["corrected"] is True
    assert abs(answer["clock"]["skew_seconds"] + 3 * 3600) < 60
    (row,) = await station.stored("device_time, scanned_at, clock, clock_skew_ms")
    assert row.device_time == now + ahead
    assert abs(row.scanned_at - now) < timedelta(seconds=60)
    assert row.clock == "shifted"
    right = await station.report(scan(station.code), sent_at=clock.now().isoformat())
    assert right["clock"]["corrected"] is False


async def test_a_repeat_keeps_the_time_of_the_first(station: Station) -> None:
    """A queue is sent again when the clock has been set meanwhile: nothing moves."""
    off = timedelta(days=2)
    told = scan(station.code, scanned_at=(clock.now() - off).isoformat())
    first = await station.report_one(told, sent_at=(clock.now() - off).isoformat())
    again = await station.report_one(told, sent_at=clock.now().isoformat())
    assert (again["status"], again["scanned_at"]) == ("duplicate", first["scanned_at"])


async def test_a_reset_clock_cannot_date_a_scan_before_the_device_was_enrolled(station: Station) -> None:
    result = await station.report_one(purchase(station.code, scanned_at="1970-01-01T00:00:07Z"))
    assert (result["status"], result["verdict"]) == ("accepted", "valid")
    (row,) = await station.stored("scanned_at, clock")
    ((enrolled_at,),) = await station.registry.rows("SELECT enrolled_at FROM codes.devices")
    assert (row.scanned_at, row.clock) == (enrolled_at, "bounded")


async def test_a_card_is_verified_and_a_forged_one_is_not(station: Station) -> None:
    address, card_no = await station.issue_card()
    forged = station.sign(station.code, card_no, Ed25519PrivateKey.generate())
    never_issued = station.sign(station.code, card_no + 1)
    others = station.sign(station.cooperative, card_no)
    good = await station.report_one(scan(address))
    assert (good["verdict"], good["county"]) == ("valid", COUNTY)
    for token in (forged, never_issued, others, "x"):
        bad = await station.report_one(scan(station.code, card=token))
        assert (bad["status"], bad["verdict"]) == ("accepted", "bad_signature")
        assert "county" not in bad
    stored = await station.stored("verdict, card_no, subject_id")
    assert sum(row.verdict == "valid" and row.card_no == card_no for row in stored) == 1
    assert all((row.subject_id is None) == (row.verdict == "bad_signature") for row in stored)


async def test_a_lost_card_is_revoked_from_its_moment_on_while_the_code_lives_on(station: Station) -> None:
    address, card_no = await station.issue_card()
    token = station.token()
    lost_at = clock.now() - timedelta(hours=2)
    await station.revoke_card(card_no, lost_at)
    before, after = lost_at - timedelta(minutes=1), lost_at + timedelta(minutes=1)
    told = [scan(address, scanned_at=moment.isoformat()) for moment in (before, after)]
    results = (await station.report(*told, scan(station.code), headers=token))["results"]
    assert [one["verdict"] for one in results] == ["valid", "revoked", "valid"]


async def test_bought_goods_are_a_paid_income_for_sales_to_take(station: Station) -> None:
    sold_by_group = purchase(station.cooperative)
    unpaid = purchase(station.code, unit_price=None, amount_paid=None)
    answer = await station.report(purchase(station.code), sold_by_group, unpaid, purchase(draw_code(Kind.HOUSEHOLD)))
    assert [one.get("paid_income") for one in answer["results"]] == [True, None, None, None]
    (row,) = await station.registry.rows("SELECT * FROM codes.purchases")
    assert (row.station, row.source, row.scan_id) == (
        STATION,
        f"device:{station.device_id}",
        answer["results"][0]["scan_id"],
    )
    assert (str(row.subject_id), row.amount_fen, row.category) == (station.subject_id, 12_600, "tea")
    assert row.paid_on == business_day(row.scanned_at)
    assert (str(row.recorded_in), row.superseded_in) == (answer["batch_id"], None)


async def test_the_day_of_payment_is_a_day_in_shanghai(station: Station) -> None:
    sheet = purchase(station.code, scan_id=None, pad_no="1", sheet_no=1, scanned_at="2020-01-05T23:30:00Z")
    await station.report(sheet)
    ((paid_on,),) = await station.registry.rows("SELECT paid_on FROM codes.purchases")
    assert paid_on.isoformat() == "2020-01-06"


async def test_scans_of_days_on_which_the_station_was_not_active_are_refused(station: Station) -> None:
    path = f"/v1/stations/{STATION}/changes"
    body = {"from": "2020-01-10", "status": "suspended", "reason": "核查"}
    assert (await station.registry.post(path, body)).status_code == 200

    def sheet(number: int, day: str) -> dict[str, object]:
        return scan(station.code, scan_id=None, pad_no="1", sheet_no=number, scanned_at=f"{day}T12:00:00+08:00")

    days = ["2018-12-31", "2020-01-09", "2020-01-10"]
    results = (await station.report(*(sheet(number, day) for number, day in enumerate(days, 1))))["results"]
    assert [one["status"] for one in results] == ["rejected", "accepted", "rejected"]
    assert [results[index]["problem"]["station_status"] for index in (0, 2)] == ["not_registered", "suspended"]
    await station.registry.post(path, {"from": "2020-02-01", "status": "active", "reason": "恢复"})
    assert (await station.report_one(sheet(4, "2020-02-02")))["status"] == "accepted"


async def test_whose_token_is_of_no_station_names_one_of_his_regions(station: Station) -> None:
    guiyang, qiannan = (station.token(station=None, regions=(root,)) for root in ("520100000000", "522700000000"))
    named = {"station": STATION, "scans": [purchase(station.code)]}
    assert (await station.post("/v1/scans", named, guiyang)).json()["code"] == "unknown_station"
    done = await station.post("/v1/scans", named, qiannan)
    assert done.json()["results"][0]["status"] == "accepted"
    other = await station.post("/v1/scans", {"station": "DY-002", "scans": []}, station.device)
    assert (other.status_code, other.json()["code"]) == (403, "other_station")


async def test_without_a_station_a_code_can_be_verified_and_nothing_else(station: Station) -> None:
    headers = station.token(station=None, regions=("520000000000",))
    results = (await station.report(scan(station.code), purchase(station.code), headers=headers))["results"]
    assert [one["status"] for one in results] == ["accepted", "rejected"]
    assert results[1]["problem"]["code"] == "station_needed"
    (row,) = await station.stored("station, source")
    assert (row.station, row.source) == ("", "client:station-client")


@pytest.mark.parametrize("scope", ["registry:write", "stats:read", "orders:write"])
async def test_scanning_needs_its_scope(station: Station, scope: str) -> None:
    answer = await station.post("/v1/scans", {"scans": [scan(station.code)]}, station.token(scope))
    assert answer.status_code == 403
    assert await station.stored() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"purpose": "sell"},
        {"quantity": "1"},
        {"quantity": "0", "unit": "斤"},
        {"amount_paid": "-1.00"},
        {"amount_paid": "12.005"},
        {"amount_paid": 12},
        {"scanned_at": "2020-01-01T00:00:00"},
        {"scanned_at": "1969-12-31T00:00:00Z"},
        {"operator": "罗德明"},
        {"voids": {"scan_id": "1"}},
        {"sequence": 0},
        {"name": "罗德明"},
        {"scan_id": ""},
    ],
)
async def test_what_cannot_be_is_rejected_by_field_without_repeating_it(
    station: Station, fields: dict[str, object]
) -> None:
    broken = purchase(station.code, quantity=None, unit=None) | fields
    results = (await station.report(broken, scan(station.code)))["results"]
    assert [one["status"] for one in results] == ["rejected", "accepted"]
    assert "罗德明" not in str(results)
    assert len(await station.stored()) == 1


async def test_a_verification_carries_no_work(station: Station) -> None:
    result = await station.report_one(scan(station.code, amount_paid="1.00"))
    assert result["status"] == "rejected"


async def test_a_station_lists_its_scans_by_time_page_by_page(station: Station) -> None:
    sheets = [
        scan(
            station.code,
            scan_id=None,
            pad_no="1",
            sheet_no=number,
            scanned_at=f"2020-01-0{number % 3 + 1}T12:00:00+08:00",
        )
        for number in range(1, 8)
    ]
    await station.report(*sheets)
    query = {"from": "2020-01-01", "to": "2020-01-02", "limit": "2"}
    seen, mark = [], None
    while True:
        page = (
            await station.registry.client.get(
                "/v1/scans", params=query | ({} if mark is None else {"after": mark}), headers=station.device
            )
        ).json()
        seen += [(one["scanned_at"][:10], one["pad_no"], one["scan_id"]) for one in page["scans"]]
        mark = page["next"]
        if mark is None:
            break
    assert seen == [
        ("2020-01-01", "1", "3"),
        ("2020-01-01", "1", "6"),
        ("2020-01-02", "1", "1"),
        ("2020-01-02", "1", "4"),
        ("2020-01-02", "1", "7"),
    ]
    for mark in ("x", "W10=", "bm9uc2Vuc2U="):
        answer = await station.registry.client.get("/v1/scans", params={"after": mark}, headers=station.device)
        assert answer.status_code == 422
    elsewhere = station.registry.token("registry:read", "520100000000")
    refused = await station.registry.client.get("/v1/scans", params={"station": STATION}, headers=elsewhere)
    assert refused.status_code == 404


async def test_a_slip_is_printed_without_a_name(station: Station) -> None:
    bought = purchase(station.code, order_no="<b>")
    assert (await station.report_one(bought))["status"] == "rejected"
    bought = purchase(station.code, order_no="T-1")
    await station.report(bought)
    path = f"/v1/scans/{STATION}/{bought['scan_id']}/slip"
    answer = await station.registry.client.get(path, headers=station.device)
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src" not in answer.headers["content-security-policy"]
    for shown in (
        "桃花村服务站",
        "¥ 126.00",
        "2.5 斤",
        f"{station.code[:4]} {station.code[4:8]} {station.code[8:]}",
        "T-1",
    ):
        assert shown in answer.text
    assert NAME not in answer.text
    assert "VOID" not in answer.text
    await station.report(scan(None, purpose="void", voids={"scan_id": bought["scan_id"]}))
    assert "VOID" in (await station.registry.client.get(path, headers=station.device)).text
    officer = station.registry.token("registry:read")
    assert (await station.registry.client.get(path, headers=officer)).status_code == 404
    by_device = await station.registry.client.get(path, params={"device": station.device_id}, headers=officer)
    assert by_device.status_code == 200
    elsewhere = station.registry.token("registry:read", "520100000000")
    assert (await station.registry.client.get(path, headers=elsewhere)).json()["code"] == "unknown_station"
