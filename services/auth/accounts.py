"""Clients and users: registered, changed, disabled, given a new secret; by callers who hold at least as much."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.auth import queries
from services.auth.errors import GrantTooWide, NameTaken, OwnAccount, UnknownAccount, UnknownKey, WrongPassword
from services.auth.grants import Grant, excess, grant_of
from services.auth.queries import Account, AccountTable
from services.auth.secret_hashes import SecretHasher
from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.territory import region_prefix

_TOO_WIDE = "不能授予或管理超出自身的权限 / You cannot grant, or manage, more than you hold yourself"
_UNKNOWN = "没有该账户,或不在您的范围内 / There is no such account, or it is beyond your regions"


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be different about an account; ``grant`` maps fields of :class:`Grant` to their new values."""

    name: str | None = None
    enabled: bool | None = None
    grant: Mapping[str, Any] | None = None


class Accounts:
    """The accounts of one table."""

    def __init__(self, database: Database, hasher: SecretHasher, table: AccountTable) -> None:
        self._database = database
        self._hasher = hasher
        self._table = table

    async def register(
        self,
        actor: Caller,
        *,
        key: str,
        name: str,
        grant: Grant,
        secret: str | None,
        public_key: tuple[str, str] | None = None,
    ) -> Account:
        """Add an account, with a secret or (clients) a public key ``(kid, JWK)``.

        Raises :class:`GrantTooWide` and :class:`NameTaken`.
        """
        _require_within(actor, grant)
        secret_hash = None if secret is None else await self._hasher.hash(secret)
        async with self._database.transaction() as connection:
            if not await queries.insert_account(
                connection, self._table, key=key, name=name, secret_hash=secret_hash, grant=grant
            ):
                raise NameTaken(f"名称 {key} 已被使用,请另选 / The name {key} is taken; choose another")
            if public_key is not None:
                await queries.insert_client_key(connection, key, *public_key)
            detail = {"name": name, "key": public_key[0] if public_key else None, **_grant_detail(grant)}
            account = await self._locked(connection, key)
            await self._audit(connection, actor, "create", account, detail)
        return account

    async def change(self, actor: Caller, key: str, changes: Changes) -> Account:
        """Change what an account is called, may do, or whether it may do it now. Tokens issued before end when its
        rights change or it is disabled.

        Raises :class:`UnknownAccount`, :class:`GrantTooWide` and :class:`OwnAccount`.
        """
        async with self._database.transaction() as connection:
            before = await self._managed(connection, actor, key)
            after = replace(
                before,
                name=before.name if changes.name is None else changes.name,
                enabled=before.enabled if changes.enabled is None else changes.enabled,
                grant=replace(before.grant, **(changes.grant or {})),
            )
            if after == before:
                return before
            _require_within(actor, after.grant)
            if actor.client_id == before.subject and (not after.enabled or after.grant != before.grant):
                raise OwnAccount("请由另一位管理员操作 / Ask another administrator to do this")
            void_tokens = after.grant != before.grant or not after.enabled
            await queries.update_account(connection, self._table, after, void_tokens=void_tokens)
            action = "change" if after.enabled == before.enabled else ("enable" if after.enabled else "disable")
            await self._audit(connection, actor, action, before, _differences(before, after))
            return await self._locked(connection, key)

    async def replace_secret(self, actor: Caller, key: str, secret: str, *, void_tokens: bool) -> None:
        """Let an account have another secret; the old one is no good from now on, and neither are its tokens if
        ``void_tokens``. Raises :class:`UnknownAccount` and :class:`GrantTooWide`.
        """
        secret_hash = await self._hasher.hash(secret)
        async with self._database.transaction() as connection:
            account = await self._managed(connection, actor, key)
            await self._write_secret(connection, actor, account, secret_hash, void_tokens=void_tokens)

    async def replace_own_password(self, actor: Caller, current: str, new: str) -> None:
        """Let a person choose another password; their tokens end. Raises :class:`WrongPassword`."""
        key = actor.client_id.removeprefix(self._table.subject_prefix)
        async with self._database.transaction() as connection:
            account = await queries.lock_account(connection, self._table, key)
        if account is None or actor.client_id != account.subject:
            raise UnknownAccount(_UNKNOWN)
        if not await self._hasher.matches(current, account.secret_hash):
            raise WrongPassword("当前密码不正确 / The current password is not right")
        secret_hash = await self._hasher.hash(new)
        async with self._database.transaction() as connection:
            account = await self._locked(connection, key)
            await self._write_secret(connection, actor, account, secret_hash, void_tokens=True)

    async def add_key(self, actor: Caller, key: str, kid: str, public_jwk: str) -> None:
        """Register a public key of a client. Raises as :meth:`replace_secret`, and :class:`NameTaken`."""
        async with self._database.transaction() as connection:
            account = await self._managed(connection, actor, key)
            if not await queries.insert_client_key(connection, key, kid, public_jwk):
                raise NameTaken(f"密钥编号 {kid} 已被使用 / The key id {kid} is taken")
            await self._audit(connection, actor, "add_key_of", account, {"kid": kid})

    async def withdraw_key(self, actor: Caller, key: str, kid: str) -> None:
        """End a public key of a client, and the client's tokens. Raises as :meth:`replace_secret`, and
        :class:`UnknownKey`.
        """
        async with self._database.transaction() as connection:
            account = await self._managed(connection, actor, key)
            if not await queries.withdraw_client_key(connection, key, kid):
                raise UnknownKey("该客户端没有此密钥 / The client has no such key")
            await queries.update_account(connection, self._table, account, void_tokens=True)
            await self._audit(connection, actor, "withdraw_key_of", account, {"kid": kid})

    async def page(self, actor: Caller, *, after: str, limit: int) -> list[Account]:
        """Accounts in the caller's regions (and of its platform or station), by key. One more than ``limit`` if there
        are more.
        """
        async with self._database.transaction() as connection:
            return await queries.read_accounts(
                connection, self._table, after=after, limit=limit + 1, **_visible_to(actor)
            )

    async def find(self, actor: Caller, key: str) -> Account:
        """One account. Raises :class:`UnknownAccount`."""
        async with self._database.transaction() as connection:
            return await self._visible(connection, actor, key)

    async def _visible(self, connection: AsyncConnection, actor: Caller, key: str) -> Account:
        found = await queries.read_accounts(connection, self._table, key=key, **_visible_to(actor))
        if not found:
            raise UnknownAccount(_UNKNOWN)
        return found[0]

    async def _managed(self, connection: AsyncConnection, actor: Caller, key: str) -> Account:
        """The account, locked, if the caller may manage it: not when it holds more than the caller does, or else its
        secret could be replaced and used.
        """
        account = await queries.lock_account(connection, self._table, key)
        if account is None:
            raise UnknownAccount(_UNKNOWN)
        await self._visible(connection, actor, key)
        _require_within(actor, account.grant)
        return account

    async def _locked(self, connection: AsyncConnection, key: str) -> Account:
        account = await queries.lock_account(connection, self._table, key)
        if account is None:
            raise UnknownAccount(_UNKNOWN)
        return account

    async def _write_secret(
        self, connection: AsyncConnection, actor: Caller, account: Account, secret_hash: str, *, void_tokens: bool
    ) -> None:
        await queries.update_account(
            connection,
            self._table,
            replace(account, secret_hash=secret_hash),
            void_tokens=void_tokens,
        )
        await self._audit(connection, actor, "replace_secret_of", account, {"tokens_ended": void_tokens})

    async def _audit(
        self, connection: AsyncConnection, actor: Caller, action: str, account: Account, detail: Mapping[str, Any]
    ) -> None:
        await queries.write_audit(
            connection,
            actor=actor.client_id,
            action=f"{action}_{self._table.kind}",
            target=account.subject,
            detail=detail,
        )


def _require_within(actor: Caller, grant: Grant) -> None:
    beyond = excess(grant_of(actor), grant)
    if beyond:
        raise GrantTooWide(_TOO_WIDE, beyond=beyond)


def _visible_to(actor: Caller) -> dict[str, Any]:
    return {
        "region_patterns": [f"{region_prefix(root)}%" for root in actor.regions],
        "platform": actor.platform,
        "station": actor.station,
    }


def _grant_detail(grant: Grant) -> dict[str, Any]:
    return {
        "scope": " ".join(grant.scope),
        "regions": list(grant.regions),
        "platform": grant.platform,
        "station": grant.station,
    }


def _differences(before: Account, after: Account) -> dict[str, Any]:
    old = {"name": before.name, "enabled": before.enabled, **_grant_detail(before.grant)}
    new = {"name": after.name, "enabled": after.enabled, **_grant_detail(after.grant)}
    return {field: {"from": old[field], "to": new[field]} for field in old if old[field] != new[field]}
