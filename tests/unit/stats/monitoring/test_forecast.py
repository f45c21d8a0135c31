"""The forecast beside the naive one, on months that were held out."""

import math
import random
from collections.abc import Sequence

import pytest

from services.stats.monitoring import forecast as module
from services.stats.monitoring.forecast import Forecast, forecast
from services.stats.monitoring.products import season_of

SPRING = (5, 4, 12, 22, 18, 10, 7, 6, 6, 6, 7, 9)
"""Tea: most of it is sold in spring."""


def harvests(years: int, *, growth: float, noise: float, seed: int = 1) -> list[int]:
    """Monthly sales with a season, a trend, and what nobody can foresee."""
    source = random.Random(seed)  # noqa: S311 - to come out the same
    return [
        round(1_000_000 * SPRING[month % 12] * (1 + growth * month / 12) * (1 + source.gauss(0, noise)))
        for month in range(years * 12)
    ]


def _known(series: Sequence[int], horizon: int = 3) -> Forecast:
    found = forecast(series, horizon)
    assert found is not None
    return found


def test_where_sales_grow_the_model_beats_the_same_month_of_last_year() -> None:
    """Its error on held-out months is well below the naive one's, and the forecast is the model's."""
    found = _known(harvests(4, growth=0.4, noise=0.05))
    assert (found.method, found.naive_method, found.origins) == ("theta", "seasonal_naive", 12)
    assert found.theta.mean_absolute < found.naive.mean_absolute * 0.7
    assert found.theta.share_bp is not None
    assert found.theta.share_bp < 1_500


def test_where_nothing_but_the_season_moves_the_naive_one_wins_and_it_is_said() -> None:
    """A season that repeats itself exactly leaves nothing to learn: a tie goes to the naive one."""
    found = _known(harvests(4, growth=0.0, noise=0.0))
    assert found.naive_wins
    assert found.method == "seasonal_naive"
    assert found.naive.mean_absolute == 0
    assert found.months == tuple(1_000_000 * SPRING[month] for month in range(3))


def test_each_origin_knows_only_what_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held out is shown to no method."""
    shown: list[int] = []

    def watched(series: Sequence[int], steps: int) -> list[int]:
        shown.append(len(series))
        return [series[-1]] * steps

    monkeypatch.setattr(module, "_theta_seasonal", watched)
    forecast(harvests(4, growth=0.2, noise=0.1), 3)
    assert shown[:12] == list(range(36, 48))
    series = list(range(1, 49))
    found = _known(series, horizon=1)
    assert found.naive.mean_absolute == 12, "a trend of 1 a month is missed by 12 by the year before"


def test_a_short_history_is_told_apart_from_a_long_one() -> None:
    """Nothing under a year; without a season under thirty months; with one from then on."""
    assert forecast([5] * 11, 3) is None
    assert _known(harvests(2, growth=0.1, noise=0.1)).naive_method == "naive"
    assert _known(harvests(3, growth=0.1, noise=0.1)).naive_method == "seasonal_naive"


def test_nobody_sells_less_than_nothing() -> None:
    """A category that fades out is forecast at nought at the least; one without sales, at nought."""
    fading = [max(0, 1_000 - 40 * month) for month in range(36)]
    assert min(_known(fading, 6).months) >= 0
    found = _known([0] * 36)
    assert found.months == (0, 0, 0)
    assert found.naive.share_bp is None


def test_the_season_is_each_month_against_the_average_one() -> None:
    """Over whole years; the twelve indices average to one, and the index of March is March's."""
    series = [1_000 * share for share in SPRING] * 2
    index = season_of(series, 1)
    assert index is not None
    assert sum(index) == pytest.approx(12 * 10_000, abs=12)
    assert index[3] == max(index) == pytest.approx(22 * 12 * 10_000 / sum(SPRING), abs=1)
    ends_in_march = season_of(series[:15], 4)
    assert ends_in_march is not None
    assert ends_in_march[3] == max(ends_in_march)
    assert season_of(series[:11], 12) is None
    assert math.isclose(sum(SPRING), 112)
