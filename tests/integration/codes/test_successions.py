"""Households divide and join: codes, links, incomes and numbers from the day on, and what stays as it was before."""

import asyncio
from typing import Any

import asyncpg

from services.codes.verify import checks
from services.kit import clock
from tests.integration.codes.conftest import OTHER_VILLAGE, QIANNAN, VILLAGE, Registry, group, household

DAY = "2020-06-01"
DIRECTORY = """
    SELECT code, subject_id, region, (valid_from AT TIME ZONE 'Asia/Shanghai')::date::text AS begins,
           (valid_to AT TIME ZONE 'Asia/Shanghai')::date::text AS ends
    FROM codes.directory WHERE superseded_in IS NULL AND code = :code ORDER BY valid_from
"""
MEMBERS = """
    SELECT member_id, weight, valid_from::text AS begins, valid_to::text AS ends FROM codes.memberships
    WHERE superseded_in IS NULL ORDER BY member_id, valid_from
"""
INCOMES = """
    SELECT subject_id, year, per_head_fen, persons, nullif(valid_from, '-infinity')::text AS begins,
           valid_to::text AS ends
    FROM codes.reckoned_incomes WHERE superseded_in IS NULL ORDER BY subject_id, year, valid_from
"""


def split_in_two(**fields: Any) -> dict[str, Any]:
    """The son of a household of five founds one of two."""
    body = {
        "on": DAY,
        "reason": "分户",
        "parts": [
            {"keeps_code": True, "persons": 3},
            {"persons": 2, "head": {"name": "蒙小二", "phone": "13800000000"}},
        ],
        **fields,
    }
    return {field: value for field, value in body.items() if value is not None}


async def link(registry: Registry, member: str, of: str, **fields: Any) -> str:
    body = {"member": member, "group": of, "weight": 5, "valid_from": "2019-01-01", **fields}
    response = await registry.post("/v1/links", body)
    assert response.status_code == 201, response.text
    link_id: str = response.json()["link_id"]
    return link_id


async def plain(registry: Registry, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await registry.rows(statement, **parameters)]


async def consistent(registry: Registry) -> bool:
    """Whether ``onecode verify`` finds nothing."""
    async with registry.database.snapshot() as connection:
        return [one for one in await checks(connection) if one.differences] == []


async def test_a_split_leaves_the_code_where_it_is_and_gives_the_others_one_of_their_own(registry: Registry) -> None:
    old = await registry.register(household(persons=5))
    cooperative = (await registry.register(group()))["code"]
    link_id = await link(registry, old["code"], cooperative)
    body = split_in_two(links=[{"link_id": link_id, "weights": [3, 2]}])
    path = f"/v1/subjects/{old['subject_id']}/split"
    response = await registry.post(path, body)
    assert response.status_code == 200, response.text
    answer = response.json()
    (new,) = answer["successors"]
    keeper, other = int(old["subject_id"]), int(new["subject_id"])
    assert (new["persons"], answer["already_recorded"], new["code"][0]) == (2, False, "H")
    assert await plain(registry, DIRECTORY, code=old["code"]) == [(old["code"], keeper, VILLAGE, "2018-12-31", None)]
    assert await plain(registry, DIRECTORY, code=new["code"]) == [(new["code"], other, VILLAGE, DAY, None)]
    assert await plain(registry, MEMBERS) == [
        (keeper, 5, "2019-01-01", DAY),
        (keeper, 3, DAY, None),
        (other, 2, DAY, None),
    ]
    assert await plain(registry, INCOMES) == [
        (keeper, 2018, 312000, 5, None, DAY),
        (keeper, 2018, 312000, 3, DAY, None),
        (other, 2018, 312000, 2, DAY, None),
    ]
    persons = (
        "SELECT persons FROM codes.households WHERE subject_id = :one AND superseded_in IS NULL ORDER BY valid_from"
    )
    assert await plain(registry, persons, one=keeper) == [(5,), (3,)]
    assert await plain(registry, persons, one=other) == [(2,)]
    again = await registry.post(path, body)
    assert again.json() == answer | {"already_recorded": True}
    assert len(await registry.rows("SELECT * FROM codes.batches WHERE operation = 'split_household'")) == 1
    assert await consistent(registry)


