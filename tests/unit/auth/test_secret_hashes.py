"""Hashes of secrets, and what is remembered of them."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from services.auth.secret_hashes import (
    REMEMBER_SECONDS,
    SecretHasher,
    client_secret_hasher,
    new_secret,
    password_hasher,
)
from services.kit import clock
from services.kit.errors import Unavailable
from services.kit.slow_hashes import MAX_AT_ONCE, MAX_WAITING


@pytest.mark.parametrize("kind", [client_secret_hasher, password_hasher])
async def test_only_the_right_secret_matches_and_nobody_matches_nothing(kind: Callable[[], SecretHasher]) -> None:
    """Argon2id with a salt of its own each time; no hash, or one that is none, matches no secret."""
    hasher = kind()
    secret = new_secret()
    first, second = await hasher.hash(secret), await hasher.hash(secret)
    assert first.startswith("$argon2id$")
    assert first != second
    assert await hasher.matches(secret, second)
    assert not await hasher.matches(secret + "x", second)
    assert not await hasher.matches(secret, None)
    assert not await hasher.matches(secret, "not a hash")


async def test_a_secret_is_recalled_for_a_few_minutes_with_its_hash_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another secret, another hash (the secret was replaced), another process or later on: not recalled."""
    hasher = client_secret_hasher()
    assert not hasher.recalls("secret", "hash")
    hasher.remember("secret", "hash")
    assert hasher.recalls("secret", "hash")
    assert not hasher.recalls("secret2", "hash")
    assert not hasher.recalls("secret", "hash2")
    assert not hasher.recalls("secret", None)
    assert not client_secret_hasher().recalls("secret", "hash")
    later = clock.now() + timedelta(seconds=REMEMBER_SECONDS)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert not hasher.recalls("secret", "hash")


async def test_passwords_cost_more_than_random_secrets() -> None:
    """What people think of is hashed with RFC 9106's 64 MiB and three passes."""
    assert "m=65536,t=3,p=4" in await password_hasher().hash("secret")
    assert "m=8192,t=1,p=1" in await client_secret_hasher().hash("secret")


async def test_a_flood_of_hashing_is_turned_away_not_queued_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """What exceeds the queue is answered 503 at once, and the rest is done."""
    hasher = client_secret_hasher()
    monkeypatch.setattr(hasher, "_argon2", _Instant())
    extra = 7
    asked = MAX_AT_ONCE + MAX_WAITING + extra
    results = await asyncio.gather(*(hasher.hash("s") for _ in range(asked)), return_exceptions=True)
    assert sum(isinstance(result, Unavailable) for result in results) == extra
    assert results.count("hashed") == asked - extra
    assert await hasher.hash("s") == "hashed"


class _Instant:
    """Hashes without the work: this test is about the queue."""

    def hash(self, _secret: str) -> str:
        """At once."""
        return "hashed"
