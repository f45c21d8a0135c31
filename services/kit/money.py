"""Money is integer fen (1/100 yuan) inside and a decimal string with two places outside; never a float."""

import re
from collections.abc import Sequence

MAX_FEN = 10**15
"""Ten trillion yuan: more than a province sells in a year, small enough that sums of a billion lines fit a BIGINT."""

_AMOUNT = re.compile(r"(-?)(\d{1,14})(?:\.(\d{1,2}))?", re.ASCII)
_LONGEST_PLAIN = len("12345678901234.00")


class NotAnAmount(ValueError):
    """The text is not an amount of yuan with at most two decimals."""


def parse_yuan(text: str) -> int:
    """Read ``"37.00"``, ``"37.5"`` or ``"37"`` as fen. Raises :class:`NotAnAmount` for anything else."""
    digits = text[:-3] + text[-2:]
    if text[-3:-2] == "." and len(".00") < len(text) <= _LONGEST_PLAIN and digits.isascii() and digits.isdecimal():
        fen = int(digits)  # as nearly all are written: read in a third of the time
        if fen > MAX_FEN:
            raise NotAnAmount(text)
        return fen
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise NotAnAmount(text)
    sign, whole, fraction = match.groups()
    fen = int(whole) * 100 + int((fraction or "").ljust(2, "0"))
    if fen > MAX_FEN:
        raise NotAnAmount(text)
    return -fen if sign else fen


def format_yuan(fen: int) -> str:
    """Write fen as yuan with two decimals: ``3700`` → ``"37.00"``, ``-5`` → ``"-0.05"``."""
    sign = "-" if fen < 0 else ""
    whole, fraction = divmod(abs(fen), 100)
    return f"{sign}{whole}.{fraction:02d}"


def round_ratio(numerator: int, denominator: int) -> int:
    """Round ``numerator / denominator`` to the nearest integer, halves away from zero, in exact arithmetic.

    The project's one rounding rule, for averages and rates that are shown; amounts that are divided among parties
    use :func:`split_by_weight`, which loses nothing.
    """
    quotient, rest = divmod(abs(numerator), abs(denominator))
    rounded = quotient + (2 * rest >= abs(denominator))
    return rounded if (numerator < 0) == (denominator < 0) else -rounded


def split_by_weight(total: int, weights: Sequence[int], tie_order: Sequence[object] | None = None) -> list[int]:
    """Divide a non-negative ``total`` in proportion to non-negative integer ``weights`` so that the parts sum to it.

    Every part is the floor of its exact share; the units left over go, one each, to the parts with the largest
    remainders (Hamilton's method); ties go to the smaller ``tie_order`` value, by default to the earlier part.
    Raises ``ValueError`` when the total or a weight is negative, or when a positive total meets no positive weight.
    """
    if total < 0 or any(weight < 0 for weight in weights):
        message = "a split needs a total and weights that are not negative"
        raise ValueError(message)
    whole = sum(weights)
    if whole == 0:
        if total == 0:
            return [0] * len(weights)
        message = "a positive total cannot be split among parts without weight"
        raise ValueError(message)
    parts = [total * weight // whole for weight in weights]
    left = total - sum(parts)
    if left:
        ties: Sequence[object] = range(len(weights)) if tie_order is None else tie_order
        order = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), ties[i]))
        for i in order[:left]:
            parts[i] += 1
    return parts
