"""Links between households, cooperatives and enterprises."""

import asyncio
from typing import Any

from tests.integration.codes.conftest import OTHER_VILLAGE, QIANNAN, Registry, group, household


async def _parties(registry: Registry) -> tuple[str, str, str]:
    answer = await registry.post("/v1/subjects", {"subjects": [household(), group(), group("enterprise")]})
    first, second, third = (result["subject"]["code"] for result in answer.json()["results"])
    return first, second, third


def _link(member: str, of: str, valid_from: str = "2019-01-01", **fields: Any) -> dict[str, Any]:
    return {"member": member, "group": of, "weight": 1, "valid_from": valid_from, "valid_to": None, **fields}


async def test_a_link_is_published_with_both_clocks_and_listed_for_both_parties(registry: Registry) -> None:
    member, cooperative, enterprise = await _parties(registry)
    response = await registry.post("/v1/links", _link(member, cooperative, weight=3, contract="合同-1"))
    assert response.status_code == 201
    answer = response.json()
    (row,) = await registry.rows("SELECT * FROM codes.memberships")
    assert (row.member_kind, row.group_kind, row.weight, row.superseded_in) == ("household", "cooperative", 3, None)
    assert str(row.link_id) == answer["link_id"]
    await registry.post("/v1/links", _link(cooperative, enterprise))
    expected = {field: value for field, value in answer.items() if field != "already_linked"}
    assert expected == {
        "link_id": answer["link_id"],
        "member": member,
        "group": cooperative,
        "weight": 3,
        "valid_from": "2019-01-01",
        "valid_to": None,
        "contract": "合同-1",
    }
    for path in (f"/v1/links?member={member}", f"/v1/links?group={cooperative.lower()}"):
        page = (await registry.get(path)).json()
        assert page == {"links": [expected], "next": None}


async def test_the_same_link_again_changes_nothing(registry: Registry) -> None:
    member, cooperative, _ = await _parties(registry)
    first = (await registry.post("/v1/links", _link(member, cooperative))).json()
    again = await registry.post("/v1/links", _link(member, cooperative))
    assert (again.status_code, again.json()) == (200, first | {"already_linked": True})
    many = (await registry.post("/v1/links", {"links": [_link(member, cooperative)] * 2})).json()
    assert many["counts"] == {"recorded": 0, "repeated": 2, "conflict": 0, "rejected": 0}
    assert len(await registry.rows("SELECT * FROM codes.links")) == 1
    assert len(await registry.rows("SELECT * FROM codes.batches WHERE operation = 'link'")) == 1


async def test_a_pair_is_never_linked_twice_on_one_day(registry: Registry) -> None:
    member, cooperative, _ = await _parties(registry)
    until_july = _link(member, cooperative, valid_to="2019-07-01")
    first = (await registry.post("/v1/links", until_july)).json()
    overlapping = await registry.post("/v1/links", _link(member, cooperative, "2019-06-30"))
    assert (overlapping.status_code, overlapping.json()["code"]) == (409, "link_overlaps")
    assert overlapping.json()["link_id"] == first["link_id"]
    assert (await registry.post("/v1/links", _link(member, cooperative, "2019-07-01"))).status_code == 201
    both = {"links": [_link(member, cooperative, "2019-07-02"), _link(member, cooperative, "2018-12-31")]}
    answer = (await registry.post("/v1/links", both)).json()
    assert answer["counts"]["conflict"] == 2


async def test_two_connections_cannot_link_the_same_pair_at_the_same_moment(registry: Registry) -> None:
    member, cooperative, _ = await _parties(registry)
    answers = await asyncio.gather(
        *(registry.post("/v1/links", _link(member, cooperative, weight=weight)) for weight in range(1, 9))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len(await registry.rows("SELECT * FROM codes.links")) == 1


async def test_only_households_join_groups_and_cooperatives_enterprises(registry: Registry) -> None:
    member, cooperative, enterprise = await _parties(registry)
    assert (await registry.post("/v1/links", _link(member, enterprise))).status_code == 201
    for body in (
        _link(cooperative, member),
        _link(enterprise, cooperative),
        _link(member, member),
        _link(cooperative, cooperative),
    ):
        response = await registry.post("/v1/links", body)
        assert (response.status_code, response.json()["code"]) == (422, "wrong_kinds")


async def test_each_of_many_links_has_its_own_result(registry: Registry) -> None:
    member, cooperative, enterprise = await _parties(registry)
    bodies = [
        _link(member, cooperative),
        _link(member, "HGP1XF3A72"),
        _link(member, "C000000000"),
        _link(member, enterprise, weight=0),
        _link(member, enterprise, "2018-12-30"),
        _link(cooperative, enterprise),
    ]
    answer = (await registry.post("/v1/links", {"links": bodies})).json()
    codes = [(result.get("problem") or {}).get("code") for result in answer["results"]]
    assert codes == [None, "malformed_code", "malformed_code", "invalid_input", "link_before_registration", None]
    assert len(await registry.rows("SELECT * FROM codes.links")) == 2


async def test_an_ended_link_keeps_its_id_and_what_was_known_before(registry: Registry) -> None:
    member, cooperative, _ = await _parties(registry)
    link_id = (await registry.post("/v1/links", _link(member, cooperative))).json()["link_id"]
    ended = await registry.post(f"/v1/links/{link_id}/end", {"valid_to": "2020-01-01"})
    assert (ended.status_code, ended.json()["link_id"], ended.json()["valid_to"]) == (200, link_id, "2020-01-01")
    assert (await registry.post(f"/v1/links/{link_id}/end", {"valid_to": "2020-01-01"})).json() == ended.json()
    old, new = await registry.rows("SELECT * FROM codes.memberships ORDER BY recorded_in")
    assert (old.valid_to, old.superseded_in) == (None, new.recorded_in)
    assert (str(new.valid_to), new.superseded_in) == ("2020-01-01", None)
    for valid_to in ("2019-01-01", "2021-01-01"):
        refused = await registry.post(f"/v1/links/{link_id}/end", {"valid_to": valid_to})
        assert (refused.status_code, refused.json()["code"]) == (422, "end_not_within")
    assert (await registry.post("/v1/links", _link(member, cooperative, "2020-01-01", weight=2))).status_code == 201
    assert (await registry.post("/v1/links/999999/end", {"valid_to": "2020-01-01"})).status_code == 404


async def test_an_officer_links_within_the_own_regions_only(registry: Registry) -> None:
    member = (await registry.register(household()))["code"]
    far = (await registry.register(group(region=OTHER_VILLAGE)))["code"]
    body = _link(member, far)
    refused = await registry.post("/v1/links", body, regions=(QIANNAN,))
    assert (refused.status_code, refused.json()["code"]) == (403, "region_not_allowed")
    link_id = (await registry.post("/v1/links", body)).json()["link_id"]
    ended = await registry.post(f"/v1/links/{link_id}/end", {"valid_to": "2020-01-01"}, regions=(QIANNAN,))
    assert ended.status_code == 403
    assert len((await registry.get("/v1/links", member=member, regions=(QIANNAN,))).json()["links"]) == 1
    assert (await registry.get("/v1/links", member=member, regions=("520300000000",))).json()["links"] == []
