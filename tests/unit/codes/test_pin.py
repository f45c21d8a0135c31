"""Which PINs are refused."""

import pytest

from services.codes.pin import MAX_WRONG_IN_A_ROW, UnfitPin, flaw_of, may_try


@pytest.mark.parametrize("pin", ["48317", "4831760", "48317a", "４８３１７６", "", "483 76"])
def test_a_pin_has_six_digits(pin: str) -> None:
    assert flaw_of(pin) is UnfitPin.FORM


@pytest.mark.parametrize("pin", ["000000", "888888", "123456", "987654", "890123", "121212", "147147"])
def test_what_anybody_would_try_first_is_refused(pin: str) -> None:
    assert flaw_of(pin) is UnfitPin.GUESSABLE


def test_others_may_be_set_and_few_are_refused() -> None:
    assert flaw_of("483176") is None
    refused = sum(flaw_of(f"{number:06}") is not None for number in range(10**6))
    assert refused < 1_200


def test_five_wrong_in_a_row_are_enough() -> None:
    assert [may_try(wrong) for wrong in range(MAX_WRONG_IN_A_ROW + 2)] == [True] * 5 + [False] * 2
