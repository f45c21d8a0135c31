"""Hashes of passwords and client secrets."""

import hashlib
import hmac
import secrets
from collections import OrderedDict

from argon2 import Parameters, Type
from argon2.low_level import ARGON2_VERSION

from services.kit import clock
from services.kit.slow_hashes import SlowHasher

REMEMBER_SECONDS = 300
MAX_REMEMBERED = 1_000
_BUSY = "登录请求过多,请稍后重试 / Too many are logging in; try again"
_FAST = Parameters(
    type=Type.ID, version=ARGON2_VERSION, salt_len=16, hash_len=32, time_cost=1, memory_cost=8_192, parallelism=1
)


def new_secret() -> str:
    """A client secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def password_hasher() -> "SecretHasher":
    """For what people think of: RFC 9106, second recommended option."""
    return SecretHasher(busy=_BUSY)


def client_secret_hasher() -> "SecretHasher":
    """For what :func:`new_secret` draws. Argon2 is slow so that what a person could think of is not found by trying;
    nobody finds 256 random bits by trying, however fast. So the least work will do.
    """
    return SecretHasher(_FAST, busy=_BUSY)


class SecretHasher(SlowHasher):
    """A hasher that remembers for some minutes what it found to match."""

    def __init__(self, parameters: Parameters | None = None, *, busy: str) -> None:
        super().__init__(parameters, busy=busy)
        self._key = secrets.token_bytes(32)
        self._remembered: OrderedDict[bytes, float] = OrderedDict()

    def recalls(self, secret: str, secret_hash: str | None) -> bool:
        """Whether ``secret`` was found to match ``secret_hash`` a few minutes ago; costs microseconds.

        As nobody finds 256 random bits by trying, it is safe to keep a fast hash of them: keyed, with a key that lives
        in this process only. The stored hash is part of the pair, so a replaced secret is forgotten at once.
        Passwords of people are never remembered.
        """
        if secret_hash is None:
            return False
        return self._remembered.get(self._pair(secret, secret_hash), 0.0) > clock.now().timestamp()

    def remember(self, secret: str, secret_hash: str) -> None:
        """Let :meth:`recalls` know of a pair that matched. Only for secrets made by :func:`new_secret`."""
        pair = self._pair(secret, secret_hash)
        self._remembered[pair] = clock.now().timestamp() + REMEMBER_SECONDS
        self._remembered.move_to_end(pair)
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)

    def _pair(self, secret: str, secret_hash: str) -> bytes:
        return hmac.digest(self._key, f"{secret_hash}\0{secret}".encode(), hashlib.sha256)
