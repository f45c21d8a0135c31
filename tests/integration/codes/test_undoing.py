"""A split or merge that was recorded by mistake is undone: all is as before, and that it was thought so stays known."""

from typing import Any

from services.kit import clock
from tests.integration.codes.conftest import OTHER_VILLAGE, QIANNAN, Registry, group, household
from tests.integration.codes.test_late_successions import act, consistent

DAY = "2020-06-01"
_TABLES = {
    "subject_versions": "subject_id, valid_from, valid_to, region, persons, status",
    "income_records": "subject_id, year, valid_from, valid_to, per_head_fen, persons",
    "links": "link_id, member_id, group_id, weight, valid_from, valid_to, contract",
    "identity_transfers": "identity_index, subject_id",
    "directory_entries": "code, valid_from, valid_to, state, subject_id, region",
    "persons": "subject_id, name_cipher, id_card_cipher, phone_cipher, details_cipher, likeness_index",
}


async def known_now(registry: Registry) -> dict[str, list[tuple[Any, ...]]]:
    """All that is registered now."""
    found = {}
    for table, columns in _TABLES.items():
        purpose = "SELECT set_config('onecode.purpose', 'registration', true)"
        async with registry.database.transaction() as connection:
            await connection.exec_driver_sql(purpose)
            query = f"SELECT {columns} FROM codes.{table} WHERE superseded_in IS NULL ORDER BY {columns}"
            found[table] = [tuple(row) for row in await connection.exec_driver_sql(query)]
    return found


async def last_operation(registry: Registry, subject: dict[str, Any]) -> dict[str, Any]:
    history = (await registry.get(f"/v1/subjects/{subject['subject_id']}/history")).json()
    operation: dict[str, Any] = history["operations"][-1]
    return operation


async def linked(registry: Registry, member: str, of: str, weight: int) -> None:
    body = {"member": member, "group": of, "weight": weight, "valid_from": "2019-01-01"}
    assert (await registry.post("/v1/links", body)).status_code == 201


async def test_an_undone_merge_leaves_everything_as_it_was_and_can_be_recorded_rightly(registry: Registry) -> None:
    one, two, three = [await registry.register(household(persons=2)) for _ in range(3)]
    cooperative = (await registry.register(group()))["code"]
    for subject, weight in ((one, 2), (two, 3)):
        await linked(registry, subject["code"], cooperative, weight)
    before = await known_now(registry)
    await registry.seal()
    mistaken = {"on": DAY, "merged": [two["subject_id"]]}
    await act(registry, one, "merge", **mistaken)
    await registry.seal()
    then = clock.now().isoformat()
    operation = await last_operation(registry, two)
    undone = await act(registry, one, "undo", operation_id=operation["operation_id"])
    assert (undone["operation"], undone["on"], undone["already_undone"]) == ("merge", DAY, False)
    assert await known_now(registry) == before
    await registry.seal()
    holder = (await registry.get(f"/v1/codes/{two['code']}", at="2021-01-01T00:00:00+08:00")).json()
    assert holder["subject_id"] == two["subject_id"]
    as_known = await registry.get(f"/v1/codes/{two['code']}", at="2021-01-01T00:00:00+08:00", as_of=then)
    assert as_known.json()["subject_id"] == one["subject_id"], "it stays known that it was thought so"
    history = (await registry.get(f"/v1/subjects/{one['subject_id']}/history")).json()["operations"]
    assert [(row["operation"], row["undone_at"] is None) for row in history] == [("merge", False), ("undo", True)]
    again = await act(registry, two, "undo", operation_id=operation["operation_id"])
    assert again["already_undone"] is True
    assert await consistent(registry)
    # The very same may be recorded again, and undone after a later one was.
    assert (await act(registry, one, "merge", **mistaken))["already_recorded"] is False
    first = await last_operation(registry, one)
    await act(registry, one, "merge", on="2020-07-01", merged=[three["subject_id"]])
    second = await last_operation(registry, one)
    path = f"/v1/subjects/{one['subject_id']}/undo"
    refused = await registry.post(path, {"operation_id": first["operation_id"], "reason": "误录"})
    assert (refused.status_code, refused.json()["code"]) == (409, "depended_on")
    assert [row["operation_id"] for row in refused.json()["later"]] == [second["operation_id"]]
    for operation in (second, first):
        await act(registry, one, "undo", operation_id=operation["operation_id"])
    assert await known_now(registry) == before
    assert await consistent(registry)