async def test_persons_and_weights_of_a_split_must_add_up(registry: Registry) -> None:
    old = await registry.register(household(persons=4))
    link_id = await link(registry, old["code"], (await registry.register(group()))["code"])
    path = f"/v1/subjects/{old['subject_id']}/split"
    refused = await registry.post(path, split_in_two())
    assert (refused.status_code, refused.json()["code"]) == (422, "persons_not_conserved")
    await registry.post(
        f"/v1/subjects/{old['subject_id']}/revise", {"on": "2020-01-01", "reason": "添丁", "persons": 5}
    )
    too_much = await registry.post(path, split_in_two(links=[{"link_id": link_id, "weights": [5, 5]}]))
    assert (too_much.status_code, too_much.json()["code"]) == (422, "weights_not_conserved")
    foreign = await registry.post(path, split_in_two(links=[{"link_id": "999", "weights": [5, 0]}]))
    assert foreign.json()["code"] == "not_its_link"
    assert await registry.rows("SELECT * FROM codes.successions") == []
    anew = split_in_two(links=[{"link_id": link_id, "weights": [5, 5], "new_total": 10}])
    assert (await registry.post(path, anew)).status_code == 200


async def test_after_a_merge_all_codes_reach_the_survivor_and_before_it_each_its_own(registry: Registry) -> None:
    one = await registry.register(household(persons=4, baseline_income="3000.00"))
    two = await registry.register(household(persons=2, baseline_income="4000.01"))
    cooperative = (await registry.register(group()))["code"]
    enterprise = (await registry.register(group("enterprise")))["code"]
    await link(registry, one["code"], cooperative, weight=4)
    await link(registry, two["code"], cooperative, weight=3, valid_to="2021-01-01")
    await link(registry, two["code"], enterprise, weight=1, valid_from="2020-12-01")
    survivor, merged = int(one["subject_id"]), int(two["subject_id"])
    path, body = f"/v1/subjects/{survivor}/merge", {"on": DAY, "reason": "并户", "merged": [str(merged)]}
    response = await registry.post(path, body)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert (answer["persons"], set(answer["codes"])) == (6, {one["code"], two["code"]})
    assert await plain(registry, DIRECTORY, code=two["code"]) == [
        (two["code"], merged, VILLAGE, "2018-12-31", DAY),
        (two["code"], survivor, VILLAGE, DAY, None),
    ]
    assert await plain(registry, MEMBERS) == [
        (survivor, 4, "2019-01-01", DAY),
        (survivor, 7, DAY, "2021-01-01"),
        (survivor, 1, "2020-12-01", None),
        (survivor, 4, "2021-01-01", None),
        (merged, 3, "2019-01-01", DAY),
    ]
    assert await plain(registry, INCOMES) == [
        (survivor, 2018, 300000, 4, None, DAY),
        (survivor, 2018, 333334, 6, DAY, None),  # (3000.00 x 4 + 4000.01 x 2) / 6 = 3333.336…
        (merged, 2018, 400001, 2, None, DAY),
    ]
    assert (await registry.post(path, body)).json() == answer | {"already_recorded": True}
    assert await consistent(registry)
    moved = {"on": "2020-09-01", "reason": "搬迁", "region": OTHER_VILLAGE, "resettlement": True}
    assert (await registry.post(f"/v1/subjects/{survivor}/move", moved)).json()["changed"] is True
    assert await plain(registry, DIRECTORY, code=two["code"]) == [
        (two["code"], merged, VILLAGE, "2018-12-31", DAY),
        (two["code"], survivor, VILLAGE, DAY, "2020-09-01"),
        (two["code"], survivor, OTHER_VILLAGE, "2020-09-01", None),
    ]
    assert await consistent(registry)


