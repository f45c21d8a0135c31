"""The list of revocations: whoever keeps the deltas knows, without a network, what the registry knows."""

from datetime import timedelta
from typing import Any

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.codes.reporter import Reporter
from services.codes.revocation import DOMAIN, SIGNATURE_LENGTH, Delta, from_text, read_delta
from services.codes.service.revocations import list_revocations
from services.codes.timeline import State
from services.codes.verify import checks
from services.kit import clock
from services.kit.auth import Caller
from tests.integration.codes.conftest import OTHER_VILLAGE, QIANNAN, VILLAGE, Registry, household

GUIYANG = "520100000000"


async def delta(registry: Registry, since: int = 0, region: str = QIANNAN) -> Delta:
    """What a station reads of the signed list; its signature is good."""
    await registry.seal()
    response = await registry.get("/v1/revocations", since=since, region=region, format="text", scope="scans:write")
    assert response.status_code == 200, response.text
    signed = from_text(response.text)
    key_id, read = read_delta(signed)
    public = registry.app.state.card_secrets.public_keys()[key_id]
    content, signature = signed[:-SIGNATURE_LENGTH], signed[-SIGNATURE_LENGTH:]
    Ed25519PublicKey.from_public_bytes(public).verify(signature, DOMAIN + content)
    assert (read.since, read.region) == (since, region)
    assert response.headers["onecode-position"] == str(read.upto)
    return read


async def change(registry: Registry, code: str, what: str, **body: Any) -> None:
    response = await registry.post(f"/v1/codes/{code}/{what}", {"reason": "核查", **body})
    assert response.status_code in {200, 201}, response.text


async def test_each_change_is_in_the_next_delta_and_in_no_later_one(registry: Registry) -> None:
    code = (await registry.register())["code"]
    first = await delta(registry)
    assert first.codes == {}
    await change(registry, code, "suspend")
    second = await delta(registry, first.upto)
    assert second.codes == {code: State.SUSPENDED}
    await change(registry, code, "reinstate")
    third = await delta(registry, second.upto)
    assert third.codes == {code: State.IN_FORCE}
    await change(registry, code, "revoke")
    fourth = await delta(registry, third.upto)
    assert fourth.codes == {code: State.REVOKED}
    assert (await delta(registry, fourth.upto)).codes == {}
    assert (await delta(registry)).codes == {code: State.REVOKED}


async def test_new_codes_and_cards_need_no_word(registry: Registry) -> None:
    """A station accepts whatever verifies and is not listed."""
    start = (await delta(registry)).upto
    code = (await registry.register())["code"]
    await registry.post(f"/v1/codes/{code}/cards", {})
    assert (await delta(registry, start)).codes == {}


async def test_a_suspension_that_begins_later_is_listed_when_it_has_begun(registry: Registry) -> None:
    """Recorded today, true tomorrow: tomorrow's delta has it, though nothing was recorded since."""
    code = (await registry.register())["code"]
    now = clock.now()
    tomorrow = now + timedelta(days=1)
    await change(registry, code, "suspend", **{"from": tomorrow.isoformat()})
    before = await delta(registry)
    assert before.codes == {}
    caller = Caller("station-1", frozenset({"scans:write"}), (QIANNAN,), None, None, "token")
    listed = {
        moment: await list_revocations(
            registry.database,
            registry.app.state.card_secrets,
            Reporter("station-1", None, caller=caller),
            region=None,
            since=before.upto,
            moment=moment,
        )
        for moment in (now, tomorrow)
    }
    assert [found.delta.codes for found in listed.values()] == [{}, {code: State.SUSPENDED}]


async def test_revoked_cards_and_withdrawn_keys_are_listed(registry: Registry) -> None:
    code = (await registry.register())["code"]
    lost = (await registry.post(f"/v1/codes/{code}/cards", {})).json()
    start = (await delta(registry)).upto
    await registry.post(f"/v1/codes/{code}/cards", {"replaces": lost["card_no"], "reason": "遗失"})
    after = await delta(registry, start)
    assert list(after.cards) == [int(lost["card_no"])]
    assert list(after.keys) == []
    assert list((await delta(registry, after.upto)).cards) == []


async def test_a_list_is_of_one_division_within_the_callers_regions(registry: Registry) -> None:
    here = (await registry.register())["code"]
    there = (await registry.register(household(region=OTHER_VILLAGE)))["code"]
    for code in (here, there):
        await change(registry, code, "suspend")
    assert set((await delta(registry)).codes) == {here}
    assert set((await delta(registry, region=GUIYANG)).codes) == {there}
    assert set((await delta(registry, region="520000000000")).codes) == {here, there}
    own = await registry.get("/v1/revocations", regions=(VILLAGE,))
    assert (own.json()["region"], [one["code"] for one in own.json()["codes"]]) == (VILLAGE, [here])
    outside = await registry.get("/v1/revocations", regions=(GUIYANG,), region=VILLAGE)
    assert outside.json()["code"] == "region_not_allowed"
    unclear = await registry.get("/v1/revocations", regions=(GUIYANG, QIANNAN))
    assert unclear.json()["code"] == "region_needed"
    assert (await registry.get("/v1/revocations", scope=None)).status_code == 401


