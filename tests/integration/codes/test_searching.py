"""An officer finds a household to hand a card to; who may not see persons cannot find one by what names it."""

from typing import Any

import pytest

from services.demo.identities import IdCards
from tests.integration.codes.conftest import OTHER_VILLAGE, VILLAGE, Registry, group, household
from tests.integration.codes.roster_office import COUNTY, Office, row

PERSON = "registry:read codes:person"
TOWNSHIP = VILLAGE[:9] + "000"


async def found(registry: Registry, body: dict[str, Any], scope: str = PERSON) -> list[str]:
    response = await registry.post("/v1/subjects/search", body, scope=scope)
    assert response.status_code == 200, response.text
    return [one["subject_id"] for one in response.json()["subjects"]]


async def test_a_household_is_found_by_number_name_or_phone(registry: Registry) -> None:
    sent = household(name="蒙德明", phone="138-0000-1111", external_id="5227-1")
    one = await registry.register(sent)
    await registry.register(household(name="蒙德", phone="13800002222"))
    for body in (
        {"id_card": sent["id_card"]},
        {"external_id": "5227-1"},
        {"code": one["code"].lower()},
        {"name": "德明", "region": VILLAGE},
        {"phone": "13800001111", "region": TOWNSHIP},
        {"external_id": "5227-1", "name": "蒙"},
    ):
        assert await found(registry, body) == [one["subject_id"]], body
    assert await found(registry, {"external_id": "5227-1", "name": "罗"}) == []
    assert await found(registry, {"name": "德明", "region": OTHER_VILLAGE}) == []


async def test_a_running_number_of_a_county_is_found_within_the_county_whose_roster_has_it(registry: Registry) -> None:
    listed = row(IdCards().issue("522700000000")) | {"户编号": "0012"}
    await Office(registry).take_in([listed])
    (one,) = await registry.rows("SELECT subject_id FROM codes.subjects")
    sent = await registry.register(household(external_id="0012", region=OTHER_VILLAGE))
    for region in (COUNTY, VILLAGE):
        assert await found(registry, {"external_id": "0012", "region": region}) == [str(one.subject_id)]
    answer = await registry.post("/v1/subjects/search", {"external_id": "0012"}, scope=PERSON, regions=(COUNTY,))
    assert [one["subject_id"] for one in answer.json()["subjects"]] == [str(one.subject_id)]
    both = sorted([str(one.subject_id), sent["subject_id"]], key=int)
    assert await found(registry, {"external_id": "0012"}) == both, "which county's, nobody said"


async def test_pages_go_on_where_the_last_one_ended(registry: Registry) -> None:
    registered = [(await registry.register(household(name=f"韦大{n}")))["subject_id"] for n in range(5)]
    seen: list[str] = []
    after: str | None = "0"
    while after is not None:
        body = {"name": "韦大", "region": VILLAGE, "after": after, "limit": 2}
        page = (await registry.post("/v1/subjects/search", body, scope=PERSON)).json()
        seen += [one["subject_id"] for one in page["subjects"]]
        after = page["next"]
    assert seen == registered


async def test_groups_are_found_by_a_part_of_their_public_name(registry: Registry) -> None:
    one = await registry.register(group(name="都匀毛尖合作社甲"))
    await registry.register(group(name="罗甸火龙果合作社"))
    assert await found(registry, {"name": "毛尖", "kind": "cooperative"}, "registry:read") == [one["subject_id"]]


@pytest.mark.parametrize(
    ("body", "scope", "code"),
    [
        ({"name": "蒙", "region": VILLAGE}, "registry:read", "person_scope_needed"),
        ({"phone": "13800001111", "region": VILLAGE}, "registry:read", "person_scope_needed"),
        ({"name": "蒙", "region": "522701000000"}, PERSON, "search_too_wide"),
        ({"region": VILLAGE}, PERSON, "search_too_wide"),
        ({"id_card": "123"}, PERSON, "invalid_input"),
    ],
)
async def test_what_cannot_be_asked(registry: Registry, body: dict[str, Any], scope: str, code: str) -> None:
    answer = await registry.post("/v1/subjects/search", body, scope=scope)
    assert answer.json()["code"] == code
