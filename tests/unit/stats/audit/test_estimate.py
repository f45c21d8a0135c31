"""The estimated error against formulas written out, and against populations whose error is known."""

import random
from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from services.stats.audit.estimate import NO_AUDIT, TOO_FEW_FINDINGS, Estimate, Finding, estimate, together
from services.stats.audit.sample import BASES, IncomeLine, Stratum, draw

Truth = dict[str, int]


def population(seed: int, size: int = 400) -> tuple[list[IncomeLine], Truth]:
    """Lines of uneven amounts, a fifth of which are wrong in some way."""
    source = random.Random(seed)  # noqa: S311 - to come out the same
    frame, truth = [], {}
    for household in range(size):
        line = IncomeLine(household, date(2020, 1, 1), source.choices(BASES, (2, 5, 3))[0], source.randint(100, 90_000))
        frame.append(line)
        kind = source.random()
        truth[line.key] = line.amount_fen if kind < 0.8 else int(line.amount_fen * source.choice([0, 0.5, 1.1]))
    return frame, truth


def audited(frame: list[IncomeLine], truth: Truth, size: int, seed: str) -> tuple[list[Stratum], list[Finding]]:
    """Draw, and find what is true."""
    sample = draw(frame, size, seed)
    findings = [Finding(line.basis, line.amount_fen, truth[line.key]) for line in sample.lines]
    return list(sample.strata), findings


def test_the_estimate_is_cochrans_written_out() -> None:
    """In floating point, with numpy's own variance of the residuals."""
    strata, findings = audited(*population(3), 90, "seed")
    found = estimate(strata, findings)
    assert isinstance(found, Estimate)
    x = {s.basis: np.array([f.amount_fen for f in findings if f.basis == s.basis], float) for s in strata}
    y = {s.basis: np.array([f.confirmed_fen for f in findings if f.basis == s.basis], float) for s in strata}
    ratio = sum(s.lines * y[s.basis].mean() for s in strata) / sum(s.lines * x[s.basis].mean() for s in strata)
    variance = sum(
        s.lines**2 * (1 - len(x[s.basis]) / s.lines) / len(x[s.basis]) * (y[s.basis] - ratio * x[s.basis]).var(ddof=1)
        for s in strata
    )
    amount = sum(s.amount_fen for s in strata)
    half = stats.t.ppf(0.975, len(findings) - len(strata)) * variance**0.5 / amount
    assert found.error_rate == pytest.approx(1 - ratio, rel=1e-12)
    assert found.interval == pytest.approx((1 - ratio - half, 1 - ratio + half), rel=1e-9)


def test_a_whole_frame_has_no_error_of_sampling() -> None:
    """When every line was looked at, the estimate is the truth and the interval a point."""
    frame, truth = population(5, 60)
    found = estimate(*audited(frame, truth, 60, "all"))
    assert isinstance(found, Estimate)
    assert found.confirmed_fen == sum(truth.values())
    assert found.interval == (found.error_rate, found.error_rate)


def test_the_interval_holds_the_truth_as_often_as_it_should() -> None:
    """Of 60 draws from one population at least 49 (about 93 % with uneven amounts)."""
    frame, truth = population(11)
    error = 1 - sum(truth.values()) / sum(line.amount_fen for line in frame)
    covered = 0
    for seed in range(60):
        found = estimate(*audited(frame, truth, 80, f"seed {seed}"))
        assert isinstance(found, Estimate)
        low, high = found.interval
        covered += low <= error <= high
    assert covered >= 49


def test_a_clean_sample_still_says_what_may_be_wrong() -> None:
    """No error found is no proof: with 30 of many lines of one stratum, up to 1 − 0.05^(1/30) may be wrong."""
    found = estimate([Stratum("paid", 10_000, 10**9, 30)], [Finding("paid", 100_000, 100_000)] * 30)
    assert isinstance(found, Estimate)
    assert (found.error_rate, found.wrong) == (0, 0)
    assert found.wrong_lines_at_most == pytest.approx(1 - 0.05 ** (1 / 30))


def test_too_few_findings_are_no_estimate() -> None:
    strata = [Stratum("paid", 10, 1000, 2), Stratum("imputed", 5, 500, 2)]
    assert estimate(strata, [Finding("paid", 100, 100)] * 2) == TOO_FEW_FINDINGS
    assert estimate(strata, []) == TOO_FEW_FINDINGS
    assert together([]) == NO_AUDIT


def test_frames_that_have_nothing_in_common_add_up() -> None:
    """Amounts, estimates and variances of two audits are summed."""
    found = [estimate(*audited(*population(seed), 60, "seed")) for seed in (1, 2)]
    one, other = (of for of in found if isinstance(of, Estimate))
    both = together([one, other])
    assert isinstance(both, Estimate)
    assert both.confirmed_fen == one.confirmed_fen + other.confirmed_fen
    assert both.variance == one.variance + other.variance > Fraction(0)
