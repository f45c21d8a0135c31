"""Asking for tokens: every way that is offered, and every way that must not work."""

import base64
import hmac
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from services.auth.assertions import ASSERTION_TYPE
from services.auth.scopes import SCOPES
from services.kit import clock
from services.kit.auth import TokenVerifier
from services.kit.errors import NotAuthenticated
from tests.integration.auth.requests import Api

ISSUER = "https://onecode.example"


async def test_a_client_gets_a_token_by_basic_and_by_post(api: Api, app: FastAPI) -> None:
    """Both forms of client secret yield a token that says who it is for and what it may do."""
    by_basic = await api.ask_token("platform")
    credentials = api.first_clients["platform"]
    by_post = await api.post_form(
        grant_type="client_credentials", client_id="platform", client_secret=credentials.client_secret
    )
    for response in (by_basic, by_post):
        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-store"
        answer = response.json()
        assert answer["token_type"] == "Bearer"  # noqa: S105 - the scheme's name
        assert answer["expires_in"] == 3600
        caller = await app.state.verifier.verify(answer["access_token"])
        assert caller.client_id == "platform"
        assert caller.platform == "guinong"
        assert caller.regions == ("520000000000",)
        assert caller.scopes == {"orders:write", "imports:write", "ledger:read"}


async def test_a_token_says_what_it_must(api: Api) -> None:
    """The claims and the header that a verifier elsewhere relies on are there, and the published key fits."""
    token = await api.token("admin")
    keys = jwt.PyJWKSet.from_dict((await api.client.get("/.well-known/jwks.json")).json())
    kid = jwt.get_unverified_header(token)["kid"]
    claims = jwt.decode(token, keys[kid], algorithms=["EdDSA"], issuer=ISSUER, audience=ISSUER)
    assert claims["sub"] == "admin"
    assert claims["name"] == "管理员 / Administrator"
    assert claims["scope"].split() == list(SCOPES)
    assert 3599 <= claims["exp"] - claims["iat"] <= 3600
    assert claims["jti"]
    assert "platform" not in claims


@pytest.mark.parametrize(
    "fields",
    [
        {"client_id": "platform", "client_secret": "wrong"},
        {"client_id": "nobody", "client_secret": "wrong"},
        {"client_id": "platform"},
        {},
    ],
)
async def test_wrong_credentials_are_refused_in_oauth_form(api: Api, fields: dict[str, str]) -> None:
    """A wrong secret, an unknown client and no credentials are invalid_client, status 401."""
    response = await api.post_form(grant_type="client_credentials", **fields)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Basic")
    assert response.headers["cache-control"] == "no-store"
    assert set(response.json()) == {"error", "error_description"}
    assert response.json()["error"] == "invalid_client"


async def test_malformed_requests_say_what_is_wrong(api: Api) -> None:
    """Missing and unknown grant types, JSON bodies and repeated parameters have OAuth's own error codes."""
    assert (await api.post_form(scope="stats:read")).json()["error"] == "invalid_request"
    assert (await api.post_form(grant_type="implicit")).json()["error"] == "unsupported_grant_type"
    as_json = await api.client.post("/v1/token", json={"grant_type": "client_credentials"})
    assert (as_json.status_code, as_json.json()["error"]) == (400, "invalid_request")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in ("grant_type=client_credentials&grant_type=password", "a=" + "x" * 20_000, "client_id=%00", "a=%ff"):
        response = await api.client.post("/v1/token", content=body, headers=form)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_a_client_may_ask_for_less_but_not_for_more(api: Api, app: FastAPI) -> None:
    """A narrower scope is granted as asked; a scope beyond the client's own, or unknown, is invalid_scope."""
    narrower = await api.token("bureau", scope="stats:read")
    assert (await app.state.verifier.verify(narrower)).scopes == {"stats:read"}
    for scope in ("stats:read clients:write", "no:such"):
        response = await api.ask_token("bureau", scope=scope)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_scope")


async def test_ten_failures_and_the_eleventh_must_wait(api: Api) -> None:
    """Guessing is slowed down with 429 and Retry-After; a client that recently proved itself is not shut out."""
    await api.token("platform")
    guess = {"grant_type": "client_credentials", "client_id": "platform", "client_secret": "guessed"}
    for _ in range(10):
        assert (await api.post_form(**guess)).status_code == 401
    refused = await api.post_form(**guess)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert (await api.ask_token("platform")).status_code == 200


def _assertion(private: Any, algorithm: str, **changes: Any) -> str:
    now = clock.now()
    claims = {
        "iss": "robot",
        "sub": "robot",
        "aud": f"{ISSUER}/v1/token",
        "exp": now + timedelta(minutes=5),
        "iat": now,
        "jti": "assertion-1",
        **changes,
    }
    present = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(present, private, algorithm=algorithm, headers={"kid": "robot-key"})


async def _register_robot(api: Api, public_jwk: dict[str, Any]) -> None:
    registered = await api.register_client(
        await api.token("admin"), client_id="robot", public_jwk={**public_jwk, "kid": "robot-key"}
    )
    assert registered.status_code == 201, registered.text
    assert registered.json()["client_secret"] is None


