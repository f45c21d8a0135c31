"""HTTP of tokens: the token and revocation endpoints, what a verifier must know, signing keys, the audit log."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from services.auth import queries
from services.auth.errors import InvalidRequest
from services.auth.schemas import AuditEntry, AuditPage, SigningKeyOut, SigningKeysOut, TokenOut
from services.auth.scopes import SCOPES
from services.auth.service import Tokens
from services.auth.settings import AuthSettings
from services.auth.signing_keys import Signer, SigningKeys
from services.auth.token_request import MAX_BODY_BYTES, read_form
from services.kit.auth import Caller, TokenVerifier, caller_with
from services.kit.database import Database

KeyKeeper = Annotated[Caller, Depends(caller_with("keys:write"))]
Auditor = Annotated[Caller, Depends(caller_with("audit:read"))]

NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def _form_body(*required: str, **fields: str) -> dict[str, Any]:
    properties = {name: {"type": "string", "description": text} for name, text in fields.items()}
    schema = {"type": "object", "required": list(required), "properties": properties}
    return {"requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}}


_CREDENTIALS = {
    "client_id": "Unless sent by HTTP Basic.",
    "client_secret": "Unless sent by HTTP Basic.",
    "client_assertion_type": "private_key_jwt: urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "client_assertion": "private_key_jwt: a JWT signed by the client (EdDSA or ES256); its jti is good once.",
}
_TOKEN_FORM = _form_body(
    "grant_type",
    grant_type="`client_credentials`; `password` is for our own pages only and may go away.",
    scope="Space-separated; narrower than what the client holds. Left out: all of it.",
    username="grant_type=password only.",
    password="grant_type=password only.",  # noqa: S106 - a description
    **_CREDENTIALS,
)
_REVOCATION_FORM = _form_body("token", token="The token to end.", **_CREDENTIALS)  # noqa: S106 - a description


async def _form(request: Request) -> dict[str, str]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise InvalidRequest("请求过大 / The request is too large")
    return read_form(bytes(body), request.headers.get("content-type", ""))


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def token_routes(tokens: Tokens) -> APIRouter:
    """``POST /v1/token`` and ``POST /v1/token/revoke``; errors in OAuth's own form."""
    router = APIRouter(tags=["token"])

    @router.post("/v1/token", response_model=TokenOut, openapi_extra=_TOKEN_FORM)
    async def issue_token(request: Request) -> Response:
        """Get an access token (OAuth 2 client credentials, RFC 6749 §4.4)."""
        form = await _form(request)
        token = await tokens.issue(form, request.headers.get("authorization", ""), _address(request))
        answer = TokenOut(access_token=token.access_token, expires_in=token.expires_in, scope=" ".join(token.scope))
        return JSONResponse(answer.model_dump(), headers=NOT_STORED)

    @router.post("/v1/token/revoke", openapi_extra=_REVOCATION_FORM)
    async def revoke_token(request: Request) -> Response:
        """End an access token before its time (RFC 7009); it stops working everywhere within 30 s."""
        form = await _form(request)
        await tokens.revoke(form, request.headers.get("authorization", ""), _address(request))
        return Response(status_code=200, headers=NOT_STORED)

    return router


def discovery_routes(database: Database, settings: AuthSettings) -> APIRouter:
    """What a client or a verifier can find out by itself."""
    router = APIRouter(tags=["token"])

    @router.get("/.well-known/jwks.json")
    async def public_keys() -> JSONResponse:
        """The public keys by which our tokens can be verified (RFC 7517)."""
        async with database.transaction() as connection:
            keys = await queries.read_public_jwks(connection)
        return JSONResponse(
            {"keys": [json.loads(key) for key in keys]}, headers={"Cache-Control": "public, max-age=300"}
        )

    @router.get("/.well-known/oauth-authorization-server")
    async def metadata() -> dict[str, Any]:
        """Where things are and what is supported (RFC 8414)."""
        methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
        return {
            "issuer": settings.public_url,
            "token_endpoint": settings.token_endpoint,
            "revocation_endpoint": f"{settings.token_endpoint}/revoke",
            "jwks_uri": f"{settings.public_url}/.well-known/jwks.json",
            "service_documentation": f"{settings.public_url}/docs",
            "response_types_supported": [],
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": methods,
            "token_endpoint_auth_signing_alg_values_supported": ["EdDSA", "ES256"],
            "revocation_endpoint_auth_methods_supported": methods,
            "revocation_endpoint_auth_signing_alg_values_supported": ["EdDSA", "ES256"],
            "scopes_supported": list(SCOPES),
        }

    return router


def key_routes(keys: SigningKeys, signer: Signer, verifier: TokenVerifier) -> APIRouter:
    """The keys that sign tokens."""
    router = APIRouter(prefix="/v1/keys", tags=["keys"])

    async def listing() -> SigningKeysOut:
        rows = await keys.list()
        return SigningKeysOut(
            keys=[
                SigningKeyOut(
                    kid=row.kid,
                    current=row.current,
                    created_at=row.created_at,
                    retired_at=row.retired_at,
                    verify_until=row.verify_until,
                )
                for row in rows
            ]
        )

    @router.get("")
    async def list_keys(_caller: KeyKeeper) -> SigningKeysOut:
        """Every signing key there was, newest first."""
        return await listing()

    @router.post("/rotate", status_code=201)
    async def rotate_keys(caller: KeyKeeper) -> SigningKeysOut:
        """Sign with a new key from now on; tokens signed by the old one are good until they expire."""
        await keys.rotate(caller)
        await signer.refresh()
        await verifier.refresh()
        return await listing()

    @router.post("/{kid}/withdraw")
    async def withdraw_key(caller: KeyKeeper, kid: str) -> SigningKeysOut:
        """Void every token that a retired key signed; for a key that somebody else may have."""
        await keys.withdraw(caller, kid)
        await verifier.refresh()
        return await listing()

    return router


def audit_routes(database: Database) -> APIRouter:
    """The audit log."""
    router = APIRouter(tags=["audit"])

    @router.get("/v1/audit")
    async def read_audit(
        _caller: Auditor,
        before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
        target: Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> AuditPage:
        """Who changed what about access, newest first; all of it, or about one ``target``."""
        async with database.transaction() as connection:
            rows = await queries.read_audit(connection, before=before, target=target, limit=limit + 1)
        entries = [
            AuditEntry(
                audit_id=str(row.audit_id),
                recorded_at=row.recorded_at,
                actor=row.actor,
                action=row.action,
                target=row.target,
                detail=row.detail,
            )
            for row in rows[:limit]
        ]
        return AuditPage(entries=entries, next=entries[-1].audit_id if len(rows) > limit else None)

    return router
