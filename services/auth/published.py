"""What ``auth`` offers to other services: its public paths, and what they need to check a token by themselves.

This is the only module of ``auth`` that another service may import.
"""

from services.kit.tables import PublishedView

PATHS = (
    "/v1/token",
    "/v1/clients",
    "/v1/users",
    "/v1/keys",
    "/v1/audit",
    "/.well-known/jwks.json",
    "/.well-known/oauth-authorization-server",
)
"""Every public path of this service is one of these or lies below one."""

_READERS = ("codes", "sales", "stats")

VIEWS = (
    PublishedView(
        "auth",
        "public_keys",
        "SELECT kid, public_jwk FROM auth.signing_keys WHERE verify_until IS NULL OR verify_until > now()",
        _READERS,
        {"signing_keys": ("kid", "public_jwk", "verify_until")},
    ),
    PublishedView(
        "auth",
        "revoked_tokens",
        "SELECT token_id FROM auth.revocations WHERE expires_at > now()",
        _READERS,
        {"revocations": ("token_id", "expires_at")},
    ),
    PublishedView(
        "auth",
        "disabled_clients",
        """
        SELECT client_id FROM auth.clients WHERE NOT enabled
        UNION ALL SELECT 'user:' || user_name FROM auth.users WHERE NOT enabled
        """,
        _READERS,
        {"clients": ("client_id", "enabled"), "users": ("user_name", "enabled")},
    ),
    PublishedView(
        "auth",
        "token_cutoffs",
        """
        SELECT client_id, tokens_valid_from FROM auth.clients WHERE tokens_valid_from > now() - interval '1 day'
        UNION ALL
        SELECT 'user:' || user_name, tokens_valid_from FROM auth.users
        WHERE tokens_valid_from > now() - interval '1 day'
        """,
        _READERS,
        {"clients": ("client_id", "tokens_valid_from"), "users": ("user_name", "tokens_valid_from")},
    ),
)
"""No token lives longer than a day, so ``token_cutoffs`` need not go back further."""