async def test_a_code_tells_whose_it_was_and_is_as_true_and_as_known_then(registry: Registry) -> None:
    one, two = [await registry.register(household(persons=2)) for _ in range(2)]
    await registry.seal()
    before = clock.now().isoformat()
    body = {"on": DAY, "reason": "并户", "merged": [two["subject_id"]]}
    await registry.post(f"/v1/subjects/{one['subject_id']}/merge", body)
    await registry.seal()
    path = f"/v1/codes/{two['code']}"
    now = (await registry.get(path)).json()
    midnight = f"{DAY}T00:00:00+08:00"
    assert now["subject_id"] == one["subject_id"]
    assert [(held["subject_id"], held["from"], held["to"]) for held in now["holders"]] == [
        (two["subject_id"], "2018-12-31T00:00:00+08:00", midnight),
        (one["subject_id"], midnight, None),
    ]
    assert (await registry.get(path, at="2020-05-31T23:59:59+08:00")).json()["subject_id"] == two["subject_id"]
    assert (await registry.get(path, as_of=before)).json()["subject_id"] == two["subject_id"]
    compromised = {"compromised_at": "2021-01-01T00:00:00+08:00", "reason": "被冒用"}
    new = (await registry.post(f"{path}/replace", compromised)).json()["replaced_by"]
    assert (await registry.get(path)).json()["replaced_by"] == new
    shown = (await registry.get(f"/v1/codes/{new}")).json()
    assert (shown["replaces"], shown["subject_id"]) == (two["code"], one["subject_id"])
    assert "replaced_by" not in (await registry.get(path, scope=None)).json()
    gone = (await registry.get(f"/v1/subjects/{two['subject_id']}")).json()
    assert (gone["joined"], gone["joined_on"]) == (one["subject_id"], DAY)
    assert await consistent(registry)


async def test_codes_that_came_with_an_earlier_merge_go_along(registry: Registry) -> None:
    one, two, three = [await registry.register(household(persons=2)) for _ in range(3)]
    for into, of, on in ((two, one, "2020-01-01"), (three, two, "2020-02-01")):
        body = {"on": on, "reason": "并户", "merged": [of["subject_id"]]}
        assert (await registry.post(f"/v1/subjects/{into['subject_id']}/merge", body)).status_code == 200
    assert [(row[1], row[3], row[4]) for row in await plain(registry, DIRECTORY, code=one["code"])] == [
        (int(one["subject_id"]), "2018-12-31", "2020-01-01"),
        (int(two["subject_id"]), "2020-01-01", "2020-02-01"),
        (int(three["subject_id"]), "2020-02-01", None),
    ]
    (row,) = await registry.rows(
        "SELECT persons FROM codes.households WHERE subject_id = :one AND superseded_in IS NULL AND valid_to IS NULL",
        one=int(three["subject_id"]),
    )
    assert row.persons == 6
    assert await consistent(registry)
    ended = await registry.post(
        f"/v1/subjects/{one['subject_id']}/revise", {"on": "2020-03-01", "reason": "?", "persons": 9}
    )
    assert (ended.status_code, ended.json()["code"]) == (422, "not_there_then")
    earlier = {"on": "2020-01-15", "reason": "?", "merged": [(await registry.register())["subject_id"]]}
    refused = await registry.post(f"/v1/subjects/{two['subject_id']}/merge", earlier)
    assert (refused.status_code, refused.json()["code"], refused.json()["on"]) == (409, "divided_later", "2020-02-01")


