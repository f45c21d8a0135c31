"""The tags that come with the package."""

import csv
from collections import Counter
from importlib.resources import files

from services.codes.divisions import Level, read_divisions
from services.codes.region_tags import Tag, read_region_tags


def test_the_provinces_66_poor_counties_are_counties_of_the_tree() -> None:
    """Each once, by the code that the divisions have; none in Guiyang, which had no poor county."""
    counties = {division.code for division in read_divisions() if division.level is Level.COUNTY}
    poor = [tag.code for tag in read_region_tags() if tag.tag is Tag.POOR_COUNTY]
    assert len(poor) == len(set(poor)) == 66
    assert set(poor) <= counties
    by_prefecture = Counter(code[:4] for code in poor)
    assert by_prefecture == {
        "5202": 3, "5203": 8, "5204": 6, "5205": 7, "5206": 10, "5223": 7, "5226": 15, "5227": 10,
    }  # fmt: skip


def test_every_poor_county_left_the_list_once_in_one_of_five_years() -> None:
    """As the province announced it; each row names the announcement."""
    poor = {tag.code for tag in read_region_tags() if tag.tag is Tag.POOR_COUNTY}
    left = [tag for tag in read_region_tags() if tag.tag is Tag.FORMER_POOR_COUNTY]
    assert len(left) == len(poor)
    assert {tag.code for tag in left} == poor
    assert Counter(tag.valid_from.isoformat() for tag in left) == {
        "2017-11-01": 1, "2018-09-25": 14, "2019-04-24": 18, "2020-03-03": 24, "2020-11-23": 9,
    }  # fmt: skip
    assert all("退出贫困县" in tag.source for tag in left)


def test_what_was_not_held_against_a_source_is_marked() -> None:
    """A row whose source says that its day was not confirmed has it among the columns that nobody checked."""
    text = files("services.codes").joinpath("data/region_tags.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert {row["not_checked"] for row in rows} == {"", "valid_from", "code"}
    assert all(row["not_checked"] == "valid_from" for row in rows if "日期未核实" in row["source"])
