"""A household's own statement: card and PIN, in a station's session, and every opening is on record."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pypdfium2
import pytest
import zxingcpp

from services.codes.credential import digest_of
from services.kit import clock
from tests.integration.codes.conftest import PUBLIC_URL, VILLAGE
from tests.integration.codes.stations.conftest import NAME, STATION, Station, register_station

PIN, WRONG = "483176", "483177"
GUIYANG = ("520100000000",)


async def set_pin(
    station: Station,
    card: str,
    pin: str = PIN,
    headers: dict[str, str] | None = None,
    *,
    handover: str | None = None,
) -> httpx.Response:
    """Set the PIN of the card's code."""
    body = {"card": card, "pin": pin} | ({} if handover is None else {"handover": handover})
    return await station.post(f"/v1/codes/{station.code}/pin", body, headers)


async def told_handover(station: Station, card_no: int, **more: Any) -> httpx.Response:
    """Ask for the handover code as an officer."""
    return await station.registry.post(f"/v1/codes/{station.code}/cards/{card_no}/handover", {}, **more)


async def handover_of(station: Station, card_no: int) -> str:
    """The handover code of a card."""
    answer = await told_handover(station, card_no)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["handover"])


async def opened(station: Station, card: str, pin: str = PIN, **more: Any) -> httpx.Response:
    """Try to open the statement."""
    return await station.post("/v1/statements", {"card": card, "pin": pin, **more})


@pytest.fixture
async def card(station: Station) -> str:
    """The household's card, with its PIN set."""
    address, card_no = await station.issue_card()
    handed_over = await set_pin(station, address, handover=await handover_of(station, card_no))
    assert handed_over.status_code == 200, handed_over.text
    return address


async def test_card_and_pin_open_the_statement_for_a_while_and_it_is_on_record(station: Station, card: str) -> None:
    answer = await opened(station, card)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["code"], body["objections"]) == (station.code, [])
    assert [access["station"] for access in body["accesses"]] == [STATION]
    assert answer.headers["cache-control"] == "no-store"
    (row,) = await station.registry.rows(
        "SELECT a.code, a.station, a.actor, g.subject_id, g.grant_digest "
        "FROM codes.pin_attempts a JOIN codes.statement_grants g USING (attempt_id)"
    )
    assert (row.code, row.station, row.actor) == (station.code, STATION, f"device:{station.device_id}")
    assert (str(row.subject_id), bytes(row.grant_digest)) == (station.subject_id, digest_of(body["grant"]))


async def test_the_grant_can_be_read_by_the_statistics_and_by_no_other_service(
    station: Station, card: str, registry_url: str
) -> None:
    grant = (await opened(station, card)).json()["grant"]
    admin = await asyncpg.connect(registry_url)
    try:
        asked = "SELECT subject_id FROM codes.open_statements WHERE grant_digest = $1 AND expires_at > now()"
        async with admin.transaction():
            await admin.execute("SET LOCAL ROLE onecode_stats_login")
            assert str(await admin.fetchval(asked, digest_of(grant))) == station.subject_id
        for other in ("onecode_sales_login", "onecode_auth_login"):
            await admin.execute(f"SET ROLE {other}")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await admin.fetchval(asked, digest_of(grant))
    finally:
        await admin.close()


async def test_a_photographed_card_opens_nothing(station: Station, card: str) -> None:
    """Neither by guessing nor by setting a PIN of one's own at the next station."""
    refused = await opened(station, card, WRONG)
    assert (refused.status_code, refused.json()["code"]) == (403, "statement_refused")
    again = await set_pin(station, card, "592604")
    assert (again.status_code, again.json()["code"]) == (409, "pin_already_set")
    client = station.token(regions=("520000000000",))
    assert (await set_pin(station, card, "592604", client)).status_code == 409
    assert (await opened(station, card)).status_code == 200


async def test_who_has_but_a_photograph_of_the_card_sets_no_first_pin(station: Station) -> None:
    """Neither without a handover code, nor with one that was made up, or of another card."""
    address, card_no = await station.issue_card()
    await station.registry.register()  # has no card yet, so there is none to hand over
    other = (await station.registry.register())["code"]
    _, other_no = await station.issue_card(other)
    told = await station.registry.post(f"/v1/codes/{other}/cards/{other_no}/handover", {})
    for handover in (None, "7K2M-XQ4P", told.json()["handover"]):
        refused = await set_pin(station, address, handover=handover)
        assert (refused.status_code, refused.json()["code"]) == (403, "handover_needed")
    spoken = (await handover_of(station, card_no)).replace("-", " ").lower()
    assert (await set_pin(station, address, handover=spoken)).status_code == 200
    assert (await opened(station, address)).status_code == 200


