"""The PIN of a card: which ones are refused, and when no more may be tried. Pure."""

import re
from enum import StrEnum

LENGTH = 6
MAX_WRONG_IN_A_ROW = 5
"""Of 10^6 PINs: a thief who has the card finds one with a chance of 1 in 200,000, then an officer sees him."""

_FORM = re.compile(rf"[0-9]{{{LENGTH}}}", re.ASCII)
_ASCENDING = "01234567890123456789"


class UnfitPin(StrEnum):
    """Why a PIN is refused."""

    FORM = "form"
    GUESSABLE = "guessable"


def flaw_of(pin: str) -> UnfitPin | None:
    """Why this PIN may not be set: it has other than six digits, or is one digit, a run, or a pair thrice."""
    if _FORM.fullmatch(pin) is None:
        return UnfitPin.FORM
    guessable = len(set(pin)) == 1 or pin == pin[:2] * 3 or pin == pin[:3] * 2
    return UnfitPin.GUESSABLE if guessable or pin in _ASCENDING or pin[::-1] in _ASCENDING else None


def may_try(wrong_in_a_row: int) -> bool:
    """Whether a PIN may be tried after so many wrong ones in a row; setting it anew starts over."""
    return wrong_in_a_row < MAX_WRONG_IN_A_ROW
