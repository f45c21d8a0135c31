"""A line that several codes share: parts that sum to it, are never below nought, and depend on nothing but the rest."""

import hashlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sales.line import RejectedLine, judge_codes
from services.sales.parts import Holder, divide, in_tie_order, read_codes, refund_shares, write_codes
from services.sales.wire import CodeShare

FIRST, SECOND, THIRD = "HRQC2R1YDV", "H7H0MRD1WC", "C2HNTN52NB"
WEIGHTS = st.lists(st.integers(1, 10**9), min_size=2, max_size=8)


def _holding(weights: list[int]) -> tuple[Holder, ...]:
    return tuple(Holder(f"H{n}", n, "household", "522701102201", weight) for n, weight in enumerate(weights))


@given(WEIGHTS, st.integers(0, 10**10))
def test_parts_sum_to_the_line_and_are_within_a_fen_of_their_share(weights: list[int], fen: int) -> None:
    """Nothing is lost, nobody has a fen more or less than the rule gives."""
    parts = divide(fen, _holding(weights))
    assert sum(parts) == fen
    assert all(part >= 0 and abs(part - Fraction(fen * weight, sum(weights))) < 1
               for part, weight in zip(parts, weights, strict=True))  # fmt: skip


@given(WEIGHTS, st.integers(1, 10**6), st.lists(st.integers(1, 10**6), max_size=6))
def test_whatever_refunds_came_the_parts_are_those_of_what_is_left(
    weights: list[int], fen: int, refunds: list[int]
) -> None:
    """Refund by refund or at once: every part ends at its share of what is left, never below nought."""
    holding = _holding(weights)
    parts, refunded = divide(fen, holding), 0
    for refund in refunds:
        after = min(fen, refunded + refund)
        parts = [part + share for part, share in zip(parts, refund_shares(fen, refunded, after, holding), strict=True)]
        refunded = after
        assert min(parts) >= 0
    assert parts == divide(fen - refunded, holding)


def test_ties_go_by_a_digest_of_line_and_code_that_anybody_can_compute() -> None:
    """One fen too few for two equal parts; docs/api/receipts.md has vectors."""
    holders = [Holder(code, 1, "household", "522701102201") for code in (FIRST, SECOND)]
    digests = {code: hashlib.sha256(f"T1|tmall|1|{code}".encode()).hexdigest() for code in (FIRST, SECOND)}
    ordered = in_tie_order("T1", "tmall", "1", holders)
    assert [holder.code for holder in ordered] == sorted(digests, key=lambda code: digests[code])
    assert divide(101, ordered) == [51, 50]


@pytest.mark.parametrize(
    "shares",
    [
        [CodeShare(FIRST, 1)],
        [CodeShare(FIRST, 1), CodeShare("hrqc-2r1y-dv", 1)],
        [CodeShare(FIRST, 1), CodeShare(SECOND)],
        [CodeShare(FIRST, 1), CodeShare(SECOND, amount="1.00")],
        [CodeShare(FIRST, 0), CodeShare(SECOND, 1)],
        [CodeShare(FIRST, 10**10), CodeShare(SECOND, 1)],
        [CodeShare(FIRST, amount="1.00"), CodeShare(SECOND, amount="1.00")],
        [CodeShare(FIRST, amount="3.00"), CodeShare(SECOND, amount="0.00")],
        [CodeShare(FIRST, amount="4.00"), CodeShare(SECOND, amount="-1.00")],
        [CodeShare(FIRST, 1, "1.00"), CodeShare(SECOND, 1, "2.00")],
        [CodeShare(FIRST, 1), CodeShare("HRQC2R1YDW", 1)],
        [CodeShare(f"H{n}", 1) for n in range(51)],
        [],
    ],
)
def test_shares_that_do_not_add_up_are_refused(shares: list[CodeShare]) -> None:
    """One code, a code twice, neither or both of weight and amount, amounts that are not the line's, a bad code."""
    with pytest.raises(RejectedLine):
        judge_codes(shares, 300)


def test_amounts_are_weights_in_fen_and_the_order_of_naming_means_nothing() -> None:
    """The same division said in three ways is the same content."""
    said = judge_codes([CodeShare(SECOND, amount="2.00"), CodeShare(FIRST, amount="1.00")], 300)
    assert said == judge_codes([CodeShare(FIRST, 100), CodeShare(SECOND, 200)], 300)
    assert read_codes(write_codes(said)) == said == ((SECOND, 200), (FIRST, 100))
