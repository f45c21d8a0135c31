"""How much a client may ask: the rate of one address, and the size of a body."""

import math
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.types import Message, Receive, Send

MAX_ADDRESSES = 50_000
"""Addresses remembered at most, some 8 MB."""


class Room:
    """How many bytes of bodies may be in memory at once. A large body alone has room, whatever the limit."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._taken_bytes = 0

    def take(self, size: int) -> bool:
        """Take so many bytes, if there is room for them; to be given back."""
        if self._taken_bytes and self._taken_bytes + size > self._limit_bytes:
            return False
        self._taken_bytes += size
        return True

    def give_back(self, size: int) -> None:
        """A body is not needed any more."""
        self._taken_bytes -= size


class RateLimit:
    """A token bucket per client address: ``burst`` tokens, refilled at ``per_second``.

    Kept as one number per address, the moment when its bucket is full again (the generic cell rate algorithm), so a
    request costs about a microsecond. Addresses in ``unlimited`` (as for :func:`parse_networks`) have no limit.
    """

    def __init__(self, per_second: float, burst: int, *, unlimited: str = "") -> None:
        networks = parse_networks(unlimited)
        self._is_unlimited = lru_cache(maxsize=10_000)(lambda address: _lies_in(address, networks))
        self._seconds_per_request = 1 / per_second
        self._tolerance_seconds = (burst - 1) / per_second
        self._full_at: dict[str, float] = {}

    def wait_seconds(self, address: str, now: float) -> int:
        """Take a token of ``address``: 0, or the whole seconds until there will be one.

        ``now`` is the seconds of any clock that does not run backwards.
        """
        if self._is_unlimited(address):
            return 0
        bucket = network_of(address) if ":" in address else address
        full_at = max(self._full_at.get(bucket, now), now)
        excess_seconds = full_at - now - self._tolerance_seconds
        if excess_seconds > 1e-9:  # noqa: PLR2004 - sums of floats; a nanosecond is nobody's request
            return math.ceil(excess_seconds)
        self._full_at[bucket] = full_at + self._seconds_per_request
        if len(self._full_at) > MAX_ADDRESSES:
            self._forget_full(now)
        return 0

    def _forget_full(self, now: float) -> None:
        """Forget full buckets; should none be full, the half that was seen first: too generous, but bounded."""
        kept = {address: full_at for address, full_at in self._full_at.items() if full_at > now}
        if len(kept) > MAX_ADDRESSES // 2:
            kept = dict(list(kept.items())[-(MAX_ADDRESSES // 2) :])
        self._full_at = kept


def parse_networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read ``"127.0.0.0/8,::1"``. Raises ``ValueError`` for anything that is no address or network."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _lies_in(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


@lru_cache(maxsize=10_000)
def network_of(address: str) -> str:
    """The /64 of an IPv6 address, which is what one customer has; other text unchanged."""
    try:
        return str(IPv6Address(int(IPv6Address(address)) >> 64 << 64))
    except ValueError:
        return address


class CountedBody:
    """A body of unannounced length, counted as it arrives.

    When it grows over the limit, the application is told that the client is gone and what it then answers is
    withheld: ``exceeded`` says that the answer is the gateway's to give.
    """

    def __init__(self, receive: Receive, send: Send, limit_bytes: int) -> None:
        self._receive = receive
        self._send = send
        self._left_bytes = limit_bytes
        self._answered = False
        self.exceeded = False

    async def receive(self) -> Message:
        """The next part of the body."""
        if self.exceeded:
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] == "http.request":
            self._left_bytes -= len(message.get("body", b""))
            if self._left_bytes < 0 and not self._answered:
                self.exceeded = True
                return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        """Pass an answer on that began before the limit was reached."""
        if not self.exceeded:
            self._answered = True
            await self._send(message)
