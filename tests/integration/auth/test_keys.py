"""Revocation, rotation of the signing keys, and what the outside can find out about them."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.auth.scopes import SCOPES
from services.auth.settings import AuthSettings
from services.auth.signing_keys import SigningKeys
from services.kit import clock
from services.kit.auth import TokenVerifier
from services.kit.database import Database
from services.kit.errors import NotAuthenticated
from tests.integration.auth.requests import Api

ISSUER = "https://onecode.example"


async def _jwks(api: Api) -> list[str]:
    keys = (await api.client.get("/.well-known/jwks.json")).json()["keys"]
    assert all(set(key) == {"kty", "crv", "x", "kid", "use", "alg"} for key in keys)
    return [key["kid"] for key in keys]


async def test_a_revoked_token_is_refused_after_the_next_look(api: Api, app: FastAPI) -> None:
    """Its owner ends it (RFC 7009); a verifier elsewhere refuses it once it has read the revocations again."""
    elsewhere = TokenVerifier(app.state.database, issuer=ISSUER)
    token = await api.token("platform")
    other = await api.token("platform")
    await elsewhere.verify(token)
    credentials = api.first_clients["platform"]
    answer = await api.client.post(
        "/v1/token/revoke", data={"token": token}, auth=(credentials.client_id, credentials.client_secret)
    )
    assert answer.status_code == 200
    await elsewhere.refresh()
    for verifier in (elsewhere, app.state.verifier):
        with pytest.raises(NotAuthenticated):
            await verifier.verify(token)
        assert (await verifier.verify(other)).client_id == "platform"
    (entry,) = [row for row in await api.audit(await api.token("admin")) if row["action"] == "revoke_token"]
    assert (entry["actor"], entry["detail"]) == ("platform", {"subject": "platform"})


async def test_who_may_revoke_what(api: Api, app: FastAPI) -> None:
    """Another client's token is refused, a bad token is no error, a holder may end its own token with it, and who keeps
    clients may end anybody's.
    """
    credentials = api.first_clients["bureau"]
    bureau = (credentials.client_id, credentials.client_secret)
    victim = await api.token("platform")
    refused = await api.client.post("/v1/token/revoke", data={"token": victim}, auth=bureau)
    assert (refused.status_code, refused.json()["error"]) == (403, "unauthorized_client")
    assert (await api.client.post("/v1/token/revoke", data={"token": "nonsense"}, auth=bureau)).status_code == 200
    assert (await api.client.post("/v1/token/revoke", data={"token": victim})).status_code == 401
    own = await api.token("station")
    for holder, token in ((own, own), (await api.token("admin"), victim)):
        answer = await api.client.post(
            "/v1/token/revoke", data={"token": token}, headers={"Authorization": f"Bearer {holder}"}
        )
        assert answer.status_code == 200
        with pytest.raises(NotAuthenticated):
            await app.state.verifier.verify(token)


async def test_a_rotated_key_signs_no_more_but_verifies_until_its_tokens_expire(
    api: Api, app: FastAPI, database: Database
) -> None:
    """After a rotation new tokens carry the new kid, old ones stay good; a verifier elsewhere takes the new one at
    once, without waiting for its next look.
    """
    elsewhere = TokenVerifier(database, issuer=ISSUER)
    old_token = await api.token("admin")
    await elsewhere.verify(old_token)
    (old_kid,) = await _jwks(api)
    rotated = await api.send("POST", "/v1/keys/rotate", old_token)
    assert rotated.status_code == 201
    current, retired = rotated.json()["keys"]
    assert (current["current"], retired["current"], retired["kid"]) == (True, False, old_kid)
    assert retired["verify_until"] > retired["retired_at"]
    assert await _jwks(api) == [current["kid"], old_kid]
    new_token = await api.token("admin")
    for verifier in (elsewhere, app.state.verifier):
        assert (await verifier.read(new_token)).kid == current["kid"]
        assert (await verifier.read(old_token)).kid == old_kid


def _private_keys(secrets_dir: Path) -> int:
    return len(list(secrets_dir.glob("auth_signing_key_*")))


async def test_a_retired_key_leaves_no_trace_when_its_tokens_have_expired(
    api: Api, settings: AuthSettings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its private half is deleted soon after the rotation, its public half is published until the last token ends."""
    admin = await api.token("admin")
    (old_kid,) = await _jwks(api)
    private = settings.secrets_dir / f"auth_signing_key_{old_kid}"
    assert private.stat().st_mode & 0o777 == 0o600
    await api.send("POST", "/v1/keys/rotate", admin)
    keys = SigningKeys(database, settings.secrets_dir, token_lifetime_seconds=3600)
    await keys.tidy()
    assert private.exists()
    later = clock.now() + timedelta(minutes=5)
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: later)
        await keys.tidy()
    assert not private.exists()
    assert await asyncio.to_thread(_private_keys, settings.secrets_dir) == 1
    assert old_kid in await _jwks(api)
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE auth.signing_keys SET verify_until = now() WHERE NOT current"))
    assert old_kid not in await _jwks(api)


