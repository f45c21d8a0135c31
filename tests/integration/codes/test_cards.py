"""Cards: one in use for a code, lost ones replaced without touching the code, keys that come and go."""

import base64
from datetime import date, timedelta
from typing import Any

import pytest

from services.codes.card import CardKey, CardVerdict, judge_token, read_scan, read_token
from services.codes.card_keys import LEAD_DAYS, CardSecrets, draw_key
from services.codes.service.card_keys import publish_card_keys
from services.codes.service.cards import issue_card
from services.codes.service.labels import IssuedCard, address_of_card
from services.kit import clock
from services.kit.auth import Caller
from tests.integration.codes.conftest import OTHER_VILLAGE, PUBLIC_URL, QIANNAN, VILLAGE, Registry, group, household

KEYS = "/.well-known/onecode-keys.json"


@pytest.fixture(autouse=True)
def _own_keys(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keys of each test's own: some draw and withdraw them."""
    registry.app.state.card_secrets = CardSecrets.from_secrets(tmp_path_factory.mktemp("cards"))


def folder_of(registry: Registry) -> Any:
    return registry.app.state.card_secrets._folder  # noqa: SLF001 - the test's own


async def published(registry: Registry) -> dict[int, CardKey]:
    """The keys as a station keeps them."""
    response = await registry.get(KEYS, scope=None)
    assert response.status_code == 200, response.text
    return {
        int(key["kid"]): CardKey(
            int(key["kid"]),
            base64.urlsafe_b64decode(key["x"] + "="),
            date.fromisoformat(key["valid_from"]),
            key["valid_to"] and date.fromisoformat(key["valid_to"]),
            key["withdrawn_at"],
        )
        for key in response.json()["keys"]
    }


def verdict(address: str, keys: dict[int, CardKey]) -> CardVerdict:
    """What a station makes of a symbol without a network."""
    code, token = read_scan(address)
    assert token is not None
    return judge_token(code, read_token(token), keys)


async def issue(registry: Registry, code: str, **body: Any) -> dict[str, Any]:
    response = await registry.post(f"/v1/codes/{code}/cards", body)
    assert response.status_code in {200, 201}, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_a_card_is_issued_once_and_verified_without_a_network(registry: Registry) -> None:
    code = (await registry.register())["code"]
    first, again = await issue(registry, code), await issue(registry, code)
    assert (first["already"], again["already"]) == (False, True)
    assert first["address"] == again["address"]
    assert first["address"].startswith(f"HTTPS://ONECODE.EXAMPLE/C/{code}/")
    assert verdict(first["address"], await published(registry)) is CardVerdict.VALID


async def test_a_lost_card_is_revoked_and_another_issued_while_the_code_lives_on(registry: Registry) -> None:
    code = (await registry.register())["code"]
    lost = await issue(registry, code)
    body = {"replaces": lost["card_no"], "reason": "遗失"}
    new = await issue(registry, code, **body)
    assert (new["already"], new["card_no"] != lost["card_no"]) == (False, True)
    assert (await issue(registry, code, **body))["card_no"] == new["card_no"], "a repetition replaces nothing"
    listed = (await registry.get(f"/v1/codes/{code}/cards")).json()["cards"]
    assert [(card["card_no"], card["reason"], card["revoked_at"] is None) for card in listed] == [
        (lost["card_no"], "遗失", False),
        (new["card_no"], None, True),
    ]
    assert (await registry.get(f"/v1/codes/{code}", scope=None)).json()["state"] == "in_force"


async def test_a_card_is_revoked_without_another_one(registry: Registry) -> None:
    code = (await registry.register())["code"]
    card = await issue(registry, code)
    path = f"/v1/codes/{code}/cards/{card['card_no']}/revoke"
    answers = [(await registry.post(path, {"reason": "户主死亡"})).json() for _ in range(2)]
    assert [answer["changed"] for answer in answers] == [True, False]
    assert answers[0]["revoked_at"] == answers[1]["revoked_at"]
    assert (await issue(registry, code))["card_no"] != card["card_no"]


async def test_what_is_not_there_is_said(registry: Registry) -> None:
    code, other = [(await registry.register())["code"] for _ in range(2)]
    card = await issue(registry, code)
    lost = {"replaces": card["card_no"], "reason": "遗失"}
    assert (await registry.post(f"/v1/codes/{other}/cards", lost)).json()["code"] == "unknown_card"
    path = f"/v1/codes/{other}/cards/{card['card_no']}/revoke"
    assert (await registry.post(path, {"reason": "遗失"})).json()["code"] == "unknown_card"
    assert (await registry.post(f"/v1/codes/{code}/cards", {"replaces": card["card_no"]})).status_code == 422
    await registry.post(f"/v1/codes/{other}/suspend", {"reason": "核查"})
    assert (await registry.post(f"/v1/codes/{other}/cards", {})).json()["code"] == "code_not_in_force"


async def test_only_an_officer_of_its_region_issues_and_revokes(registry: Registry) -> None:
    code = (await registry.register())["code"]
    card = await issue(registry, code)
    for path, body in (("", {}), (f"/{card['card_no']}/revoke", {"reason": "x"})):
        response = await registry.post(f"/v1/codes/{code}/cards{path}", body, regions=("520100000000",))
        assert response.json()["code"] == "region_not_allowed"
        response = await registry.post(f"/v1/codes/{code}/cards{path}", body, scope="registry:read")
        assert response.status_code == 403
    refused = await registry.get(f"/v1/codes/{code}/cards", regions=("520100000000",))
    assert refused.json()["code"] == "region_not_allowed"


async def test_cards_of_a_division_are_issued_in_steps_and_none_twice(registry: Registry) -> None:
    """Households only, and what was interrupted goes on."""
    for _ in range(3):
        await registry.register()
    await registry.register(household(region=OTHER_VILLAGE))
    await registry.register(group())
    body: dict[str, Any] = {"region": QIANNAN, "limit": 2}
    first = (await registry.post("/v1/cards", body)).json()
    assert (first["issued"], first["already"]) == (2, 0)
    second = (await registry.post("/v1/cards", {**body, "after": first["next"]})).json()
    assert second == {"issued": 1, "already": 0, "next": None}
    assert (await registry.post("/v1/cards", {"region": QIANNAN})).json() == {"issued": 0, "already": 3, "next": None}
    assert len(await registry.rows("SELECT 1 AS one FROM codes.cards")) == 3


async def test_cards_of_a_cooperative_are_those_of_its_members(registry: Registry) -> None:
    cooperative = (await registry.register(group()))["code"]
    member, _stranger = [(await registry.register())["code"] for _ in range(2)]
    link = {"member": member, "group": cooperative, "weight": 1, "valid_from": "2019-01-01"}
    assert (await registry.post("/v1/links", link)).status_code == 201
    assert (await registry.post("/v1/cards", {"group": cooperative})).json()["issued"] == 1
    assert [row.code for row in await registry.rows("SELECT code FROM codes.cards")] == [member]


async def test_a_selection_names_one_thing_within_the_callers_regions(registry: Registry) -> None:
    for body in ({}, {"region": VILLAGE, "codes": ["HGP1XF3A71"]}):
        assert (await registry.post("/v1/cards", body)).json()["code"] == "selection_unclear"
    outside = await registry.post("/v1/cards", {"region": VILLAGE}, regions=("520100000000",))
    assert outside.json()["code"] == "region_not_allowed"
    code = (await registry.register())["code"]
    unfit = await registry.post("/v1/cards", {"codes": [code]}, regions=("520100000000",))
    assert (unfit.json()["code"], unfit.json()["codes"]) == ("code_not_in_force", [code])


async def test_a_rotation_reprints_nothing(registry: Registry) -> None:
    """The new key is published a week before it signs; the cards of the old one stay good after that."""
    code = (await registry.register())["code"]
    old = await issue(registry, code)
    draw_key(folder_of(registry))
    keys = await published(registry)
    today = clock.business_day(clock.now())
    begins = today + timedelta(days=LEAD_DAYS)
    assert [(key.valid_from, key.valid_to) for key in keys.values()] == [(today, begins), (begins, None)]
    assert (await issue(registry, (await registry.register())["code"]))["key_id"] == 1
    later = (await registry.register())["code"]
    secrets, caller = registry.app.state.card_secrets, Caller("o", frozenset(), (QIANNAN,), None, None, "t")
    signed = await issue_card(
        registry.database, secrets, caller, later, replaces=None, reason=None, moment=clock.now(), today=begins
    )
    printed = IssuedCard(signed.card_no, signed.key_id, signed.issued_on)
    address = address_of_card(secrets, PUBLIC_URL, later, printed)
    assert (signed.key_id, verdict(address, keys)) == (2, CardVerdict.VALID)
    assert verdict(old["address"], keys) is CardVerdict.VALID
    assert verdict(address, {1: keys[1]}) is CardVerdict.UNKNOWN_KEY, "who knows the old key only asks, or fetches"


async def test_a_withdrawn_key_voids_its_cards_and_the_next_signs_at_once(registry: Registry) -> None:
    code = (await registry.register())["code"]
    old = await issue(registry, code)
    draw_key(folder_of(registry))
    await published(registry)
    path, body = "/v1/card-keys/1/withdraw", {"reason": "密钥泄露"}
    assert (await registry.post(path, body)).status_code == 403, "it takes more than an officer"
    for _ in range(2):
        assert (await registry.post(path, body, scope="keys:write")).status_code == 200
    keys = await published(registry)
    assert verdict(old["address"], keys) is CardVerdict.KEY_WITHDRAWN
    new = await issue(registry, code, replaces=old["card_no"], reason="密钥泄露")
    assert (new["key_id"], verdict(new["address"], keys)) == (2, CardVerdict.VALID)
    unknown = await registry.post("/v1/card-keys/9/withdraw", body, scope="keys:write")
    assert unknown.json()["code"] == "unknown_card_key"


async def test_after_a_withdrawal_all_get_other_cards_at_once(registry: Registry) -> None:
    """A void card is none: it is listed as revoked, not printed again, and nobody is told how it is handed over;
    stations are told of the key instead of every card.
    """
    codes = [(await registry.register())["code"] for _ in range(2)]
    selection = {"codes": codes}
    assert (await registry.post("/v1/cards", selection)).json()["issued"] == 2
    draw_key(folder_of(registry))
    await published(registry)
    (void,) = (await registry.get(f"/v1/codes/{codes[0]}/cards")).json()["cards"]
    handover = f"/v1/codes/{codes[0]}/cards/{void['card_no']}/handover"
    assert (await registry.post(handover, {})).status_code == 200
    withdrawn = await registry.post("/v1/card-keys/1/withdraw", {"reason": "密钥泄露"}, scope="keys:write")
    (listed,) = (await registry.get(f"/v1/codes/{codes[0]}/cards")).json()["cards"]
    assert (void["revoked_at"], listed["revoked_at"]) == (None, withdrawn.json()["keys"][0]["withdrawn_at"])
    assert (await registry.post(handover, {})).json()["code"] == "unknown_card"
    assert (await registry.post("/v1/cards.pdf", selection)).json()["code"] == "without_card"
    assert (await issue(registry, codes[0]))["key_id"] == 2
    for issued in (1, 0):
        assert (await registry.post("/v1/cards", selection)).json()["issued"] == issued
    assert (await registry.post("/v1/cards.pdf", selection)).status_code == 200
    told = (await registry.get("/v1/revocations")).json()
    assert (told["cards"], [str(key) for key in told["withdrawn_keys"]]) == ([], ["1"])


async def test_without_a_key_nothing_is_issued_and_the_way_out_is_said(registry: Registry) -> None:
    code = (await registry.register())["code"]
    await published(registry)
    await registry.post("/v1/card-keys/1/withdraw", {"reason": "密钥泄露"}, scope="keys:write")
    refused = await registry.post(f"/v1/codes/{code}/cards", {})
    assert (refused.status_code, refused.json()["code"]) == (503, "no_card_key")
    draw_key(folder_of(registry))
    assert (await issue(registry, code))["key_id"] == 2


async def test_a_secret_that_is_not_the_one_published_signs_nothing(
    registry: Registry, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Two hosts that each drew a key 1: the cards of the second would be good nowhere."""
    code = (await registry.register())["code"]
    await published(registry)
    registry.app.state.card_secrets = CardSecrets.from_secrets(tmp_path_factory.mktemp("another"))
    assert (await registry.post(f"/v1/codes/{code}/cards", {})).json()["code"] == "no_card_key"


async def test_a_key_is_published_once_however_often_and_by_whom_it_is_seen(registry: Registry) -> None:
    secrets, today = registry.app.state.card_secrets, clock.business_day(clock.now())
    before = await publish_card_keys(registry.database, secrets, today=today)
    assert await publish_card_keys(registry.database, secrets, today=today) == before
    assert len(await registry.rows("SELECT 1 AS one FROM codes.batches WHERE operation = 'publish_card_key'")) == 1
