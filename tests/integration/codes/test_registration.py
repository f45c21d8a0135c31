"""Registering subjects."""

import asyncio
from typing import Any

from services.codes.code import Kind, draw_code, parse_code
from services.codes.schemas.subjects import SUBJECT_IN
from services.codes.service.registration import Registered, register_subjects
from services.kit import clock
from services.kit.auth import Caller
from tests.integration.codes.conftest import OTHER_VILLAGE, QIANNAN, VILLAGE, Registry, group, household

USCC = "93522701MADEM0013Y"


async def test_a_registered_household_has_a_code_in_force_and_stands_in_every_published_view(
    registry: Registry,
) -> None:
    answer = await registry.register(household(persons=4, status="registered"))
    code = parse_code(answer["code"])
    assert answer == {
        "subject_id": answer["subject_id"],
        "code": code,
        "kind": "household",
        "region": VILLAGE,
        "status": "registered",
        "already_registered": False,
    }
    subject_id = int(answer["subject_id"])
    (entry,) = await registry.rows("SELECT * FROM codes.directory WHERE code = :code", code=code)
    assert (entry.state, entry.subject_id, entry.kind, entry.region) == ("in_force", subject_id, "household", VILLAGE)
    assert entry.valid_from.isoformat() == "2018-12-30T16:00:00+00:00"  # midnight of the 31st in Shanghai
    assert entry.valid_to is None
    assert entry.superseded_in is None
    (version,) = await registry.rows("SELECT * FROM codes.households WHERE subject_id = :id", id=subject_id)
    assert (version.persons, version.status) == (4, "registered")
    (income,) = await registry.rows("SELECT * FROM codes.registered_incomes WHERE subject_id = :id", id=subject_id)
    assert (income.year, income.per_head_fen, income.persons) == (2018, 312000, 4)
    assert {entry.recorded_in} == {version.recorded_in} == {income.recorded_in}
    assert await registry.seal() == 2  # the divisions, and this registration
    (sealed,) = await registry.rows("SELECT * FROM codes.feed WHERE batch_id = :id", id=entry.recorded_in)
    assert sealed.position == 2


async def test_a_cooperative_publishes_the_part_that_goes_to_its_members(registry: Registry) -> None:
    answer = await registry.register(group(members_bp=8000, name="都匀毛尖合作社"))
    assert answer["code"].startswith("C")
    assert answer["status"] is None
    (terms,) = await registry.rows("SELECT * FROM codes.group_terms")
    assert (terms.subject_id, terms.members_bp) == (int(answer["subject_id"]), 8000)


async def test_a_thousand_are_registered_by_one_request_each_with_its_own_answer(registry: Registry) -> None:
    bodies = [household() for _ in range(996)]
    bodies += [
        group("enterprise"),
        household(id_card="52270119790101001X"),  # a wrong check character
        household(region="522701000000"),
        household(persons=0),
    ]
    response = await registry.post("/v1/subjects", {"subjects": bodies})
    assert response.status_code == 200
    answer = response.json()
    assert answer["counts"] == {"recorded": 997, "repeated": 0, "conflict": 0, "rejected": 3}
    assert [result["index"] for result in answer["results"]] == list(range(1000))
    problems = [result["problem"]["code"] for result in answer["results"][997:]]
    assert problems == ["invalid_input", "region_not_a_village", "invalid_input"]
    ((codes, batches),) = await registry.rows(
        "SELECT count(DISTINCT code), count(DISTINCT recorded_in) FROM codes.directory"
    )
    assert (codes, batches) == (997, 1)


async def test_more_than_a_thousand_at_once_are_refused(registry: Registry) -> None:
    response = await registry.post("/v1/subjects", {"subjects": [{}] * 1001})
    assert response.status_code == 413
    assert response.json()["code"] == "too_many"


