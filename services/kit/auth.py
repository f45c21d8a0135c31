"""Who is calling, and what their token lets them do. Tokens are EdDSA-signed JWTs; keys and revocations are read
from the views that the issuing service publishes, so no service asks another over the network.

A verified token is remembered until it expires, so that a busy client's signature is checked once; revocations are
re-read every few seconds, so a revoked token or a disabled client stops working well within 30 s.
"""

from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import jwt
from fastapi import Request
from jwt.algorithms import OKPAlgorithm
from sqlalchemy import text

from services.kit import clock
from services.kit.database import Database
from services.kit.errors import NotAllowed, NotAuthenticated

REFRESH_SECONDS = 5
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


def region_prefix(code: str) -> str:
    """The leading digits that all divisions below ``code`` share: ``520100000000`` → ``5201``."""
    for length in (2, 4, 6, 9):
        if code[length:].strip("0") == "":
            return code[:length]
    return code


class TokenVerifier:
    """Verifies access tokens against the published keys and revocations of the ``auth`` schema."""

    def __init__(self, database: Database, *, issuer: str) -> None:
        self._database = database
        self._issuer = issuer
        self._keys: dict[str, Any] = {}
        self._revoked_tokens: frozenset[str] = frozenset()
        self._disabled_clients: frozenset[str] = frozenset()
        self._remembered: OrderedDict[str, tuple[Caller, float]] = OrderedDict()

    async def refresh(self) -> int:
        """Read keys and revocations again. Answers 0, so that a loop rests after each round."""
        async with self._database.transaction() as connection:
            keys = (await connection.execute(text("SELECT kid, public_jwk FROM auth.public_keys"))).all()
            revoked = (await connection.execute(text("SELECT token_id FROM auth.revoked_tokens"))).scalars().all()
            disabled = (await connection.execute(text("SELECT client_id FROM auth.disabled_clients"))).scalars().all()
        self._keys = {row.kid: OKPAlgorithm.from_jwk(row.public_jwk) for row in keys}
        self._revoked_tokens = frozenset(revoked)
        self._disabled_clients = frozenset(disabled)
        return 0

    async def verify(self, token: str) -> Caller:
        """The caller that ``token`` names. Raises :class:`NotAuthenticated`."""
        now = clock.now().timestamp()
        remembered = self._remembered.get(token)
        if remembered is not None and remembered[1] > now:
            caller = remembered[0]
        else:
            caller, expires = await self._check(token)
            self._remembered[token] = (caller, expires)
            while len(self._remembered) > MAX_REMEMBERED_TOKENS:
                self._remembered.popitem(last=False)
        if caller.token_id in self._revoked_tokens or caller.client_id in self._disabled_clients:
            raise NotAuthenticated(_REVOKED)
        return caller

    async def _check(self, token: str) -> tuple[Caller, float]:
        try:
            kid = jwt.get_unverified_header(token).get("kid", "")
            if kid not in self._keys:
                await self.refresh()  # a key that was made a moment ago
            claims = jwt.decode(
                token,
                self._keys[kid],
                algorithms=["EdDSA"],
                issuer=self._issuer,
                options={"require": ["exp", "iat", "sub", "jti"], "verify_aud": False},
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
        return caller, float(claims["exp"])


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
