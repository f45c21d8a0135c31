"""Identities: formally valid, and nobody's."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from services.demo.identities import DEMO_MARK, IdCards, credit_code, is_a_womans, name_of_holder

PREFECTURES = ("5201", "5202", "5203", "5204", "5205", "5206", "5223", "5226", "5227")


@pytest.mark.parametrize("prefecture", PREFECTURES)
def test_id_cards_are_valid_different_and_in_the_range_that_belongs_to_nobody(prefecture: str) -> None:
    """A prefecture's code where a person has a county's, sequence 996-999, born 1945 to 1979."""
    cards = IdCards()
    issued = [cards.issue(prefecture + "01001201") for _ in range(500)]
    assert len(set(issued)) == 500
    for number in issued:
        assert ric.validate(number) == number
        assert number[4:6] == "00"
        assert 996 <= int(number[14:17]) <= 999
        assert date(1945, 1, 1) <= ric.get_birth_date(number) <= date(1979, 12, 31)


def test_id_cards_run_out_before_they_repeat() -> None:
    cards = IdCards()
    assert len({cards.issue("520100000000") for _ in range(51_132)}) == 51_132
    with pytest.raises(ValueError, match="5201"):
        cards.issue("520100000000")


@given(st.sampled_from(["91", "93"]), st.sampled_from(PREFECTURES), st.integers(0, 99_999))
def test_credit_codes_pass_both_check_digits(registration: str, prefecture: str, number: int) -> None:
    """The whole code's (GB 32100) and that of the organisation part (GB 11714)."""
    code = credit_code(registration, prefecture + "23001201", number)
    assert uscc.validate(code) == code
    assert code.startswith(f"{registration}{prefecture}23DEM")
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = sum(int(c, 36) * weight for c, weight in zip(code[8:16], weights, strict=True)) % 11
    assert code[16] == {0: "0", 1: "X"}.get(rest, str(11 - rest))


def test_names_are_marked_and_go_with_the_number() -> None:
    cards = IdCards()
    names = {
        is_a_womans(number): name_of_holder(number, lambda _: 0)
        for number in (cards.issue("522701000000") for _ in range(4))
    }
    assert names == {True: f"杨秀英{DEMO_MARK}", False: f"杨国强{DEMO_MARK}"}
    assert all(re.fullmatch(r"[\u4e00-\u9fff]{3}（演示）", name) for name in names.values())
