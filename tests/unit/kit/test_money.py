"""Money: read, written and divided without losing a fen."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.kit.money import MAX_FEN, NotAnAmount, format_yuan, parse_yuan, round_ratio, split_by_weight
from tests.strategies import fen, signed_fen, weights


@given(signed_fen)
def test_what_is_written_is_read_again(amount_fen: int) -> None:
    """And has two decimals."""
    text = format_yuan(amount_fen)
    assert text[-3] == "."
    assert parse_yuan(text) == amount_fen


@pytest.mark.parametrize(
    ("text", "amount_fen"),
    [
        ("37.00", 3700), ("37.5", 3750), ("37", 3700), ("0.01", 1), ("-0.05", -5), ("0", 0), ("-0.00", 0),
        ("007.10", 710), ("10000000000000.00", MAX_FEN),
    ],
)  # fmt: skip
def test_amounts_of_yuan(text: str, amount_fen: int) -> None:
    """Two decimals at most, a point between, nothing else."""
    assert parse_yuan(text) == amount_fen


@pytest.mark.parametrize(
    "text",
    [
        "", " ", ".", "37.", ".5", ".50", "37.005", "37,00", "1,000.00", "+1.00", "--1", "1e3", "0x10", "NaN", "inf",
        "1 ", "\n1", "1\n", "¥1.00", "1元", "３７.00", "٣٧", "٣٧.00", "3７.00", "1.2.00", "37.00 ",
        "10000000000000.01", "-10000000000000.01",
        "999999999999999", "1" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused(text: str) -> None:
    """No rounding, no guessing, no other digits than 0–9, nothing beyond what a BIGINT can sum."""
    with pytest.raises(NotAnAmount):
        parse_yuan(text)


@given(st.text(max_size=20))
def test_any_text_is_an_amount_or_is_refused(text: str) -> None:
    """What is read is what is written, but for leading noughts and missing decimals; all else is refused by name."""
    try:
        amount_fen = parse_yuan(text)
    except NotAnAmount:
        return
    assert Fraction(text) * 100 == amount_fen


@given(fen, weights)
def test_parts_sum_to_the_whole(total: int, parties: list[int]) -> None:
    """Each part is the floor of its exact share or one fen more, and who has no weight gets nothing."""
    assume(sum(parties) > 0)
    parts = split_by_weight(total, parties)
    assert sum(parts) == total
    for part, weight in zip(parts, parties, strict=True):
        floor = total * weight // sum(parties)
        assert floor <= part <= floor + 1
        assert part == floor or total * weight % sum(parties)


@given(fen, weights)
def test_the_largest_remainders_get_the_fen_that_are_left(total: int, parties: list[int]) -> None:
    """Nobody with a smaller remainder gets one while somebody with a larger does not; ties go to the earlier."""
    whole = sum(parties)
    assume(whole > 0)
    parts = split_by_weight(total, parties)
    ranks = [
        (-(total * weight % whole), place)
        for place, weight in enumerate(parties)
    ]  # fmt: skip
    lucky = [rank for rank, part, weight in zip(ranks, parts, parties, strict=True) if part > total * weight // whole]
    assert lucky == [rank for rank in ranks if rank in sorted(ranks)[: len(lucky)]]


@given(st.integers(0, 10_000), weights, st.randoms(use_true_random=False))
def test_a_tie_order_makes_the_split_independent_of_the_order_of_parties(
    total: int, parties: list[int], random: st.DataObject
) -> None:
    """Whoever is named first, each gets the same, because ties go by what is given for them."""
    assume(sum(parties) > 0)
    people = [(weight, f"party-{place:02d}") for place, weight in enumerate(parties)]
    shuffled = list(people)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    def split(order: list[tuple[int, str]]) -> dict[str, int]:
        names = [name for _, name in order]
        return dict(zip(names, split_by_weight(total, [weight for weight, _ in order], names), strict=True))

    assert split(shuffled) == split(people)


def test_ties_go_to_the_smaller_tie_order() -> None:
    """Two fen among three equals: the two whose turn it is."""
    assert split_by_weight(2, [1, 1, 1]) == [1, 1, 0]
    assert split_by_weight(2, [1, 1, 1], tie_order=["c", "a", "b"]) == [0, 1, 1]


def test_a_split_of_nothing() -> None:
    """Nothing can be split among nobody, or among parties without weight."""
    assert split_by_weight(0, []) == []
    assert split_by_weight(0, [0, 0]) == [0, 0]
    assert split_by_weight(0, [3, 4]) == [0, 0]


@pytest.mark.parametrize(("total", "parties"), [(-1, [1]), (1, [2, -1]), (1, []), (1, [0, 0])])
def test_what_cannot_be_split_is_refused(total: int, parties: list[int]) -> None:
    """Money would appear or vanish."""
    with pytest.raises(ValueError, match="split"):
        split_by_weight(total, parties)


@given(st.integers(-(10**12), 10**12), st.integers(-(10**6), 10**6).filter(bool))
def test_rounding_is_to_the_nearest_and_halves_go_away_from_zero(numerator: int, denominator: int) -> None:
    """The one rule, in exact arithmetic; its mirror image is the rounding of the mirror image."""
    exact = Fraction(numerator, denominator)
    rounded = round_ratio(numerator, denominator)
    assert abs(rounded - exact) <= Fraction(1, 2)
    if abs(rounded - exact) == Fraction(1, 2):
        assert abs(rounded) > abs(exact)
    assert round_ratio(-numerator, denominator) == -rounded


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"), [(1, 2, 1), (-1, 2, -1), (1, 3, 0), (5, 10, 1), (49, 100, 0), (0, 7, 0)]
)
def test_rounding_by_example(numerator: int, denominator: int, rounded: int) -> None:
    """Half a fen is one fen, of either sign."""
    assert round_ratio(numerator, denominator) == rounded