async def test_who_came_out_of_an_undone_split_never_was_and_all_that_leads_there_leads_back(
    registry: Registry,
) -> None:
    old = await registry.register(household(persons=5))
    cooperative = (await registry.register(group()))["code"]
    await linked(registry, old["code"], cooperative, 5)
    (link,) = await registry.rows("SELECT link_id FROM codes.links")
    before = await known_now(registry)
    card = household()["id_card"]
    parts = [
        {"keeps_code": True, "persons": 3, "head": {"name": "蒙老二"}},
        {"persons": 2, "head": {"name": "蒙小二", "id_card": card}},
    ]
    links = [{"link_id": str(link.link_id), "weights": [2, 3]}]
    (new,) = (await act(registry, old, "split", on=DAY, parts=parts, links=links))["successors"]
    operation = await last_operation(registry, old)
    await act(registry, old, "undo", operation_id=operation["operation_id"])
    after = await known_now(registry)
    for table in ("subject_versions", "income_records", "links", "persons"):
        assert after[table] == before[table], table
    shown = (await registry.get(f"/v1/codes/{new['code']}")).json()
    assert (shown["state"], shown["subject_id"]) == ("in_force", old["subject_id"]), "labels may be printed"
    by_card = {"id_card": card, "region": QIANNAN}
    found = await registry.post("/v1/subjects/search", by_card, scope="registry:read codes:person")
    assert [one["subject_id"] for one in found.json()["subjects"]] == [old["subject_id"]]
    path = f"/v1/subjects/{new['subject_id']}"
    assert (await registry.get(path)).status_code == 404
    assert (await registry.get(f"{path}/history")).json()["successions"][0]["kind"] == "undone"
    moved = await registry.post(f"{path}/move", {"on": DAY, "reason": "?", "region": OTHER_VILLAGE})
    assert moved.json()["code"] == "unknown_subject"
    merged = await registry.post(
        f"/v1/subjects/{old['subject_id']}/merge", {"on": "2020-07-01", "reason": "?", "merged": [new["subject_id"]]}
    )
    assert merged.json()["code"] == "unknown_subject"
    # It was a month earlier.
    parts = [{"keeps_code": True, "persons": 3}, {"persons": 2, "head": {"name": "蒙小二"}}]
    right = await act(registry, old, "split", on="2020-05-01", parts=parts, links=links)
    assert right["already_recorded"] is False
    assert await consistent(registry)


async def test_what_was_recorded_since_is_named_and_nothing_is_undone(registry: Registry) -> None:
    one, two = [await registry.register(household(persons=2)) for _ in range(2)]
    await act(registry, one, "merge", on=DAY, merged=[two["subject_id"]])
    operation = await last_operation(registry, one)
    await act(registry, one, "head", on="2020-07-01", head={"name": "蒙老二"})  # is no consequence of it
    await act(registry, one, "revise", on="2020-12-31", persons=5)
    path = f"/v1/subjects/{one['subject_id']}/undo"
    body = {"operation_id": operation["operation_id"], "reason": "误录"}
    refused = await registry.post(path, body)
    assert (refused.status_code, refused.json()["code"]) == (409, "depended_on")
    assert [row["operation"] for row in refused.json()["later"]] == ["revise"]
    revised = await last_operation(registry, one)
    no_split = await registry.post(path, {**body, "operation_id": revised["operation_id"]})
    assert (no_split.status_code, no_split.json()["code"]) == (422, "not_to_be_undone")
    other = await registry.post(path, {**body, "operation_id": "999999"})
    assert (other.status_code, other.json()["code"]) == (404, "unknown_operation")
    outside = await registry.post(path, body, regions=("520300000000",))
    assert outside.json()["code"] == "region_not_allowed"
