"""Hashes of PINs."""

from services.codes.credential import StationKey
from services.kit.slow_hashes import SlowHasher

_BUSY = "核验请求过多,请稍后重试 / Too many PINs at once; try again"


class PinHasher:
    """Hashes PINs of codes; what is hashed is a keyed digest, so that a stolen table alone is of no use."""

    def __init__(self, key: StationKey) -> None:
        self._key = key
        self._hasher = SlowHasher(busy=_BUSY)

    async def hash(self, code: str, pin: str) -> str:
        """The hash of a code's PIN, with a salt of its own. Raises ``Unavailable`` under overload."""
        return await self._hasher.hash(self._key.peppered_pin(code, pin))

    async def matches(self, code: str, pin: str, pin_hash: str | None) -> bool:
        """Whether a PIN belongs to a hash; without one as slowly. Raises ``Unavailable`` under overload."""
        return await self._hasher.matches(self._key.peppered_pin(code, pin), pin_hash)
