"""The code itself: how one is drawn, read, grouped for the eye, and what may have gone wrong with a mistyped one.

A code has ten characters: a kind letter (H household, C cooperative, E enterprise), eight random characters of
Crockford's base-32 (no I, L, O, U), and one check character after ISO/IEC 7064 MOD 37,36. A code whose check character
would be I, L, O or U is drawn again, so no code ever contains a letter that is taken for a digit, and reading those
letters as the digits they resemble (O as 0, I and L as 1) never makes one code into another.

What the check catches: **every** wrong character, and every swap of two neighbours but those where the two bring the
running state to 18 and to 19. Of all swaps of unlike neighbours in well-formed codes one in 739 is such a pair (none at
the kind letter; the tests count them place by place). :func:`draw_code` does not issue the codes that hold one, 1.2 %
of all, so of a code that was drawn here no swap goes unnoticed either.
"""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base-32: the characters a code is made of."""

LENGTH: Final = 10
RANDOM_LENGTH: Final = 8
_RANDOM_BYTES: Final = 5
"""So many hold the eight random characters: 40 bits."""

_PAIRS: Final = tuple(first + second for first in ALPHABET for second in ALPHABET)

_ISO_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MODULUS: Final = len(_ISO_ALPHABET)
_LONGEST_INPUT: Final = 64
"""Longer text is no code with spaces in it; it is refused before anything is done with it or remembered of it."""


class Kind(StrEnum):
    """Who can hold a code."""

    HOUSEHOLD = "household"
    COOPERATIVE = "cooperative"
    ENTERPRISE = "enterprise"

    @property
    def letter(self) -> str:
        """The first letter of this kind's codes."""
        return self.value[0].upper()


_KIND_OF_LETTER: Final = {kind.letter: kind for kind in Kind}


class Flaw(StrEnum):
    """Why a text is no code, in the order in which it is looked at."""

    LENGTH = "length"
    KIND = "kind"
    ALPHABET = "alphabet"
    CHECK = "check"


_MESSAGES: Final = {
    Flaw.LENGTH: "识别码应为10个字符 / a code has ten characters",
    Flaw.KIND: "识别码应以H、C或E开头 / a code begins with H, C or E",
    Flaw.ALPHABET: "识别码含有不使用的字符 / a code has no such character in it",
    Flaw.CHECK: "校验字符不符，请核对是否输错 / the check character does not fit: please compare with the label",
}


class MalformedCode(ValueError):
    """The text cannot be a code; ``reason`` says why. The message does not repeat the text: it may end up in a log."""

    def __init__(self, reason: Flaw) -> None:
        super().__init__(_MESSAGES[reason])
        self.reason = reason


class SlipKind(StrEnum):
    """A slip of the hand that would explain a code with a wrong check character."""

    TRANSPOSITION = "transposition"
    ONE_CHARACTER = "one_character"


@dataclass(frozen=True, slots=True)
class Slip:
    """One possible slip: at ``position`` (1 to 10, the first of the two for a transposition), meaning ``code``."""

    kind: SlipKind
    position: int
    code: str


def _steps() -> tuple[dict[str, int], ...]:
    """For each state of the check its successor by character: one look-up where the standard has a formula.

    ISO/IEC 7064, hybrid system: state' = ((state or 36) · 2 mod 37 + value) mod 36, starting from 36; good at 1. As in
    python-stdnum, the state before the doubling is kept, which starts it at 18.
    """
    return tuple(
        {
            character: ((state or _MODULUS) * 2 % (_MODULUS + 1) + _ISO_ALPHABET.index(character)) % _MODULUS
            for character in ALPHABET
        }
        for state in range(_MODULUS)
    )


_STEPS: Final = _steps()
_FIRST_STATE: Final = _MODULUS // 2
_GOOD_STATE: Final = 1

_BLIND_PAIRS: Final = tuple(
    frozenset(
        first + second
        for first in ALPHABET
        for second in ALPHABET
        if first != second and _STEPS[step[first]][second] == _STEPS[step[second]][first]
    )
    for step in _STEPS
)
"""For each state the pairs of neighbours whose swap the check would not see."""


_BLIND_STATES: Final = frozenset(
    step[pair[0]] for step, pairs in zip(_STEPS, _BLIND_PAIRS, strict=True) for pair in pairs
)
"""The states that the first character of a blind pair can lead to: 18 and 19."""


def _reading() -> dict[int, str | None]:
    """How each input character is read: upper case, half width, look-alikes as digits, separators not at all."""
    reading: dict[int, str | None] = dict.fromkeys(
        map(ord, " -_.\t\r\n\u00a0\u2010\u2011\u2012\u2013\u2014\u2212\u3000\uff0d")
    )
    look_alikes = {"O": "0", "I": "1", "L": "1"}
    for letter in _ISO_ALPHABET:
        read_as = look_alikes.get(letter, letter)
        full_width = chr(ord(letter) + 0xFEE0)
        for written in {letter, letter.lower(), full_width, full_width.lower()}:
            reading[ord(written)] = read_as
    return reading


_READING: Final = _reading()


def _draw_below(limit: int) -> int:
    """As ``secrets.randbelow`` for a power of two, which that draws twice on average and this once."""
    return secrets.randbits(limit.bit_length() - 1)


