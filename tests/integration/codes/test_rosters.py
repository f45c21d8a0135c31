"""Rosters over HTTP: from a county's file to codes in force."""

from datetime import date
from typing import Any

import pytest

from services.codes.roster.workbook import write_workbook
from services.demo.identities import IdCards
from tests.integration.codes.conftest import OTHER_VILLAGE, VILLAGE, Registry, household
from tests.integration.codes.roster_office import COUNTY, TITLES, Office, codes_of, counted, csv_file, row

_id_cards = IdCards()
USCC = "93522701DEM000014J"


def id_card() -> str:
    return _id_cards.issue("522300000000")  # another prefecture than the other tests draw from


@pytest.fixture
def office(registry: Registry) -> Office:
    return Office(registry)


async def registered(registry: Registry, code: str) -> dict[str, Any]:
    """A subject as who may see persons sees it."""
    ((subject_id,),) = await registry.rows("SELECT subject_id FROM codes.codes WHERE code = :code", code=code)
    answer: dict[str, Any] = (
        await registry.get(f"/v1/subjects/{subject_id}", scope="registry:read codes:person")
    ).json()
    return answer


async def test_a_roster_goes_from_file_to_codes_in_force(office: Office) -> None:
    number = id_card()
    status, answer = await office.send(csv_file([row(number)]))
    assert status == 202
    assert (answer["stage"], answer["rows"], answer["committed"]) == ("validating", 1, 0)
    await office.work()
    previewed = await office.state(answer["roster_id"])
    assert (previewed["stage"], counted(previewed), previewed["waiting"]) == ("previewed", {"new": 1}, 1)
    assert await office.registry.rows("SELECT subject_id FROM codes.subjects") == []
    committed = await office.commit(answer["roster_id"])
    assert (committed["stage"], committed["committed"], committed["waiting"]) == ("committed", 1, 0)
    (one,) = await office.rows(answer["roster_id"])
    assert (one["row"], one["status"], one["committed"]) == (2, "new", True)
    subject = await registered(office.registry, one["code"])
    assert subject["name"] == "蒙正华（演示）"
    assert subject["id_card"] == number
    assert (subject["persons"], subject["status"], subject["region"]) == (4, "registered", VILLAGE)
    assert (subject["baseline_income"], subject["baseline_year"]) == ("3120.00", 2018)
    assert subject["registered_on"] == "2019-12-31"
    (entry,) = await office.registry.rows("SELECT * FROM codes.directory WHERE code = :code", code=one["code"])
    assert (entry.state, entry.region) == ("in_force", VILLAGE)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_the_same_file_again_changes_nothing(office: Office, encoding: str) -> None:
    content = csv_file([row(id_card()), row(id_card())], encoding=encoding)
    await office.take_in(content)
    before = await everything(office.registry)
    again = await office.take_in(content)
    assert counted(again) == {"unchanged": 2}
    assert again["committed"] == 0
    assert await everything(office.registry) == before


async def everything(registry: Registry) -> list[Any]:
    """All that is registered."""
    tables = ("batches", "subjects", "identities", "persons", "subject_versions", "income_records", "codes",
              "code_states", "directory_entries")  # fmt: skip
    return [sorted(map(str, await registry.rows(f"SELECT * FROM codes.{table}"))) for table in tables]


async def test_a_repeated_upload_that_is_not_committed_is_the_same_roster(office: Office) -> None:
    content = csv_file([row(id_card())])
    _, first = await office.send(content)
    status, second = await office.send(content)
    assert (status, second["roster_id"], second["already_uploaded"]) == (200, first["roster_id"], True)
    _, other_terms = await office.send(content, mode="full")
    assert other_terms["roster_id"] != first["roster_id"]