async def _ask_with(api: Api, assertion: str) -> int:
    response = await api.post_form(
        grant_type="client_credentials", client_assertion_type=ASSERTION_TYPE, client_assertion=assertion
    )
    return response.status_code


async def test_a_client_signs_in_with_its_own_ed25519_key_once_per_assertion(api: Api) -> None:
    """private_key_jwt with EdDSA yields a token; the same assertion again does not, for either audience."""
    private = Ed25519PrivateKey.generate()
    await _register_robot(api, OKPAlgorithm.to_jwk(private.public_key(), as_dict=True))
    assertion = _assertion(private, "EdDSA")
    assert await _ask_with(api, assertion) == 200
    assert await _ask_with(api, assertion) == 401
    assert await _ask_with(api, _assertion(private, "EdDSA", jti="assertion-2", aud=ISSUER)) == 200


async def test_a_client_signs_in_with_its_own_p256_key(api: Api) -> None:
    """private_key_jwt with ES256 yields a token."""
    private = generate_private_key(SECP256R1())
    await _register_robot(api, ECAlgorithm.to_jwk(private.public_key(), as_dict=True))
    assert await _ask_with(api, _assertion(private, "ES256")) == 200


async def test_assertions_that_prove_nothing_are_refused(api: Api) -> None:
    """Another's key, audience, issuer or subject, an expired, endless, far too long-lived or unnumbered assertion, and
    one signed with the public key as an HMAC secret, are all refused.
    """
    private = Ed25519PrivateKey.generate()
    public = OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
    await _register_robot(api, public)
    now = clock.now()
    bad = [
        _assertion(Ed25519PrivateKey.generate(), "EdDSA"),
        _assertion(private, "EdDSA", aud="https://elsewhere.example"),
        _assertion(private, "EdDSA", iss="admin"),
        _assertion(private, "EdDSA", exp=now - timedelta(minutes=2)),
        _assertion(private, "EdDSA", exp=now + timedelta(days=1)),
        _assertion(private, "EdDSA", exp=None),
        _assertion(private, "EdDSA", jti=None),
        _assertion(public["x"], "HS256"),
    ]
    for assertion in bad:
        assert await _ask_with(api, assertion) == 401
    assert await _ask_with(api, _assertion(private, "EdDSA", jti="good")) == 200
    assert await _ask_with(api, _assertion(private, "EdDSA", sub="admin", jti="other")) == 401


def _by_hand(header: dict[str, Any], claims: dict[str, Any], key: bytes | None) -> str:
    """A JWT with an HMAC signature, or none: what a library would refuse to make."""
    head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims))
    signature = b"" if key is None else hmac.digest(key, head + b"." + body, "sha256")
    return b".".join((head, body, base64.urlsafe_b64encode(signature).rstrip(b"="))).decode()


async def test_tokens_that_we_did_not_sign_are_refused(api: Api, app: FastAPI) -> None:
    """Expired, tampered, unsigned (``alg: none``), HMAC-signed with our public key, of an unknown key, of another
    issuer, and plain nonsense: none of them is anybody's token.
    """
    verifier: TokenVerifier = app.state.verifier
    token = await api.token("admin")
    header = jwt.get_unverified_header(token)
    claims = jwt.decode(token, options={"verify_signature": False})
    head, body, signature = token.split(".")
    public = (await api.client.get("/.well-known/jwks.json")).json()["keys"][0]
    stranger = Ed25519PrivateKey.generate()
    other = jwt.encode({**claims, "scope": "stats:read"}, stranger, algorithm="EdDSA", headers=header)
    key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(public["x"] + "="))
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    raw = key.public_bytes_raw()
    confused = [
        _by_hand({"alg": "HS256", "kid": public["kid"]}, claims, secret)
        for secret in (pem, raw, json.dumps(public).encode())
    ]
    bad = [
        f"{head}.{other.split('.')[1]}.{signature}",
        f"{head}.{body}.{other.split('.')[2]}",
        f"{head}.{body}.",
        *(_by_hand({"alg": none, "kid": public["kid"]}, claims, None) for none in ("none", "None", "")),
        *confused,
        jwt.encode(claims, stranger, algorithm="EdDSA", headers={"kid": "unknown"}),
        jwt.encode(claims, stranger, algorithm="EdDSA"),
        "nonsense",
        "",
    ]
    for forged in bad:
        with pytest.raises(NotAuthenticated):
            await verifier.verify(forged)
    with pytest.raises(NotAuthenticated):
        await TokenVerifier(app.state.database, issuer="https://elsewhere.example").verify(token)
    assert (await verifier.verify(token)).client_id == "admin"


async def test_an_expired_token_is_refused_also_when_it_was_seen_before(
    api: Api, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is remembered about a token ends with the token."""
    verifier: TokenVerifier = app.state.verifier
    token = await api.token("station")
    assert (await verifier.verify(token)).client_id == "station"
    later = clock.now() + timedelta(seconds=3601)
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(NotAuthenticated):
        await verifier.verify(token)
    with pytest.raises(NotAuthenticated):
        await TokenVerifier(app.state.database, issuer=ISSUER).verify(token)
