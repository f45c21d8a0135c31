"""The first key and the first clients of a new database.

A secret is drawn and written to the secrets folder *before* the client that has it is committed, and is not drawn
again: whenever this is interrupted and repeated, there is no client whose secret nobody has.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.auth import queries
from services.auth.grants import Grant
from services.auth.queries import CLIENTS
from services.auth.scopes import ROLES, Role, parse_scope
from services.auth.secret_hashes import client_secret_hasher
from services.auth.signing_keys import ensure_signing_key
from services.kit.database import Database
from services.kit.secrets import ensure_secret, write_secret

PROVINCE = "520000000000"
DEMO_PLATFORM = "guinong"


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """With what a client asks for tokens."""

    client_id: str
    client_secret: str
    scope: str


@dataclass(frozen=True, slots=True)
class _FirstClient:
    name: str
    scope: str
    platform: str | None = None

    @property
    def grant(self) -> Grant:
        return Grant(parse_scope(self.scope), (PROVINCE,), self.platform)


FIRST_CLIENTS: dict[str, _FirstClient] = {
    "admin": _FirstClient("管理员 / Administrator", ROLES[Role.ADMIN]),
    "officer": _FirstClient("登记员 / Registry officer", ROLES[Role.OFFICER]),
    "platform": _FirstClient("电商平台 / Platform", ROLES[Role.PLATFORM], DEMO_PLATFORM),
    "station": _FirstClient("村级站点 / Village station", ROLES[Role.STATION]),
    "bureau": _FirstClient("统计局 / Statistics bureau", ROLES[Role.BUREAU]),
}
"""Client id → what ``onecode up`` makes of it."""


async def bootstrap(database: Database, secrets_dir: Path) -> dict[str, ClientCredentials] | None:
    """Make the first signing key and the clients of :data:`FIRST_CLIENTS`, unless there is a client already."""
    return await _make_first(database, secrets_dir, FIRST_CLIENTS)


async def bootstrap_administrator(database: Database, secrets_dir: Path) -> ClientCredentials | None:
    """Make the first signing key and the client ``admin``, unless there is a client already."""
    made = await _make_first(database, secrets_dir, {"admin": FIRST_CLIENTS["admin"]})
    return None if made is None else made["admin"]


async def ensure_credentials(database: Database, secrets_dir: Path, path: Path, base_url: str) -> bool:
    """Bootstrap if need be, and see to it that ``path`` tells the first clients' credentials and ``base_url``.

    A file that is there keeps its credentials (someone may have replaced a secret and noted it there). Answers
    whether the file was written.
    """
    clients = await bootstrap(database, secrets_dir) or _still_to_write(secrets_dir, path, base_url)
    if clients is None:
        return False
    write_credentials(path, base_url, clients)
    return True


def _still_to_write(secrets_dir: Path, path: Path, base_url: str) -> dict[str, ClientCredentials] | None:
    if not path.exists():
        drawn = [name for name in FIRST_CLIENTS if (secrets_dir / _secret_name(name)).exists()]
        return {name: _credentials(secrets_dir, name) for name in drawn} or None
    recorded = json.loads(path.read_text())
    if recorded["base_url"] == base_url:
        return None
    return {name: ClientCredentials(**client) for name, client in recorded["clients"].items()}


def write_credentials(path: Path, base_url: str, clients: Mapping[str, ClientCredentials]) -> None:
    """Write ``credentials.json`` (mode 0600), whole or not at all."""
    document = {
        "base_url": base_url,
        "clients": {
            name: {"client_id": client.client_id, "client_secret": client.client_secret, "scope": client.scope}
            for name, client in clients.items()
        },
    }
    write_secret(path.parent, path.name, json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _secret_name(name: str) -> str:
    return f"client_{name}"


def _credentials(secrets_dir: Path, name: str) -> ClientCredentials:
    return ClientCredentials(name, ensure_secret(secrets_dir, _secret_name(name)), FIRST_CLIENTS[name].scope)


async def _make_first(
    database: Database, secrets_dir: Path, wanted: Mapping[str, _FirstClient]
) -> dict[str, ClientCredentials] | None:
    async with database.transaction() as connection:
        if await queries.any_client(connection):
            return None
    credentials = {name: _credentials(secrets_dir, name) for name in wanted}
    hasher = client_secret_hasher()
    hashes = {name: await hasher.hash(client.client_secret) for name, client in credentials.items()}
    async with database.transaction() as connection:
        await queries.one_at_a_time(connection, "bootstrap")
        if await queries.any_client(connection):
            return None
        await ensure_signing_key(connection, secrets_dir)
        for name, client in wanted.items():
            await queries.insert_account(
                connection, CLIENTS, key=name, name=client.name, secret_hash=hashes[name], grant=client.grant
            )
            await queries.write_audit(
                connection, actor="bootstrap", action="create_client", target=name, detail={"scope": client.scope}
            )
    return credentials
