"""What a month may bring: a plain forecast, and what it was worth on months that were held out.

The method is Theta (Assimakopoulos & Nikolopoulos 2000, the best of the M3 competition: a smoothed level with half
the slope of the trend line) as statsmodels has it, on the logarithms of the series (a season multiplies sales) without
their season. Beside it stands what anybody can do without a library: the same month of the year before
(``seasonal_naive``), or, while less than thirty months are known, the month before (``naive``).

Both are tried out on months that were held out (rolling origin): from each of the last twelve months, or of those that
leave enough to learn from, the next ``horizon`` months are forecast with nothing but what was known then. The better
one is what is answered; when the naive one wins, the answer says so.
"""

import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from services.kit.money import round_ratio

SEASON = 12
SCALE = 10_000
MIN_MONTHS = 12
MIN_SEASONAL_MONTHS = 30
"""Two years to learn a season from, and six months to hold out."""
MAX_ORIGINS = 12
_LEARN_SEASON = 24
_LEARN_LEVEL = 6
_LIKELY_PERCENT = 80
_LARGEST_LOG = 40.0
"""More than is sold anywhere; what runs away stays a number."""

THETA, SEASONAL_NAIVE, NAIVE = "theta", "seasonal_naive", "naive"

_one_at_a_time = threading.Lock()
"""Warnings are switched for the whole process, so one forecast switches them at a time."""

Method = Callable[[Sequence[int], int], list[int]]


@dataclass(frozen=True, slots=True)
class Errors:
    """How far a method was off on held-out months."""

    mean_absolute: int
    """In the series' own unit."""
    share_bp: int | None
    """Σ |error| ÷ Σ |actual|, in ten-thousandths; None where nothing was sold."""
    typical: int
    """Four of five errors were no larger."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The next months by the better method, with the errors of both."""

    months: tuple[int, ...]
    method: str
    """Of the forecast: theta, or the naive one if that was at least as good."""
    naive_method: str
    theta: Errors
    naive: Errors
    origins: int
    """From how many months it was tried."""

    @property
    def naive_wins(self) -> bool:
        """Whether the library was no better than what needs none."""
        return self.method != THETA

    @property
    def typical_error(self) -> int:
        """Of the method that was chosen."""
        return (self.naive if self.naive_wins else self.theta).typical


def forecast(series: Sequence[int], horizon: int) -> Forecast | None:
    """The next ``horizon`` months of a monthly series without gaps; None for one too short to be tried out."""
    if len(series) < MIN_MONTHS:
        return None
    seasonal = len(series) >= MIN_SEASONAL_MONTHS
    naive = _seasonal_naive if seasonal else _naive
    theta = _theta_seasonal if seasonal else _theta_level
    learn = _LEARN_SEASON if seasonal else _LEARN_LEVEL
    first = max(learn, len(series) - MAX_ORIGINS)
    origins = range(first, len(series))
    errors_of_theta = _try_out(theta, series, origins, horizon)
    errors_of_naive = _try_out(naive, series, origins, horizon)
    # A tie goes to the naive one: it needs no explaining.
    theta_is_better = errors_of_theta.mean_absolute < errors_of_naive.mean_absolute
    chosen = theta if theta_is_better else naive
    naive_method = SEASONAL_NAIVE if seasonal else NAIVE
    return Forecast(
        months=tuple(chosen(series, horizon)),
        method=THETA if theta_is_better else naive_method,
        naive_method=naive_method,
        theta=errors_of_theta,
        naive=errors_of_naive,
        origins=len(origins),
    )


def _try_out(method: Method, series: Sequence[int], origins: Sequence[int], horizon: int) -> Errors:
    errors: list[int] = []
    actual = 0
    for origin in origins:
        steps = min(horizon, len(series) - origin)
        for guessed, was in zip(method(series[:origin], steps), series[origin : origin + steps], strict=True):
            errors.append(abs(guessed - was))
            actual += abs(was)
    ordered = sorted(errors)
    return Errors(
        mean_absolute=round_ratio(sum(errors), len(errors)),
        share_bp=round_ratio(sum(errors) * SCALE, actual) if actual else None,
        typical=ordered[(len(ordered) * _LIKELY_PERCENT - 1) // 100],
    )


def _naive(series: Sequence[int], steps: int) -> list[int]:
    return [series[-1]] * steps


def _seasonal_naive(series: Sequence[int], steps: int) -> list[int]:
    return [series[step % SEASON - SEASON] for step in range(steps)]


def _theta_seasonal(series: Sequence[int], steps: int) -> list[int]:
    return _theta(series, steps, period=SEASON, method="additive", deseasonalize=True, use_test=False)


def _theta_level(series: Sequence[int], steps: int) -> list[int]:
    return _theta(series, steps, period=1, deseasonalize=False)


def _theta(series: Sequence[int], steps: int, **said: Any) -> list[int]:
    """Whole and never negative: nobody sells less than nothing."""
    if min(series) == max(series):
        return [series[-1]] * steps
    import numpy as np  # noqa: PLC0415 - only who asks for a forecast waits for it
    from statsmodels.tsa.forecasting.theta import ThetaModel  # noqa: PLC0415

    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an optimiser that stops early is judged by the held-out months
        fitted = ThetaModel(np.log1p(np.asarray(series, dtype=float)), **said).fit()
        guessed = np.expm1(np.minimum(fitted.forecast(steps), _LARGEST_LOG))
    return [max(0, round(float(value))) if np.isfinite(value) else series[-1] for value in guessed]
