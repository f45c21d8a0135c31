"""Access tokens for tests of single services: signed with a key that the database publishes, as auth would."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from services.kit import clock

PROVINCE = "520000000000"
ISSUER = "https://onecode.example"


class Tokens:
    """Issues tokens that every service of one database trusts."""

    def __init__(self, key: Ed25519PrivateKey, issuer: str) -> None:
        self._key = key
        self._issuer = issuer

    @classmethod
    async def trusted_by(cls, database_url: str, *, issuer: str = ISSUER) -> "Tokens":
        """Publish a new signing key in a database that has none (by its superuser's address)."""
        key = Ed25519PrivateKey.generate()
        connection = await asyncpg.connect(database_url)
        try:
            await connection.execute(
                "INSERT INTO auth.signing_keys (kid, public_jwk, current) VALUES ('test', $1, true)",
                OKPAlgorithm.to_jwk(key.public_key()),
            )
        finally:
            await connection.close()
        return cls(key, issuer)

    def issue(
        self,
        scope: str,
        *,
        client_id: str = "officer-1",
        regions: Sequence[str] = (PROVINCE,),
        platform: str | None = None,
    ) -> str:
        """A token of ten minutes."""
        now = clock.now()
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "sub": client_id,
            "jti": secrets.token_hex(8),
            "iat": now.timestamp(),
            "exp": now + timedelta(minutes=10),
            "scope": scope,
            "regions": list(regions),
        }
        if platform is not None:
            claims["platform"] = platform
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": "test"})

    def header(self, scope: str, **limits: Any) -> dict[str, str]:
        """The ``Authorization`` header with a token; ``limits`` as :meth:`issue` takes them."""
        return {"Authorization": f"Bearer {self.issue(scope, **limits)}"}
