"""Replaced codes: until it was compromised the old one reaches the subject, then the new one does."""

from datetime import datetime, timedelta

from services.codes.queries.codes import directory_differences
from services.kit import clock
from tests.integration.codes.conftest import Registry

COMPROMISED = "2026-03-01T08:00:00+08:00"
BODY = {"compromised_at": COMPROMISED, "reason": "二维码被盗用"}


async def test_the_directory_leads_from_the_old_code_to_the_subject_until_it_was_compromised(
    registry: Registry,
) -> None:
    registered = await registry.register()
    old = registered["code"]
    replaced = (await registry.post(f"/v1/codes/{old}/replace", BODY)).json()
    new = replaced["replaced_by"]
    assert (replaced["changed"], replaced["compromised_at"]) == (True, COMPROMISED)
    rows = await registry.rows(
        "SELECT code, state, subject_id, valid_from = CAST(:moment AS timestamptz) AS begins_then, valid_to IS NULL "
        "AS open FROM codes.directory WHERE superseded_in IS NULL ORDER BY valid_from, state",
        moment=datetime.fromisoformat(COMPROMISED),
    )
    subject = int(registered["subject_id"])
    assert [tuple(row) for row in rows] == [
        (old, "in_force", subject, False, False),
        (new, "in_force", subject, True, True),
        (old, "revoked", subject, True, True),
    ]
    async with registry.database.transaction() as connection:
        assert not await directory_differences(connection)


async def test_a_replacement_is_made_once(registry: Registry) -> None:
    old = (await registry.register())["code"]
    answers = [(await registry.post(f"/v1/codes/{old}/replace", BODY)).json() for _ in range(2)]
    assert [answer["changed"] for answer in answers] == [True, False]
    assert answers[0]["replaced_by"] == answers[1]["replaced_by"]


async def test_the_subject_goes_by_its_new_code(registry: Registry) -> None:
    registered = await registry.register()
    replaced = (await registry.post(f"/v1/codes/{registered['code']}/replace", BODY)).json()
    subject = (await registry.get(f"/v1/subjects/{registered['subject_id']}")).json()
    assert subject["code"] == replaced["replaced_by"]


async def test_the_card_of_a_compromised_code_is_revoked_with_it(registry: Registry) -> None:
    old = (await registry.register())["code"]
    await registry.post(f"/v1/codes/{old}/cards", {})
    await registry.post(f"/v1/codes/{old}/replace", BODY)
    (card,) = (await registry.get(f"/v1/codes/{old}/cards")).json()["cards"]
    assert (card["revoked_at"], card["reason"]) == (COMPROMISED, BODY["reason"])


async def test_what_was_known_before_can_still_be_asked(registry: Registry) -> None:
    old = (await registry.register())["code"]
    await registry.seal()
    before = clock.now()
    await registry.post(f"/v1/codes/{old}/replace", BODY)
    await registry.seal()
    at = "2026-03-02T00:00:00+08:00"
    then = await registry.get(f"/v1/codes/{old}", scope=None, at=at, as_of=before.isoformat())
    now = await registry.get(f"/v1/codes/{old}", scope=None, at=at)
    assert (then.json()["state"], now.json()["state"]) == ("in_force", "revoked")


async def test_a_replacement_needs_a_code_in_force_and_a_moment_that_has_come(registry: Registry) -> None:
    old = (await registry.register())["code"]
    path = f"/v1/codes/{old}/replace"
    future = {**BODY, "compromised_at": (clock.now() + timedelta(hours=1)).isoformat()}
    assert (await registry.post(path, future)).json()["code"] == "compromised_in_future"
    early = {**BODY, "compromised_at": "2015-01-01T00:00:00+08:00"}
    assert (await registry.post(path, early)).json()["code"] == "state_conflict"
    assert (await registry.post(path, BODY, regions=("520100000000",))).json()["code"] == "region_not_allowed"
    await registry.post(f"/v1/codes/{old}/revoke", {"reason": "注销", "from": "2026-02-01T00:00:00+08:00"})
    assert (await registry.post(path, BODY)).json()["code"] == "state_conflict"
