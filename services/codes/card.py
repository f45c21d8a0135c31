"""The card's token: what makes a card of an address, and how it is verified without a network.

A card's symbol says ``HTTPS://HOST/C/<CODE>/<TOKEN>``. Any phone opens it as the code's page; a station also reads the
token, 116 characters of Crockford's base-32 for 72 bytes::

    byte   0        1       2 – 5        6 – 7                     8 – 71
           format   key     card number  days since 2000-01-01     Ed25519 signature (RFC 8032)
           1        1–255   big-endian   big-endian

What is signed is ``onecode.card``, a zero byte, the code, and bytes 0 to 7: a token is good with its own code only.
Ed25519 signs the same thing the same way, so a card that is printed again is the same card.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.codes.code import ALPHABET

FORMAT: Final = 1
TOKEN_LENGTH: Final = 116
MAX_KEY_ID: Final = 255
MAX_CARD_NO: Final = 2**32 - 1

_SIGNATURE_LENGTH: Final = 64
_HEAD_LENGTH: Final = 8
_FIRST_DAY: Final = date(2000, 1, 1)
_RFC_4648: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TO_CROCKFORD: Final = str.maketrans(_RFC_4648, ALPHABET)
_FROM_CROCKFORD: Final = str.maketrans(ALPHABET, _RFC_4648)
_ADDRESS: Final = re.compile(r"https?://[^/]+/c/([^/?#]+)(?:/([^/?#]+))?/?", re.IGNORECASE | re.ASCII)


class MalformedToken(ValueError):
    """The text is no card token. The message does not repeat it."""

    def __init__(self) -> None:
        super().__init__("不是卡片令牌 / this is no card token")


class CardVerdict(StrEnum):
    """What can be said of a card without asking anybody."""

    VALID = "valid"
    UNKNOWN_KEY = "unknown_key"
    """The key is not in the list: the list is old, or the card is not one of ours."""
    KEY_WITHDRAWN = "key_withdrawn"
    BAD_SIGNATURE = "bad_signature"
    """Forged, damaged, of another code, or issued on a day on which its key did not sign."""


@dataclass(frozen=True, slots=True)
class CardToken:
    """What a token says. Whether it is true, :func:`judge_token` tells."""

    key_id: int
    card_no: int
    issued_on: date
    signature: bytes


@dataclass(frozen=True, slots=True)
class CardKey:
    """A public key of cards. It signs cards from ``valid_from`` until before ``valid_to`` (``None``: open); these stay
    good for ever, unless the key is withdrawn.
    """

    key_id: int
    public_key: bytes
    valid_from: date
    valid_to: date | None = None
    withdrawn_at: datetime | None = None

    def signs_on(self, day: date) -> bool:
        """Whether cards of that day may bear its signature."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


def signed_part(code: str, key_id: int, card_no: int, issued_on: date) -> bytes:
    """The bytes that a card's signature is over."""
    return b"onecode.card\0" + code.encode() + _head(key_id, card_no, issued_on)


def _head(key_id: int, card_no: int, issued_on: date) -> bytes:
    if not (1 <= key_id <= MAX_KEY_ID and 1 <= card_no <= MAX_CARD_NO):
        raise ValueError("key ids go to 255, card numbers to 2**32 - 1")
    days = (issued_on - _FIRST_DAY).days
    return bytes([FORMAT, key_id]) + card_no.to_bytes(4, "big") + days.to_bytes(2, "big")


def write_token(token: CardToken) -> str:
    """The token as it stands on the card."""
    content = _head(token.key_id, token.card_no, token.issued_on) + token.signature
    return base64.b32encode(content).decode().rstrip("=").translate(_TO_CROCKFORD)


def read_token(text: str) -> CardToken:
    """The token that ``text`` writes, in either case. Raises :class:`MalformedToken`."""
    written = text.strip().upper()
    if len(written) != TOKEN_LENGTH or not set(written) <= set(ALPHABET):
        raise MalformedToken
    content = base64.b32decode(written.translate(_FROM_CROCKFORD) + "====")
    key_id, card_no = content[1], int.from_bytes(content[2:6], "big")
    if content[0] != FORMAT or not key_id or not card_no:
        raise MalformedToken
    issued_on = _FIRST_DAY + timedelta(days=int.from_bytes(content[6:_HEAD_LENGTH], "big"))
    token = CardToken(key_id, card_no, issued_on, content[_HEAD_LENGTH:])
    if write_token(token) != written:
        raise MalformedToken  # bits behind the last byte: one card, one token
    return token


def judge_token(code: str, token: CardToken, keys: Mapping[int, CardKey]) -> CardVerdict:
    """Whether ``token`` makes a card of ``code`` (canonical), by the public keys of ``/.well-known/onecode-keys.json``.

    A valid card may have been revoked since: ask online, or look into the list of revocations.
    """
    key = keys.get(token.key_id)
    if key is None:
        return CardVerdict.UNKNOWN_KEY
    signed = signed_part(code, token.key_id, token.card_no, token.issued_on)
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(token.signature, signed)
    except InvalidSignature:
        return CardVerdict.BAD_SIGNATURE
    if key.withdrawn_at is not None:
        return CardVerdict.KEY_WITHDRAWN
    return CardVerdict.VALID if key.signs_on(token.issued_on) else CardVerdict.BAD_SIGNATURE


def read_scan(text: str) -> tuple[str, str | None]:
    """What a scanner or a hand may bring: the code as written, and the card's token if there is one.

    Takes the address of a label or a card, of whatever host, or a bare code. Neither part is checked.
    """
    text = text.strip()
    match = _ADDRESS.fullmatch(text)
    return (text, None) if match is None else (match[1], match[2])