async def test_a_handover_code_works_once_and_another_helps_who_forgot(station: Station) -> None:
    address, card_no = await station.issue_card()
    first = await handover_of(station, card_no)
    assert await handover_of(station, card_no) == first, "printed again, it is the same"
    assert (await set_pin(station, address, handover=first)).status_code == 200
    again = await set_pin(station, address, "592604", handover=first)
    assert (again.status_code, again.json()["code"]) == (409, "pin_already_set")
    assert (await set_pin(station, address, "592604", handover=await handover_of(station, card_no))).status_code == 200
    assert (await opened(station, address, "592604")).status_code == 200


async def test_handover_codes_are_for_officers_of_the_region_and_it_is_on_record(
    station: Station, capsys: pytest.CaptureFixture[str]
) -> None:
    address, card_no = await station.issue_card()
    assert (await told_handover(station, card_no, scope="registry:read scans:write")).status_code == 403
    path = f"/v1/codes/{station.code}/cards/{card_no}/handover"
    assert (await station.post(path, {})).status_code == 401, "a device's credential is no token"
    assert (await told_handover(station, card_no, regions=GUIYANG)).json()["code"] == "region_not_allowed"
    assert (await told_handover(station, card_no + 1)).json()["code"] == "unknown_card"
    code = await handover_of(station, card_no)
    assert await station.registry.rows("SELECT 1 FROM codes.batches WHERE operation = 'tell_handover'") == [(1,)]
    assert code not in "".join(capsys.readouterr())
    assert code.replace("-", "") not in address


async def test_strips_are_printed_for_cards_without_a_pin_and_are_no_cards(station: Station, card: str) -> None:
    nothing = await station.registry.get("/v1/handovers.pdf", scope="registry:write", region=VILLAGE)
    assert nothing.json()["code"] == "nothing_to_print", "the only PIN is set"
    recorded = "SELECT count(*) FROM codes.batches WHERE operation = 'print_handovers'"
    assert await station.registry.rows(recorded) == [(0,)], "nothing was told"
    other = (await station.registry.register())["code"]
    _, other_no = await station.issue_card(other)
    told = await station.registry.post(f"/v1/codes/{other}/cards/{other_no}/handover", {})
    printed = await station.registry.get("/v1/handovers.pdf", scope="registry:write", region=VILLAGE)
    assert printed.status_code == 200, printed.text
    page = pypdfium2.PdfDocument(printed.content)[0]
    said = "".join(page.get_textpage().get_text_bounded().split())
    assert told.json()["handover"] in said
    assert other in said
    assert station.code not in said, "its PIN is set"
    assert zxingcpp.read_barcodes(page.render(scale=200 / 72).to_pil().convert("L")) == []
    listed = await station.registry.post("/v1/handovers.pdf", {"codes": [station.code]})
    assert listed.status_code == 200, "by name it is printed again, for who forgot the PIN"
    assert await station.registry.rows(recorded) == [(2,)]
    assert card


async def test_the_code_alone_opens_nothing_and_locks_nothing(station: Station, card: str) -> None:
    """It stands on every label."""
    label = f"{PUBLIC_URL}/c/{station.code}"
    for _ in range(7):
        assert (await opened(station, label)).json()["code"] == "statement_refused"
    assert await station.registry.rows("SELECT 1 FROM codes.pin_attempts") == []
    assert (await opened(station, card)).status_code == 200


async def test_five_wrong_ones_lock_it_and_an_officer_of_the_region_opens_it(station: Station, card: str) -> None:
    told = [(await opened(station, card, WRONG)).json()["code"] for _ in range(6)]
    assert told == ["statement_refused"] * 5 + ["pin_locked"]
    assert (await opened(station, card)).json()["code"] == "pin_locked"
    elsewhere = station.registry.token("registry:write", *GUIYANG)
    assert (await set_pin(station, card, "592604", elsewhere)).json()["code"] == "region_not_allowed"
    assert (await set_pin(station, card, "592604", station.registry.token())).status_code == 200
    assert (await opened(station, card, PIN)).json()["code"] == "statement_refused"
    assert (await opened(station, card, "592604")).status_code == 200


async def test_no_more_are_looked_at_when_many_try_at_once(station: Station, card: str) -> None:
    answers = await asyncio.gather(*(opened(station, card, f"48317{digit}") for digit in (0, 1, 2, 3, 4, 5, 7, 8, 9)))
    told = sorted(answer.json()["code"] for answer in answers)
    assert told == ["pin_locked"] * 4 + ["statement_refused"] * 5


async def test_the_right_one_starts_the_count_anew(station: Station, card: str) -> None:
    for _ in range(3):
        assert [(await opened(station, card, WRONG)).status_code for _ in range(3)] == [403] * 3
        assert (await opened(station, card)).status_code == 200


