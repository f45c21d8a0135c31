"""Hashes of PINs."""

from services.codes.credential import StationKey
from services.codes.pin_hashes import PinHasher


async def test_a_pin_is_hashed_at_the_cost_of_what_people_think_of() -> None:
    """Argon2id with RFC 9106's 64 MiB and three passes; it matches with its code and under its key only."""
    hasher = PinHasher(StationKey(b"key"))
    pin_hash = await hasher.hash("HGP1XF3A71", "483176")
    assert pin_hash.startswith("$argon2id$")
    assert "m=65536,t=3,p=4" in pin_hash
    assert await hasher.matches("HGP1XF3A71", "483176", pin_hash)
    assert not await hasher.matches("HGP1XF3A72", "483176", pin_hash)
    assert not await PinHasher(StationKey(b"another")).matches("HGP1XF3A71", "483176", pin_hash)
