"""Divisions: Guizhou's five levels hang together, and a list that does not is refused."""

import pytest

from services.codes.divisions import (
    GUIZHOU_COUNTS,
    Division,
    DivisionsFlawed,
    Level,
    count_levels,
    find_flaws,
    full_name,
    parent_code_of,
    read_divisions,
)

HEADER = "code,name,level,parent_code"


@pytest.fixture(scope="module")
def guizhou() -> tuple[Division, ...]:
    return read_divisions()


def test_guizhou_is_complete(guizhou: tuple[Division, ...]) -> None:
    assert count_levels(guizhou) == GUIZHOU_COUNTS
    assert len(guizhou) == 19_572


def test_every_parent_is_there_one_level_up_and_comes_first(guizhou: tuple[Division, ...]) -> None:
    assert list(find_flaws(guizhou)) == []
    seen: set[str | None] = {None}
    for division in guizhou:
        assert division.parent_code in seen
        seen.add(division.code)


def test_a_full_name_is_all_names_on_the_way_down(guizhou: tuple[Division, ...]) -> None:
    by_code = {division.code: division for division in guizhou}
    assert full_name("520111012202", by_code) == "贵州省贵阳市花溪区党武街道党武村"
    assert full_name("520000000000", by_code) == "贵州省"


def test_the_code_of_what_is_around_a_village_is_read_from_its_own() -> None:
    assert [parent_code_of("520111012202", level) for level in Level] == [
        "520000000000",
        "520100000000",
        "520111000000",
        "520111012000",
        "520111012202",
    ]


@pytest.mark.parametrize(
    ("rows", "flaw"),
    [
        (["520000000000,贵州省,province,", "520000000000,贵州省,province,"], "occurs twice"),
        (["52000000000,贵州省,province,"], "not a 12-digit code"),
        (["52000000000٠,贵州省,province,"], "not a 12-digit code"),
        (["520100000000,贵州省,province,"], "not the code of a province"),
        (["520000000000, 贵州省,province,"], "no proper name"),
        (["520000000000,贵州省,province,100000000000"], "has a parent"),
        (["520000000000,贵州省,province,", "520102000000,南明区,county,520100000000"], "no parent in the list"),
        (["520000000000,贵州省,province,", "520102000000,南明区,county,520000000000"], "not its own prefecture"),
        (["520000000000,贵州省,provinz,"], "provinz"),
    ],
)
def test_a_list_that_does_not_hang_together_is_refused_with_the_row(rows: list[str], flaw: str) -> None:
    with pytest.raises(DivisionsFlawed, match=flaw):
        read_divisions([HEADER, *rows])


def test_a_file_without_a_column_is_refused_by_that_columns_name() -> None:
    with pytest.raises(DivisionsFlawed, match="parent_code"):
        read_divisions(["code,name,level", "520000000000,贵州省,province"])
