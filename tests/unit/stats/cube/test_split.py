"""How a base is divided among members."""

import hashlib
from datetime import date
from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.stats.cube.split import ALL_BP, Member, MemberList, divide

DAY = date(2020, 2, 21)

members = st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 1000)), unique_by=lambda pair: pair[0], max_size=30)
bases = st.integers(0, 10**9)


def listed(pairs: list[tuple[int, int]], members_bp: int = ALL_BP) -> MemberList:
    """A list of households."""
    return MemberList(tuple(Member(member, "household", weight) for member, weight in pairs), members_bp, "")


@given(bases, members, st.integers(0, ALL_BP))
def test_parts_sum_to_the_base(base: int, pairs: list[tuple[int, int]], members_bp: int) -> None:
    """Nothing is lost and nothing made, and no part is negative."""
    division = divide(base, 7, DAY, "tea", listed(pairs, members_bp))
    assert sum(division.amounts_fen) + division.kept_fen == base
    assert min([*division.amounts_fen, division.kept_fen]) >= 0


@given(bases, members, st.integers(0, ALL_BP))
def test_each_part_is_within_a_fen_of_its_share(base: int, pairs: list[tuple[int, int]], members_bp: int) -> None:
    """Whoever recomputes a member's share finds it, but for the fen that rounding hands out."""
    division = divide(base, 7, DAY, "tea", listed(pairs, members_bp))
    whole = sum(weight for _, weight in pairs)
    for (_, weight), amount in zip(pairs, division.amounts_fen, strict=True):
        assert abs(amount - Fraction(base * members_bp * weight, ALL_BP * whole)) < 1


@given(bases, members, st.integers(0, ALL_BP), st.randoms())
def test_order_of_the_list_does_not_matter(
    base: int, pairs: list[tuple[int, int]], members_bp: int, random: Random
) -> None:
    """A member's amount is a function of the list's content."""
    shuffled = list(pairs)
    random.shuffle(shuffled)
    found = []
    for order in (pairs, shuffled):
        parties = listed(order, members_bp)
        division = divide(base, 7, DAY, "tea", parties)
        amounts = zip(parties.members, division.amounts_fen, strict=True)
        found.append({member.subject_id: amount for member, amount in amounts})
    assert found[0] == found[1]


def test_ties_fall_by_digest_and_the_group_is_last() -> None:
    """Of equal remainders the smaller digest is served first; over days and categories each member has its turn."""
    parties = listed([(1, 1), (2, 1), (3, 1)])
    division = divide(100, 7, DAY, "tea", parties)
    digests = [hashlib.sha256(f"7|2020-02-21|tea|{member}".encode()).digest() for member in (1, 2, 3)]
    assert [amount for amount in division.amounts_fen if amount == 34] == [34]
    assert division.amounts_fen[digests.index(min(digests))] == 34
    # One fen, half of it the member's: the remainders tie, and the group is the last to be served.
    assert divide(1, 7, DAY, "tea", listed([(1, 1)], members_bp=5_000)).kept_fen == 0
    winners = {
        list(divide(1, 7, DAY, category, parties).amounts_fen).index(1) for category in ("tea", "chili", "rice", "yam")
    }
    assert len(winners) > 1


@given(bases)
def test_a_group_without_members_or_promise_keeps_all(base: int) -> None:
    """What nobody is promised is nobody's income."""
    assert divide(base, 7, DAY, "tea", listed([])).kept_fen == base
    assert divide(base, 7, DAY, "tea", listed([(1, 5)], members_bp=0)).kept_fen == base


def test_known_answer() -> None:
    """70.00 with 60 % for members of weights 1 and 2: 14.00, 28.00, and 28.00 kept."""
    division = divide(7_000, 7, DAY, "tea", listed([(1, 1), (2, 2)], members_bp=6_000))
    assert (list(division.amounts_fen), division.kept_fen) == ([1_400, 2_800], 2_800)