class Randomness:
    """Numbers below a power of two from the system's secure source, many at a call: for whoever draws thousands."""

    def __init__(self, numbers: int) -> None:
        self._pool = os.urandom(_RANDOM_BYTES * numbers)
        self._at = 0

    def __call__(self, limit: int) -> int:
        """A whole number from 0 to ``limit`` - 1, each equally likely; ``limit`` is a power of two up to 2⁴⁰."""
        taken = self._pool[self._at : self._at + _RANDOM_BYTES]
        if len(taken) < _RANDOM_BYTES:
            return _draw_below(limit)
        self._at += _RANDOM_BYTES
        return int.from_bytes(taken, "big") & limit - 1


def draw_code(kind: Kind, randomness: Callable[[int], int] = _draw_below) -> str:
    """Draw a new code of ``kind``.

    ``randomness(n)`` gives a whole number from 0 to n-1, each equally likely; by default from the system's secure
    source. Whether the code is free is the caller's question: of 2⁴⁰ per kind few are taken, but some are.
    """
    while True:
        number = randomness(len(ALPHABET) ** RANDOM_LENGTH)
        code = _with_check(kind.letter + "".join([_PAIRS[number >> shift & 1023] for shift in (30, 20, 10, 0)]))
        if code is not None:
            return code


def _with_check(body: str) -> str | None:
    """Nine characters and their check character, or None where that makes no code to issue (about one in eight)."""
    state = _FIRST_STATE
    states = [state]
    for character in body:
        state = _STEPS[state][character]
        states.append(state)
    check = _ISO_ALPHABET[(_GOOD_STATE - (state or _MODULUS) * 2 % (_MODULUS + 1)) % _MODULUS]
    if check not in ALPHABET:
        return None
    code = body + check
    # A pair is only blind where its first character leads to one of two states: few codes must be looked through.
    if not _BLIND_STATES.isdisjoint(states) and any(
        code[i : i + 2] in _BLIND_PAIRS[states[i]] for i in range(LENGTH - 1)
    ):
        return None
    return code


@lru_cache(maxsize=1 << 16)
def parse_code(text: str) -> str:
    """The canonical code that ``text`` writes: upper case, no separators, look-alikes read as the digits they resemble.

    Case, spaces, hyphens and full-width characters do not matter. Raises :class:`MalformedCode`. The hot path of order
    intake: about a microsecond, and less for a code seen lately.
    """
    if len(text) > _LONGEST_INPUT:
        raise MalformedCode(Flaw.LENGTH)
    code = text.translate(_READING)
    if len(code) != LENGTH:
        raise MalformedCode(Flaw.LENGTH)
    if code[0] not in _KIND_OF_LETTER:
        raise MalformedCode(Flaw.KIND)
    state = _FIRST_STATE
    try:
        for character in code:
            state = _STEPS[state][character]
    except KeyError:
        raise MalformedCode(Flaw.ALPHABET) from None
    if state != _GOOD_STATE:
        raise MalformedCode(Flaw.CHECK)
    return code


def random_part(code: str) -> int:
    """The eight random characters of a canonical code as a number of 40 bits: with the kind, all there is to know."""
    number = 0
    for character in code[1 : RANDOM_LENGTH + 1]:
        number = number << 5 | ALPHABET.index(character)
    return number


def code_of(kind: Kind, random: int) -> str:
    """The code with this random part. Raises :class:`MalformedCode` if no such code is ever issued."""
    code = _with_check(kind.letter + "".join([ALPHABET[random >> shift & 31] for shift in range(35, -1, -5)]))
    if code is None:
        raise MalformedCode(Flaw.CHECK)
    return code


def kind_of(code: str) -> Kind:
    """The kind of a canonical code."""
    return _KIND_OF_LETTER[code[0]]


def group_code(code: str) -> str:
    """A canonical code in groups that can be read aloud and compared: ``HGP1XF3A71`` → ``HGP1 XF3A 71``."""
    return f"{code[:4]} {code[4:8]} {code[8:]}"


def explain_slip(text: str) -> tuple[Slip, ...]:
    """The single slips that would turn a good code into ``text``, swaps of neighbours first.

    Empty for a good code and for text that is not ten characters long. Nearly every wrong code is *some* wrong
    character away from about nine good ones, and by chance one in four is a swap away: a slip is only evidence once its
    ``code`` turns out to be issued. Show codes from here to nobody who may not look them up.
    """
    read = text[:_LONGEST_INPUT].translate(_READING)
    if len(read) != LENGTH or _is_good(read):
        return ()
    swaps = (
        Slip(SlipKind.TRANSPOSITION, i + 1, read[:i] + read[i + 1] + read[i] + read[i + 2 :]) for i in range(LENGTH - 1)
    )
    substitutions = (
        Slip(SlipKind.ONE_CHARACTER, i + 1, read[:i] + character + read[i + 1 :])
        for i in range(LENGTH)
        for character in ALPHABET
    )
    return tuple(slip for candidates in (swaps, substitutions) for slip in candidates if _is_good(slip.code))


def _is_good(code: str) -> bool:
    try:
        parse_code.__wrapped__(code)  # a candidate is not worth a place in the cache
    except MalformedCode:
        return False
    return True
