"""The roster: repeatable, in real villages, plausible."""

import json
from collections import Counter

import pytest

from services.codes.code import Kind
from services.codes.divisions import Level, parent_code_of, read_divisions
from services.codes.reporting_units import assign_villages, read_reporting_units
from services.demo.identities import DEMO_MARK
from services.demo.products import CATEGORIES, PRODUCTS, RATIOS
from services.demo.roster import Household, Roster, generate_roster

DIVISIONS = read_divisions()
VILLAGES = {division.code for division in DIVISIONS if division.level is Level.VILLAGE}


@pytest.fixture(scope="module")
def roster() -> Roster:
    return generate_roster(divisions=DIVISIONS)


def test_a_second_run_gives_exactly_the_same(roster: Roster) -> None:
    assert generate_roster(divisions=DIVISIONS) == roster
    assert generate_roster(seed=2020, divisions=DIVISIONS) != roster


def test_it_has_the_sizes_asked_for_and_every_key_once(roster: Roster) -> None:
    assert (len(roster.households), len(roster.cooperatives), len(roster.enterprises)) == (2000, 40, 10)
    everybody = (*roster.households, *roster.neighbours)
    assert len({subject.key for subject in roster.subjects}) == 2650
    assert len({household.id_card for household in everybody}) == len(everybody) == 2600
    assert len({group.uscc for group in (*roster.cooperatives, *roster.enterprises)}) == 50


def test_everyone_lives_in_a_real_village_and_is_marked_as_made_up(roster: Roster) -> None:
    assert {subject.region for subject in roster.subjects} <= VILLAGES
    assert all(subject.name.endswith(DEMO_MARK) for subject in roster.subjects)


def test_all_ten_reporting_units_have_a_cooperative_and_households(roster: Roster) -> None:
    unit_of = assign_villages(read_reporting_units(), DIVISIONS)
    units = {unit.code for unit in read_reporting_units()}
    assert {unit_of[group.region] for group in roster.cooperatives} == units
    assert {unit_of[household.region] for household in roster.households} == units


def test_households_are_as_the_field_has_them(roster: Roster) -> None:
    """1 to 8 persons, 3.5 on average; 2,500 to 6,000 yuan a head; every status."""
    persons = [household.persons for household in roster.households]
    assert set(persons) == set(range(1, 9))
    assert 6_800 <= sum(persons) <= 7_200
    assert all(2_500_00 <= household.baseline_fen <= 6_000_00 for household in roster.households)
    statuses = Counter(household.status for household in roster.households)
    assert statuses.keys() == {"registered", "out_of_poverty", "monitored", "other"}
    assert min(statuses.values()) >= 50


def test_members_live_in_their_cooperatives_township(roster: Roster) -> None:
    region_of = {subject.key: subject.region for subject in roster.subjects}
    for link in roster.links:
        assert 1 <= link.weight <= 5
        if link.group.startswith("cooperative"):
            assert parent_code_of(region_of[link.member], Level.TOWNSHIP) == parent_code_of(
                region_of[link.group], Level.TOWNSHIP
            )
        else:
            assert (link.member[:11], link.group[:10]) == ("cooperative", "enterprise")


def test_four_in_five_households_are_members_once_and_the_others_are_in_a_cluster(roster: Roster) -> None:
    members = Counter(link.member for link in roster.links)
    assert set(members.values()) == {1}
    member_households = {key for key in members if key.startswith("household")}
    clustered = {key for cluster in roster.clusters for key in cluster.households}
    assert len(member_households) == 1600
    assert len(clustered) == 400
    assert member_households | clustered == {household.key for household in roster.households}
    assert all(roster.members_of().values()), "every group has members"


def test_neighbours_live_among_members_and_are_in_no_group(roster: Roster) -> None:
    villages = {household.region for household in roster.households}
    assert {neighbour.region for neighbour in roster.neighbours} <= villages
    keys = {neighbour.key for neighbour in roster.neighbours}
    assert not keys & {link.member for link in roster.links}
    assert not keys & {key for cluster in roster.clusters for key in cluster.households}


@pytest.mark.parametrize("sizes", [(1, 1, 1), (30, 3, 1), (10, 2, 5), (500, 90, 12)])
def test_other_sizes_hang_together_too(sizes: tuple[int, int, int]) -> None:
    households, cooperatives, enterprises = sizes
    small = generate_roster(
        households=households, cooperatives=cooperatives, enterprises=enterprises, divisions=DIVISIONS
    )
    keys = {subject.key for subject in small.subjects}
    assert len(keys) == sum(sizes) + households * 3 // 10
    assert {key for link in small.links for key in (link.member, link.group)} <= keys


def test_a_roster_without_anyone_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        generate_roster(households=0, divisions=DIVISIONS)


def test_bodies_have_the_shape_of_the_requests_and_are_json(roster: Roster) -> None:
    household = roster.households[0].body()
    assert household.keys() == {
        "kind",
        "region",
        "name",
        "id_card",
        "persons",
        "status",
        "baseline_income",
        "baseline_year",
        "registered_on",
    }
    group = roster.cooperatives[0].body()
    assert group.keys() == {"kind", "region", "name", "uscc", "members_bp", "registered_on"}
    codes = {subject.key: subject.key.upper() for subject in roster.subjects}
    link = roster.links[0].body(codes)
    assert link["member"] == "HOUSEHOLD-00001"
    assert link["valid_to"] is None
    json.dumps([household, group, link, RATIOS[0].body()])


def test_kinds_are_right(roster: Roster) -> None:
    assert all(isinstance(subject, Household) == (subject.kind is Kind.HOUSEHOLD) for subject in roster.subjects)
    assert {group.kind for group in roster.enterprises} == {Kind.ENTERPRISE}


def test_every_category_has_a_ratio_that_says_it_is_demo_data_and_twelve_are_featured() -> None:
    assert [ratio.category for ratio in RATIOS] == [category.code for category in CATEGORIES]
    assert all("演示数据" in ratio.source and 0 < ratio.ratio_bp < 10_000 for ratio in RATIOS)
    assert sum(category.featured for category in CATEGORIES) == 12
    assert {"tea", "other"} <= {category.code for category in CATEGORIES}


def test_products_are_of_places_that_exist_and_categories_that_do() -> None:
    categories = {category.code for category in CATEGORIES}
    for product in PRODUCTS:
        assert product.category in categories
        assert any(code.startswith(product.place) for code in VILLAGES), product.name
