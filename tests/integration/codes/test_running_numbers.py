"""A county's own running number (户编号) finds its household, whichever way it was registered and is sent now."""

from datetime import date

from services.codes.code import Kind
from services.codes.service.registration import Registered, register_subjects
from services.codes.subject import Registration, Status
from services.kit import clock
from services.kit.auth import Caller
from tests.integration.codes.conftest import OTHER_VILLAGE, PROVINCE, VILLAGE, Registry, household
from tests.integration.codes.roster_office import Office, row


async def registered_as_once(registry: Registry, number: str) -> int:
    """Registers a household under a number as it comes, as requests were registered before they knew of counties."""
    said = Registration(
        kind=Kind.HOUSEHOLD,
        region=VILLAGE,
        registered_on=date(2018, 12, 31),
        name="蒙老大",
        numbers={"external_id": number},
        persons=4,
        status=Status.REGISTERED,
    )
    caller = Caller("officer-1", frozenset({"registry:write"}), (PROVINCE,), None, None, "t")
    keys, today = registry.app.state.person_keys, clock.business_day(clock.now())
    (outcome,) = await register_subjects(registry.database, keys, caller, [said], today=today)
    assert isinstance(outcome, Registered)
    return outcome.subject_id


async def test_a_roster_finds_whom_a_request_registered_and_the_other_way_round(registry: Registry) -> None:
    office = Office(registry)
    sent = household(external_id="0012")
    one = await registry.register(sent)
    listed = row(sent["id_card"]) | {"户编号": "0012", "户主姓名": sent["name"], "联系电话": "", "家庭人口": "5"}
    state = await office.preview([listed])
    assert state["counts"]["changed"] == 1
    (shown,) = await office.rows(state["roster_id"])
    assert (shown["subject_id"], shown["changed"]) == (one["subject_id"], ["persons"])
    await office.take_in([row(household()["id_card"]) | {"户编号": "0013"}])
    again = await registry.post("/v1/subjects", household(external_id="0013"))
    assert (again.status_code, "external_id" in again.json()["fields"]) == (409, False)
    # The same number is another household's in another county, and needs no row of its own to say where it is.
    elsewhere = await registry.register(household(external_id="0012", region=OTHER_VILLAGE))
    assert elsewhere["subject_id"] != one["subject_id"]
    without_place = {title: cell for title, cell in listed.items() if title != "行政区划代码"} | {"家庭人口": "6"}
    (shown,) = await office.rows((await office.preview([without_place]))["roster_id"])
    assert (shown["status"], shown["subject_id"]) == ("changed", one["subject_id"])


async def test_a_number_that_was_registered_as_it_came_still_finds_its_household_in_its_county(
    registry: Registry,
) -> None:
    office = Office(registry)
    once = await registered_as_once(registry, "77")
    listed = row(household()["id_card"]) | {"户编号": "77", "家庭人口": "4"}
    (shown,) = await office.rows((await office.preview([listed]))["roster_id"])
    assert shown["subject_id"] == str(once)
    assert "external_id" not in shown["changed"]
    elsewhere = row(household()["id_card"]) | {"户编号": "77", "行政区划代码": OTHER_VILLAGE}
    state = await office.preview([elsewhere], region="520111000000")
    assert state["counts"]["new"] == 1, "another county's 77 is another household"
    found = await registry.post("/v1/subjects/search", {"external_id": "77", "region": VILLAGE})
    assert [one["subject_id"] for one in found.json()["subjects"]] == [str(once)]
    parts = [{"keeps_code": True, "persons": 3}, {"persons": 1, "head": {"name": "蒙小二"}, "external_id": "77"}]
    split = await registry.post(f"/v1/subjects/{once}/split", {"on": "2019-06-01", "reason": "分户", "parts": parts})
    (new,) = split.json()["successors"]
    (shown,) = await office.rows((await office.preview([listed | {"联系电话": ""}]))["roster_id"])
    assert shown["subject_id"] == new["subject_id"], "the number went along"
