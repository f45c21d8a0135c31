"""The keys that sign cards: one after another in time, each a secret file ``codes_card_key_<id>``.

A new key is published some days before it signs, so that a station which is seldom online knows it by then. When it
takes over, the cards of the one before stay good: rotation reprints nothing. Only a withdrawn key's cards are void.
"""

import base64
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.codes.card import MAX_KEY_ID, CardKey, CardToken, signed_part, write_token
from services.kit.secrets import ensure_secret, read_secret, write_secret

SECRET_PREFIX: Final = "codes_card_key_"  # noqa: S105 - the beginning of files' names
LEAD_DAYS: Final = 7
"""How long a key is published before it signs, while another one still does."""

_KEY_BYTES: Final = 32


class NoSuchSecret(LookupError):
    """The private half of a key is not in the secrets folder."""

    def __init__(self, key_id: int) -> None:
        super().__init__(f"缺少密钥文件 {SECRET_PREFIX}{key_id} / the secret {SECRET_PREFIX}{key_id} is missing")


def key_in_use(keys: Iterable[CardKey], day: date, *, held: Collection[int] | None = None) -> CardKey | None:
    """The key that signs on ``day``, if one does; of those in ``held`` only, if that is given."""
    good = (key for key in keys if key.withdrawn_at is None and key.signs_on(day))
    return max(
        (key for key in good if held is None or key.key_id in held), key=lambda key: key.valid_from, default=None
    )


def add_keys(keys: Sequence[CardKey], new: Mapping[int, bytes], today: date) -> list[CardKey]:
    """All keys with the ``new`` ones (id → public key) in their places.

    A new key begins :data:`LEAD_DAYS` from now and after all others; at once, if none signs today.
    """
    placed = list(keys)
    for key_id, public_key in sorted(new.items()):
        begins = today
        if key_in_use(placed, today) is not None:
            latest = max(key.valid_from for key in placed)
            begins = max(today + timedelta(days=LEAD_DAYS), latest + timedelta(days=1))
        placed.append(CardKey(key_id, public_key, begins))
    return _in_turn(placed, today)


def withdraw_key(keys: Sequence[CardKey], key_id: int, moment: datetime, today: date) -> list[CardKey]:
    """All keys after the withdrawal of one; if nothing signs any more, the next in line begins today."""
    withdrawn = [
        replace(key, withdrawn_at=moment) if key.key_id == key_id and key.withdrawn_at is None else key for key in keys
    ]
    return _in_turn(withdrawn, today)


def _in_turn(keys: Sequence[CardKey], today: date) -> list[CardKey]:
    """Each good key signs until the next one does; if none does today, the next begins. What is over stays over."""
    live = sorted(
        (key for key in keys if key.withdrawn_at is None and (key.valid_to is None or today < key.valid_to)),
        key=lambda key: key.valid_from,
    )
    if live and today < live[0].valid_from:
        live[0] = replace(live[0], valid_from=today)
    ends = {key.key_id: later.valid_from for key, later in pairwise(live)}
    turned = {key.key_id: replace(key, valid_to=ends.get(key.key_id)) for key in live}
    return sorted((turned.get(key.key_id, key) for key in keys), key=lambda key: key.key_id)


class CardSecrets:
    """The private halves in the secrets folder. It is looked into each time: a new file takes no restart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[int, Ed25519PrivateKey] = {}

    @classmethod
    def from_secrets(cls, folder: Path) -> "CardSecrets":
        """The secrets of this folder; key 1 is drawn at the first start."""
        secrets = cls(folder)
        if not secrets.held():
            ensure_secret(folder, f"{SECRET_PREFIX}1")
        return secrets

    def held(self) -> list[int]:
        """The ids of the keys that are here."""
        names = (re.fullmatch(rf"{SECRET_PREFIX}([1-9]\d{{0,2}})", path.name) for path in self._folder.glob("*"))
        return sorted(int(match[1]) for match in names if match and int(match[1]) <= MAX_KEY_ID)

    def public_keys(self) -> dict[int, bytes]:
        """Id → public key of those that are here."""
        return {key_id: self._key(key_id).public_key().public_bytes_raw() for key_id in self.held()}

    def sign(self, key_id: int, message: bytes) -> bytes:
        """An Ed25519 signature. Raises :class:`NoSuchSecret`."""
        return self._key(key_id).sign(message)

    def token(self, code: str, key_id: int, card_no: int, issued_on: date) -> str:
        """The token of a card, always the same. Raises :class:`NoSuchSecret`."""
        signature = self.sign(key_id, signed_part(code, key_id, card_no, issued_on))
        return write_token(CardToken(key_id, card_no, issued_on, signature))

    def _key(self, key_id: int) -> Ed25519PrivateKey:
        if key_id not in self._read:
            name = f"{SECRET_PREFIX}{key_id}"
            try:
                text = read_secret(self._folder, name)
            except FileNotFoundError:
                raise NoSuchSecret(key_id) from None
            seed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            if len(seed) != _KEY_BYTES:
                raise ValueError(f"密钥文件 {name} 应为 256 位 / the secret {name} must hold 256 bits in base64url")
            self._read[key_id] = Ed25519PrivateKey.from_private_bytes(seed)
        return self._read[key_id]


def draw_key(folder: Path) -> int:
    """Draw the next key into the secrets folder; answers its id. The service publishes it and lets it begin."""
    held = CardSecrets(folder).held()
    key_id = max(held, default=0) + 1
    if key_id > MAX_KEY_ID:
        raise ValueError("no more key ids")
    name = f"{SECRET_PREFIX}{key_id}"
    seed = Ed25519PrivateKey.generate().private_bytes_raw()
    write_secret(folder, name, base64.urlsafe_b64encode(seed).decode().rstrip("="))
    return key_id
