"""The number by which a person is known: ID card, or the disability certificate that contains it."""

import re
from typing import Final

from services.codes.subject import ID_CARD_LENGTH, IdCardFlaw, NotAnIdCard, read_id_card

_SCIENTIFIC: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?E\+?[0-9]+")
_CERTIFICATE: Final = re.compile(r"([0-9]{17}[0-9X])([1-7][1-4])(?:B[1-9])?")
"""Since 2008: the ID card number, a digit for the kind and one for the degree of disability; B1 … for a reissue."""
_OLD_LENGTH: Final = 15
_EXACT_DIGITS: Final = 15
_HALF_WIDTH: Final = str.maketrans({chr(0xFF01 + i): chr(0x21 + i) for i in range(94)})
_SEPARATORS: Final = re.compile(r"[\s'\"=\-\u2010-\u2015\u3000]")
_REASONS: Final = {
    IdCardFlaw.LENGTH: "id_length",
    IdCardFlaw.CHARACTERS: "id_characters",
    IdCardFlaw.CHECK: "id_check",
    IdCardFlaw.BIRTH_DATE: "id_birth_date",
    IdCardFlaw.PROVINCE: "id_province",
}


class UnfitDocument(ValueError):
    """The text is no number that a person is known by; ``reason`` names why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_document(text: str) -> tuple[str, str | None]:
    """The ID card number, and the number of the disability certificate if that was given.

    Raises :class:`UnfitDocument`. A number that Excel took for a quantity is told apart from a mistyped one: it is
    written with an exponent, or everything beyond its 15th digit is zero.
    """
    if not (len(text) == ID_CARD_LENGTH and text.isascii() and text.isalnum()):
        text = _SEPARATORS.sub("", text.translate(_HALF_WIDTH))
    number = text.upper()
    if ("E" in number and _SCIENTIFIC.fullmatch(number)) or (number.endswith("000") and _is_padded(number)):
        raise UnfitDocument("id_ruined_by_excel")
    if len(number) == _OLD_LENGTH and number.isdigit():
        raise UnfitDocument("id_of_15_digits")
    certificate = None
    if len(number) > ID_CARD_LENGTH:
        match = _CERTIFICATE.fullmatch(number)
        if match is None:
            raise UnfitDocument("id_length")
        certificate, number = number, match[1]
    try:
        return read_id_card(number), certificate
    except NotAnIdCard as error:
        raise UnfitDocument(_REASONS[error.flaw]) from None


def _is_padded(number: str) -> bool:
    """Whether a number of more digits than a spreadsheet keeps ends in zeros from there on."""
    return len(number) >= ID_CARD_LENGTH and number.isdigit() and not number[_EXACT_DIGITS:].strip("0")