async def test_the_same_registration_again_changes_nothing(registry: Registry) -> None:
    body = household(phone="13800000000", external_id="5227010001")
    first = await registry.register(body)
    before = await _whole_schema(registry)
    again = await registry.post("/v1/subjects", body)
    assert again.status_code == 200
    assert again.json() == first | {"already_registered": True}
    many = (await registry.post("/v1/subjects", {"subjects": [body, body]})).json()
    assert [result["status"] for result in many["results"]] == ["already_registered"] * 2
    assert await _whole_schema(registry) == before


async def test_a_repetition_within_one_request_is_one_subject(registry: Registry) -> None:
    body = household()
    answer = (await registry.post("/v1/subjects", {"subjects": [body, body, body | {"persons": 5}]})).json()
    assert [result["status"] for result in answer["results"]] == ["registered", "already_registered", "conflict"]
    assert answer["results"][0]["subject"]["code"] == answer["results"][1]["subject"]["code"]
    assert answer["results"][2]["problem"]["fields"] == ["persons"]


async def test_the_same_number_with_other_content_is_a_conflict_that_names_fields_and_no_values(
    registry: Registry,
) -> None:
    body = household(name="罗德明")
    await registry.register(body)
    before = await _whole_schema(registry)
    response = await registry.post("/v1/subjects", body | {"name": "罗德民", "persons": 5, "baseline_income": "1.00"})
    assert response.status_code == 409
    problem = response.json()
    assert problem["code"] == "registered_otherwise"
    assert problem["fields"] == ["name", "persons", "baseline_income"]
    assert "罗德" not in response.text
    assert body["id_card"] not in response.text
    assert await _whole_schema(registry) == before


async def test_without_id_card_an_external_id_finds_the_subject_again(registry: Registry) -> None:
    body = household(id_card=None, external_id="户-0001")
    first = await registry.register(body)
    again = await registry.post("/v1/subjects", body)
    assert (again.status_code, again.json()["code"]) == (200, first["code"])
    anonymous = household(id_card=None)
    assert (await registry.register(anonymous))["code"] != (await registry.register(anonymous))["code"]


async def test_two_numbers_of_two_subjects_do_not_make_a_third(registry: Registry) -> None:
    first, second = household(external_id="a"), household(external_id="b")
    await registry.register(first)
    await registry.register(second)
    response = await registry.post("/v1/subjects", first | {"external_id": "b"})
    assert response.status_code == 409
    assert response.json()["fields"] == ["external_id", "id_card"]


async def test_numbers_are_checked_and_compared_in_their_canonical_form(registry: Registry) -> None:
    body = household(id_card="360426199101010071")
    first = await registry.register(body)
    again = await registry.post("/v1/subjects", body | {"id_card": "360426 19910101 0071"})
    assert again.json()["code"] == first["code"]
    refused = await registry.post("/v1/subjects", household(id_card="360426199101010072"))
    assert refused.status_code == 422
    assert "360426199101010072" not in refused.text
    assert (await registry.post("/v1/subjects", group(uscc="91110000600037341L"))).status_code == 201
    assert (await registry.post("/v1/subjects", group(uscc="91110000600037341M"))).status_code == 422


async def test_two_requests_at_the_same_moment_register_one_subject_once(registry: Registry) -> None:
    bodies = [household() for _ in range(20)]
    answers = await asyncio.gather(
        registry.post("/v1/subjects", {"subjects": bodies}),
        registry.post("/v1/subjects", {"subjects": bodies[::-1]}),
        *(registry.post("/v1/subjects", body) for body in bodies[:4]),
    )
    assert {answer.status_code for answer in answers} <= {200, 201}
    ((subjects, codes),) = await registry.rows(
        "SELECT (SELECT count(*) FROM codes.subjects), (SELECT count(*) FROM codes.codes)"
    )
    assert (subjects, codes) == (20, 20)


