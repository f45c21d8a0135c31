"""How every service checks tokens (``kit/auth.py``), against what ``auth`` publishes."""

import asyncio

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.auth.settings import AuthSettings
from services.kit import auth
from services.kit.auth import TokenVerifier
from services.kit.database import Database
from services.kit.errors import NotAuthenticated, Unavailable
from tests.integration.auth.requests import Api

ISSUER = "https://onecode.example"


@pytest.mark.parametrize("schema", ["codes", "sales", "stats"])
async def test_every_service_can_check_tokens_under_its_own_role(api: Api, settings: AuthSettings, schema: str) -> None:
    """What is published is enough, and may be read by whoever has to check a token."""
    database = Database(settings.role_url(f"onecode_{schema}_login"), application="test")
    try:
        caller = await TokenVerifier(database, issuer=ISSUER).verify(await api.token("officer"))
    finally:
        await database.close()
    assert caller.client_id == "officer"


async def test_nobody_is_let_in_while_revocations_cannot_be_read(api: Api, settings: AuthSettings) -> None:
    """Without a look at the published views there is no telling who is still allowed: 503, for one and for many."""
    unreachable = Database(settings.role_url("onecode_stats_login").set(database="no_such"), application="test")
    verifier = TokenVerifier(unreachable, issuer=ISSUER)
    token = await api.token("bureau")
    outcomes = await asyncio.gather(*(verifier.verify(token) for _ in range(5)), return_exceptions=True)
    await unreachable.close()
    assert [type(outcome) for outcome in outcomes] == [Unavailable] * 5


async def test_revocations_read_long_ago_are_read_again(
    api: Api, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where no loop does it, a revoked token stops working."""
    verifier = TokenVerifier(database, issuer=ISSUER)
    token = await api.token("bureau")
    await verifier.verify(token)
    await api.client.post("/v1/token/revoke", data={"token": token}, headers={"Authorization": f"Bearer {token}"})
    monkeypatch.setattr(auth, "STALE_SECONDS", 0)
    with pytest.raises(NotAuthenticated):
        await verifier.verify(token)


async def test_made_up_keys_do_not_make_us_read_for_each_of_them(api: Api, database: Database) -> None:
    """A flood of tokens with unknown key ids costs one look, and those with known keys are checked as ever."""
    verifier = TokenVerifier(database, issuer=ISSUER)
    good = await api.token("bureau")
    await verifier.verify(good)
    claims = jwt.decode(good, options={"verify_signature": False})
    stranger = Ed25519PrivateKey.generate()
    forged = [jwt.encode(claims, stranger, algorithm="EdDSA", headers={"kid": f"k{n}"}) for n in range(50)]
    looks = 0
    read = verifier.refresh

    async def counted() -> int:
        nonlocal looks
        looks += 1
        return await read()

    verifier.refresh = counted  # type: ignore[method-assign]
    outcomes = await asyncio.gather(*(verifier.verify(token) for token in forged), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [NotAuthenticated] * 50
    assert looks == 1
    assert (await verifier.verify(good)).client_id == "bureau"
    assert looks == 1
