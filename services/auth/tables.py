"""The tables of schema ``auth``. They are small and would stay on the coordinator.

No secret is in them: passwords and client secrets as Argon2id hashes, signing keys only by their public half (the
private one is a file in the secrets folder, ``auth_signing_key_<kid>``).
"""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Table,
    Text,
    func,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.kit.tables import mutable, rows_of_record, schema_metadata, updatable

metadata = schema_metadata("auth")

_GRANT_COLUMNS = ("scope", "regions", "platform", "station", "enabled", "tokens_valid_from", "changed_at")


def _grant() -> tuple[Column[Any], ...]:
    """What a client or a user may do, and whether it may do it now."""
    return (
        Column(
            "scope", ARRAY(Text), nullable=False, comment="The widest scope of a token; a request may ask for less."
        ),
        Column("regions", ARRAY(Text), nullable=False, comment="Roots of the region trees; empty: none."),
        Column("platform", Text, comment="The platform for which it acts; NULL: none in particular."),
        Column("station", Text, comment="The station for which it acts; NULL: none in particular."),
        Column("enabled", Boolean, nullable=False, server_default=true()),
        Column(
            "tokens_valid_from",
            DateTime(timezone=True),
            comment="Tokens issued before are void: its rights were narrowed or its secret was replaced then.",
        ),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )


clients = Table(
    "clients",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("name", Text, nullable=False, comment="What people call it."),
    Column("secret_hash", Text, comment="Argon2id; NULL: it signs in with its own key (private_key_jwt) only."),
    *_grant(),
    CheckConstraint("client_id ~ '^[a-z0-9][a-z0-9-]{1,62}$'", name="client_id"),
    info=updatable("name", "secret_hash", *_GRANT_COLUMNS),
    comment="Programs that may ask for tokens.",
)

users = Table(
    "users",
    metadata,
    Column("user_name", Text, primary_key=True),
    Column("name", Text, nullable=False, comment="What people call them."),
    Column("password_hash", Text, nullable=False, comment="Argon2id."),
    *_grant(),
    CheckConstraint("user_name ~ '^[a-z0-9][a-z0-9._-]{1,62}$'", name="user_name"),
    info=updatable("name", "password_hash", *_GRANT_COLUMNS),
    comment="People who log in on the pages; the subject of their tokens is user:<user_name>.",
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("public_jwk", Text, nullable=False, comment="The public half as a JSON Web Key (RFC 8037)."),
    Column("current", Boolean, nullable=False, comment="Whether new tokens are signed with it; one at a time."),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("retired_at", DateTime(timezone=True), comment="When another key took over."),
    Column("verify_until", DateTime(timezone=True), comment="When its last token has expired; NULL while current."),
    CheckConstraint("current = (retired_at IS NULL)", name="current"),
    Index("signing_keys_current_idx", "current", unique=True, postgresql_where=text("current")),
    info=updatable("current", "retired_at", "verify_until"),
    comment="Ed25519 keys that sign access tokens.",
)

client_keys = Table(
    "client_keys",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("kid", Text, primary_key=True),
    Column("public_jwk", Text, nullable=False, comment="Ed25519 (EdDSA) or P-256 (ES256)."),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("withdrawn_at", DateTime(timezone=True)),
    info=updatable("withdrawn_at"),
    comment="Public keys with which clients sign their assertions (RFC 7523).",
)

revocations = Table(
    "revocations",
    metadata,
    Column("token_id", Text, primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False, comment="When the token ends anyway."),
    Column("revoked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index(None, "expires_at"),
    info=mutable(),
    comment="Tokens that ended early; a row may go when its token has expired.",
)

used_assertions = Table(
    "used_assertions",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("assertion_id", Text, primary_key=True, comment="The assertion's jti."),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index(None, "expires_at"),
    info=mutable(),
    comment="Assertions that were accepted: each is good once. A row may go when its assertion has expired.",
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("audit_id", BigInteger, Identity(), primary_key=True),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("actor", Text, nullable=False, comment="Subject of the token with which it was done."),
    Column("action", Text, nullable=False, comment="What was done, e.g. create_client, disable_user, rotate_keys."),
    Column("target", Text, nullable=False, comment="Client id, user:<name>, kid or token id."),
    Column("detail", JSONB, nullable=False, comment="What changed, without any secret."),
    Index(None, "target", "audit_id"),
    info=rows_of_record(),
    comment="Who changed what; written in the transaction of the change.",
)
