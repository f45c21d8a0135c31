"""Place names of rosters, looked up in the real list of divisions."""

from collections import Counter

import pytest

from services.codes.divisions import Level, full_name, parent_code_of, read_divisions
from services.codes.roster.places import NamedDivision, Places, Written
from services.codes.territory import tree_of

DIVISIONS = read_divisions()
BY_CODE = {division.code: division for division in DIVISIONS}
NAMED = [NamedDivision(division.code, division.name, division.level) for division in DIVISIONS]
DUYUN = Places(NAMED, tree_of("522701000000"))
PROVINCE = Places(NAMED, tree_of("520000000000"))


@pytest.mark.parametrize("name", ["包阳村村民委员会", "包阳村委会", "包阳村", "包阳"])
def test_a_village_is_found_by_its_name_however_it_ends(name: str) -> None:
    assert DUYUN.find(Written("", "", "都匀", "小围寨", name)).village == "522701004215"


@pytest.mark.parametrize("name", ["广惠社区居民委员会", "广惠社区居委会", "广惠居委会", "广惠社区", "广惠居", "广惠"])
def test_a_community_is_found_by_its_name_however_it_ends(name: str) -> None:
    assert DUYUN.find(Written("", "", "都匀", "", name)).village == "522701001001"


def test_every_village_and_community_is_found_by_its_name_without_the_committee() -> None:
    """In its township: 包阳村 for 包阳村村民委员会, 广惠社区 for 广惠社区居民委员会; and without 村, 社区."""
    endings = {"村村民委员会": "村", "社区居民委员会": "社区"}
    tried = Counter[str]()
    for division in DIVISIONS:
        ending = next((one for one in endings if division.name.endswith(one)), None)
        stem = division.name.removesuffix(ending or "")
        if ending is None or division.level is not Level.VILLAGE or not stem:
            continue
        above = [BY_CODE[parent_code_of(division.code, level)].name for level in (Level.COUNTY, Level.TOWNSHIP)]
        for name in (stem + endings[ending], stem):
            found = PROVINCE.find(Written("", "", above[0], above[1], name))
            assert division.code in (found.village, *found.candidates), (name, found)
        tried[ending] += 1
    assert min(tried.values()) > 3_000


def test_every_village_is_found_by_the_full_names_of_all_levels() -> None:
    villages = [division.code for division in DIVISIONS if division.level is Level.VILLAGE]
    for code in villages:
        above = [
            BY_CODE[parent_code_of(code, level)].name for level in (Level.PREFECTURE, Level.COUNTY, Level.TOWNSHIP)
        ]
        found = PROVINCE.find(Written("", above[0], above[1], above[2], BY_CODE[code].name))
        assert found.village == code, full_name(code, BY_CODE)


def test_a_name_that_occurs_more_than_once_is_never_guessed() -> None:
    counts = Counter(division.name for division in DIVISIONS if division.level is Level.VILLAGE)
    doubled = [name for name, count in counts.items() if count > 1]
    assert len(doubled) == 1820
    for name in doubled:
        found = PROVINCE.find(Written("", "", "", "", name))
        assert (found.village, found.reason) == (None, "place_ambiguous")
        assert len(found.candidates) == min(50, counts[name])


def test_codes_must_be_of_a_village_in_the_region() -> None:
    assert DUYUN.find(Written("522701004215", "", "", "", "")).village == "522701004215"
    assert DUYUN.find(Written("522701004000", "", "", "", "")).reason == "not_a_village"
    assert DUYUN.find(Written("520111012201", "", "", "", "")).reason == "place_outside"
    assert DUYUN.find(Written("", "", "花溪区", "党武街道", "党武村")).reason == "place_outside"
    assert DUYUN.find(Written("", "", "", "", "无此村")).reason == "place_unknown"
    assert DUYUN.find(Written("", "", "都匀", "无此镇", "包阳村")).reason == "place_unknown"
