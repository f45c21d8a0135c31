"""Compared with what: the difference between households that were reached and comparable ones that were not. Pure.

Households are compared within cells: one township, one band of registered income per head of the year before. In a cell
the change of registered income of those reached is set against the change of those not reached; the differences of the
cells are averaged with the number of households reached as weights. That is a difference in differences, by exact
matching on cells. As a regression it is the change on ±½ (reached or not) within cells, where a household not reached
weighs as many as it stands for (n₁ ÷ n₀ of its cell); its standard error is clustered by village (Liang & Zeger 1986;
small-sample factor G/(G−1) · (N−1)/(N−K) as in Cameron & Miller 2015), and its interval takes t with G − 1 degrees.

It is a difference, not an effect: who was reached was not drawn by lot.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.stats.indicators import Missing

MIN_CELL = 5
"""Households of each group that a cell needs; smaller ones are left out and counted."""
MIN_VILLAGES = 10
"""Clusters below this say nothing about their own spread: no figure."""
FEW_VILLAGES = 30
"""Below this an interval clustered by village tends to be too short, and the answer says so."""

NO_COMPARISON = Missing("no_comparison")
TOO_FEW_VILLAGES = Missing("too_few_villages")


@dataclass(frozen=True, slots=True)
class Group:
    """The households of one village, band and group, in sums: all that the comparison needs of them."""

    village: str
    band: int
    reached: bool
    households: int
    change_fen: int
    """Σ (registered income per head of the year − of the year before)."""

    @property
    def cell(self) -> tuple[str, int]:
        """Township and band."""
        return self.village[:9], self.band


@dataclass(frozen=True, slots=True)
class Difference:
    """What the comparison says, in fen per head and year."""

    difference: float
    standard_error: float
    low: float
    high: float
    """95 % interval."""
    change_reached: float
    change_comparison: float
    """Mean changes; the difference is between these."""
    households_reached: int
    households_comparison: int
    cells: int
    villages: int


@dataclass(frozen=True, slots=True)
class Compared:
    """The comparison, or why there is none; and how many households found no cell."""

    found: Difference | Missing
    left_out_reached: int
    left_out_comparison: int


def compare(groups: Iterable[Group], *, min_cell: int = MIN_CELL, min_villages: int = MIN_VILLAGES) -> Compared:
    """The difference between the groups."""
    everybody = list(groups)
    cells: dict[tuple[str, int], list[Group]] = defaultdict(list)
    for group in everybody:
        cells[group.cell].append(group)
    kept = {cell: members for cell, members in cells.items() if min(_counts(members)) >= min_cell}
    used = [group for cell in sorted(kept) for group in kept[cell]]
    reached, compared = _counts(used)
    all_reached, all_compared = _counts(everybody)
    left = (all_reached - reached, all_compared - compared)
    if not used:
        return Compared(NO_COMPARISON, *left)
    if len({group.village for group in used}) < min_villages:
        return Compared(TOO_FEW_VILLAGES, *left)
    return Compared(_difference(used, kept), *left)


def _counts(groups: Sequence[Group]) -> tuple[int, int]:
    """Households reached, and not."""
    reached = sum(group.households for group in groups if group.reached)
    return reached, sum(group.households for group in groups) - reached


def _difference(groups: Sequence[Group], cells: Mapping[tuple[str, int], Sequence[Group]]) -> Difference:
    # Heavy, and needed by this one question only.
    from scipy import stats  # noqa: PLC0415
    from statsmodels.regression.linear_model import WLS  # noqa: PLC0415

    counts = {cell: _counts(of) for cell, of in cells.items()}
    stands_for = {cell: reached / compared for cell, (reached, compared) in counts.items()}
    weights = [group.households * (1.0 if group.reached else stands_for[group.cell]) for group in groups]
    changes = [group.change_fen / group.households for group in groups]
    # Within a cell both groups weigh the same, so that ±½ has no mean to take off there; the changes have.
    middles: dict[tuple[str, int], float] = defaultdict(float)
    for weight, change, group in zip(weights, changes, groups, strict=True):
        middles[group.cell] += weight * change / (2 * counts[group.cell][0])
    within = [change - middles[group.cell] for change, group in zip(changes, groups, strict=True)]
    sides = [0.5 if group.reached else -0.5 for group in groups]
    villages = [group.village for group in groups]
    numbered = {village: number for number, village in enumerate(sorted(set(villages)))}
    fitted = WLS(within, sides, weights=weights).fit(
        cov_type="cluster", cov_kwds={"groups": [numbered[village] for village in villages]}, use_t=True
    )
    reached, compared = _counts(groups)
    households, parameters = reached + compared, len(cells) + 1
    difference = float(fitted.params[0])
    error = float(fitted.bse[0]) * ((households - 1) / (households - parameters)) ** 0.5
    half = float(stats.t.ppf(0.975, len(numbered) - 1)) * error
    change_reached = sum(group.change_fen for group in groups if group.reached) / reached
    return Difference(
        difference=difference,
        standard_error=error,
        low=difference - half,
        high=difference + half,
        change_reached=change_reached,
        change_comparison=change_reached - difference,
        households_reached=reached,
        households_comparison=compared,
        cells=len(cells),
        villages=len(numbered),
    )
