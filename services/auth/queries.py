"""All SQL of ``auth``. Clients and users are two tables of one shape, told apart by :class:`AccountTable`."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.auth.grants import Grant


@dataclass(frozen=True, slots=True)
class AccountTable:
    """Where accounts of one kind lie."""

    kind: str
    name: str
    key: str
    secret: str
    subject_prefix: str


CLIENTS = AccountTable("client", "auth.clients", "client_id", "secret_hash", "")
USERS = AccountTable("user", "auth.users", "user_name", "password_hash", "user:")


@dataclass(frozen=True, slots=True)
class Account:
    """A client or a user as recorded."""

    key: str
    subject: str
    """The ``sub`` of its tokens: the client id, or ``user:`` and the user name."""
    name: str
    secret_hash: str | None
    grant: Grant
    enabled: bool
    created_at: datetime
    changed_at: datetime


def _account(table: AccountTable, row: Row[Any]) -> Account:
    return Account(
        key=row.key,
        subject=table.subject_prefix + row.key,
        name=row.name,
        secret_hash=row.secret_hash,
        grant=Grant(tuple(row.scope), tuple(row.regions), row.platform, row.station),
        enabled=row.enabled,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def _account_columns(table: AccountTable) -> str:
    return (
        f"{table.key} AS key, name, {table.secret} AS secret_hash, scope, regions, platform, station, enabled, "
        "created_at, changed_at"
    )


async def read_account_for_token(connection: AsyncConnection, table: AccountTable, key: str) -> Account | None:
    """The account, held unchanged until the transaction ends: the time of issue that is taken meanwhile lies on the
    right side of ``tokens_valid_from`` if its rights are just being narrowed. Nothing is written that a crash could
    lose, so the commit need not wait for the disk.
    """
    result = await connection.execute(
        text(
            f"SELECT set_config('synchronous_commit', 'off', true), {_account_columns(table)} "
            f"FROM {table.name} WHERE {table.key} = :key FOR SHARE"
        ),
        {"key": key},
    )
    row = result.one_or_none()
    return None if row is None else _account(table, row)


async def read_moment(connection: AsyncConnection) -> datetime:
    """The time by the database's clock, which also says from when on an account's tokens are good: whichever process
    issues a token or voids it, and whatever its own clock shows.
    """
    result = await connection.execute(text("SELECT clock_timestamp()"))
    moment: datetime = result.scalar_one()
    return moment


async def lock_account(connection: AsyncConnection, table: AccountTable, key: str) -> Account | None:
    """The account, to be changed in this transaction."""
    result = await connection.execute(
        text(f"SELECT {_account_columns(table)} FROM {table.name} WHERE {table.key} = :key FOR UPDATE"), {"key": key}
    )
    row = result.one_or_none()
    return None if row is None else _account(table, row)


async def read_accounts(
    connection: AsyncConnection,
    table: AccountTable,
    *,
    region_patterns: Iterable[str],
    platform: str | None,
    station: str | None,
    key: str | None = None,
    after: str = "",
    limit: int = 1,
) -> list[Account]:
    """Accounts all of whose regions match one of the LIKE patterns, of one platform or station if these are given."""
    result = await connection.execute(
        text(f"""
        SELECT {_account_columns(table)} FROM {table.name}
        WHERE NOT EXISTS (SELECT FROM unnest(regions) AS root WHERE root NOT LIKE ALL (CAST(:patterns AS text[])))
          AND (CAST(:platform AS text) IS NULL OR platform = :platform)
          AND (CAST(:station AS text) IS NULL OR station = :station)
          AND (CAST(:key AS text) IS NULL OR {table.key} = :key)
          AND {table.key} > :after
        ORDER BY {table.key} LIMIT :limit
        """),
        {
            "patterns": list(region_patterns),
            "platform": platform,
            "station": station,
            "key": key,
            "after": after,
            "limit": limit,
        },
    )
    return [_account(table, row) for row in result]


async def insert_account(
    connection: AsyncConnection, table: AccountTable, *, key: str, name: str, secret_hash: str | None, grant: Grant
) -> bool:
    """Add an account; answers whether the key was free."""
    result = await connection.execute(
        text(f"""
        INSERT INTO {table.name} ({table.key}, name, {table.secret}, scope, regions, platform, station)
        VALUES (:key, :name, :secret_hash, :scope, :regions, :platform, :station) ON CONFLICT DO NOTHING
        """),
        {"key": key, "name": name, "secret_hash": secret_hash, **_grant_values(grant)},
    )
    return result.rowcount == 1


async def update_account(
    connection: AsyncConnection, table: AccountTable, account: Account, *, void_tokens: bool
) -> None:
    """Write what may change of an account that this transaction has locked; with ``void_tokens``, tokens that were
    issued until now are no good any more.
    """
    await connection.execute(
        text(f"""
        UPDATE {table.name}
        SET name = :name, {table.secret} = :secret_hash, scope = :scope, regions = :regions, platform = :platform,
            station = :station, enabled = :enabled, changed_at = now(),
            tokens_valid_from = CASE WHEN :void_tokens THEN clock_timestamp() ELSE tokens_valid_from END
        WHERE {table.key} = :key
        """),
        {
            "key": account.key,
            "name": account.name,
            "secret_hash": account.secret_hash,
            "enabled": account.enabled,
            "void_tokens": void_tokens,
            **_grant_values(account.grant),
        },
    )


def _grant_values(grant: Grant) -> dict[str, Any]:
    return {
        "scope": list(grant.scope),
        "regions": list(grant.regions),
        "platform": grant.platform,
        "station": grant.station,
    }


async def any_client(connection: AsyncConnection) -> bool:
    """Whether there is any client yet."""
    return bool(await connection.scalar(text("SELECT EXISTS (SELECT FROM auth.clients)")))


async def one_at_a_time(connection: AsyncConnection, what: str) -> None:
    """Wait until no other transaction does ``what``."""
    await connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"onecode.auth.{what}"}
    )


async def insert_client_key(connection: AsyncConnection, client_id: str, kid: str, public_jwk: str) -> bool:
    """Register a client's public key; answers whether its ``kid`` was free."""
    result = await connection.execute(
        text("""
        INSERT INTO auth.client_keys (client_id, kid, public_jwk) VALUES (:client_id, :kid, :public_jwk)
        ON CONFLICT DO NOTHING
        """),
        {"client_id": client_id, "kid": kid, "public_jwk": public_jwk},
    )
    return result.rowcount == 1


