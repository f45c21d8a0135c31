"""Tokens: who asks is checked, a token is issued, a token is ended."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from services.auth import queries
from services.auth.access_tokens import narrow_scope, token_claims
from services.auth.assertions import BadAssertion, read_assertion
from services.auth.attempts import FailureLimit
from services.auth.errors import (
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    NotYourToken,
    TooManyFailures,
    UnsupportedGrantType,
)
from services.auth.queries import CLIENTS, USERS, Account, AccountTable
from services.auth.secret_hashes import SecretHasher
from services.auth.settings import AuthSettings
from services.auth.signing_keys import Signer
from services.auth.token_request import ClientAssertion, ClientSecret, read_client_credentials
from services.kit import clock
from services.kit.auth import Caller, TokenVerifier
from services.kit.database import Database
from services.kit.errors import NotAuthenticated

_WRONG_CLIENT = "客户端或其凭证不正确 / Unknown client, or wrong credentials"
_WRONG_USER = "用户名或密码不正确 / Unknown user, or wrong password"
_DISABLED = "已停用 / Disabled"


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """What the token endpoint answers."""

    access_token: str
    expires_in: int
    """Seconds."""
    scope: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Proven:
    """An account that proved who it is, and when it was read."""

    account: Account
    read_at: datetime


class Tokens:
    """The token and the revocation endpoint."""

    def __init__(
        self,
        database: Database,
        settings: AuthSettings,
        *,
        client_secrets: SecretHasher,
        passwords: SecretHasher,
        signer: Signer,
        verifier: TokenVerifier,
    ) -> None:
        self._database = database
        self._settings = settings
        self._client_secrets = client_secrets
        self._passwords = passwords
        self._signer = signer
        self._verifier = verifier
        self._by_name_and_address = FailureLimit(10, seconds=60)
        self._by_address = FailureLimit(100, seconds=60)
        # Passwords are guessed from many addresses at once, so they are also counted by name (NIST SP 800-63B §5.2.2).
        self._by_user = FailureLimit(100, seconds=3600)

    async def issue(self, form: dict[str, str], authorization: str, address: str) -> IssuedToken:
        """Answer a token request. ``address`` is where it comes from. Raises an :class:`OAuthError`."""
        grant_type = form.get("grant_type")
        if grant_type is None:
            raise InvalidRequest("缺少 grant_type / grant_type is missing")
        if grant_type == "client_credentials":
            proven = await self.authenticate_client(form, authorization, address)
        elif grant_type == "password":
            proven = await self._authenticate_user(form, address)
        else:
            raise UnsupportedGrantType("仅支持 client_credentials / Only client_credentials is supported")
        account = proven.account
        scope = narrow_scope(account.grant.scope, form.get("scope"))
        claims = token_claims(
            issuer=self._settings.public_url,
            subject=account.subject,
            name=account.name,
            grant=account.grant,
            scope=scope,
            token_id=secrets.token_urlsafe(16),
            issued_at=proven.read_at,
            lifetime_seconds=self._settings.token_lifetime_seconds,
        )
        return IssuedToken(await self._signer.sign(claims), self._settings.token_lifetime_seconds, scope)

    async def authenticate_client(self, form: dict[str, str], authorization: str, address: str) -> _Proven:
        """The client that a request proves to come from. Raises an :class:`OAuthError`."""
        credentials = read_client_credentials(form, authorization)
        proven = await self._read(CLIENTS, credentials.client_id)
        if isinstance(credentials, ClientSecret):
            good = await self._check_secret(proven, credentials, address)
        else:
            good = await self._check_assertion(proven, credentials, address)
        if proven is None or not good:
            raise InvalidClient(_WRONG_CLIENT)
        if not proven.account.enabled:
            raise InvalidClient(_DISABLED)
        return proven

    async def revoke(self, form: dict[str, str], authorization: str, address: str) -> None:
        """End the token in the form (RFC 7009); one that is not good anyway is no error.

        Clients authenticate as at the token endpoint. Whoever holds a token may also send it as Bearer to end it, or
        another of the same owner; with ``clients:write`` anybody's.
        """
        if "token" not in form:
            raise InvalidRequest("缺少 token / token is missing")
        scheme, _, bearer = authorization.partition(" ")
        if scheme.lower() == "bearer":
            caller: Caller | None = await self._verifier.verify(bearer.strip())
            actor = caller.client_id if caller else ""
        else:
            caller = None
            actor = (await self.authenticate_client(form, authorization, address)).account.subject
        try:
            token = await self._verifier.read(form["token"])
        except NotAuthenticated:
            return
        owner = token.caller.client_id
        if owner != actor and not (caller and "clients:write" in caller.scopes):
            raise NotYourToken("只能撤销自己的令牌 / You can only revoke your own tokens")
        async with self._database.transaction() as connection:
            expires_at = datetime.fromtimestamp(token.expires_at, UTC)
            if await queries.revoke_token(connection, token.caller.token_id, expires_at):
                await queries.write_audit(
                    connection,
                    actor=actor,
                    action="revoke_token",
                    target=token.caller.token_id,
                    detail={"subject": owner},
                )
        await self._verifier.refresh()

    async def _read(self, table: AccountTable, key: str) -> _Proven | None:
        async with self._database.transaction() as connection:
            account = await queries.read_account_for_token(connection, table, key)
            read_at = await queries.read_moment(connection)
        return None if account is None else _Proven(account, read_at)

    async def _check_secret(self, proven: _Proven | None, credentials: ClientSecret, address: str) -> bool:
        secret_hash = proven.account.secret_hash if proven else None
        if self._client_secrets.recalls(credentials.secret, secret_hash):
            return True
        self._refuse_if_too_many(CLIENTS, credentials.client_id, address)
        if not await self._client_secrets.matches(credentials.secret, secret_hash):
            self._count_failure(CLIENTS, credentials.client_id, address)
            return False
        if secret_hash is not None:
            self._client_secrets.remember(credentials.secret, secret_hash)
        return True

    async def _check_assertion(self, proven: _Proven | None, credentials: ClientAssertion, address: str) -> bool:
        self._refuse_if_too_many(CLIENTS, credentials.client_id, address)
        async with self._database.transaction() as connection:
            keys = await queries.read_client_keys(connection, credentials.client_id)
        try:
            assertion = read_assertion(
                credentials.assertion,
                client_id=credentials.client_id,
                keys=keys,
                audiences=[self._settings.token_endpoint, self._settings.public_url],
                now=clock.now(),
            )
        except BadAssertion:
            self._count_failure(CLIENTS, credentials.client_id, address)
            return False
        async with self._database.transaction() as connection:
            fresh = await queries.use_assertion(
                connection, credentials.client_id, assertion.assertion_id, assertion.expires_at
            )
        if not fresh:
            self._count_failure(CLIENTS, credentials.client_id, address)
        return fresh and proven is not None

    async def _authenticate_user(self, form: dict[str, str], address: str) -> _Proven:
        """The person who logs in. This grant exists for our own pages: nobody else should see a password."""
        if "username" not in form or "password" not in form:
            raise InvalidRequest("缺少 username 或 password / username or password is missing")
        user_name = form["username"].strip().lower()
        self._refuse_if_too_many(USERS, user_name, address)
        proven = await self._read(USERS, user_name)
        if not await self._passwords.matches(form["password"], proven.account.secret_hash if proven else None):
            self._count_failure(USERS, user_name, address)
            raise InvalidGrant(_WRONG_USER)
        if proven is None or not proven.account.enabled:
            raise InvalidGrant(_DISABLED)
        return proven

    def _refuse_if_too_many(self, table: AccountTable, name: str, address: str) -> None:
        now = clock.now().timestamp()
        wait = max(
            self._by_name_and_address.wait_seconds((table.kind, name, address), now),
            self._by_address.wait_seconds(address, now),
            self._by_user.wait_seconds(name, now) if table is USERS else 0,
        )
        if wait:
            raise TooManyFailures(wait)

    def _count_failure(self, table: AccountTable, name: str, address: str) -> None:
        now = clock.now().timestamp()
        self._by_name_and_address.failed((table.kind, name, address), now)
        self._by_address.failed(address, now)
        if table is USERS:
            self._by_user.failed(name, now)