async def test_a_workbook_as_text_is_read_and_one_with_numbers_loses_its_id_cards_by_that_name(office: Office) -> None:
    good, ruined = row(id_card()), row(id_card())
    cells = [list(TITLES), [good[title] for title in TITLES], [ruined[title] for title in TITLES]]
    number = float(ruined["证件号码"].replace("X", "0"))
    rows: list[list[str | int | float]] = [list(line) for line in cells]
    rows[2][2] = number
    rows[1][4], rows[2][4] = 3, 5.0
    state = await office.take_in(write_workbook([["花名册（演示）"], *rows], columns=len(TITLES)))
    assert counted(state) == {"new": 1, "invalid": 1}
    first, second = await office.rows(state["roster_id"])
    assert (first["row"], first["committed"]) == (3, True)
    assert (await registered(office.registry, first["code"]))["persons"] == 3
    assert codes_of(second) == ["id_ruined_by_excel"]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"证件号码": "5.22701E+17"}, "id_ruined_by_excel"),
        ({"证件号码": "522701197901010000"}, "id_ruined_by_excel"),
        ({"证件号码": "52270119790101001X"}, "id_check"),
        ({"证件号码": "522701790101001"}, "id_of_15_digits"),
        ({"证件号码": ""}, "no_id_without_reason"),
        ({"家庭人口": "0"}, "persons_invalid"),
        ({"家庭人口": ""}, "persons_missing"),
        ({"人均纯收入（元）": "-1"}, "amount_negative"),
        ({"人均纯收入（元）": "很多"}, "amount_invalid"),
        ({"核算年度": ""}, "income_without_year"),
        ({"户属性": "外星人"}, "status_unknown"),
        ({"户主姓名": ""}, "name_missing"),
        ({"行政区划代码": OTHER_VILLAGE}, "place_outside"),
        ({"行政区划代码": COUNTY}, "not_a_village"),
        ({"行政区划代码": ""}, "place_missing"),
    ],
)
async def test_a_row_that_is_not_good_is_kept_with_its_reason_and_stops_no_other(
    office: Office, cells: dict[str, str], reason: str
) -> None:
    state = await office.take_in([row(id_card(), **cells), row(id_card())])
    assert (counted(state), state["committed"]) == ({"invalid": 1, "new": 1}, 1)
    (bad,) = await office.rows(state["roster_id"], status="invalid")
    assert codes_of(bad) == [reason]
    assert (bad["row"], bad["committed"]) == (2, False)


async def test_people_without_id_card_or_with_a_disability_certificate_are_accepted_with_a_reason(
    office: Office,
) -> None:
    number = id_card()
    without = row(id_card()) | {"证件号码": "", "无证原因": "尚未办理"}
    certificate = row(number) | {"证件号码": f"{number}43B1", "无证原因": ""}
    state = await office.take_in([without, certificate])
    assert (counted(state), state["committed"]) == ({"new": 2}, 2)
    first, second = await office.rows(state["roster_id"])
    assert (codes_of(first), codes_of(second)) == (["without_id"], ["disability_certificate"])
    assert (await registered(office.registry, second["code"]))["id_card"] == number
    again = await office.take_in([without, certificate | {"证件号码": number}])
    assert counted(again) == {"unchanged": 2}  # the card's number and the certificate's are one person


async def test_a_change_is_an_event_of_the_rosters_day_unless_the_upload_calls_it_a_correction(office: Office) -> None:
    number = id_card()
    first = await office.take_in([row(number)], as_of="2018-12-31")
    (one,) = await office.rows(first["roster_id"])
    later = row(number) | {"家庭人口": "5", "户属性": "已脱贫", "人均纯收入（元）": "4200.5", "核算年度": "2019"}
    preview = await office.preview([later], corrections=["persons"])
    (shown,) = await office.rows(preview["roster_id"], status="changed")
    assert shown["changed"] == ["persons", "status", "income"]
    assert shown["changes"]["persons"] == {"registered": "4", "said": "5"}
    assert shown["changes"]["income"] == {"registered": None, "said": "4200.50"}
    await office.commit(preview["roster_id"])
    versions = await office.registry.rows(
        "SELECT valid_from, valid_to, persons, status FROM codes.subject_versions WHERE superseded_in IS NULL "
        "ORDER BY valid_from"
    )
    assert [tuple(version) for version in versions] == [
        (date(2018, 12, 31), date(2019, 12, 31), 5, "registered"),
        (date(2019, 12, 31), None, 5, "out_of_poverty"),
    ]
    incomes = await office.registry.rows("SELECT year, per_head_fen, persons FROM codes.income_records ORDER BY year")
    assert [tuple(income) for income in incomes] == [(2018, 312000, 4), (2019, 420050, 5)]
    known_before = await office.registry.rows(
        "SELECT persons FROM codes.subject_versions WHERE superseded_in IS NOT NULL"
    )
    assert [version.persons for version in known_before] == [4]
    assert (await office.rows(preview["roster_id"]))[0]["code"] == one["code"]


async def test_a_household_that_moved_keeps_its_code_and_the_directory_follows(office: Office) -> None:
    number = id_card()
    await office.take_in([row(number)], as_of="2018-12-31")
    moved = await office.take_in([row(number, 行政区划代码="522701005001")])
    (one,) = await office.rows(moved["roster_id"])
    entries = await office.registry.rows(
        "SELECT region, valid_to IS NULL AS open FROM codes.directory WHERE code = :code AND superseded_in IS NULL "
        "ORDER BY valid_from",
        code=one["code"],
    )
    assert [tuple(entry) for entry in entries] == [(VILLAGE, False), ("522701005001", True)]


