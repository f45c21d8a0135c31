"""From what was found to the error of the whole: the combined ratio estimator of a stratified sample. Pure.

Cochran, *Sampling Techniques*, 3rd ed. 1977, 6.11: with N lines of stratum h, n of them found, booked x, confirmed y,

    R = Σ N ȳ ÷ Σ N x̄          true amount ≈ R · X          error = X − R · X
    V(R · X) = Σ N² (1 − n/N) ÷ n · s²(d),    d = (y − ȳ) − R (x − x̄)

X is what the whole frame was booked with. The interval takes Student's t with Σ(n − 1) degrees.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.stats.audit.sample import MIN_IN_STRATUM, Stratum
from services.stats.indicators import Missing

TOO_FEW_FINDINGS = Missing("too_few_findings")
NO_AUDIT = Missing("no_audit")
_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Finding:
    """A line that was looked at."""

    basis: str
    amount_fen: int
    """As booked."""
    confirmed_fen: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an audit, or several together, say of the amount they cover."""

    amount_fen: int
    """Booked, of the whole frame."""
    confirmed_fen: Fraction
    """Estimated to be true of it."""
    variance: Fraction
    """Of the latter, in fen²."""
    degrees: int
    findings: int
    wrong: int
    """Findings that were not confirmed as booked."""
    wrong_lines_at_most: float | None
    """Where nothing wrong was found: the share of lines that may be wrong all the same, with 95 % confidence."""

    @property
    def error_rate(self) -> float:
        """The share of the booked amount that is not true; negative where more was received than booked. No money: the
        amount is ``confirmed_fen``, exactly.
        """
        return float(1 - self.confirmed_fen / self.amount_fen)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the error rate, and like it two shares: nothing of them goes back into an amount."""
        from scipy import stats  # noqa: PLC0415 - heavy, and needed here only

        error = float(self.variance) ** 0.5 / self.amount_fen
        half = float(stats.t.ppf((1 + _CONFIDENCE) / 2, self.degrees)) * error if error else 0.0
        return self.error_rate - half, self.error_rate + half


def estimate(strata: Sequence[Stratum], findings: Iterable[Finding]) -> Estimate | Missing:
    """The error of a frame from the findings of its sample; ``too_few_findings`` while a stratum has under two.

    Lines that were drawn and not found yet are taken to be like the others: finish the sample before you print it.
    """
    found = list(findings)
    by_basis = {stratum.basis: [one for one in found if one.basis == stratum.basis] for stratum in strata}
    if not strata or any(len(by_basis[of.basis]) < min(of.lines, MIN_IN_STRATUM) for of in strata):
        return TOO_FEW_FINDINGS
    booked = sum((_mean_of(one.amount_fen for one in by_basis[of.basis]) * of.lines for of in strata), Fraction(0))
    confirmed = sum(
        (_mean_of(one.confirmed_fen for one in by_basis[of.basis]) * of.lines for of in strata), Fraction(0)
    )
    ratio = confirmed / booked
    amount = sum(of.amount_fen for of in strata)
    wrong = sum(one.confirmed_fen != one.amount_fen for one in found)
    return Estimate(
        amount_fen=amount,
        confirmed_fen=ratio * amount,
        variance=sum((_variance(of, by_basis[of.basis], ratio) for of in strata), Fraction(0)),
        degrees=max(1, len(found) - len(strata)),
        findings=len(found),
        wrong=wrong,
        wrong_lines_at_most=None if wrong else _at_most(strata, [len(by_basis[of.basis]) for of in strata]),
    )


def together(estimates: Sequence[Estimate]) -> Estimate | Missing:
    """Several frames that have nothing in common, such as counties or quarters, as one."""
    if not estimates:
        return NO_AUDIT
    bounds = [one.wrong_lines_at_most for one in estimates]
    return Estimate(
        amount_fen=sum(one.amount_fen for one in estimates),
        confirmed_fen=sum((one.confirmed_fen for one in estimates), Fraction(0)),
        variance=sum((one.variance for one in estimates), Fraction(0)),
        degrees=sum(one.degrees for one in estimates),
        findings=sum(one.findings for one in estimates),
        wrong=sum(one.wrong for one in estimates),
        wrong_lines_at_most=bounds[0] if len(estimates) == 1 else None,
    )


def _mean_of(numbers: Iterable[int]) -> Fraction:
    known = list(numbers)
    return Fraction(sum(known), len(known))


def _variance(stratum: Stratum, findings: Sequence[Finding], ratio: Fraction) -> Fraction:
    number = len(findings)
    if number == stratum.lines:
        return Fraction(0)
    booked = _mean_of(one.amount_fen for one in findings)
    confirmed = _mean_of(one.confirmed_fen for one in findings)
    squares = sum(
        (((one.confirmed_fen - confirmed) - ratio * (one.amount_fen - booked)) ** 2 for one in findings), Fraction(0)
    )
    spread = squares / (number - 1)
    return stratum.lines**2 * (1 - Fraction(number, stratum.lines)) / number * spread


def _at_most(strata: Sequence[Stratum], numbers: Sequence[int]) -> float:
    """Were more lines of a stratum wrong than 1 − α^(1/n), a sample of n would have shown one but for a chance below α
    (the exact binomial bound, wider than without replacement); α is shared by the strata (Bonferroni).
    """
    level = (1 - _CONFIDENCE) / len(strata)
    wrong = sum(
        0.0 if number == of.lines else of.lines * (1 - level ** (1 / number))
        for of, number in zip(strata, numbers, strict=True)
    )
    return wrong / sum(of.lines for of in strata)
