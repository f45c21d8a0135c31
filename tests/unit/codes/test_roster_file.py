"""Reading roster files: titles, rows, cells."""

from pathlib import Path

import pytest

from services.codes.code import Kind
from services.codes.roster.columns import COLUMNS, Layout, UnfitHeader, normalise_header, read_header
from services.codes.roster.documents import UnfitDocument, read_document
from services.codes.roster.gathering import fields_of, gather_records
from services.codes.roster.reasons import MESSAGES
from services.codes.roster.sheet import UnreadableSheet, read_sheet
from services.codes.roster.workbook import template, write_workbook
from services.demo.identities import IdCards

GUIDE = Path(__file__).parents[3] / "docs" / "api" / "rosters.md"


@pytest.mark.parametrize("kind", list(Kind))
def test_no_two_columns_answer_to_one_title(kind: Kind) -> None:
    titles = [normalise_header(name) for one in COLUMNS[kind] for name in (one.title, *one.synonyms)]
    assert len(titles) == len(set(titles))


def test_the_guide_documents_every_column_synonym_and_reason() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    for columns in COLUMNS.values():
        for column in columns:
            assert f"| {column.title} (`{column.field}`) | {'、'.join(column.synonyms) or '—'} |" in guide
    assert [code for code in MESSAGES if f"| `{code}` | {MESSAGES[code]} |" not in guide] == []


@pytest.mark.parametrize(
    "title",
    ["人均纯收入（元）", " 人均\n纯收入 ", "*人均纯收入", "人均纯收入(元/人)", "家庭人均纯收入", "baseline_income"],
)
def test_titles_are_known_in_the_ways_that_offices_write_them(title: str) -> None:
    header = read_header(["证件号码", title, "备注"], Kind.HOUSEHOLD)
    assert header.fields == ("id_card", "baseline_income", None)
    assert header.ignored == ("备注",)


def test_two_titles_of_one_meaning_and_a_file_without_any_number_are_refused() -> None:
    with pytest.raises(UnfitHeader, match="家庭人口, 人口数"):
        read_header(["证件号码", "家庭人口", "人口数"], Kind.HOUSEHOLD)
    with pytest.raises(UnfitHeader, match="户编号"):
        read_header(["姓名", "村"], Kind.HOUSEHOLD)
    read_header(["姓名", "村", "电话"], Kind.HOUSEHOLD)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", "\t"])
def test_csv_is_read_in_its_encodings_with_titles_above_and_empty_rows_between(encoding: str, separator: str) -> None:
    titles, first = separator.join(("户编号", "户主姓名")), separator.join(("1", "䶮老满"))
    lines = ["都匀市花名册（演示）", "", titles, first, "", "2"]
    header, rows = read_sheet("\r\n".join(lines).encode(encoding), Kind.HOUSEHOLD)
    assert header.layout is Layout.HOUSEHOLD
    assert list(rows) == [(4, ["1", "䶮老满"]), (6, ["2"])]


def test_numbers_of_a_workbook_become_text_and_long_ones_show_that_they_are_lost() -> None:
    content = write_workbook([["证件号码", "家庭人口", "人均纯收入"], [522701198001010000.0, 4.0, 3120.1]], columns=3)
    _, rows = read_sheet(content, Kind.HOUSEHOLD)
    assert list(rows) == [(2, ["5.22701198001010E+17", "4", "3120.1"])]


def test_a_workbook_that_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.kit.workbook.MEMORY_LIMIT_BYTES", 2**20)
    with pytest.raises(UnreadableSheet, match="too large"):
        read_sheet(template(Kind.HOUSEHOLD, Layout.HOUSEHOLD), Kind.HOUSEHOLD)


def test_more_rows_than_allowed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.codes.roster.sheet.MAX_ROWS", 2)
    _, rows = read_sheet("户编号\n1\n2\n3\n".encode(), Kind.HOUSEHOLD)
    with pytest.raises(UnreadableSheet, match="more than 2 rows"):
        list(rows)


def test_members_of_a_household_are_counted_and_forgotten() -> None:
    header = read_header(["户编号", "姓名", "证件号码", "与户主关系", "电话", "家庭人口"], Kind.HOUSEHOLD)
    rows = [
        (2, ["1", "妻", "A", "配偶", "139", "9"]),
        (3, ["2", "独", "B", "户主", "", ""]),
        (4, ["1", "主", "C", "户主", "", "9"]),
        (5, ["2", "女", "A", "之女", "", ""]),
    ]
    first, second = gather_records(header, rows)
    assert fields_of(header) == ("external_id", "name", "id_card", "phone", "persons")
    assert (first.row_no, first.cells) == (4, ["1", "主", "C", "139", "2"])
    assert [reason.code for reason in first.reasons] == ["persons_by_rows"]
    assert (second.row_no, second.cells) == (3, ["2", "独", "B", "", "2"])
    assert [(reason.code, reason.row) for reason in second.reasons] == [("member_in_two", 2)]


def test_a_disability_certificate_leads_to_the_id_card_in_it() -> None:
    number = IdCards().issue("522701005016")
    assert read_document(number) == (number, None)
    assert read_document(f" {number[:6]} {number[6:]}\t") == (number, None)
    assert read_document(f"{number}43") == (number, f"{number}43")
    assert read_document(f"{number}12b2") == (number, f"{number}12B2")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("5.22701E+17", "id_ruined_by_excel"),
        ("5.22701198001010E+17", "id_ruined_by_excel"),
        ("522701198001010000", "id_ruined_by_excel"),
        ("52270119800101000000", "id_ruined_by_excel"),
        ("522701800101001", "id_of_15_digits"),
        ("52270119800101", "id_length"),
        ("522700194501019969" + "99", "id_length"),
        ("52270119800101A01X", "id_characters"),
        ("52270119790101001X", "id_check"),
    ],
)
def test_a_number_that_is_none_is_refused_by_name(text: str, reason: str) -> None:
    with pytest.raises(UnfitDocument) as refused:
        read_document(text)
    assert refused.value.reason == reason
