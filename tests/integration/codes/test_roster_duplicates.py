"""Suspected duplicates: held for a person to decide, and nobody loses a right meanwhile."""

from datetime import timedelta

import pytest

from services.codes.service.rosters import forget_old_rosters
from services.demo.identities import IdCards
from services.kit import clock
from tests.integration.codes.conftest import VILLAGE, Registry
from tests.integration.codes.roster_office import Office, codes_of, counted, csv_file, row
from tests.integration.codes.test_rosters import everything

_id_cards = IdCards()


def id_card() -> str:
    return _id_cards.issue("522600000000")  # another prefecture than the other tests draw from


@pytest.fixture
def office(registry: Registry) -> Office:
    return Office(registry)


async def test_a_number_that_repeats_an_earlier_row_is_named_with_that_row(office: Office) -> None:
    first, second = row(id_card()), row(id_card())
    same_id = first | {"户编号": "5227010000000001"}
    same_number = row(id_card()) | {"户编号": second["户编号"]}
    state = await office.take_in([first, second, same_id, same_number, first])
    assert (counted(state), state["committed"]) == ({"new": 2, "duplicate_in_file": 3}, 2)
    rows = await office.rows(state["roster_id"], status="duplicate_in_file")
    assert [(codes_of(one), one["reasons"][0]["row"]) for one in rows] == [
        (["repeats_id_card"], 2),
        (["repeats_external_id"], 3),
        (["repeats_external_id"], 2),
    ]
    status, refused = await office.decide(state["roster_id"], 5, decision="different")
    assert (status, refused["code"]) == (409, "nothing_to_decide")  # one 户编号 cannot be two households


async def test_the_same_id_card_under_another_household_number_waits_for_a_decision(office: Office) -> None:
    known = row(id_card())
    await office.take_in([known])
    before = await everything(office.registry)
    doubtful = known | {"户编号": "5227010000000002", "家庭人口": "7"}
    state = await office.take_in([doubtful])
    assert (counted(state), state["committed"]) == ({"duplicate_of_registered": 1}, 0)
    (one,) = await office.rows(state["roster_id"])
    assert codes_of(one) == ["id_card_registered"]
    assert one["subject_id"] == one["reasons"][0]["subject_id"]
    assert await everything(office.registry) == before


async def test_decided_to_be_the_same_its_changes_are_committed_and_the_number_leads_there(office: Office) -> None:
    known = row(id_card())
    first = await office.take_in([known])
    code = (await office.rows(first["roster_id"]))[0]["code"]
    doubtful = known | {"户编号": "5227010000000003", "家庭人口": "7"}
    state = await office.take_in([doubtful])
    assert await office.decide(state["roster_id"], 2, decision="same") == (200, {"row": 2, "status": "changed"})
    committed = await office.commit(state["roster_id"])
    assert committed["committed"] == 1
    (one,) = await office.rows(state["roster_id"])
    assert (one["decision"], one["code"], one["changed"]) == ("same", code, ["persons", "external_id"])
    assert counted(await office.take_in([doubtful])) == {"unchanged": 1}
    assert counted(await office.take_in([{"户编号": "5227010000000003", "家庭人口": "7"}])) == {"unchanged": 1}


async def test_decided_to_be_different_it_is_registered_and_stays_so_at_the_next_import(office: Office) -> None:
    known = row(id_card())
    await office.take_in([known])
    doubtful = known | {"户编号": "5227010000000004", "户主姓名": "罗光荣（演示）"}
    state = await office.take_in([doubtful])
    assert await office.decide(state["roster_id"], 2, decision="different") == (200, {"row": 2, "status": "new"})
    committed = await office.commit(state["roster_id"])
    assert committed["committed"] == 1
    assert len(await office.registry.rows("SELECT subject_id FROM codes.subjects")) == 2
    before = await everything(office.registry)
    assert counted(await office.take_in([known, doubtful], mode="full")) == {"unchanged": 1, "duplicate_in_file": 1}
    assert counted(await office.take_in([doubtful])) == {"unchanged": 1}
    assert await everything(office.registry) == before


