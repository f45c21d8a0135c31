"""The comparison against an independent computation, and against a world whose difference is known."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from services.stats.uplift.comparison import MIN_CELL, NO_COMPARISON, TOO_FEW_VILLAGES, Difference, Group, compare

DIFFERENCE = 30_000
Household = tuple[str, int, bool, int]
"""Village, band, reached, change in fen."""


def world(seed: int, townships: int = 6) -> list[Household]:
    """Villages of their own luck in townships of their own, where reaching goes with the village, and bands differ."""
    source = np.random.default_rng(seed)
    found: list[Household] = []
    for township in range(townships):
        of_township = source.normal(0, 20_000)
        for village in range(5):
            of_village, part = source.normal(0, 15_000), source.uniform(0.2, 0.8)
            for _ in range(20):
                band, reached = int(source.integers(0, 2)), bool(source.random() < part)
                change = 20_000 + of_township + of_village + 3_000 * band + DIFFERENCE * reached
                code = f"52010{township:04d}{200 + village}"
                found.append((code, band, reached, round(change + source.normal(0, 40_000))))
    return found


def grouped(households: list[Household]) -> list[Group]:
    """As the database sums them."""
    sums: Counter[tuple[str, int, bool]] = Counter()
    counts: Counter[tuple[str, int, bool]] = Counter()
    for village, band, reached, change in households:
        sums[village, band, reached] += change
        counts[village, band, reached] += 1
    return [Group(*key, counts[key], sums[key]) for key in sums]


def by_hand(households: list[Household]) -> tuple[float, float]:
    """Household by household: weighted least squares on a dummy for each cell, sandwich by village, in plain numpy."""
    cells: dict[tuple[str, int], list[Household]] = defaultdict(list)
    for household in households:
        cells[household[0][:9], household[1]].append(household)
    rows, weights, changes, villages = [], [], [], []
    kept = [of for of in cells.values() if min(sum(h[2] for h in of), sum(not h[2] for h in of)) >= MIN_CELL]
    for place, of in enumerate(kept):
        reached = sum(h[2] for h in of)
        for village, _, is_reached, change in of:
            rows.append([float(is_reached), *(float(place == other) for other in range(len(kept)))])
            weights.append(1.0 if is_reached else reached / (len(of) - reached))
            changes.append(change)
            villages.append(village)
    x, w, y = np.array(rows), np.array(weights), np.array(changes, dtype=float)
    bread = np.linalg.inv(x.T @ (w[:, None] * x))
    coefficients = bread @ x.T @ (w * y)
    scores = x * (w * (y - x @ coefficients))[:, None]
    names = np.array(villages)
    sums = [scores[names == village].sum(axis=0) for village in np.unique(names)]
    count, parameters, clusters = len(y), x.shape[1], len(sums)
    factor = clusters / (clusters - 1) * (count - 1) / (count - parameters)
    variance = factor * bread @ sum(np.outer(s, s) for s in sums) @ bread
    return float(coefficients[0]), float(variance[0, 0] ** 0.5)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_library_agrees_with_formulas_written_out(seed: int) -> None:
    """Estimate and standard error, from sums by village, are those of a regression on single households."""
    households = world(seed)
    found = compare(grouped(households)).found
    assert isinstance(found, Difference)
    assert (found.difference, found.standard_error) == pytest.approx(by_hand(households), rel=1e-9)


def test_the_interval_covers_a_known_difference_as_often_as_it_says() -> None:
    """Of 40 seeded worlds, at least 34 (a 95 % interval misses more than six of forty once in a thousand)."""
    covered = 0
    for seed in range(40):
        found = compare(grouped(world(seed))).found
        assert isinstance(found, Difference)
        covered += found.low <= DIFFERENCE <= found.high
    assert covered >= 34


def test_no_difference_is_found_where_everybody_changed_alike() -> None:
    """A plain case by hand: the same change for all, so nought, with an interval of no width."""
    same = [
        Group(f"52010000{t}2{v:02d}", 0, reached, 6, 600)
        for t in range(3)
        for v in range(4)
        for reached in (True, False)
    ]
    found = compare(same).found
    assert isinstance(found, Difference)
    assert (found.difference, found.change_reached) == pytest.approx((0, 100))
    assert (found.households_reached, found.cells, found.villages) == (72, 3, 12)


def test_small_cells_are_left_out_and_counted() -> None:
    """A cell needs enough households of both groups; what has no cell is told."""
    many = [Group(f"5201000012{v:02d}", 0, reached, 5, 500) for v in range(10) for reached in (True, False)]
    lone = [
        Group("520100002201", 0, reached=True, households=4, change_fen=900),
        Group("520100002201", 0, reached=False, households=9, change_fen=0),
        Group("520100003201", 1, reached=True, households=7, change_fen=0),
    ]
    compared = compare([*many, *lone])
    assert (compared.left_out_reached, compared.left_out_comparison) == (11, 9)
    assert isinstance(compared.found, Difference)
    assert compared.found.households_reached == 50
    assert compare(lone).found == NO_COMPARISON
    assert compare(many[:10]).found == TOO_FEW_VILLAGES
