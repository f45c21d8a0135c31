"""What is printed: labels, cards, and the sheets that come of them. How they are drawn stands in ``sheet.py``, whose
library takes a while to load and is needed by nobody who does not print.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

LABELS_PER_SHEET: Final = 24
CARDS_PER_SHEET: Final = 10
HANDOVERS_PER_SHEET: Final = 20


@dataclass(frozen=True, slots=True)
class Label:
    """One label: the address in its symbol, the code for the eye, and where the product comes from."""

    address: str
    code: str
    title: str
    """The village, or the name of the cooperative or enterprise."""
    place: Sequence[str]
    """Lines above the title: prefecture with county; township."""


@dataclass(frozen=True, slots=True)
class Card:
    """One card: the address with its token, and what stands beside the symbol."""

    address: str
    code: str
    card_no: int
    issued_on: date
    title: str
    place: Sequence[str]


@dataclass(frozen=True, slots=True)
class Handover:
    """One strip of the sheet that goes with cards to those who hand them over: by which card, and its handover code."""

    code: str
    card_no: int
    handover_code: str
    title: str
    place: Sequence[str]


@dataclass(frozen=True, slots=True)
class Printout:
    """A PDF, and the characters in it that the font lacks."""

    pdf: bytes
    sheets: int
    missing: str
