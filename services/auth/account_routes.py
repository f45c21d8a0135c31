"""HTTP of clients and users."""

import json
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from services.auth.accounts import Accounts, Changes
from services.auth.assertions import NotAPublicKey, load_public_jwk
from services.auth.schemas import (
    AccountChanges,
    ClientKey,
    ClientOut,
    ClientPage,
    ClientSecretOut,
    KeyId,
    NewClient,
    NewUser,
    OwnPassword,
    PasswordReplacement,
    RegisteredClient,
    SecretReplacement,
    UserOut,
    UserPage,
)
from services.auth.scopes import SCOPES
from services.auth.secret_hashes import new_secret
from services.kit.auth import Caller, TokenVerifier, caller_with
from services.kit.errors import InvalidInput

ClientKeeper = Annotated[Caller, Depends(caller_with("clients:write"))]
UserKeeper = Annotated[Caller, Depends(caller_with("users:write"))]
Anyone = Annotated[Caller, Depends(caller_with(*SCOPES))]

Key = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{1,62}$")]
Kid = Annotated[KeyId, Path()]
After = Annotated[str, Query(max_length=63, pattern=r"^[a-z0-9._-]*$")]
Limit = Annotated[int, Query(ge=1, le=500)]

NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def _checked_key(public_jwk: dict[str, Any]) -> tuple[str, str]:
    """The ``kid`` and the public members of a JWK."""
    kid = public_jwk.get("kid")
    if not isinstance(kid, str) or not 1 <= len(kid) <= 100 or "\0" in kid:  # noqa: PLR2004 - as KeyId
        raise InvalidInput("public_jwk 须有 kid(1–100 字符) / public_jwk needs a kid of 1 to 100 characters")
    try:
        _, algorithm = load_public_jwk(public_jwk)
    except NotAPublicKey as error:
        raise InvalidInput(str(error)) from error
    members = {name: public_jwk[name] for name in ("kty", "crv", "x", "y") if name in public_jwk}
    return kid, json.dumps({**members, "kid": kid, "alg": algorithm}, sort_keys=True)


def client_routes(clients: Accounts, verifier: TokenVerifier) -> APIRouter:
    """``/v1/clients``: programs."""
    router = APIRouter(prefix="/v1/clients", tags=["clients"])

    @router.post("", status_code=201)
    async def register_client(caller: ClientKeeper, new: NewClient, response: Response) -> RegisteredClient:
        """Register a client. Its secret is in this answer and nowhere else."""
        public_key = None if new.public_jwk is None else _checked_key(new.public_jwk)
        secret = new_secret() if public_key is None else None
        client = await clients.register(
            caller,
            key=new.client_id or f"client-{secrets.token_hex(6)}",
            name=new.name,
            grant=new.grant(),
            secret=secret,
            public_key=public_key,
        )
        response.headers.update(NOT_STORED)
        return RegisteredClient.of(client, client_secret=secret)

    @router.get("")
    async def list_clients(caller: ClientKeeper, after: After = "", limit: Limit = 100) -> ClientPage:
        """The clients in the caller's regions, by id."""
        found = await clients.page(caller, after=after, limit=limit)
        shown = [ClientOut.of(client) for client in found[:limit]]
        return ClientPage(clients=shown, next=shown[-1].client_id if len(found) > limit else None)

    @router.get("/{client_id}")
    async def read_client(caller: ClientKeeper, client_id: Key) -> ClientOut:
        """One client."""
        return ClientOut.of(await clients.find(caller, client_id))

    @router.patch("/{client_id}")
    async def change_client(caller: ClientKeeper, client_id: Key, changes: AccountChanges) -> ClientOut:
        """Rename, disable or enable a client, or change what it may do (its tokens end then)."""
        changed = await clients.change(
            caller, client_id, Changes(changes.name, changes.enabled, changes.grant_changes())
        )
        await verifier.refresh()
        return ClientOut.of(changed)

    @router.post("/{client_id}/secret")
    async def replace_secret(
        caller: ClientKeeper, client_id: Key, response: Response, how: SecretReplacement | None = None
    ) -> ClientSecretOut:
        """Give a client a new secret, shown this once. The old secret ends, and so do tokens issued so far unless
        ``revoke_tokens`` is false.
        """
        secret = new_secret()
        void_tokens = how is None or how.revoke_tokens
        await clients.replace_secret(caller, client_id, secret, void_tokens=void_tokens)
        await verifier.refresh()
        response.headers.update(NOT_STORED)
        return ClientSecretOut(client_id=client_id, client_secret=secret)

    @router.post("/{client_id}/keys", status_code=204)
    async def add_key(caller: ClientKeeper, client_id: Key, key: ClientKey) -> None:
        """Register a public key with which the client may sign in (private_key_jwt)."""
        await clients.add_key(caller, client_id, *_checked_key(key.public_jwk))

    @router.post("/{client_id}/keys/{kid}/withdraw", status_code=204)
    async def withdraw_key(caller: ClientKeeper, client_id: Key, kid: Kid) -> None:
        """End a public key of a client, and the tokens issued to it so far."""
        await clients.withdraw_key(caller, client_id, kid)
        await verifier.refresh()

    return router


def user_routes(users: Accounts, verifier: TokenVerifier) -> APIRouter:
    """``/v1/users``: people."""
    router = APIRouter(prefix="/v1/users", tags=["users"])

    @router.post("", status_code=201)
    async def register_user(caller: UserKeeper, new: NewUser) -> UserOut:
        """Register a person."""
        user = await users.register(caller, key=new.user_name, name=new.name, grant=new.grant(), secret=new.password)
        return UserOut.of(user)

    @router.post("/me/password", status_code=204)
    async def replace_own_password(caller: Anyone, new: OwnPassword) -> None:
        """Choose another password for oneself; all tokens so far end, the one used here too."""
        await users.replace_own_password(caller, new.current, new.new)
        await verifier.refresh()

    @router.get("")
    async def list_users(caller: UserKeeper, after: After = "", limit: Limit = 100) -> UserPage:
        """The users in the caller's regions, by name."""
        found = await users.page(caller, after=after, limit=limit)
        shown = [UserOut.of(user) for user in found[:limit]]
        return UserPage(users=shown, next=shown[-1].user_name if len(found) > limit else None)

    @router.get("/{user_name}")
    async def read_user(caller: UserKeeper, user_name: Key) -> UserOut:
        """One user."""
        return UserOut.of(await users.find(caller, user_name))

    @router.patch("/{user_name}")
    async def change_user(caller: UserKeeper, user_name: Key, changes: AccountChanges) -> UserOut:
        """Rename, disable or enable a user, or change what they may do (their tokens end then)."""
        changed = await users.change(caller, user_name, Changes(changes.name, changes.enabled, changes.grant_changes()))
        await verifier.refresh()
        return UserOut.of(changed)

    @router.post("/{user_name}/password", status_code=204)
    async def replace_password(caller: UserKeeper, user_name: Key, new: PasswordReplacement) -> None:
        """Set another password for somebody who forgot theirs; their tokens end."""
        await users.replace_secret(caller, user_name, new.password, void_tokens=True)
        await verifier.refresh()

    return router