async def test_only_households_in_the_own_regions_divide_and_join_and_only_once_they_are_there(
    registry: Registry,
) -> None:
    one = await registry.register(household(persons=5))
    far = await registry.register(household(region=OTHER_VILLAGE))
    cooperative = await registry.register(group())

    async def refusal(into: dict[str, Any], merged: str, on: str = DAY, regions: tuple[str, ...] = ()) -> str:
        body = {"on": on, "reason": "并户", "merged": [merged]}
        answer = await registry.post(f"/v1/subjects/{into['subject_id']}/merge", body, regions=regions)
        code: str = answer.json()["code"]
        return code

    assert await refusal(one, far["subject_id"], regions=(QIANNAN,)) == "region_not_allowed"
    assert await refusal(one, cooperative["subject_id"]) == "not_a_household"
    assert await refusal(one, "999999") == "unknown_subject"
    assert await refusal(one, one["subject_id"]) == "nothing_is_said"
    assert await refusal(one, far["subject_id"], "2018-12-31") == "not_there_then"
    assert await refusal(one, far["subject_id"], "2999-01-01") == "day_in_future"
    split = split_in_two(parts=[{"keeps_code": True, "persons": 3}, {"persons": 2}])
    answer = await registry.post(f"/v1/subjects/{one['subject_id']}/split", split)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_verify_finds_what_was_tampered_with(registry: Registry, registry_url: str) -> None:
    old = await registry.register(household(persons=5))
    gone = await registry.register(household(persons=1))
    (new,) = (await registry.post(f"/v1/subjects/{old['subject_id']}/split", split_in_two())).json()["successors"]
    body = {"on": "2020-07-01", "reason": "并户", "merged": [gone["subject_id"]]}
    assert (await registry.post(f"/v1/subjects/{old['subject_id']}/merge", body)).status_code == 200
    assert await consistent(registry)
    wrongs = {
        "divisions": f"UPDATE codes.subject_versions SET persons = 9 WHERE subject_id = {new['subject_id']}",
        "adjoin": f"UPDATE codes.subject_versions SET valid_to = NULL WHERE subject_id = {gone['subject_id']}",
        "directory": "DELETE FROM codes.directory_entries WHERE valid_to IS NOT NULL",
        "holds nothing": "DELETE FROM codes.identity_transfers",
        "incomes": "UPDATE codes.income_records SET valid_to = NULL",
    }
    superuser = await asyncpg.connect(registry_url)
    try:
        for name, wrong in wrongs.items():
            await superuser.execute(wrong)
            async with registry.database.snapshot() as connection:
                assert [one for one in await checks(connection) if name in one.name and one.differences], name
    finally:
        await superuser.close()


async def test_two_connections_cannot_let_a_household_join_two_others(registry: Registry) -> None:
    one, two, three = [await registry.register(household(persons=2)) for _ in range(3)]
    body = {"on": DAY, "reason": "并户", "merged": [three["subject_id"]]}
    paths = [f"/v1/subjects/{into['subject_id']}/merge" for into in (one, two)] * 2
    answers = await asyncio.gather(*(registry.post(path, body) for path in paths))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 422, 422]
    assert len(await registry.rows("SELECT * FROM codes.successions")) == 1
    assert await consistent(registry)


async def test_a_link_and_a_merge_at_the_same_moment_leave_no_link_of_who_is_gone(registry: Registry) -> None:
    """Whichever comes first: a link made before goes along, one made after is the survivor's."""
    one, two = [await registry.register(household(persons=2)) for _ in range(2)]
    groups = [(await registry.register(group()))["code"] for _ in range(6)]
    merge = registry.post(
        f"/v1/subjects/{one['subject_id']}/merge", {"on": DAY, "reason": "并户", "merged": [two["subject_id"]]}
    )
    links = [
        registry.post("/v1/links", {"member": two["code"], "group": code, "weight": 1, "valid_from": DAY})
        for code in groups
    ]
    answers = await asyncio.gather(*links[:3], merge, *links[3:])
    assert {answer.status_code for answer in answers} <= {200, 201}
    rows = await registry.rows("SELECT member_id, group_id FROM codes.memberships WHERE superseded_in IS NULL")
    assert {row.member_id for row in rows} == {int(one["subject_id"])}
    assert len({row.group_id for row in rows}) == len(rows) == len(groups)


async def test_a_split_and_a_move_at_the_same_moment_keep_every_version_in_its_place(registry: Registry) -> None:
    old = await registry.register(household(persons=5))
    path = f"/v1/subjects/{old['subject_id']}"
    answers = await asyncio.gather(
        registry.post(f"{path}/split", split_in_two()),
        registry.post(f"{path}/move", {"on": "2020-08-01", "reason": "搬迁", "region": OTHER_VILLAGE}),
        registry.post(f"{path}/split", split_in_two()),
    )
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len(await registry.rows("SELECT * FROM codes.successions")) == 1
    versions = await plain(
        registry,
        "SELECT persons, region, valid_from::text, valid_to::text FROM codes.households "
        "WHERE subject_id = :one AND superseded_in IS NULL ORDER BY valid_from",
        one=int(old["subject_id"]),
    )
    assert versions == [
        (5, VILLAGE, "2018-12-31", DAY),
        (3, VILLAGE, DAY, "2020-08-01"),
        (3, OTHER_VILLAGE, "2020-08-01", None),
    ]
    assert await consistent(registry)


