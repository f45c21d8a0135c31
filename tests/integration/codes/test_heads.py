"""Who heads a household that divides or that others join: by which numbers, name and place it is found again."""

from services.codes.purpose import Purpose
from services.codes.queries import batches, revisions
from services.codes.sealing import likeness_of
from tests.integration.codes.conftest import OTHER_VILLAGE, Registry, household
from tests.integration.codes.test_successions import DAY, consistent, split_in_two


async def test_the_old_head_may_be_the_one_who_leaves_and_takes_the_number_along(registry: Registry) -> None:
    father = household(persons=5)
    old = await registry.register(father)
    son = household()
    body = split_in_two(
        parts=[
            {"keeps_code": True, "persons": 3, "head": {"name": son["name"], "id_card": son["id_card"]}},
            {"persons": 2, "head": {"name": father["name"], "id_card": father["id_card"]}},
        ]
    )
    (new,) = (await registry.post(f"/v1/subjects/{old['subject_id']}/split", body)).json()["successors"]
    scope = "registry:read codes:person"
    for subject_id, person in ((old["subject_id"], son), (new["subject_id"], father)):
        shown = (await registry.get(f"/v1/subjects/{subject_id}", scope=scope)).json()
        assert (shown["name"], shown["id_card"]) == (person["name"], person["id_card"])
    other = await registry.register()
    taken = {"on": DAY, "reason": "户主变更", "head": {"name": "某", "id_card": father["id_card"]}}
    refused = await registry.post(f"/v1/subjects/{other['subject_id']}/head", taken)
    assert (refused.status_code, refused.json()["code"]) == (409, "number_taken")


async def test_a_number_that_came_along_may_be_the_number_of_the_head(registry: Registry) -> None:
    """It leads to the household already, though it was registered for another."""
    father, son, widow = household(persons=5), household(), household(persons=2)
    old = await registry.register(father)
    parts = [
        {"keeps_code": True, "persons": 3, "head": {"name": son["name"], "id_card": son["id_card"]}},
        {"persons": 2, "head": {"name": father["name"], "id_card": father["id_card"]}},
    ]
    path = f"/v1/subjects/{old['subject_id']}"
    (new,) = (await registry.post(f"{path}/split", split_in_two(parts=parts))).json()["successors"]
    joining = await registry.register(widow)
    await registry.post(f"{path}/merge", {"on": "2020-07-01", "reason": "并户", "merged": [joining["subject_id"]]})
    heads = ((new["subject_id"], father, "13800000001"), (old["subject_id"], widow, "13800000002"))
    for subject_id, person, phone in heads:
        head = {"name": person["name"], "id_card": person["id_card"], "phone": phone}
        body = {"on": "2020-08-01", "reason": "户主变更", "head": head}
        changed = await registry.post(f"/v1/subjects/{subject_id}/head", body)
        assert (changed.status_code, changed.json().get("changed")) == (200, True), changed.text
        shown = (await registry.get(f"/v1/subjects/{subject_id}", scope="registry:read codes:person")).json()
        assert (shown["id_card"], shown["phone"]) == (person["id_card"], phone)
    assert await consistent(registry)


async def test_the_head_after_a_split_learnt_late_is_told_apart_by_where_the_household_lives(
    registry: Registry,
) -> None:
    """Else a roster of that village would not find what it resembles."""
    old = await registry.register(household(persons=5))
    path = f"/v1/subjects/{old['subject_id']}"
    await registry.post(f"{path}/move", {"on": "2020-07-01", "reason": "搬迁", "region": OTHER_VILLAGE})
    head = {"name": "蒙小大", "phone": "13800000003"}
    parts = [{"keeps_code": True, "persons": 3, "head": head}, split_in_two()["parts"][1]]
    assert (await registry.post(f"{path}/split", split_in_two(parts=parts))).status_code == 200
    index = likeness_of(registry.app.state.person_keys, head["name"], OTHER_VILLAGE, head["phone"])
    assert index is not None
    async with registry.database.transaction() as connection:
        await batches.say_purpose(connection, Purpose.REGISTRATION)
        alike = await revisions.subjects_alike(connection, [index])
    assert alike == {index: [int(old["subject_id"])]}
