"""The list of what is good no more, as stations carry it: compact, signed, readable without a network.

One delta says what changed in a division between two positions of the feed; states, not steps, so that reading one
twice or missing none gives the same list. All numbers are big-endian::

    byte   0        1       2 – 5    6 – 9    10 – 13         14 – 19
           format   key     since    upto     seconds /       division, two digits
           2                                  since 1970      a byte

    then sections, each: tag (1 byte), number of entries (2 bytes), entries
        tag 0x01          a withdrawn card key:       1 byte, its id
        tag 0x02          a revoked card:             4 bytes, its number
        tag 0x10 + 4·state + kind   a code:           5 bytes, its eight random characters as 40 bits
            state 0 in force again, 1 suspended, 2 revoked; kind 0 household, 1 cooperative, 2 enterprise

    then 64 bytes of Ed25519 signature over ``onecode.revocations``, a zero byte, and all before it.

So a code costs **5 bytes**, a card 4, a section 3 and the frame 84. As text (base64url, four characters for three
bytes) one text message of 160 characters carries 6 codes, and three joined ones (459 characters) 51: more than a county
suspends or loses on most days.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from services.codes.code import Kind, MalformedCode, code_of, random_part
from services.codes.timeline import State

FORMAT: Final = 2
SIGNATURE_LENGTH: Final = 64
DOMAIN: Final = b"onecode.revocations\0"

_HEAD_LENGTH: Final = 20
_KEYS, _CARDS, _CODES = 0x01, 0x02, 0x10
_STATES: Final = (State.IN_FORCE, State.SUSPENDED, State.REVOKED)
_KINDS: Final = tuple(Kind)
_WIDTHS: Final = {_KEYS: 1, _CARDS: 4, **{_CODES + 4 * state + kind: 5 for state in range(3) for kind in range(3)}}
_LARGEST_SECTION: Final = 2**16 - 1


class MalformedDelta(ValueError):
    """The bytes are no delta of this format."""

    def __init__(self) -> None:
        super().__init__("不是吊销清单 / this is no list of revocations")


@dataclass(frozen=True, slots=True)
class Delta:
    """What changed in the tree of ``region`` after position ``since``, as of ``upto`` and ``at`` (whole seconds)."""

    since: int
    upto: int
    at: datetime
    region: str
    codes: dict[str, State] = field(default_factory=dict)
    cards: Sequence[int] = ()
    """Numbers of revoked cards, ascending."""
    keys: Sequence[int] = ()
    """Ids of all withdrawn card keys, ascending, whenever that was: there are few."""


def write_delta(delta: Delta, key_id: int) -> bytes:
    """The delta without its signature, which is over :data:`DOMAIN` and these bytes."""
    head = bytes([FORMAT, key_id])
    for number in (delta.since, delta.upto, int(delta.at.timestamp())):
        head += number.to_bytes(4, "big")
    head += bytes(int(delta.region[i : i + 2]) for i in range(0, 12, 2))
    sections: dict[int, list[bytes]] = {
        _KEYS: [key.to_bytes(1, "big") for key in delta.keys],
        _CARDS: [card_no.to_bytes(4, "big") for card_no in delta.cards],
    }
    for code, state in sorted(delta.codes.items()):
        tag = _CODES + 4 * _STATES.index(state) + [kind.letter for kind in _KINDS].index(code[0])
        sections.setdefault(tag, []).append(random_part(code).to_bytes(5, "big"))
    return head + b"".join(_section(tag, entries) for tag, entries in sorted(sections.items()))


def _section(tag: int, entries: Sequence[bytes]) -> bytes:
    parts = [entries[i : i + _LARGEST_SECTION] for i in range(0, len(entries), _LARGEST_SECTION)]
    return b"".join(bytes([tag]) + len(part).to_bytes(2, "big") + b"".join(part) for part in parts)


def read_delta(signed: bytes) -> tuple[int, Delta]:
    """Key id and content of a signed delta. The signature is the caller's to verify. Raises :class:`MalformedDelta`."""
    content = signed[:-SIGNATURE_LENGTH]
    if len(content) < _HEAD_LENGTH or content[0] != FORMAT:
        raise MalformedDelta
    since, upto, seconds = (int.from_bytes(content[place : place + 4], "big") for place in (2, 6, 10))
    region = "".join(f"{pair:02}" for pair in content[14:_HEAD_LENGTH])
    entries: dict[int, list[int]] = {}
    place = _HEAD_LENGTH
    while place < len(content):
        tag, count = content[place], int.from_bytes(content[place + 1 : place + 3], "big")
        width = _WIDTHS.get(tag)
        begin, place = place + 3, place + 3 + count * (width or 0)
        if width is None or not count or place > len(content):
            raise MalformedDelta
        found = [int.from_bytes(content[i : i + width], "big") for i in range(begin, place, width)]
        entries.setdefault(tag, []).extend(found)
    try:
        codes = {
            code_of(_KINDS[tag % 4], number): _STATES[(tag - _CODES) // 4]
            for tag, numbers in entries.items()
            if tag >= _CODES
            for number in numbers
        }
    except MalformedCode:
        raise MalformedDelta from None
    at = datetime.fromtimestamp(seconds, UTC)
    return content[1], Delta(since, upto, at, region, codes, entries.get(_CARDS, []), entries.get(_KEYS, []))


def as_text(signed: bytes) -> str:
    """A delta as it goes into a text message: base64url without padding."""
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")


def from_text(text: str) -> bytes:
    """The bytes that :func:`as_text` wrote, whatever line breaks came in between. Raises :class:`MalformedDelta`."""
    joined = "".join(text.split())
    try:
        return base64.urlsafe_b64decode(joined + "=" * (-len(joined) % 4))
    except ValueError:
        raise MalformedDelta from None
