"""Who is calling, and what their token lets them do. Tokens are EdDSA-signed JWTs; keys and revocations are read
from the views that the issuing service publishes, so no service asks another over the network.

A verified token is remembered until it expires, so that a busy client's signature is checked once; revocations are
re-read every few seconds, so a revoked token or a disabled client stops working well within 30 s. While they cannot be
read, nobody is let in on what was true before that.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt
from fastapi import Request
from jwt.algorithms import OKPAlgorithm
from sqlalchemy import text

from services.kit import clock
from services.kit.database import NO_CONNECTION, Database
from services.kit.errors import NotAllowed, NotAuthenticated, Unavailable
from services.kit.territory import region_prefix

REFRESH_SECONDS = 5
STALE_SECONDS = 20
"""What was read longer ago is not relied on: a request reads it again, or is answered 503."""
LOOKS_APART_SECONDS = 0.2
"""Tokens with key ids that nobody knows make us look for new keys, but not more often than this."""
MAX_REMEMBERED_TOKENS = 10_000

_MISSING = (
    "请在 Authorization 头中提供 Bearer 令牌(POST /v1/token 可获取) / Send a Bearer token; get one from POST /v1/token"
)
_INVALID = "令牌无效或已过期,请重新获取 / The token is not valid or has expired; get a new one from POST /v1/token"
_REVOKED = "令牌已被撤销 / The token has been revoked"


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated caller of a request."""

    client_id: str
    scopes: frozenset[str]
    regions: tuple[str, ...]
    """Roots of the region trees the caller may see; empty means none."""
    platform: str | None
    station: str | None
    token_id: str

    def may_see_region(self, code: str) -> bool:
        """Whether a 12-digit division code lies in one of the caller's trees (codes nest by their leading digits)."""
        return any(code.startswith(region_prefix(root)) for root in self.regions)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token whose signature and times were checked."""

    caller: Caller
    kid: str
    issued_at: float
    """Seconds since 1970, with fractions."""
    expires_at: float


@dataclass(frozen=True, slots=True)
class _Published:
    """What the ``auth`` schema said at one moment."""

    keys: dict[str, Any]
    revoked_tokens: frozenset[str]
    disabled_clients: frozenset[str]
    cutoffs: dict[str, float]
    """Client → seconds since 1970; its tokens issued before are void."""


class TokenVerifier:
    """Verifies access tokens against the published keys and revocations of the ``auth`` schema."""

    def __init__(self, database: Database, *, issuer: str) -> None:
        self._database = database
        self._issuer = issuer
        self._published = _Published({}, frozenset(), frozenset(), {})
        self._read_at = -math.inf
        self._failed_at = -math.inf
        self._reading = asyncio.Lock()
        self._remembered: OrderedDict[str, AccessToken] = OrderedDict()

    async def refresh(self) -> int:
        """Read keys and revocations again, and what time it is. Answers 0, so that a loop rests after each round."""
        asked_at = time.monotonic()
        async with self._database.transaction() as connection:
            looked_at = time.monotonic()
            moment: datetime | None = await connection.scalar(text("SELECT clock_timestamp()"))
            if moment is not None:
                clock.agree(moment, looked_at, time.monotonic())
            keys = (await connection.execute(text("SELECT kid, public_jwk FROM auth.public_keys"))).all()
            revoked = (await connection.execute(text("SELECT token_id FROM auth.revoked_tokens"))).scalars().all()
            disabled = (await connection.execute(text("SELECT client_id FROM auth.disabled_clients"))).scalars().all()
            cutoffs = (
                await connection.execute(text("SELECT client_id, tokens_valid_from FROM auth.token_cutoffs"))
            ).all()
        if asked_at < self._read_at:
            return 0  # somebody else asked later and was answered sooner
        self._published = _Published(
            keys={row.kid: OKPAlgorithm.from_jwk(row.public_jwk) for row in keys},
            revoked_tokens=frozenset(revoked),
            disabled_clients=frozenset(disabled),
            cutoffs={row.client_id: row.tokens_valid_from.timestamp() for row in cutoffs},
        )
        self._read_at = asked_at
        return 0

    async def verify(self, token: str) -> Caller:
        """The caller that ``token`` names. Raises :class:`NotAuthenticated`, and :class:`Unavailable` when it cannot
        be known whether the token was revoked.
        """
        checked = await self.read(token)
        caller, published = checked.caller, self._published
        if (
            caller.token_id in published.revoked_tokens
            or caller.client_id in published.disabled_clients
            or checked.issued_at < published.cutoffs.get(caller.client_id, -math.inf)
        ):
            raise NotAuthenticated(_REVOKED)
        return caller

    async def read(self, token: str) -> AccessToken:
        """What ``token`` says, if we signed it and it has not expired; revoked or not. Raises as :meth:`verify`."""
        if self._read_at < time.monotonic() - STALE_SECONDS:
            await self._read_since(time.monotonic() - STALE_SECONDS)
        checked = self._remembered.get(token)
        if checked is None or checked.kid not in self._published.keys:
            checked = await self._check(token)
            self._remembered[token] = checked
            while len(self._remembered) > MAX_REMEMBERED_TOKENS:
                self._remembered.popitem(last=False)
        if checked.expires_at <= clock.now().timestamp():
            raise NotAuthenticated(_INVALID)
        return checked

    async def _read_since(self, moment: float) -> None:
        """Make sure that what we know was read after ``moment``. Of many requests at once, one reads for all."""
        asked_at = time.monotonic()
        async with self._reading:
            if self._read_at >= moment:
                return
            if self._failed_at >= asked_at:
                raise Unavailable(NO_CONNECTION, retry_after_seconds=2)
            await asyncio.sleep(self._read_at + LOOKS_APART_SECONDS - asked_at)
            try:
                await self.refresh()
            except Exception:
                self._failed_at = time.monotonic()
                raise

    async def _check(self, token: str) -> AccessToken:
        try:
            kid = jwt.get_unverified_header(token).get("kid", "")
            if kid not in self._published.keys:
                await self._read_since(time.monotonic())  # a key that was made a moment ago
            claims = jwt.decode(
                token,
                self._published.keys[kid],
                algorithms=["EdDSA"],
                issuer=self._issuer,
                # PyJWT goes by the machine's clock, and we do not: ``exp`` is checked at every use. When a token was
                # issued matters to nobody but the cutoffs; that it was, its signature says.
                options={
                    "require": ["exp", "iat", "sub", "jti"],
                    "verify_aud": False,
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, KeyError, ValueError) as error:
            raise NotAuthenticated(_INVALID) from error
        caller = Caller(
            client_id=claims["sub"],
            scopes=frozenset(str(claims.get("scope", "")).split()),
            regions=tuple(claims.get("regions", ())),
            platform=claims.get("platform"),
            station=claims.get("station"),
            token_id=claims["jti"],
        )
        return AccessToken(caller, kid, float(claims["iat"]), float(claims["exp"]))


def caller_with(*scopes: str) -> Callable[[Request], Coroutine[Any, Any, Caller]]:
    """A FastAPI dependency: the caller, who must hold at least one of ``scopes``.

    Raises :class:`NotAuthenticated` (401) without a valid token and :class:`NotAllowed` (403) without the scope.
    """

    async def dependency(request: Request) -> Caller:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotAuthenticated(_MISSING)
        verifier: TokenVerifier = request.app.state.verifier
        caller = await verifier.verify(token.strip())
        if not caller.scopes.intersection(scopes):
            needed = " | ".join(scopes)
            message = f"此操作需要权限 {needed} / This needs the scope {needed}"
            raise NotAllowed(message, needed=list(scopes))
        return caller

    dependency.__name__ = "caller_with_" + "_or_".join(scope.replace(":", "_") for scope in scopes)
    dependency.required_scopes = scopes  # type: ignore[attr-defined]
    return dependency