async def test_who_moves_here_is_known_here_with_what_was_suspended_and_lost_elsewhere(registry: Registry) -> None:
    """Suspended there before, so no news there; a station here has never heard of it."""
    moving = await registry.register(household(region=OTHER_VILLAGE))
    code = moving["code"]
    lost = (await registry.post(f"/v1/codes/{code}/cards", {})).json()
    await registry.post(f"/v1/codes/{code}/cards", {"replaces": lost["card_no"], "reason": "遗失"})
    await change(registry, code, "suspend")
    here, there = await delta(registry), await delta(registry, region=GUIYANG)
    move = {"on": clock.business_day(clock.now()).isoformat(), "reason": "搬迁", "region": VILLAGE}
    assert (await registry.post(f"/v1/subjects/{moving['subject_id']}/move", move)).status_code == 200
    after = await delta(registry, here.upto)
    assert (after.codes, list(after.cards)) == ({code: State.SUSPENDED}, [int(lost["card_no"])])
    later = await delta(registry, after.upto)
    assert (later.codes, list(later.cards)) == ({}, [])
    gone = await delta(registry, there.upto, GUIYANG)
    assert (gone.codes, list(gone.cards)) == ({}, []), "there it is no news"


async def test_the_three_forms_say_the_same(registry: Registry) -> None:
    code = (await registry.register())["code"]
    await change(registry, code, "suspend")
    await registry.seal()
    said = (await registry.get("/v1/revocations", region=QIANNAN)).json()
    binary = (await registry.get("/v1/revocations", region=QIANNAN, format="binary")).content
    assert said["codes"] == [{"code": code, "state": "suspended"}]
    assert (said["bytes"], len(from_text(said["text"])), len(binary)) == (92, 92, 92)
    assert read_delta(from_text(said["text"]))[1].codes == read_delta(binary)[1].codes == {code: State.SUSPENDED}


async def test_verify_holds_the_list_against_the_directory(registry: Registry, registry_url: str) -> None:
    """A state changed behind the service's back is in one of them only."""
    codes = [(await registry.register())["code"] for _ in range(2)]
    lost = (await registry.post(f"/v1/codes/{codes[0]}/cards", {})).json()
    await registry.post(f"/v1/codes/{codes[0]}/cards/{lost['card_no']}/revoke", {"reason": "遗失"})
    await change(registry, codes[0], "suspend")
    assert await _listed_wrongly(registry) == []
    await registry.seal()
    assert await _listed_wrongly(registry) == []
    superuser = await asyncpg.connect(registry_url)
    for code, state in ((codes[1], "revoked"), (codes[0], "in_force")):
        await superuser.execute("UPDATE codes.directory_entries SET state = $1 WHERE code = $2", state, code)
    await superuser.close()
    assert await _listed_wrongly(registry) == [(codes[1], None, "revoked"), (codes[0], "suspended", None)]


async def _listed_wrongly(registry: Registry) -> list[tuple[str, str | None, str | None]]:
    async with registry.database.snapshot() as connection:
        found = {one.name.partition(" / ")[2]: one.differences for one in await checks(connection)}
    rows = [(row["code"], row["listed"], row["directory"]) for row in found["list of revocations = directory"]]
    return sorted(rows, key=lambda row: str(row[1]))


async def test_a_position_that_was_not_reached_is_refused(registry: Registry) -> None:
    response = await registry.get("/v1/revocations", region=QIANNAN, since=10_000)
    assert (response.status_code, response.json()["code"]) == (422, "position_ahead")


STEPS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["suspend", "reinstate", "revoke", "look"])), max_size=12)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
async def test_deltas_laid_over_each_other_give_the_whole_list(
    registry: Registry, steps: list[tuple[int, str]]
) -> None:
    """However often a station looked in between, it ends with what one that starts now is told."""
    position, known = 0, dict[str, State]()
    codes = [(await registry.register())["code"] for _ in range(3)]
    for which, what in [*steps, (0, "look")]:
        if what == "look":
            read = await delta(registry, position)
            position, known = read.upto, {**known, **read.codes}
        else:
            await registry.post(f"/v1/codes/{codes[which]}/{what}", {"reason": "核查"})
    whole = await delta(registry)
    assert {code: state for code, state in known.items() if state is not State.IN_FORCE} == whole.codes
