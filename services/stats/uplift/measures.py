"""Measures of a distribution, in exact arithmetic. Pure."""

from services.kit.money import round_ratio
from services.stats.indicators import RATE_SCALE, Missing, Value

PERCENTS = (10, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90)
"""Deciles and quartiles."""

ZERO_DENOMINATOR = Missing("zero_denominator")


def gini(moment: int, total: int, people: int) -> Value:
    """The Gini coefficient over people, in ten-thousandths, rounded once.

    ``moment`` is Σ tᵢ·(2Rᵢ − pᵢ) over groups (households) of pᵢ people with tᵢ in all, in ascending order per head,
    Rᵢ the people up to and with the group; ``total`` is Σ tᵢ. With weights, G = moment ÷ (people × total) − 1 (Lerman &
    Yitzhaki 1989; the unweighted form is Σ(2i − n − 1)xᵢ ÷ n²x̄). Among equals per head the order makes no difference.
    """
    if people == 0 or total == 0:
        return ZERO_DENOMINATOR
    return round_ratio((moment - people * total) * RATE_SCALE, people * total)
