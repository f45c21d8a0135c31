"""Argon2id hashes of PINs: made and checked in threads, two at a time, never inside a transaction."""

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from services.codes.credential import StationKey
from services.kit.errors import Unavailable

T = TypeVar("T")

MAX_AT_ONCE = 2
"""A hash takes 64 MiB and some 50 ms of a core: this bounds both."""
MAX_WAITING = 50


class PinHasher:
    """Hashes PINs of codes; what is hashed is a keyed digest, so that a stolen table alone is of no use."""

    def __init__(self, key: StationKey) -> None:
        self._key = key
        self._argon2 = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._running = asyncio.Semaphore(MAX_AT_ONCE)
        self._asked = 0

    async def hash(self, code: str, pin: str) -> str:
        """The hash of a code's PIN, with a salt of its own. Raises :class:`Unavailable` under overload."""
        return await self._in_thread(lambda: self._argon2.hash(self._key.peppered_pin(code, pin)))

    async def matches(self, code: str, pin: str, pin_hash: str | None) -> bool:
        """Whether a PIN belongs to a hash. Without one the same work is done in vain, so that the time of an answer
        does not tell which codes have a PIN. Raises :class:`Unavailable` under overload.
        """
        return await self._in_thread(lambda: self._verify(self._key.peppered_pin(code, pin), pin_hash))

    @cached_property
    def _nobodys_hash(self) -> str:
        return self._argon2.hash("")

    def _verify(self, peppered: str, pin_hash: str | None) -> bool:
        try:
            self._argon2.verify(pin_hash or self._nobodys_hash, peppered)
        except (VerificationError, InvalidHashError):
            return False
        return pin_hash is not None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._asked >= MAX_AT_ONCE + MAX_WAITING:
            raise Unavailable("核验请求过多,请稍后重试 / Too many PINs at once; try again", retry_after_seconds=2)
        self._asked += 1
        try:
            async with self._running:
                return await asyncio.to_thread(work)
        finally:
            self._asked -= 1
