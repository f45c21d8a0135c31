"""When a sum may be shown."""

import numpy as np
import pytest

from services.stats.protection.rules import HOUSEHOLD, Rules


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
