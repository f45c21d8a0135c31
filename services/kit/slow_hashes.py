"""Argon2id hashes of what people think of: made and checked in threads, a few at a time, never inside a transaction."""

import asyncio
import secrets
from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from services.kit.errors import Unavailable

T = TypeVar("T")

MAX_AT_ONCE = 2
"""A hash by :data:`RFC_9106_LOW_MEMORY` takes 64 MiB and some 50 ms of two cores: this bounds both."""
MAX_WAITING = 50


class SlowHasher:
    """Hashes secrets and compares them with their hashes."""

    def __init__(self, parameters: Parameters | None = None, *, busy: str) -> None:
        """``parameters``: by default RFC 9106's second recommended option; ``busy``: what is said under overload."""
        self._argon2 = PasswordHasher.from_parameters(parameters or RFC_9106_LOW_MEMORY)
        self._busy = busy
        self._running = asyncio.Semaphore(MAX_AT_ONCE)
        self._asked = 0

    async def hash(self, secret: str) -> str:
        """The Argon2id hash of ``secret``, with a salt of its own. Raises :class:`Unavailable` under overload."""
        return await self._in_thread(lambda: self._argon2.hash(secret))

    async def matches(self, secret: str, secret_hash: str | None) -> bool:
        """Whether ``secret`` belongs to ``secret_hash``. Without a hash (nobody has one) the same work is done in vain,
        so that the time of an answer does not tell who has one.

        Raises :class:`Unavailable` under overload.
        """
        return await self._in_thread(lambda: self._verify(secret, secret_hash))

    @cached_property
    def _nobodys_hash(self) -> str:
        return self._argon2.hash(secrets.token_urlsafe(32))

    def _verify(self, secret: str, secret_hash: str | None) -> bool:
        try:
            self._argon2.verify(secret_hash or self._nobodys_hash, secret)
        except (VerificationError, InvalidHashError):
            return False
        return secret_hash is not None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._asked >= MAX_AT_ONCE + MAX_WAITING:
            raise Unavailable(self._busy, retry_after_seconds=2)
        self._asked += 1
        try:
            async with self._running:
                return await asyncio.to_thread(work)
        finally:
            self._asked -= 1
