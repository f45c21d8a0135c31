"""How a line that several codes share is divided among them: pure, values in and values out.

What each part is worth is a function of what is left of the whole line (its amount less its refunds), never of a
difference: floor of the exact share, then one fen each to the largest remainders, ties by SHA-256 of (order, platform,
line, code). So no part is ever below nought, and the parts sum to the line. A refund posts to each part its share of
what is left after it less its share of what was left before; that may move one fen between parts the other way.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.kit.money import split_by_weight

NamedCodes = tuple[tuple[str, int], ...]
"""Codes of a line as it names them, each with its weight; in the order of the codes."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a line is, or a part of it."""

    code: str
    subject_id: int
    kind: str
    region: str
    weight: int = 1


Holding = tuple[Holder, ...]
"""Who holds a line: one, or several in the order in which ties go."""


def in_tie_order(order_no: str, platform: str, line_no: str, holders: Iterable[Holder]) -> Holding:
    """The holders of a line, the smaller digest first: so no code is always first."""
    prefix = f"{order_no}|{platform}|{line_no}|"
    return tuple(sorted(holders, key=lambda holder: hashlib.sha256(f"{prefix}{holder.code}".encode()).digest()))


def divide(fen: int, holding: Sequence[Holder]) -> list[int]:
    """What each holder has of ``fen``, which is not negative."""
    return [fen] if len(holding) == 1 else split_by_weight(fen, [holder.weight for holder in holding])


def refund_shares(amount_fen: int, before_fen: int, after_fen: int, holding: Sequence[Holder]) -> list[int]:
    """What each holder's part grows by (mostly: shrinks) when ``after_fen`` are refunded instead of ``before_fen``."""
    left_before, left_after = (divide(amount_fen - fen, holding) for fen in (before_fen, after_fen))
    return [after - before for before, after in zip(left_before, left_after, strict=True)]


def write_codes(codes: NamedCodes) -> str:
    """As it is hashed and stored: ``code=weight``, joined by commas."""
    return ",".join(f"{code}={weight}" for code, weight in codes)


def read_codes(text: str) -> NamedCodes:
    """What :func:`write_codes` wrote."""
    pairs = (part.partition("=") for part in text.split(","))
    return tuple((code, int(weight)) for code, _, weight in pairs)