async def test_same_name_village_and_phone_is_a_question_and_another_phone_is_none(office: Office) -> None:
    known = row(id_card())
    await office.take_in([known])
    alike = row(id_card()) | {"联系电话": known["联系电话"][:3] + "-" + known["联系电话"][3:]}
    state = await office.take_in([alike, row(id_card())])
    assert counted(state) == {"duplicate_of_registered": 1, "new": 1}
    (one,) = await office.rows(state["roster_id"], status="duplicate_of_registered")
    assert codes_of(one) == ["resembles_registered"]
    assert await office.decide(state["roster_id"], 2, decision="different") == (200, {"row": 2, "status": "new"})
    await office.commit(state["roster_id"])
    assert len(await office.registry.rows("SELECT subject_id FROM codes.subjects")) == 3


async def test_rows_of_one_file_that_are_alike_are_a_question_too(office: Office) -> None:
    first = row(id_card())
    alike = row(id_card()) | {"联系电话": first["联系电话"]}
    state = await office.take_in([first, alike, alike | row(id_card()) | {"联系电话": first["联系电话"]}])
    assert (counted(state), state["committed"]) == ({"new": 1, "duplicate_in_file": 2}, 1)
    assert (await office.decide(state["roster_id"], 3, decision="different"))[1]["status"] == "new"
    assert (await office.decide(state["roster_id"], 4, decision="same"))[1]["status"] == "duplicate_in_file"
    committed = await office.commit(state["roster_id"])
    assert committed["committed"] == 2
    (kept,) = await office.rows(state["roster_id"], status="duplicate_in_file")
    assert codes_of(kept) == ["resembles_row", "decided_same"]


@pytest.mark.parametrize(("decision", "whose"), [("by_external_id", 0), ("by_id_card", 1)])
async def test_numbers_of_two_registered_households_are_held_until_somebody_says_which(
    office: Office, decision: str, whose: int
) -> None:
    """Both numbers go on leading where they led; the row is about the one that was chosen, at the next import too."""
    first, second = row(id_card()), row(id_card())
    taken = await office.take_in([first, second])
    codes = [one["code"] for one in await office.rows(taken["roster_id"])]
    mixed = first | {"证件号码": second["证件号码"], "家庭人口": "6"}
    state = await office.take_in([mixed])
    (one,) = await office.rows(state["roster_id"])
    assert (one["status"], codes_of(one)) == ("held", ["numbers_of_two"])
    assert (await office.decide(state["roster_id"], 2, decision="same"))[0] == 409
    decided = await office.decide(state["roster_id"], 2, decision=decision)
    assert decided == (200, {"row": 2, "status": "changed"})
    assert (await office.commit(state["roster_id"]))["committed"] == 1
    (one,) = await office.rows(state["roster_id"])
    assert one["code"] == codes[whose]
    for number, code in zip(("户编号", "证件号码"), codes, strict=True):
        asked = {number: (first if number == "户编号" else second)[number], "家庭人口": "2"}
        shown = await office.rows((await office.preview([asked]))["roster_id"])
        assert shown[0]["code"] == code


