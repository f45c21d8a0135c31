"""The keys that sign access tokens: drawn, kept as files, rotated. The database knows only their public halves."""

import json
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import OKPAlgorithm
from sqlalchemy.ext.asyncio import AsyncConnection

from services.auth import queries
from services.auth.errors import CurrentKey, UnknownKey
from services.kit import clock
from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.errors import Unavailable
from services.kit.secrets import read_secret, write_secret

GRACE = timedelta(minutes=1)
"""How much longer than a token's life a retired key verifies: another process may sign with it a moment longer."""


def _secret_name(kid: str) -> str:
    return f"auth_signing_key_{kid}"


def draw_signing_key(secrets_dir: Path) -> tuple[str, str]:
    """Draw an Ed25519 key and write its private half to the secrets folder; answers its id and its public JWK."""
    private = Ed25519PrivateKey.generate()
    kid = secrets.token_hex(8)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    write_secret(secrets_dir, _secret_name(kid), pem)
    public = OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return kid, json.dumps({**public, "kid": kid, "use": "sig", "alg": "EdDSA"}, sort_keys=True)


class Signer:
    """Signs access tokens with the current key."""

    def __init__(self, database: Database, secrets_dir: Path) -> None:
        self._database = database
        self._secrets_dir = secrets_dir
        self._kid: str | None = None
        self._private: Ed25519PrivateKey | None = None

    async def refresh(self) -> int:
        """Look which key is current, and load it. Answers 0, so that a loop rests after each round."""
        async with self._database.transaction() as connection:
            kid = await queries.read_current_kid(connection)
        if kid is not None and kid != self._kid:
            private = load_pem_private_key(read_secret(self._secrets_dir, _secret_name(kid)).encode(), password=None)
            if not isinstance(private, Ed25519PrivateKey):
                raise TypeError(f"{_secret_name(kid)} is not an Ed25519 key")
            self._private, self._kid = private, kid
        return 0

    async def sign(self, claims: dict[str, Any]) -> str:
        """``claims`` as a signed JWT of type ``at+jwt`` (RFC 9068). Raises :class:`Unavailable` without a key."""
        if self._private is None:
            await self.refresh()
        if self._private is None or self._kid is None:
            raise Unavailable("尚未初始化,请运行 onecode bootstrap / Not set up yet; run `onecode bootstrap`")
        return jwt.encode(claims, self._private, algorithm="EdDSA", headers={"kid": self._kid, "typ": "at+jwt"})


class SigningKeys:
    """Rotation of the signing keys."""

    def __init__(self, database: Database, secrets_dir: Path, *, token_lifetime_seconds: int) -> None:
        self._database = database
        self._secrets_dir = secrets_dir
        self._verify_for = timedelta(seconds=token_lifetime_seconds) + GRACE

    async def rotate(self, actor: Caller) -> str:
        """Let a new key sign from now on; the old one verifies until its last token has expired. Answers the kid."""
        kid, public_jwk = draw_signing_key(self._secrets_dir)
        async with self._database.transaction() as connection:
            await queries.one_at_a_time(connection, "rotate")
            now = clock.now()
            retired = await queries.retire_signing_key(connection, now, now + self._verify_for)
            await queries.insert_signing_key(connection, kid, public_jwk)
            await queries.write_audit(
                connection, actor=actor.client_id, action="rotate_keys", target=kid, detail={"retired": retired}
            )
        return kid

    async def withdraw(self, actor: Caller, kid: str) -> None:
        """Void every token that a retired key has signed: for a key that somebody else may have.

        Raises :class:`CurrentKey` and :class:`UnknownKey`.
        """
        async with self._database.transaction() as connection:
            withdrawn = await queries.withdraw_signing_key(connection, kid)
            if withdrawn is None:
                raise UnknownKey("没有可撤下的密钥 / There is no key of this id to withdraw")
            if not withdrawn:
                raise CurrentKey("请先更换密钥 / Rotate the keys first (POST /v1/keys/rotate)")
            await queries.write_audit(connection, actor=actor.client_id, action="withdraw_key", target=kid, detail={})

    async def list(self) -> list[Any]:
        """Every key there was, newest first."""
        async with self._database.transaction() as connection:
            return await queries.read_signing_keys(connection)

    async def tidy(self) -> int:
        """Forget what has expired, and delete private keys that sign no more. Answers 0: once a round is enough."""
        async with self._database.transaction() as connection:
            await queries.forget_expired(connection)
            keys = await queries.read_signing_keys(connection)
        for key in keys:
            if key.retired_at is not None and key.retired_at + GRACE < clock.now():
                (self._secrets_dir / _secret_name(key.kid)).unlink(missing_ok=True)
        return 0


async def ensure_signing_key(connection: AsyncConnection, secrets_dir: Path) -> None:
    """Make the first signing key if there is none."""
    if await queries.read_current_kid(connection) is None:
        kid, public_jwk = draw_signing_key(secrets_dir)
        await queries.insert_signing_key(connection, kid, public_jwk)
        await queries.write_audit(
            connection, actor="bootstrap", action="rotate_keys", target=kid, detail={"retired": None}
        )