async def test_empty_cells_and_missing_columns_say_nothing(office: Office) -> None:
    number = id_card()
    await office.take_in([row(number)])
    short = {"证件号码": number, "家庭人口": "6"}
    state = await office.take_in([short | {"联系电话": ""}])
    (one,) = await office.rows(state["roster_id"])
    assert (one["status"], one["changed"]) == ("changed", ["persons"])
    subject = await registered(office.registry, one["code"])
    assert (subject["persons"], subject["name"]) == (6, "蒙正华（演示）")


async def test_one_row_per_person_makes_one_household_of_its_rows(office: Office) -> None:
    head, wife, child = id_card(), id_card(), id_card()
    titles = ("户编号", "人编号", "姓名", "证件号码", "与户主关系", "户属性", "行政区划代码", "人均纯收入", "核算年度")
    people = [
        ("H1234567890", "2", "杨桂花（演示）", wife, "配偶", "", "", "", ""),
        ("H1234567890", "1", "杨德明（演示）", head, "户主", "脱贫户", VILLAGE, "3500", "2018"),
        ("H1234567890", "3", "杨小凤（演示）", child, "之女", "", "", "", ""),
        ("H9999999999", "1", "罗光荣（演示）", id_card(), "之子", "脱贫户", VILLAGE, "", ""),
    ]
    content = csv_file([dict(zip(titles, person, strict=True)) for person in people])
    state = await office.take_in(content)
    assert state["layout"] == "person"
    assert counted(state) == {"new": 1, "invalid": 1}
    first, second = await office.rows(state["roster_id"])
    assert (first["row"], codes_of(second)) == (3, ["head_missing"])
    subject = await registered(office.registry, first["code"])
    assert (subject["name"], subject["persons"], subject["status"]) == ("杨德明（演示）", 3, "out_of_poverty")
    assert subject["id_card"] == head


async def test_places_are_found_by_name_and_an_ambiguous_one_is_a_decision(office: Office) -> None:
    (name,) = await office.registry.rows("SELECT name FROM codes.regions WHERE code = :code", code=VILLAGE)
    by_name = row(id_card(), 行政区划代码="") | {"县（市、区）": "都匀", "乡镇": "", "村": name.name}
    doubled = await office.registry.rows(
        "SELECT name, array_agg(code ORDER BY code) AS codes FROM codes.regions "
        "WHERE level = 'village' AND code LIKE '5227%' GROUP BY name HAVING count(*) > 1 ORDER BY name LIMIT 1"
    )
    ambiguous = by_name | row(id_card(), 行政区划代码="") | {"县（市、区）": "", "村": doubled[0].name}
    state = await office.preview([by_name, ambiguous], region="522700000000")
    assert counted(state) == {"new": 1, "held": 1}
    (held,) = await office.rows(state["roster_id"], status="held")
    assert codes_of(held) == ["place_ambiguous"]
    candidates = held["reasons"][0]["regions"]
    assert candidates == doubled[0].codes
    status, refused = await office.decide(state["roster_id"], 3, region=VILLAGE)
    assert (status, refused["code"]) == (422, "not_a_candidate")
    status, decided = await office.decide(state["roster_id"], 3, region=candidates[1])
    assert (status, decided) == (200, {"row": 3, "status": "new"})
    committed = await office.commit(state["roster_id"])
    assert committed["committed"] == 2
    (entry,) = await office.registry.rows("SELECT region, subject_id FROM codes.subject_versions WHERE region = :code",
                                          code=candidates[1])  # fmt: skip
    assert entry.region == candidates[1]
    # A year later the same name is no question: the household lives in one of the villages that have it.
    state = await office.preview([by_name, ambiguous], region="522700000000")
    assert counted(state) == {"unchanged": 2}
    # Until it moves elsewhere, even between preview and commit.
    later = {"region": "522700000000", "as_of": "2020-12-31"}
    state = await office.preview([by_name, ambiguous | {"家庭人口": "7"}], **later)
    assert counted(state) == {"unchanged": 1, "changed": 1}
    moved = {"on": "2020-07-01", "reason": "搬迁", "region": VILLAGE}
    assert (await office.registry.post(f"/v1/subjects/{entry.subject_id}/move", moved)).status_code == 200
    await office.commit(state["roster_id"])
    (held,) = await office.rows(state["roster_id"], status="held")
    assert codes_of(held) == ["place_ambiguous", "registry_changed"]
    assert held["reasons"][0]["regions"] == candidates