async def test_a_household_of_another_county_is_decided_by_who_sees_both_or_is_another(office: Office) -> None:
    far = "520111012201"
    known = row(id_card(), 行政区划代码=far)
    province, county = "520000000000", "522701000000"
    taken = await office.take_in([known], region=province)
    (there,) = await office.rows(taken["roster_id"])
    here = known | {"行政区划代码": VILLAGE, "户编号": "5227010000000077"}
    status, sent = await office.send(csv_file([here]), regions=(county,))
    assert status == 202
    await office.work()
    path = f"/v1/rosters/{sent['roster_id']}/rows/2"
    shown = (await office.registry.get(path.rsplit("/", 1)[0], regions=(county,))).json()["rows"][0]
    assert (shown["status"], codes_of(shown)) == ("held", ["registered_elsewhere"])
    refused = await office.registry.post(path, {"decision": "same"}, regions=(county,))
    assert (refused.status_code, refused.json()["code"]) == (403, "seen_by_another")
    as_another = await office.registry.post(path, {"decision": "different"}, regions=(county,))
    assert as_another.json() == {"row": 2, "status": "new"}
    # Who sees both counties says that it is the same: it moved here. The county office may commit that.
    again, second = await office.send(csv_file([here | {"家庭人口": "3"}]), regions=(county,))
    assert again == 202
    await office.work()
    path = f"/v1/rosters/{second['roster_id']}/rows/2"
    assert (await office.registry.post(path, {"decision": "same"})).json()["status"] == "changed"
    commit = f"/v1/rosters/{second['roster_id']}/commit"
    assert (await office.registry.post(commit, {}, regions=(county,))).status_code == 202
    await office.work()
    rows = await office.registry.rows(
        "SELECT region FROM codes.directory WHERE code = :code AND superseded_in IS NULL AND valid_to IS NULL",
        code=there["code"],
    )
    assert [one.region for one in rows] == [VILLAGE]


async def test_what_is_discarded_is_deleted_and_how_it_was_judged_stays(office: Office) -> None:
    known = row(id_card())
    state = await office.preview([known, known | {"户编号": "5227010000000055"}])
    path = f"/v1/rosters/{state['roster_id']}"
    discarded = (await office.registry.post(f"{path}/discard", {})).json()
    assert (discarded["stage"], counted(discarded)) == ("discarded", {"new": 1, "duplicate_in_file": 1})
    assert await office.registry.rows("SELECT * FROM codes.roster_parts") == []
    assert [one["name"] for one in await office.rows(state["roster_id"])] == [None, None]
    assert (await office.registry.post(f"{path}/commit", {})).json()["code"] == "roster_not_ready"
    assert (await office.decide(state["roster_id"], 3, decision="different"))[0] == 409
    assert (await office.preview([known, known | {"户编号": "5227010000000055"}]))["stage"] == "previewed"


async def test_what_nobody_committed_is_forgotten_after_some_months(office: Office) -> None:
    state = await office.preview([row(id_card())])
    database = office.registry.database
    assert await forget_old_rosters(database, before=clock.now() - timedelta(days=1)) == 0
    assert await forget_old_rosters(database, before=clock.now() + timedelta(days=1)) == 1
    assert (await office.state(state["roster_id"]))["stage"] == "discarded"
    assert await office.registry.rows("SELECT * FROM codes.roster_parts") == []


async def test_a_new_head_is_a_change_of_the_household_with_its_number(office: Office) -> None:
    known = row(id_card())
    first = await office.take_in([known])
    code = (await office.rows(first["roster_id"]))[0]["code"]
    successor = id_card()
    state = await office.take_in([known | {"户主姓名": "杨秀英（演示）", "证件号码": successor}])
    (one,) = await office.rows(state["roster_id"])
    assert (one["status"], one["changed"], one["code"]) == ("changed", ["name", "id_card"], code)
    by_card = {"证件号码": successor, "家庭人口": "3"}
    assert (await office.rows((await office.take_in([by_card]))["roster_id"]))[0]["code"] == code


async def test_what_was_registered_between_preview_and_commit_is_not_registered_twice(office: Office) -> None:
    known = row(id_card())
    state = await office.preview([known, row(id_card())])
    await office.take_in([known | {"家庭人口": "9"}], mode="full")
    committed = await office.commit(state["roster_id"])
    assert (counted(committed), committed["committed"]) == ({"changed": 1, "new": 1}, 1)
    (one,) = await office.rows(state["roster_id"], status="changed")
    assert (codes_of(one), one["committed"]) == (["registry_changed"], False)
    assert len(await office.registry.rows("SELECT subject_id FROM codes.subjects")) == 2
    again = await office.commit(state["roster_id"])  # looked at again, and wanted
    assert again["committed"] == 2
