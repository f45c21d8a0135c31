"""Suspected duplicates: held for a person to decide, and nobody loses a right meanwhile."""

import pytest

from services.demo.identities import IdCards
from tests.integration.codes.conftest import Registry
from tests.integration.codes.roster_office import Office, codes_of, counted, row
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


async def test_numbers_of_two_registered_households_are_held_and_decided_by_nobody(office: Office) -> None:
    first, second = row(id_card()), row(id_card())
    await office.take_in([first, second])
    mixed = first | {"证件号码": second["证件号码"]}
    state = await office.take_in([mixed])
    (one,) = await office.rows(state["roster_id"])
    assert (one["status"], codes_of(one)) == ("held", ["numbers_of_two"])
    assert (await office.decide(state["roster_id"], 2, decision="same"))[0] == 409


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
