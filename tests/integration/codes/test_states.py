"""Codes over time: what a code is at a moment, as known now and as known before."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from services.codes.code import Kind, SlipKind, draw_code, explain_slip
from services.codes.queries.codes import directory_differences
from services.codes.service.nearest import ENOUGH_HOUSEHOLDS
from services.kit import clock
from tests.integration.codes.conftest import OTHER_VILLAGE, QIANNAN, VILLAGE, Registry, group, household

MARCH = "2020-03-01T00:00:00+08:00"
APRIL = "2020-04-01T00:00:00+08:00"
MAY = "2020-05-01T00:00:00+08:00"
COUNTY = "贵州省黔南布依族苗族自治州都匀市"


async def test_anybody_learns_what_a_household_code_is_and_nothing_about_the_household(registry: Registry) -> None:
    code = (await registry.register(household(name="罗德明")))["code"]
    response = await registry.get(f"/v1/codes/{code}", scope=None)
    assert response.status_code == 200
    assert response.json() == {
        "code": code,
        "state": "in_force",
        "since": "2018-12-31T00:00:00+08:00",
        "place": "贵州省",
    }


async def test_the_county_is_for_readers_of_it_and_for_others_only_with_twenty_households(registry: Registry) -> None:
    """As of ``/origin``: where few have codes, the county of one of them would point at a door."""
    answer = await registry.post("/v1/subjects", {"subjects": [household() for _ in range(ENOUGH_HOUSEHOLDS)]})
    codes = [one["subject"]["code"] for one in answer.json()["results"]]
    path = f"/v1/codes/{codes[0]}"
    origin = (await registry.get(f"{path}/origin", scope=None)).json()
    assert origin["level"] == "village"
    assert (await registry.get(path, scope=None)).json()["place"] == origin["place"]
    assert (await registry.post(f"/v1/codes/{codes[1]}/suspend", {"reason": "核查"})).status_code == 200
    assert (await registry.get(path, regions=(QIANNAN,))).json()["place"] == COUNTY
    for scope, region in ((None, ""), ("registry:read", "520100000000"), ("stats:read", "520000000000")):
        reader = await registry.get(path, scope=scope, **({"regions": (region,)} if region else {}))
        assert reader.json()["place"] == "贵州省"


async def test_anybody_learns_kind_and_name_of_a_cooperative(registry: Registry) -> None:
    code = (await registry.register(group(name="都匀毛尖合作社")))["code"]
    spoken = f" {code[:4].lower()}-{code[4:8]} {code[8:]}"
    answer = (await registry.get(f"/v1/codes/{spoken}", scope=None)).json()
    assert (answer["code"], answer["kind"], answer["name"]) == (code, "cooperative", "都匀毛尖合作社")


async def test_a_reader_of_its_region_learns_more_and_one_of_another_region_does_not(registry: Registry) -> None:
    answer = await registry.register()
    path = f"/v1/codes/{answer['code']}"
    more = (await registry.get(path, regions=(QIANNAN,))).json()
    assert (more["subject_id"], more["region"], more["kind"]) == (answer["subject_id"], VILLAGE, "household")
    (change,) = more["history"]
    assert (change["operation"], change["actor"], change["state"]) == ("register_subjects", "officer-1", "in_force")
    for scope, region in (("registry:read", "520100000000"), ("stats:read", "520000000000")):
        assert "subject_id" not in (await registry.get(path, scope=scope, regions=(region,))).json()
    bad = await registry.client.get(path, headers={"Authorization": "Bearer nonsense"})
    assert bad.status_code == 401


async def test_moments_at_the_ends_of_the_calendar_are_refused(registry: Registry) -> None:
    """Before the year 1 in UTC, or after 9999, there is no moment to compare with: a slip, no fault of ours."""
    code = (await registry.register())["code"]
    card = (await registry.post(f"/v1/codes/{code}/cards", {})).json()["card_no"]
    for moment in ("0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00"):
        for name in ("at", "as_of"):
            asked: dict[str, Any] = {name: moment}
            answer = await registry.get(f"/v1/codes/{code}", scope=None, **asked)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
        for path, body in (
            ("suspend", {"from": moment}),
            ("replace", {"compromised_at": moment}),
            (f"cards/{card}/revoke", {"from": moment}),
        ):
            answer = await registry.post(f"/v1/codes/{code}/{path}", {**body, "reason": "核查"})
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), path


async def test_unknown_and_malformed_codes_are_told_apart_and_a_slip_is_named_without_the_code(
    registry: Registry,
) -> None:
    unknown = await registry.get(f"/v1/codes/{draw_code(Kind.HOUSEHOLD)}", scope=None)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_code")
    code = (await registry.register())["code"]
    first = next(i for i in range(1, 9) if code[i] != code[i + 1])
    swapped = code[:first] + code[first + 1] + code[first] + code[first + 2 :]
    response = await registry.get(f"/v1/codes/{swapped}", scope=None)
    assert response.status_code == 422
    problem = response.json()
    assert (problem["code"], problem["flaw"], problem["slip"]) == ("malformed_code", "check", "transposition")
    assert code not in response.text
    wrong = "0" if code[5] != "0" else "1"
    mistyped = code[:5] + wrong + code[6:]
    assert all(slip.code != code for slip in explain_slip(mistyped) if slip.kind is SlipKind.TRANSPOSITION)
    assert (await registry.get(f"/v1/codes/{mistyped}", scope=None)).json()["slip"] == "one_character"
    too_short = (await registry.get("/v1/codes/H123", scope=None)).json()
    assert (too_short["flaw"], too_short["slip"]) == ("length", None)


async def test_a_suspension_holds_from_its_moment_until_the_reinstatement(registry: Registry) -> None:
    code = (await registry.register())["code"]
    await _change(registry, code, "suspend", MARCH)
    await _change(registry, code, "reinstate", APRIL)
    assert await _state_at(registry, code, "2018-12-30T23:59:59+08:00") == ("not_yet_in_force", None)
    assert await _state_at(registry, code, "2020-02-29T23:59:59+08:00") == ("in_force", "2018-12-31T00:00:00+08:00")
    assert await _state_at(registry, code, MARCH) == ("suspended", MARCH)
    assert await _state_at(registry, code, "2020-03-31T23:59:59+08:00") == ("suspended", MARCH)
    assert await _state_at(registry, code, APRIL) == ("in_force", APRIL)
    rows = await registry.rows(
        "SELECT state, valid_to FROM codes.directory WHERE superseded_in IS NULL ORDER BY valid_from"
    )
    assert [row.state for row in rows] == ["in_force", "suspended", "in_force"]
    assert rows[-1].valid_to is None


async def test_what_was_known_before_a_suspension_can_still_be_asked(registry: Registry) -> None:
    code = (await registry.register())["code"]
    await registry.seal()
    ((before,),) = await registry.rows("SELECT max(sealed_at) FROM codes.feed")
    await _change(registry, code, "suspend", MARCH)
    await registry.seal()
    ((after,),) = await registry.rows("SELECT max(sealed_at) FROM codes.feed")
    assert await _state_at(registry, code, APRIL, as_of=before) == ("in_force", "2018-12-31T00:00:00+08:00")
    assert await _state_at(registry, code, APRIL, as_of=after) == ("suspended", MARCH)
    unborn = await registry.get(f"/v1/codes/{code}", as_of=(before - timedelta(days=1)).isoformat())
    assert unborn.status_code == 404
    history = (await registry.get(f"/v1/codes/{code}", as_of=before.isoformat())).json()["history"]
    assert [change["operation"] for change in history] == ["register_subjects"]


async def test_every_change_is_on_record_with_who_and_why(registry: Registry) -> None:
    code = (await registry.register())["code"]
    await _change(registry, code, "suspend", MARCH, reason="标签被冒用")
    await _change(registry, code, "revoke", MAY, reason="户已注销")
    history = (await registry.get(f"/v1/codes/{code}")).json()["history"]
    assert [(change["operation"], change["from"], change["reason"]) for change in history[1:]] == [
        ("suspend_code", MARCH, "标签被冒用"),
        ("revoke_code", MAY, "户已注销"),
    ]
    rows = await registry.rows("SELECT recorded_in FROM codes.directory WHERE recorded_in IN (SELECT batch_id "
                               "FROM codes.batches WHERE operation = 'revoke_code')")  # fmt: skip
    assert len(rows) == 2  # the suspension that now ends, and the revocation


async def test_a_repeated_change_changes_nothing(registry: Registry) -> None:
    code = (await registry.register())["code"]
    first = await registry.post(f"/v1/codes/{code}/suspend", {"from": MARCH, "reason": "x"})
    assert first.json() == {"code": code, "state": "suspended", "since": MARCH, "changed": True}
    before = await registry.rows("SELECT * FROM codes.directory_entries ORDER BY valid_from, recorded_in")
    again = await registry.post(f"/v1/codes/{code}/suspend", {"from": MARCH, "reason": "x"})
    assert again.json() == {"code": code, "state": "suspended", "since": MARCH, "changed": False}
    later = await registry.post(f"/v1/codes/{code}/suspend", {"reason": "x"})
    assert later.json()["changed"] is False
    assert await registry.rows("SELECT * FROM codes.directory_entries ORDER BY valid_from, recorded_in") == before


async def test_a_revoked_code_stays_revoked(registry: Registry) -> None:
    code = (await registry.register())["code"]
    await _change(registry, code, "revoke", MARCH)
    response = await registry.post(f"/v1/codes/{code}/reinstate", {"reason": "x"})
    assert response.status_code == 409
    problem = response.json()
    assert (problem["code"], problem["state"], problem["since"]) == (
        "state_conflict", "revoked", "2020-02-29T16:00:00+00:00",
    )  # fmt: skip


async def test_without_a_moment_a_change_holds_from_now(registry: Registry) -> None:
    code = (await registry.register())["code"]
    before = clock.now()
    answer = (await registry.post(f"/v1/codes/{code}/suspend", {"reason": "x"})).json()
    assert before <= datetime.fromisoformat(answer["since"]) <= clock.now()
    assert (await registry.get(f"/v1/codes/{code}", scope=None)).json()["state"] == "suspended"


async def test_only_an_officer_of_its_region_changes_a_code(registry: Registry) -> None:
    code = (await registry.register(household(region=OTHER_VILLAGE)))["code"]
    response = await registry.post(f"/v1/codes/{code}/revoke", {"reason": "x"}, regions=(QIANNAN,))
    assert (response.status_code, response.json()["code"]) == (403, "region_not_allowed")


async def test_officers_who_suspend_at_once_leave_one_history_without_gaps(registry: Registry) -> None:
    code = (await registry.register())["code"]
    moments = [f"2020-03-{day:02}T00:00:00+08:00" for day in range(1, 9)]
    answers = await asyncio.gather(
        *(registry.post(f"/v1/codes/{code}/suspend", {"from": moment, "reason": "x"}) for moment in moments)
    )
    assert {answer.status_code for answer in answers} == {200}
    rows = await registry.rows(
        "SELECT state, valid_from, valid_to FROM codes.code_states WHERE superseded_in IS NULL ORDER BY valid_from"
    )
    assert [row.state for row in rows] == ["in_force", "suspended"]
    assert rows[0].valid_to == rows[1].valid_from == datetime.fromisoformat(MARCH)


async def test_the_directory_is_what_states_and_versions_give_and_a_difference_is_found(registry: Registry) -> None:
    codes = [(await registry.register())["code"] for _ in range(3)]
    await _change(registry, codes[0], "suspend", MARCH)
    await _change(registry, codes[1], "revoke", MARCH)
    async with registry.database.transaction() as connection:
        assert await directory_differences(connection) == []
    ((batch_id,),) = await registry.rows(
        "INSERT INTO codes.batches (actor, operation) VALUES ('x', 'y') RETURNING batch_id"
    )
    await registry.rows(
        "UPDATE codes.directory_entries SET superseded_in = :batch WHERE code = :code RETURNING 1",
        batch=batch_id,
        code=codes[2],
    )
    async with registry.database.transaction() as connection:
        (missing,) = await directory_differences(connection)
    assert (missing.finding, missing.code, missing.state) == ("missing", codes[2], "in_force")


async def _change(registry: Registry, code: str, change: str, moment: str, reason: str = "测试") -> None:
    response = await registry.post(f"/v1/codes/{code}/{change}", {"from": moment, "reason": reason})
    assert response.status_code == 200, response.text
    assert response.json()["changed"] is True


async def _state_at(registry: Registry, code: str, at: str, **query: Any) -> tuple[str, str | None]:
    query = {name: moment.isoformat() for name, moment in query.items()}
    answer = (await registry.get(f"/v1/codes/{code}", scope=None, at=at, **query)).json()
    return answer["state"], answer["since"]
