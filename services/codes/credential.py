"""What devices and opened statements prove themselves with: secrets drawn here, of which only digests are kept.

An enrolment code is short, because somebody reads it out over a telephone; what guards it is that it works once, for a
day, and that its digest is keyed: whoever sees the table cannot try codes. A device's secret is derived from the
enrolment and a number that the device draws, so that a device whose answer was lost asks again and gets the same. A
handover code is derived from the card and from how many PINs its code has had: setting one makes it void.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from services.codes.code import ALPHABET
from services.kit.secrets import ensure_secret

SECRET_NAME = "codes_station_key"  # noqa: S105 - the name of a file
ENROLMENT_LENGTH = 8
HANDOVER_LENGTH = 8
_DEVICE_LENGTH = 9
_FORGIVEN = str.maketrans("OIL", "011", "- \t")


@dataclass(frozen=True, slots=True)
class DeviceCredential:
    """What a device sends with every request: ``Authorization: Device <device>:<secret>``."""

    device: str
    secret: str = field(repr=False)


class StationKey:
    """The service's own key for digests of what is too short to be hashed without one."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def from_secrets(cls, folder: Path) -> "StationKey":
        """The key in the secrets folder; drawn at the first start."""
        return cls(ensure_secret(folder, SECRET_NAME).encode())

    def enrolment_index(self, code: str) -> bytes:
        """By which an enrolment is found from its code, however that is written."""
        return self._digest("enrolment", read_enrolment_code(code))

    def device_secret(self, enrolment_id: int, request_id: str) -> str:
        """The secret of the device that used this enrolment with this number of its own."""
        digest = self._digest("device", str(enrolment_id), request_id)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def handover_code(self, code: str, card_no: int, *, pins_before: int) -> str:
        """By which a station may set the PIN of this card's code once: ``7K2M-XQ4P``, 40 bits, on no card."""
        digest = self._digest("handover", code, str(card_no), str(pins_before))
        return _grouped("".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:HANDOVER_LENGTH]))

    def is_handover_code(self, told: str, code: str, card_no: int, *, pins_before: int) -> bool:
        """Whether this, however it is written, is the handover code."""
        true = self.handover_code(code, card_no, pins_before=pins_before)
        return hmac.compare_digest(read_enrolment_code(told).encode(), read_enrolment_code(true).encode())

    def peppered_pin(self, code: str, pin: str) -> str:
        """What is hashed instead of a PIN: of a million PINs a stolen table would tell each in a day."""
        return self._digest("pin", code, pin).hex()

    def _digest(self, *parts: str) -> bytes:
        return hmac.digest(self._key, "\0".join(parts).encode(), hashlib.sha256)


def draw_enrolment_code() -> str:
    """Eight characters of Crockford's base-32 (40 bits), to be read out: ``7K2M-XQ4P``."""
    return _grouped("".join(secrets.choice(ALPHABET) for _ in range(ENROLMENT_LENGTH)))


def _grouped(characters: str) -> str:
    return f"{characters[:4]}-{characters[4:]}"


def read_enrolment_code(text: str) -> str:
    """An enrolment or handover code without hyphens, in capitals, letters that look like digits read as these."""
    return text.upper().translate(_FORGIVEN)


def draw_device() -> str:
    """The id of a new device: ``D`` and nine characters."""
    return "D" + "".join(secrets.choice(ALPHABET) for _ in range(_DEVICE_LENGTH))


def draw_grant() -> str:
    """256 random bits: the key to an opened statement."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> bytes:
    """What is kept of a secret of 256 random bits; nobody finds these by trying, so a fast hash will do."""
    return hashlib.sha256(secret.encode()).digest()


def read_credential(text: str) -> DeviceCredential | None:
    """Read ``<device>:<secret>``; None for any other text."""
    device, colon, secret = text.strip().partition(":")
    return DeviceCredential(device, secret) if colon and device and secret else None
