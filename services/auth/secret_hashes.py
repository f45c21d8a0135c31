"""Argon2id hashes of passwords and client secrets: made and checked in threads, a few at a time."""

import asyncio
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from services.kit import clock
from services.kit.errors import Unavailable

T = TypeVar("T")

REMEMBER_SECONDS = 300
MAX_REMEMBERED = 1_000
MAX_AT_ONCE = 2
"""A password's hash takes 64 MiB and some 50 ms of two cores: this bounds both."""
MAX_WAITING = 50


def new_secret() -> str:
    """A client secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def password_hasher() -> "SecretHasher":
    """For what people think of: RFC 9106, second recommended option."""
    return SecretHasher(PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY))


def client_secret_hasher() -> "SecretHasher":
    """For what :func:`new_secret` draws. Argon2 is slow so that what a person could think of is not found by trying;
    nobody finds 256 random bits by trying, however fast. So the least work will do.
    """
    return SecretHasher(PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1))


class SecretHasher:
    """Hashes secrets and compares them with their hashes."""

    def __init__(self, argon2: PasswordHasher) -> None:
        self._argon2 = argon2
        self._running = asyncio.Semaphore(MAX_AT_ONCE)
        self._asked = 0
        self._key = secrets.token_bytes(32)
        self._remembered: OrderedDict[bytes, float] = OrderedDict()

    async def hash(self, secret: str) -> str:
        """The Argon2id hash of ``secret``, with a salt of its own. Raises :class:`Unavailable` under overload."""
        return await self._in_thread(lambda: self._argon2.hash(secret))

    async def matches(self, secret: str, secret_hash: str | None) -> bool:
        """Whether ``secret`` belongs to ``secret_hash``. Without a hash (nobody of that name) the same work is done
        in vain, so that the time of an answer does not tell which names exist.

        Raises :class:`Unavailable` under overload.
        """
        return await self._in_thread(lambda: self._verify(secret, secret_hash))

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

    @cached_property
    def _nobodys_hash(self) -> str:
        return self._argon2.hash(new_secret())

    def _verify(self, secret: str, secret_hash: str | None) -> bool:
        try:
            self._argon2.verify(secret_hash or self._nobodys_hash, secret)
        except (VerificationError, InvalidHashError):
            return False
        return secret_hash is not None

    def _pair(self, secret: str, secret_hash: str) -> bytes:
        return hmac.digest(self._key, f"{secret_hash}\0{secret}".encode(), hashlib.sha256)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._asked >= MAX_AT_ONCE + MAX_WAITING:
            raise Unavailable("登录请求过多,请稍后重试 / Too many are logging in; try again", retry_after_seconds=2)
        self._asked += 1
        try:
            async with self._running:
                return await asyncio.to_thread(work)
        finally:
            self._asked -= 1
