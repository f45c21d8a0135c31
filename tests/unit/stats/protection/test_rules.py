"""When a sum may be shown."""

import json
from typing import Any

import numpy as np
import pytest

from services.stats.protection.rules import HOUSEHOLD, Rules, read_rules


@pytest.mark.parametrize(
    ("contributions", "is_safe"),
    [
        ([], True),
        ([100], False),
        ([100, 100, 100, 100], False),
        ([100, 100, 100, 100, 100], True),
        ([1_000, 20, 20, 20, 20], False),
        ([400, 400, 20, 20, 20], False),
        ([500, 300, 100, 100, 100], True),
    ],
    ids=["nobody", "one", "four", "five alike", "one dominates", "two dominate", "well spread"],
)
def test_a_sum_is_safe_with_enough_households_none_of_which_stands_out(
    contributions: list[int], *, is_safe: bool
) -> None:
    ordered = [*sorted(contributions, reverse=True), 0, 0]
    found = (
        Rules()
        .by_kind[HOUSEHOLD]
        .is_safe(
            np.array([len(contributions)]),
            np.array([sum(contributions)]),
            np.array([ordered[0]]),
            np.array([ordered[1]]),
        )
    )
    assert bool(found[0]) is is_safe


def test_rules_that_were_kept_are_read_as_they_were_and_stricter_ones_are_told_from_weaker_ones() -> None:
    """Through JSON and back; a larger k or p is stricter, and so is a smaller share; anything less is weaker."""
    house = Rules()
    stricter = house.with_changes({"household": {"threshold": 10, "largest_percent": 70}, "interval_percent": 15})
    assert read_rules(json.loads(json.dumps(stricter.written()))).written() == stricter.written()
    assert stricter.by_kind[HOUSEHOLD].threshold == 10
    assert stricter.is_as_strict_as(house)
    assert not house.is_as_strict_as(stricter)
    unknown: list[dict[str, Any]] = [
        {"household": {"threshold": 0}},
        {"shop": {"p_percent": 101}},
        {"cat": {}},
        {"interval_percent": 0},
    ]
    for wrong in unknown:
        with pytest.raises(ValueError, match=r"."):
            house.with_changes(wrong)