async def test_the_history_tells_what_was_done_when_by_whom_and_why(registry: Registry) -> None:
    old = await registry.register(household(name="蒙老大", persons=5))
    path = f"/v1/subjects/{old['subject_id']}"
    (new,) = (await registry.post(f"{path}/split", split_in_two())).json()["successors"]
    await registry.post(f"{path}/move", {"on": "2020-06-15", "reason": "搬迁", "region": OTHER_VILLAGE})
    await registry.post(f"{path}/head", {"on": "2020-07-01", "reason": "户主去世", "head": {"name": "蒙老三"}})
    await registry.post(
        f"{path}/revise",
        {"on": "2021-01-01", "reason": "2020年度", "status": "out_of_poverty", "baseline_income": "5000.00",
         "baseline_year": 2020},
    )  # fmt: skip
    shown = (await registry.get(f"{path}/history", scope="registry:read codes:person")).json()
    assert [(one["operation"], one["on"], one["reason"]) for one in shown["operations"]] == [
        ("split", DAY, "分户"),
        ("move", "2020-06-15", "搬迁"),
        ("change_head", "2020-07-01", "户主去世"),
        ("revise", "2021-01-01", "2020年度"),
    ]
    assert shown["operations"][0]["others"] == [new["subject_id"]]
    first, second = shown["heads"]  # the move wrote the first one's data anew
    assert (first["name"], first["since"], first["known_to"]) == ("蒙老大", None, second["known_from"])
    assert (second["name"], second["since"], second["known_to"]) == ("蒙老三", "2020-07-01", None)
    assert [(one["valid_from"], one["persons"], one["status"]) for one in shown["versions"] if not one["known_to"]] == [
        ("2018-12-31", 5, "registered"),
        (DAY, 3, "registered"),
        ("2020-06-15", 3, "registered"),
        ("2021-01-01", 3, "out_of_poverty"),
    ]
    assert [(one["year"], one["per_head"], one["persons"]) for one in shown["incomes"] if not one["known_to"]] == [
        (2018, "3120.00", 5),
        (2018, "3120.00", 3),
        (2020, "5000.00", 3),
    ]
    assert "heads" not in (await registry.get(f"{path}/history")).json()
    assert (await registry.get(f"{path}/history", regions=("520300000000",))).status_code == 404


async def test_a_correction_is_told_apart_from_an_event_and_the_same_again_changes_nothing(registry: Registry) -> None:
    old = await registry.register(household(persons=4))
    path = f"/v1/subjects/{old['subject_id']}/revise"
    event = {"on": "2020-01-01", "reason": "添丁", "persons": 5}
    assert (await registry.post(path, event)).json()["changed"] is True
    assert (await registry.post(path, event)).json()["changed"] is False
    wrong = {"on": "2019-06-01", "kind": "correction", "reason": "当初登记有误", "persons": 3}
    assert (await registry.post(path, wrong)).json()["persons"] == 3
    rows = await plain(
        registry,
        "SELECT persons, valid_from::text FROM codes.households WHERE superseded_in IS NULL ORDER BY valid_from",
    )
    assert rows == [(3, "2018-12-31"), (5, "2020-01-01")]
    nothing = await registry.post(path, {"on": "2019-06-01", "reason": "?"})
    assert (nothing.status_code, nothing.json()["code"]) == (422, "nothing_is_said")
    bp = await registry.post(path, {"on": "2019-06-01", "reason": "?", "members_bp": 5000})
    assert (bp.status_code, bp.json()["fields"]) == (422, ["members_bp"])
