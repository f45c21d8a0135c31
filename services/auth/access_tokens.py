"""What stands in an access token. Pure."""

from datetime import datetime, timedelta
from typing import Any

from services.auth.errors import InvalidScope
from services.auth.grants import Grant
from services.auth.scopes import UnknownScope, parse_scope


def narrow_scope(held: tuple[str, ...], asked: str | None) -> tuple[str, ...]:
    """The scopes of a token: all that the account holds, or the part it asks for. Raises :class:`InvalidScope`."""
    if asked is None:
        return held
    try:
        scope = parse_scope(asked)
    except UnknownScope as error:
        raise InvalidScope(f"没有这些权限 / There are no such scopes: {error}") from error
    beyond = [word for word in scope if word not in held]
    if beyond:
        raise InvalidScope(f"不具备这些权限 / Not among your scopes: {' '.join(beyond)}")
    return scope


def token_claims(
    *,
    issuer: str,
    subject: str,
    name: str,
    grant: Grant,
    scope: tuple[str, ...],
    token_id: str,
    issued_at: datetime,
    lifetime_seconds: int,
) -> dict[str, Any]:
    """The claims of an access token (RFC 9068). Without a platform or station there is no claim of that name.

    ``iat`` has fractions of a second, so that it can be told whether a token was issued before or after its owner's
    rights were narrowed.
    """
    limits = {"platform": grant.platform, "station": grant.station}
    return {
        "iss": issuer,
        "aud": issuer,
        "sub": subject,
        "client_id": subject,
        "name": name,
        "iat": issued_at.timestamp(),
        "exp": int((issued_at + timedelta(seconds=lifetime_seconds)).timestamp()),
        "jti": token_id,
        "scope": " ".join(scope),
        "regions": list(grant.regions),
        **{limit: value for limit, value in limits.items() if value is not None},
    }