async def withdraw_client_key(connection: AsyncConnection, client_id: str, kid: str) -> bool:
    """End a client's public key; answers whether there was one to end."""
    result = await connection.execute(
        text("""
        UPDATE auth.client_keys SET withdrawn_at = now()
        WHERE client_id = :client_id AND kid = :kid AND withdrawn_at IS NULL
        """),
        {"client_id": client_id, "kid": kid},
    )
    return result.rowcount == 1


async def read_client_keys(connection: AsyncConnection, client_id: str) -> dict[str, str]:
    """The public keys in force of a client, by ``kid``."""
    result = await connection.execute(
        text("SELECT kid, public_jwk FROM auth.client_keys WHERE client_id = :client_id AND withdrawn_at IS NULL"),
        {"client_id": client_id},
    )
    return {row.kid: row.public_jwk for row in result}


async def use_assertion(connection: AsyncConnection, client_id: str, assertion_id: str, expires_at: datetime) -> bool:
    """Note that an assertion was used; answers whether it was the first time."""
    result = await connection.execute(
        text("""
        INSERT INTO auth.used_assertions (client_id, assertion_id, expires_at)
        VALUES (:client_id, :assertion_id, :expires_at) ON CONFLICT DO NOTHING
        """),
        {"client_id": client_id, "assertion_id": assertion_id, "expires_at": expires_at},
    )
    return result.rowcount == 1


async def revoke_token(connection: AsyncConnection, token_id: str, expires_at: datetime) -> bool:
    """End a token before its time; answers whether it was not ended already."""
    result = await connection.execute(
        text("""
        INSERT INTO auth.revocations (token_id, expires_at) VALUES (:token_id, :expires_at) ON CONFLICT DO NOTHING
        """),
        {"token_id": token_id, "expires_at": expires_at},
    )
    return result.rowcount == 1


