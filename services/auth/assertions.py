"""``private_key_jwt`` (RFC 7523): a client proves who it is by a short-lived JWT that it signed itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MAX_LIFETIME_SECONDS = 600
LEEWAY_SECONDS = 60
"""How far a client's clock may be off."""
MAX_ID_LENGTH = 200


class NotAPublicKey(ValueError):
    """The JWK is not an Ed25519 or P-256 public key, or carries a private one."""


class BadAssertion(ValueError):
    """The assertion does not prove who the client is."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion that was found good; its ``assertion_id`` may be used once."""

    assertion_id: str
    expires_at: datetime


def load_public_jwk(jwk: Mapping[str, Any]) -> tuple[Any, str]:
    """A client's public key, and the one algorithm it may be used with. Raises :class:`NotAPublicKey`."""
    if "d" in jwk:
        raise NotAPublicKey("只需公钥,请勿发送私钥 / Send the public key only; this one should be replaced now")
    try:
        if jwk.get("kty") == "OKP":
            key: Any = OKPAlgorithm.from_jwk(json.dumps(dict(jwk)))
            if isinstance(key, Ed25519PublicKey):
                return key, "EdDSA"
        if jwk.get("kty") == "EC":
            key = ECAlgorithm.from_jwk(json.dumps(dict(jwk)))
            if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
                return key, "ES256"
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise NotAPublicKey("公钥无法读取 / The public key cannot be read") from error
    raise NotAPublicKey("仅支持 Ed25519 与 P-256 公钥 / Only Ed25519 and P-256 public keys are supported")


def claimed_client(assertion: str) -> str | None:
    """The client an assertion claims to come from; nothing is proved yet."""
    try:
        subject = jwt.decode(assertion, options={"verify_signature": False}).get("sub")
    except (jwt.PyJWTError, ValueError):
        return None
    return subject if isinstance(subject, str) else None


def read_assertion(
    assertion: str, *, client_id: str, keys: Mapping[str, str], audiences: list[str], now: datetime
) -> Assertion:
    """Check signature, issuer, subject, audience and times against the client's keys (kid → public JWK).

    Raises :class:`BadAssertion`.
    """
    try:
        kid = jwt.get_unverified_header(assertion).get("kid")
        if kid is None and len(keys) == 1:
            kid = next(iter(keys))
        if kid is None or kid not in keys:
            raise BadAssertion("unknown kid")
        key, algorithm = load_public_jwk(json.loads(keys[kid]))
        claims = jwt.decode(
            assertion,
            key,
            algorithms=[algorithm],
            audience=audiences,
            issuer=client_id,
            options={
                "require": ["iss", "sub", "aud", "exp", "jti"],
                "verify_exp": False,  # by ``now``, not by the machine's clock
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
        _check_times(claims, now)
    except (jwt.PyJWTError, NotAPublicKey, TypeError, ValueError, OverflowError) as error:
        raise BadAssertion(str(error)) from error
    if claims["sub"] != client_id:
        raise BadAssertion("another client's")
    if int(claims["exp"]) - now.timestamp() > MAX_LIFETIME_SECONDS + LEEWAY_SECONDS:
        raise BadAssertion("good for more than ten minutes")
    expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
    if not 1 <= len(claims["jti"]) <= MAX_ID_LENGTH:
        raise BadAssertion("jti too long")
    return Assertion(claims["jti"], expires_at)


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    moment = now.timestamp()
    if int(claims["exp"]) <= moment - LEEWAY_SECONDS:
        raise BadAssertion("expired")
    if max(int(claims.get(begin, 0)) for begin in ("iat", "nbf")) > moment + LEEWAY_SECONDS:
        raise BadAssertion("not good yet")
