"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "auth_0001"
down_revision = None
branch_labels = ("auth",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("audit_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False, comment="Subject of the token with which it was done."),
        sa.Column(
            "action", sa.Text(), nullable=False, comment="What was done, e.g. create_client, disable_user, rotate_keys."
        ),
        sa.Column("target", sa.Text(), nullable=False, comment="Client id, user:<name>, kid or token id."),
        sa.Column(
            "detail",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="What changed, without any secret.",
        ),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("audit_log_pkey")),
        schema="auth",
        comment="Who changed what; written in the transaction of the change.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_index(
        op.f("audit_log_target_audit_id_idx"), "audit_log", ["target", "audit_id"], unique=False, schema="auth"
    )
    op.create_table(
        "client_keys",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("public_jwk", sa.Text(), nullable=False, comment="Ed25519 (EdDSA) or P-256 (ES256)."),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("client_id", "kid", name=op.f("client_keys_pkey")),
        schema="auth",
        comment="Public keys with which clients sign their assertions (RFC 7523).",
        info={"grants": ("SELECT", "INSERT", "UPDATE (withdrawn_at)")},
    )
    op.create_table(
        "clients",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="What people call it."),
        sa.Column(
            "secret_hash",
            sa.Text(),
            nullable=True,
            comment="Argon2id; NULL: it signs in with its own key (private_key_jwt) only.",
        ),
        sa.Column(
            "scope",
            sa.ARRAY(sa.Text()),
            nullable=False,
            comment="The widest scope of a token; a request may ask for less.",
        ),
        sa.Column("regions", sa.ARRAY(sa.Text()), nullable=False, comment="Roots of the region trees; empty: none."),
        sa.Column(
            "platform", sa.Text(), nullable=True, comment="The platform for which it acts; NULL: none in particular."
        ),
        sa.Column(
            "station", sa.Text(), nullable=True, comment="The station for which it acts; NULL: none in particular."
        ),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "tokens_valid_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Tokens issued before are void: its rights were narrowed or its secret was replaced then.",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("client_id ~ '^[a-z0-9][a-z0-9-]{1,62}$'", name=op.f("clients_client_id_check")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("clients_pkey")),
        schema="auth",
        comment="Programs that may ask for tokens.",
        info={
            "grants": (
                "SELECT",
                "INSERT",
                "UPDATE (name, secret_hash, scope, regions, platform, station, enabled, tokens_valid_from, changed_at)",
            )
        },
    )
    op.create_table(
        "revocations",
        sa.Column("token_id", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, comment="When the token ends anyway."),
        sa.Column("revoked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("token_id", name=op.f("revocations_pkey")),
        schema="auth",
        comment="Tokens that ended early; a row may go when its token has expired.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_index(op.f("revocations_expires_at_idx"), "revocations", ["expires_at"], unique=False, schema="auth")
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("public_jwk", sa.Text(), nullable=False, comment="The public half as a JSON Web Key (RFC 8037)."),
        sa.Column(
            "current", sa.Boolean(), nullable=False, comment="Whether new tokens are signed with it; one at a time."
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True, comment="When another key took over."),
        sa.Column(
            "verify_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When its last token has expired; NULL while current.",
        ),
        sa.CheckConstraint("current = (retired_at IS NULL)", name=op.f("signing_keys_current_check")),
        sa.PrimaryKeyConstraint("kid", name=op.f("signing_keys_pkey")),
        schema="auth",
        comment="Ed25519 keys that sign access tokens.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (current, retired_at, verify_until)")},
    )
    op.create_index(
        "signing_keys_current_idx",
        "signing_keys",
        ["current"],
        unique=True,
        schema="auth",
        postgresql_where=sa.text("current"),
    )
    op.create_table(
        "used_assertions",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("assertion_id", sa.Text(), nullable=False, comment="The assertion's jti."),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "assertion_id", name=op.f("used_assertions_pkey")),
        schema="auth",
        comment="Assertions that were accepted: each is good once. A row may go when its assertion has expired.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_index(
        op.f("used_assertions_expires_at_idx"), "used_assertions", ["expires_at"], unique=False, schema="auth"
    )
    op.create_table(
        "users",
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="What people call them."),
        sa.Column("password_hash", sa.Text(), nullable=False, comment="Argon2id."),
        sa.Column(
            "scope",
            sa.ARRAY(sa.Text()),
            nullable=False,
            comment="The widest scope of a token; a request may ask for less.",
        ),
        sa.Column("regions", sa.ARRAY(sa.Text()), nullable=False, comment="Roots of the region trees; empty: none."),
        sa.Column(
            "platform", sa.Text(), nullable=True, comment="The platform for which it acts; NULL: none in particular."
        ),
        sa.Column(
            "station", sa.Text(), nullable=True, comment="The station for which it acts; NULL: none in particular."
        ),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "tokens_valid_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Tokens issued before are void: its rights were narrowed or its secret was replaced then.",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("user_name ~ '^[a-z0-9][a-z0-9._-]{1,62}$'", name=op.f("users_user_name_check")),
        sa.PrimaryKeyConstraint("user_name", name=op.f("users_pkey")),
        schema="auth",
        comment="People who log in on the pages; the subject of their tokens is user:<user_name>.",
        info={
            "grants": (
                "SELECT",
                "INSERT",
                "UPDATE (name, password_hash, scope, regions, platform, station, enabled, tokens_valid_from, changed_at)",
            )
        },
    )


def downgrade() -> None:
    op.drop_table("users", schema="auth")
    op.drop_index(op.f("used_assertions_expires_at_idx"), table_name="used_assertions", schema="auth")
    op.drop_table("used_assertions", schema="auth")
    op.drop_index(
        "signing_keys_current_idx", table_name="signing_keys", schema="auth", postgresql_where=sa.text("current")
    )
    op.drop_table("signing_keys", schema="auth")
    op.drop_index(op.f("revocations_expires_at_idx"), table_name="revocations", schema="auth")
    op.drop_table("revocations", schema="auth")
    op.drop_table("clients", schema="auth")
    op.drop_table("client_keys", schema="auth")
    op.drop_index(op.f("audit_log_target_audit_id_idx"), table_name="audit_log", schema="auth")
    op.drop_table("audit_log", schema="auth")
