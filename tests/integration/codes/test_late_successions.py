"""Merges and splits that are recorded late, when counts of later days are known: on both clocks."""

from typing import Any

from services.codes.verify import checks
from tests.integration.codes.conftest import Registry, household

DAY, LATER = "2020-03-01", "2020-12-31"
_COUNTS = """
    SELECT v.valid_from::text, v.persons FROM codes.households v JOIN codes.sealed r ON r.batch_id = v.recorded_in
    LEFT JOIN codes.sealed s ON s.batch_id = v.superseded_in
    WHERE v.subject_id = :one AND r.position <= :position AND (s.position IS NULL OR s.position > :position)
    ORDER BY v.valid_from
    """


async def counts(registry: Registry, subject: dict[str, Any], position: int) -> list[tuple[str, int]]:
    """A household's persons from day to day, as they were known at a position."""
    return [tuple(row) for row in await registry.rows(_COUNTS, one=int(subject["subject_id"]), position=position)]


async def position(registry: Registry) -> int:
    """Seal everything; answers the last position."""
    await registry.seal()
    (row,) = await registry.rows("SELECT max(position) AS last FROM codes.sealed")
    return int(row.last)


async def act(registry: Registry, subject: dict[str, Any], what: str, **body: Any) -> dict[str, Any]:
    response = await registry.post(f"/v1/subjects/{subject['subject_id']}/{what}", {"reason": "年报", **body})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def consistent(registry: Registry) -> bool:
    async with registry.database.snapshot() as connection:
        return [one for one in await checks(connection) if one.differences] == []


async def test_nobody_is_lost_when_a_merge_is_recorded_after_a_later_count(registry: Registry) -> None:
    one, two = await registry.register(household(persons=4)), await registry.register(household(persons=2))
    await act(registry, one, "revise", on=LATER, persons=5)
    await act(registry, two, "revise", on="2020-09-01", persons=3)
    before = await position(registry)
    merged = await act(registry, one, "merge", on=DAY, merged=[two["subject_id"]])
    assert merged["persons"] == 6
    assert merged["counts"] == [
        {"since": DAY, "persons": 6},
        {"since": "2020-09-01", "persons": 7},
        {"since": LATER, "persons": 8},
    ]
    now = await position(registry)
    assert await counts(registry, one, now) == [("2018-12-31", 4), (DAY, 6), ("2020-09-01", 7), (LATER, 8)]
    assert await counts(registry, two, now) == [("2018-12-31", 2)]
    assert await counts(registry, one, before) == [("2018-12-31", 4), (LATER, 5)]
    # From now on whoever counts knows of the merge.
    assert (await act(registry, one, "revise", on="2021-06-01", persons=7))["joined_later"] == []
    assert (await act(registry, one, "revise", on="2019-06-01", persons=3))["joined_later"] == [two["subject_id"]]
    assert await counts(registry, one, await position(registry)) == [
        ("2018-12-31", 4), ("2019-06-01", 3), (DAY, 6), ("2020-09-01", 7), (LATER, 8), ("2021-06-01", 7),
    ]  # fmt: skip
    assert await consistent(registry)


async def test_an_office_that_counted_heads_says_so(registry: Registry) -> None:
    one, two = await registry.register(household(persons=4)), await registry.register(household(persons=2))
    await act(registry, one, "revise", on=LATER, persons=7)
    body = {"on": DAY, "merged": [two["subject_id"]], "later_counts": "as_lived"}
    merged = await act(registry, one, "merge", **body)
    assert merged["counts"] == [{"since": DAY, "persons": 6}, {"since": LATER, "persons": 7}]
    assert (await act(registry, one, "merge", **body))["already_recorded"] is True
    assert await consistent(registry)


async def test_who_left_is_not_counted_twice_when_a_split_is_recorded_after_a_later_count(registry: Registry) -> None:
    old = await registry.register(household(persons=5))
    parts = [{"keeps_code": True, "persons": 3}, {"persons": 2, "head": {"name": "蒙小二"}}]
    await act(registry, old, "revise", on="2020-06-01", persons=2)
    await act(registry, old, "revise", on=LATER, persons=6)
    path, body = f"/v1/subjects/{old['subject_id']}/split", {"on": DAY, "reason": "分户", "parts": parts}
    refused = await registry.post(path, body)
    assert (refused.status_code, refused.json()["code"]) == (409, "later_count_too_small")
    assert (refused.json()["on"], refused.json()["persons"]) == ("2020-06-01", 2)
    correction = {"on": "2020-06-01", "kind": "correction", "reason": "误报", "persons": 5}
    assert (await registry.post(f"/v1/subjects/{old['subject_id']}/revise", correction)).status_code == 200
    divided = await act(registry, old, "split", on=DAY, parts=parts)
    assert divided["counts"] == [{"since": DAY, "persons": 3}, {"since": LATER, "persons": 4}]
    assert await counts(registry, divided["successors"][0], await position(registry)) == [(DAY, 2)]
    assert await consistent(registry)