async def test_a_withdrawn_key_voids_its_tokens_also_remembered_ones(api: Api, app: FastAPI) -> None:
    """For a key that was stolen: rotate, withdraw, and nothing it signed is good; the current key cannot go."""
    stolen = await api.token("platform")
    await app.state.verifier.verify(stolen)
    admin = await api.token("admin")
    (kid,) = await _jwks(api)
    refused = await api.send("POST", f"/v1/keys/{kid}/withdraw", admin)
    assert (refused.status_code, refused.json()["code"]) == (409, "current_key")
    await api.send("POST", "/v1/keys/rotate", admin)
    admin = await api.token("admin")
    assert (await api.send("POST", f"/v1/keys/{kid}/withdraw", admin)).status_code == 200
    with pytest.raises(NotAuthenticated):
        await app.state.verifier.verify(stolen)
    assert (await api.send("POST", f"/v1/keys/{kid}/withdraw", admin)).status_code == 404
    actions = [entry["action"] for entry in await api.audit(admin, target=kid)]
    assert actions == ["withdraw_key", "rotate_keys"]


async def test_what_has_expired_is_forgotten_and_what_has_not_is_kept(
    api: Api, app: FastAPI, settings: AuthSettings, database: Database
) -> None:
    """Tidying drops revocations of tokens that have ended anyway, and no other."""
    token = await api.token("station")
    await api.client.post("/v1/token/revoke", data={"token": token}, headers={"Authorization": f"Bearer {token}"})
    async with database.transaction() as connection:
        await connection.execute(
            text("INSERT INTO auth.revocations (token_id, expires_at) VALUES ('old', now() - interval '1 second')")
        )
    await SigningKeys(database, settings.secrets_dir, token_lifetime_seconds=3600).tidy()
    async with database.transaction() as connection:
        kept = list(await connection.scalars(text("SELECT token_id FROM auth.revocations")))
    assert kept == [(await app.state.verifier.read(token)).caller.token_id]


async def test_the_metadata_document_tells_where_and_how(api: Api) -> None:
    """RFC 8414: issuer, endpoints, methods and scopes; and every address lies on the issuer."""
    document = (await api.client.get("/.well-known/oauth-authorization-server")).json()
    assert document["issuer"] == ISSUER
    assert document["token_endpoint"] == f"{ISSUER}/v1/token"
    assert set(document["scopes_supported"]) == set(SCOPES)
    assert "private_key_jwt" in document["token_endpoint_auth_methods_supported"]
    for name in ("token_endpoint", "revocation_endpoint", "jwks_uri"):
        path = document[name].removeprefix(ISSUER)
        assert (await api.client.get(path)).status_code in {200, 405}