async def test_a_lost_card_and_a_revoked_code_open_nothing(station: Station) -> None:
    lost, card_no = await station.issue_card()
    await set_pin(station, lost, headers=station.registry.token())
    await station.revoke_card(card_no, clock.now())
    assert (await opened(station, lost)).json()["code"] == "statement_refused"
    assert (await set_pin(station, lost, "592604", station.registry.token())).json()["code"] == "card_needed"
    new, _ = await station.issue_card()
    assert (await opened(station, new)).status_code == 200
    await station.registry.post(f"/v1/codes/{station.code}/revoke", {"reason": "注销"})
    assert (await opened(station, new)).json()["code"] == "statement_refused"


@pytest.mark.parametrize("pin", ["111111", "12345", "罗德明罗德明"])
async def test_an_unfit_pin_is_refused_without_repeating_it(station: Station, pin: str) -> None:
    address, _ = await station.issue_card()
    answer = await set_pin(station, address, pin)
    assert (answer.status_code, answer.json()["code"]) == (422, "unfit_pin")
    assert pin not in answer.text


async def test_a_pin_is_set_with_the_card_of_its_code(station: Station) -> None:
    _, card_no = await station.issue_card()
    label = f"{PUBLIC_URL}/c/{station.code}"
    other = f"{PUBLIC_URL}/c/{station.cooperative}/{station.sign(station.cooperative, card_no)}"
    for shown in (label, other):
        assert (await set_pin(station, shown)).json()["code"] == "card_needed"


async def test_a_statement_needs_the_session_of_a_station(station: Station, card: str) -> None:
    body = {"card": card, "pin": PIN}
    assert (await station.post("/v1/statements", body, station.registry.token())).status_code == 403
    nowhere = station.token(station=None, regions=("520000000000",))
    assert (await station.post("/v1/statements", body, nowhere)).json()["code"] == "station_needed"
    named = await station.post("/v1/statements", body | {"station": STATION}, nowhere)
    assert named.status_code == 200


async def test_neither_pin_nor_grant_nor_objection_rests_readable(
    station: Station, card: str, capsys: pytest.CaptureFixture[str]
) -> None:
    grant = (await opened(station, card)).json()["grant"]
    text = f"{NAME}说少算了一月的茶叶"
    await station.post("/v1/statements/objections", {"grant": grant, "month": "2020-01", "text": text})
    rows = await station.registry.rows(
        "SELECT p.*::text || a.*::text || g.*::text || o.*::text FROM codes.pins p, codes.pin_attempts a, "
        "codes.statement_grants g, codes.objections o"
    )
    assert len(rows) == 1
    said = rows[0][0] + "".join(capsys.readouterr())
    assert "/v1/statements" in said
    for secret in (PIN, PIN.encode().hex(), grant, grant.encode().hex(), NAME, text.encode().hex(), card):
        assert secret not in said


async def test_an_objection_is_raised_at_the_station_and_its_answer_is_read_there(station: Station, card: str) -> None:
    registry, path = station.registry, "/v1/statements/objections"
    body = {"grant": (await opened(station, card)).json()["grant"], "month": "2020-01", "text": "一月少算了茶叶"}
    first, again = await station.post(path, body), await station.post(path, body)
    assert (first.status_code, again.status_code) == (201, 200)
    objection_id = first.json()["objection_id"]
    assert again.json()["objection_id"] == objection_id
    elsewhere = await registry.get(path, scope="registry:write", regions=GUIYANG)
    assert elsewhere.json()["objections"] == []
    (masked,) = (await registry.get(path, scope="registry:write")).json()["objections"]
    assert (masked["text"], masked["answered"]) == (None, False), "it may name people"
    (waiting,) = (await registry.get(path, scope="registry:write codes:person")).json()["objections"]
    assert (waiting["text"], waiting["subject_id"], waiting["month"]) == (body["text"], station.subject_id, "2020-01")
    answer = {"text": "已补记"}
    refused = await registry.post(f"{path}/{objection_id}/answer", answer, regions=GUIYANG)
    assert refused.status_code == 404
    for _ in range(2):
        assert (await registry.post(f"{path}/{objection_id}/answer", answer)).status_code == 200
    other = await registry.post(f"{path}/{objection_id}/answer", {"text": "不属实"})
    assert (other.status_code, other.json()["code"]) == (409, "already_answered")
    assert (await registry.get(path, scope="registry:write")).json()["objections"] == []
    (seen,) = (await opened(station, card)).json()["objections"]
    assert (seen["text"], seen["answer"]) == (body["text"], "已补记")


async def test_a_grant_is_over_after_ten_minutes_and_good_at_its_station_only(
    station: Station, card: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await register_station(station.registry, "DY-002")
    body = {"grant": (await opened(station, card)).json()["grant"], "text": "少算了"}
    path = "/v1/statements/objections"
    elsewhere = await station.post(path, body, station.token(station="DY-002"))
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "grant_over")
    made_up = await station.post(path, body | {"grant": "A" * 43})
    assert made_up.json()["code"] == "grant_over"
    later = clock.now() + timedelta(minutes=10)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert (await station.post(path, body)).json()["code"] == "grant_over"