async def test_cooperatives_are_known_by_their_credit_code(office: Office) -> None:
    titles = ("合作社名称", "统一社会信用代码", "区划代码", "成员分配比例")
    good = dict(zip(titles, ("都匀毛尖合作社（演示）", USCC, VILLAGE, "80%"), strict=True))
    bad = good | {"统一社会信用代码": "93522701DEM0000140"}
    state = await office.take_in([good, bad, good], kind="cooperative")
    assert counted(state) == {"new": 1, "invalid": 1, "duplicate_in_file": 1}
    rows = await office.rows(state["roster_id"])
    assert [codes_of(one) for one in rows] == [[], ["uscc_invalid"], ["repeats_uscc"]]
    assert rows[0]["code"].startswith("C")
    renamed = await office.take_in([good | {"合作社名称": "都匀毛尖茶叶合作社（演示）"}], kind="cooperative")
    (changed,) = await office.rows(renamed["roster_id"])
    assert (changed["status"], changed["changed"], changed["code"]) == ("changed", ["name"], rows[0]["code"])
    (terms,) = await office.registry.rows("SELECT members_bp FROM codes.group_terms")
    assert terms.members_bp == 8000


async def test_who_is_missing_from_a_full_roster_is_listed_and_nothing_happens_to_them(office: Office) -> None:
    kept, gone = id_card(), id_card()
    first = await office.take_in([row(kept), row(gone)], as_of="2018-12-31")
    absent = (await office.rows(first["roster_id"]))[1]
    before = await everything(office.registry)
    delta = await office.take_in([row(kept)])
    path = f"/v1/rosters/{delta['roster_id']}/missing"
    assert (await office.registry.get(path)).json()["missing"] == []
    full = await office.take_in([row(kept)], mode="full")
    answer = (await office.registry.get(f"/v1/rosters/{full['roster_id']}/missing")).json()
    assert answer["missing"] == [{"subject_id": absent["subject_id"], "code": absent["code"], "region": VILLAGE}]
    assert await everything(office.registry) == before


async def test_an_officer_of_another_county_can_neither_send_nor_see_the_roster(office: Office) -> None:
    status, refused = await office.send(csv_file([row(id_card())]), regions=("522702000000",))
    assert (status, refused["code"]) == (403, "region_not_allowed")
    state = await office.preview([row(id_card())])
    path = f"/v1/rosters/{state['roster_id']}"
    for suffix in ("", "/rows", "/missing"):
        response = await office.registry.get(path + suffix, regions=("522702000000",))
        assert (response.status_code, response.json()["code"]) == (404, "unknown_roster")


async def test_a_household_registered_in_another_county_is_held_and_not_touched(office: Office) -> None:
    number = id_card()
    await office.registry.register(household(id_card=number, region=OTHER_VILLAGE, registered_on="2018-12-31"))
    before = await everything(office.registry)
    status, answer = await office.send(csv_file([row(number)]), regions=(COUNTY,))
    assert status == 202
    await office.work()
    (held,) = await office.rows(answer["roster_id"])
    assert (held["status"], codes_of(held), held["code"]) == ("held", ["registered_elsewhere"], None)
    await office.commit(answer["roster_id"])
    assert await everything(office.registry) == before


async def test_the_csv_of_results_names_rows_and_reasons_and_no_person(office: Office) -> None:
    state = await office.preview([row(id_card()), row(id_card(), 家庭人口="0")])
    response = await office.registry.get(f"/v1/rosters/{state['roster_id']}/rows", format="csv")
    lines = response.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert lines[2].startswith("3,invalid,persons_invalid,")
    assert "蒙" not in response.text
    shown = await office.rows(state["roster_id"])
    assert shown[0]["name"] == "蒙**"
    named = await office.rows(state["roster_id"], scope="registry:read codes:person")
    assert named[0]["name"] == "蒙正华（演示）"


async def test_the_template_is_a_roster_that_can_be_sent(office: Office) -> None:
    kinds = (("household", "household"), ("household", "person"), ("cooperative", "household"))
    for kind, layout in kinds:
        response = await office.registry.get("/v1/rosters/template", kind=kind, layout=layout)
        state = await office.preview(response.content, kind=kind)
        assert (state["rows"], state["layout"]) == (1, layout)
        (one,) = await office.rows(state["roster_id"])
        # The example lacks its number, so that nobody registers it by sending the template as it is.
        assert codes_of(one) == ["no_id_without_reason" if kind == "household" else "cannot_be_found_again"]


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", "姓名,备注\n张三,无\n".encode(), b"PK\x03\x04 not a workbook", "一,二\n1,2\n".encode()],
)
async def test_what_is_no_roster_is_refused_with_what_is_missing(office: Office, content: bytes) -> None:
    status, refused = await office.send(content)
    assert (status, refused["code"]) == (422, "unreadable_roster")