async def forget_expired(connection: AsyncConnection) -> int:
    """Drop revocations and used assertions whose token or assertion has expired anyway; answers how many."""
    revocations = await connection.execute(text("DELETE FROM auth.revocations WHERE expires_at < now()"))
    # An assertion is accepted until a little after it expires (clock skew): it is remembered longer than that.
    assertions = await connection.execute(
        text("DELETE FROM auth.used_assertions WHERE expires_at < now() - interval '10 minutes'")
    )
    return revocations.rowcount + assertions.rowcount


async def read_signing_keys(connection: AsyncConnection) -> list[Row[Any]]:
    """Every signing key, newest first: kid, public_jwk, current, created_at, retired_at, verify_until."""
    result = await connection.execute(
        text("""
        SELECT kid, public_jwk, current, created_at, retired_at, verify_until FROM auth.signing_keys
        ORDER BY created_at DESC, kid
        """)
    )
    return list(result.all())


async def read_public_jwks(connection: AsyncConnection) -> list[str]:
    """The public keys by which tokens can be verified now, newest first."""
    result = await connection.execute(
        text("""
        SELECT public_jwk FROM auth.signing_keys WHERE verify_until IS NULL OR verify_until > now()
        ORDER BY created_at DESC, kid
        """)
    )
    return list(result.scalars())


async def read_current_kid(connection: AsyncConnection) -> str | None:
    """The id of the key that signs now."""
    result = await connection.execute(text("SELECT kid FROM auth.signing_keys WHERE current"))
    return result.scalar_one_or_none()


async def retire_signing_key(connection: AsyncConnection, retired_at: datetime, verify_until: datetime) -> str | None:
    """Let the current key sign no more; answers its id."""
    result = await connection.execute(
        text("""
        UPDATE auth.signing_keys SET current = false, retired_at = :retired_at, verify_until = :verify_until
        WHERE current RETURNING kid
        """),
        {"retired_at": retired_at, "verify_until": verify_until},
    )
    return result.scalar_one_or_none()


async def insert_signing_key(connection: AsyncConnection, kid: str, public_jwk: str) -> None:
    """Add a key and let it sign."""
    await connection.execute(
        text("INSERT INTO auth.signing_keys (kid, public_jwk, current) VALUES (:kid, :public_jwk, true)"),
        {"kid": kid, "public_jwk": public_jwk},
    )


async def withdraw_signing_key(connection: AsyncConnection, kid: str) -> bool | None:
    """Let a retired key verify no more. ``False`` if it is the current one, ``None`` if there is none to withdraw."""
    current = await connection.scalar(
        text("""
        SELECT current FROM auth.signing_keys
        WHERE kid = :kid AND (current OR verify_until > now()) FOR UPDATE
        """),
        {"kid": kid},
    )
    if current is None or current:
        return None if current is None else False
    await connection.execute(text("UPDATE auth.signing_keys SET verify_until = now() WHERE kid = :kid"), {"kid": kid})
    return True


async def write_audit(
    connection: AsyncConnection, *, actor: str, action: str, target: str, detail: Mapping[str, Any]
) -> None:
    """Record who changed what, in the transaction of the change. ``detail`` never holds a secret."""
    await connection.execute(
        text("""
        INSERT INTO auth.audit_log (actor, action, target, detail)
        VALUES (:actor, :action, :target, CAST(:detail AS jsonb))
        """),
        {"actor": actor, "action": action, "target": target, "detail": json.dumps(detail, ensure_ascii=False)},
    )


async def read_audit(
    connection: AsyncConnection, *, before: int | None, target: str | None, limit: int
) -> list[Row[Any]]:
    """Audit rows, newest first: audit_id, recorded_at, actor, action, target, detail."""
    result = await connection.execute(
        text("""
        SELECT audit_id, recorded_at, actor, action, target, detail FROM auth.audit_log
        WHERE (CAST(:before AS bigint) IS NULL OR audit_id < :before)
          AND (CAST(:target AS text) IS NULL OR target = :target)
        ORDER BY audit_id DESC LIMIT :limit
        """),
        {"before": before, "target": target, "limit": limit},
    )
    return list(result.all())