async def test_a_code_that_is_taken_is_drawn_again(registry: Registry) -> None:
    taken = (await registry.register())["code"]
    free = draw_code(Kind.HOUSEHOLD)
    draws = iter([taken, free])
    (outcome,) = await register_subjects(
        registry.database,
        registry.app.state.person_keys,
        Caller("officer-1", frozenset(), ("520000000000",), None, None, "t"),
        [SUBJECT_IN.validate_python(household()).registration()],
        today=clock.business_day(clock.now()),
        draw=lambda _kind: next(draws),
    )
    assert isinstance(outcome, Registered)
    assert outcome.code == free


async def test_regions_of_the_token_limit_whom_an_officer_registers_and_sees(registry: Registry) -> None:
    there = await registry.register(household(region=OTHER_VILLAGE))
    here = await registry.register(household(region=VILLAGE))
    refused = await registry.post("/v1/subjects", household(region=OTHER_VILLAGE), regions=(QIANNAN,))
    assert (refused.status_code, refused.json()["code"]) == (403, "region_not_allowed")
    for regions in ((), ("520000000000",)):
        page = (await registry.get("/v1/subjects", regions=regions)).json()
        assert {subject["code"] for subject in page["subjects"]} == {there["code"], here["code"]}
    page = (await registry.get("/v1/subjects", regions=(QIANNAN,))).json()
    assert [subject["code"] for subject in page["subjects"]] == [here["code"]]
    asked = (await registry.get("/v1/subjects", regions=(QIANNAN,), region=OTHER_VILLAGE)).json()
    assert asked == {"subjects": [], "next": None}
    hidden = await registry.get(f"/v1/subjects/{there['subject_id']}", regions=(QIANNAN,))
    assert (hidden.status_code, hidden.json()["code"]) == (404, "unknown_subject")


async def test_every_route_of_the_registry_asks_for_its_scope(registry: Registry) -> None:
    assert (await registry.client.post("/v1/subjects", json=household())).status_code == 401
    assert (await registry.post("/v1/subjects", household(), scope="registry:read")).status_code == 403
    assert (await registry.get("/v1/subjects", scope="orders:write")).status_code == 403
    assert (await registry.post("/v1/links", {"links": []}, scope="registry:read")).status_code == 403
    assert (await registry.post("/v1/codes/HGP1XF3A71/suspend", {"reason": "x"}, scope="stats:read")).status_code == 403


async def test_pages_hold_every_subject_once_in_the_order_of_their_ids(registry: Registry) -> None:
    bodies = [household() for _ in range(7)] + [group()]
    await registry.post("/v1/subjects", {"subjects": bodies})
    seen: list[str] = []
    after: str | None = "0"
    while after is not None:
        page = (await registry.get("/v1/subjects", kind="household", limit=3, after=after)).json()
        seen += [subject["subject_id"] for subject in page["subjects"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) == 7
    assert seen == sorted(seen, key=int)


async def test_a_household_is_refused_without_what_it_must_have(registry: Registry) -> None:
    bad: list[dict[str, Any]] = [
        household(persons=None),
        household(baseline_year=None),
        household(baseline_income="-1.00"),
        household(baseline_income="1.234"),
        household(registered_on="2999-01-01"),
        household(surname="韦"),
        household() | {"kind": "person"},
        household(region="522701102999"),
    ]
    for body in bad:
        response = await registry.post("/v1/subjects", body)
        assert response.status_code == 422, response.text
        assert response.headers["content-type"] == "application/problem+json"


async def test_while_the_service_runs_a_registration_reaches_the_feed_by_itself(registry: Registry) -> None:
    async with registry.app.router.lifespan_context(registry.app):
        code = (await registry.register())["code"]
        async with asyncio.timeout(20):
            while not await registry.rows(
                "SELECT 1 FROM codes.feed JOIN codes.directory ON recorded_in = batch_id WHERE code = :code", code=code
            ):
                pass  # asking takes its time


async def _whole_schema(registry: Registry) -> dict[str, int]:
    """How many rows each table of the schema has."""
    tables = await registry.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'codes'")
    counts = {}
    for (table,) in tables:
        ((count,),) = await registry.rows(f"SELECT count(*) FROM codes.{table}")
        counts[table] = count
    return counts
