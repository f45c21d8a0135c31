"""Divisions and reporting units as one tree of sets of places."""

import numpy as np

from services.stats.protection.calendar import build_calendar
from services.stats.protection.geography import build_geography
from tests.made_up_year import small_divisions

UNITS = {"520100000000": "first", "520200000000": "second", "520101001000": "new", "520201001002": "new"}


def test_a_unit_cut_out_of_two_prefectures_and_what_it_was_cut_out_of_are_sets_of_the_same_places() -> None:
    """Every division and unit has the places it should have, however they cross."""
    tree = build_geography("520000000000", small_divisions(), UNITS)
    ones = np.zeros(tree.size, dtype=np.int64)
    ones[list(tree.place_of.values())] = 1
    held = tree.sums(ones)
    of = {name: int(held[list(nodes)].sum()) for name, nodes in tree.nodes_of.items()}
    # A township holds three villages and what is seated in the township itself; and so on upwards.
    assert (of["520101001000"], of["520101000000"], of["520100000000"], of["520000000000"]) == (4, 9, 19, 39)
    assert (of["first"], of["second"], of["new"]) == (15, 18, 5)
    assert len(tree.nodes_of["520100000000"]) == 2
    assert len(tree.nodes_of["520101001000"]) == len(tree.nodes_of["520101001001"]) == 1


def test_nodes_that_hold_the_same_places_are_one() -> None:
    """A unit that is a prefecture cannot be shown while the prefecture is hidden."""
    tree = build_geography("520000000000", small_divisions(), {"520100000000": "first", "520200000000": "second"})
    assert tree.nodes_of["first"] == tree.nodes_of["520100000000"]


def test_what_a_period_holds_beyond_the_periods_in_it_is_a_period_without_a_name() -> None:
    """Whoever knows forty days and the month in them knows the rest."""
    calendar = build_calendar({"2020-02": (31, 60), "2020-02-01..2020-03-11": (31, 71)})
    assert calendar.labels == ("2020-02-01..2020-03-11", "2020-02", "")
    assert calendar.groups[1].periods == (1, 2)
    assert calendar.chain(2) == [2, 0]
