"""QR symbols of fixed form and mask, and many of them at once. Rules: ISO/IEC 18004.

With form and mask fixed, a symbol is affine in the bits of its data: flipping one bit of the text flips the
same modules whatever the rest says (Reed–Solomon codes are linear, the mask is added). The labels of a sheet differ in
a few characters behind a common beginning, so one symbol and the difference that each of those bits makes give all of
them by exclusive or: microseconds where a symbol from scratch takes a millisecond.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.main import QRCode
from qrcode.util import QRData

Matrix = Sequence[Sequence[bool]]
"""Rows of modules, True for dark, without the quiet zone."""

QUIET_MODULES: Final = 4


class Form(NamedTuple):
    """Version and level: how many modules a symbol has, and how much of it may be damaged."""

    version: int
    level: Literal["M", "Q", "H"]
    """Of the codewords, 15, 25 or 30 % may be wrong."""

    @property
    def side(self) -> int:
        """Modules a side, without the quiet zone."""
        return 17 + 4 * self.version


CAPACITY: Final[Mapping[Form, int]] = {
    Form(3, "H"): 35,
    Form(5, "H"): 64,
    Form(5, "Q"): 87,
    Form(5, "M"): 122,
    Form(7, "M"): 178,
    Form(8, "M"): 221,
}
"""Alphanumeric characters that the forms in use hold."""

_LEVELS: Final = {"M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q, "H": ERROR_CORRECT_H}
_MASK: Final = 2
_ALPHANUMERIC: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_BITS_OF_TWO: Final = 11
_BITS_OF_ONE: Final = 6


class TextUnfit(ValueError):
    """The text is too long, or has other characters than the alphanumeric mode, for the forms allowed."""

    def __init__(self) -> None:
        super().__init__("文字不适于二维码 / the text does not fit the symbol")


def first_form(text: str, forms: Sequence[Form]) -> Form:
    """The first of ``forms`` that holds ``text``. Raises :class:`TextUnfit`."""
    form = next((form for form in forms if len(text) <= CAPACITY[form]), None)
    if form is None or not set(text) <= set(_ALPHANUMERIC):
        raise TextUnfit
    return form


def symbol_matrix(text: str, form: Form) -> Matrix:
    """The modules of ``text`` in a symbol of this form."""
    symbol = QRCode(version=form.version, error_correction=_LEVELS[form.level], mask_pattern=_MASK)
    symbol.add_data(QRData(text.encode()), optimize=0)  # alphanumeric: more than digits, no other characters
    symbol.make(fit=False)
    return tuple(tuple(bool(module) for module in row) for row in symbol.modules)


class SymbolFamily:
    """The symbols of texts that begin with ``beginning`` and have ``length`` characters in all.

    A symbol is a number here: its modules row by row, the first one the highest of ``side``² bits.
    """

    def __init__(self, beginning: str, length: int, form: Form) -> None:
        self._fixed = len(beginning) // 2 * 2  # characters are encoded by twos
        self.side = form.side
        lead, places = beginning[: self._fixed], length - self._fixed
        blank = "0" * places
        self._blank = _number(symbol_matrix(lead + blank, form))
        self._differences: list[list[int]] = []
        for place in range(0, places, 2):
            two = place + 1 < places
            row = []
            for bit in range(_BITS_OF_TWO if two else _BITS_OF_ONE):
                flipped = _characters(1 << bit, two=two)
                text = lead + blank[:place] + flipped + blank[place + len(flipped) :]
                row.append(_number(symbol_matrix(text, form)) ^ self._blank)
            self._differences.append(row)

    def draw(self, text: str) -> int:
        """The symbol of one text of the family."""
        number, place = self._blank, self._fixed
        for differences in self._differences:
            value = _value(text[place : place + 2])
            place += 2
            for difference in differences:
                if value & 1:
                    number ^= difference
                value >>= 1
        return number


@lru_cache(maxsize=8)
def symbol_family(beginning: str, length: int, form: Form) -> SymbolFamily:
    """The family of these texts, remembered: its first symbol takes as long as sixty."""
    return SymbolFamily(beginning, length, form)


def _number(matrix: Matrix) -> int:
    return int("".join("1" if dark else "0" for row in matrix for dark in row), 2)


def _value(characters: str) -> int:
    value = 0
    for character in characters:
        value = value * len(_ALPHANUMERIC) + _ALPHANUMERIC.index(character)
    return value


def _characters(value: int, *, two: bool) -> str:
    first, second = divmod(value, len(_ALPHANUMERIC))
    return _ALPHANUMERIC[first] + _ALPHANUMERIC[second] if two else _ALPHANUMERIC[second]
