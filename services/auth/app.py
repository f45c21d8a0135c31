"""Wiring of ``auth``."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from services.auth.account_routes import client_routes, user_routes
from services.auth.accounts import Accounts
from services.auth.errors import OAuthError
from services.auth.queries import CLIENTS, USERS
from services.auth.routes import audit_routes, discovery_routes, key_routes, token_routes
from services.auth.secret_hashes import client_secret_hasher, password_hasher
from services.auth.service import Tokens
from services.auth.settings import AuthSettings
from services.auth.signing_keys import Signer, SigningKeys
from services.kit.app import create_service_app
from services.kit.auth import REFRESH_SECONDS, TokenVerifier
from services.kit.database import Database
from services.kit.feed import Loop

TIDY_SECONDS = 300


async def _render_oauth_error(_request: Request, error: Exception) -> JSONResponse:
    """RFC 6749 §5.2."""
    if not isinstance(error, OAuthError):
        raise error
    return JSONResponse(
        {"error": error.error, "error_description": error.description},
        status_code=error.status,
        headers=error.headers(),
    )


def create_app(settings: AuthSettings) -> FastAPI:
    """The service, ready to be served or hosted."""
    database = Database(
        settings.role_url("onecode_auth_login"),
        application="onecode-auth",
        pool_size=settings.pool_size,
        pool_timeout_seconds=settings.pool_timeout_seconds,
    )
    verifier = TokenVerifier(database, issuer=settings.public_url)
    signer = Signer(database, settings.secrets_dir)
    keys = SigningKeys(database, settings.secrets_dir, token_lifetime_seconds=settings.token_lifetime_seconds)
    client_secrets, passwords = client_secret_hasher(), password_hasher()
    app = create_service_app(
        "auth",
        description="Clients, users, tokens and signing keys.",
        database=database,
        verifier=verifier,
        loops=(
            Loop("auth.signer", signer.refresh, rest_seconds=REFRESH_SECONDS),
            Loop("auth.tidy", keys.tidy, rest_seconds=TIDY_SECONDS),
        ),
    )
    app.add_exception_handler(OAuthError, _render_oauth_error)
    tokens = Tokens(
        database, settings, client_secrets=client_secrets, passwords=passwords, signer=signer, verifier=verifier
    )
    app.include_router(token_routes(tokens))
    app.include_router(discovery_routes(database, settings))
    app.include_router(client_routes(Accounts(database, client_secrets, CLIENTS), verifier))
    app.include_router(user_routes(Accounts(database, passwords, USERS), verifier))
    app.include_router(key_routes(keys, signer, verifier))
    app.include_router(audit_routes(database))
    return app
