"""Cards, the keys that sign them, and codes that were replaced because they were compromised."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)

from services.codes.tables.batches import metadata
from services.kit.tables import rows_of_record, updatable

card_keys = Table(
    "card_keys",
    metadata,
    Column("key_id", SmallInteger, primary_key=True, autoincrement=False, comment="The secret is codes_card_key_<id>."),
    Column("public_key", LargeBinary, nullable=False, comment="Ed25519, 32 bytes (RFC 8032)."),
    Column("valid_from", Date, nullable=False, comment="The first day on which it signs cards."),
    Column("valid_to", Date, comment="The day on which the next key takes over; its cards stay good."),
    Column("withdrawn_at", DateTime(timezone=True), comment="Since when its cards are good no more."),
    Column("recorded_in", BigInteger, nullable=False),
    CheckConstraint("key_id BETWEEN 1 AND 255", name="key_id"),
    CheckConstraint("length(public_key) = 32", name="public_key"),
    info=updatable("valid_from", "valid_to", "withdrawn_at"),
    comment="Public keys of cards, as published at /.well-known/onecode-keys.json.",
)

cards = Table(
    "cards",
    metadata,
    Column("card_no", BigInteger, Identity(), primary_key=True),
    Column("code", Text, nullable=False),
    Column("key_id", SmallInteger, nullable=False, comment="The key that signs it."),
    Column("issued_on", Date, nullable=False),
    Column("recorded_in", BigInteger, nullable=False),
    Column("revoked_at", DateTime(timezone=True), comment="Since when it is good no more."),
    Column("revoked_in", BigInteger, comment="The batch that revoked it."),
    CheckConstraint("card_no BETWEEN 1 AND 4294967295", name="card_no"),
    CheckConstraint("(revoked_at IS NULL) = (revoked_in IS NULL)", name="revoked"),
    Index("cards_in_use_idx", "code", unique=True, postgresql_where=text("revoked_in IS NULL")),
    Index(None, "code"),
    Index("cards_revoked_in_idx", "revoked_in", postgresql_where=text("revoked_in IS NOT NULL")),
    info=updatable("revoked_at", "revoked_in"),
    comment="Every card that was ever issued; a code has one card in use at most. The signature is made when printing.",
)

code_replacements = Table(
    "code_replacements",
    metadata,
    Column("code", Text, primary_key=True, comment="The compromised code."),
    Column("replaced_by", Text, nullable=False, unique=True),
    Column("compromised_at", DateTime(timezone=True), nullable=False, comment="From then on sales under it park."),
    Column("recorded_in", BigInteger, nullable=False),
    info=rows_of_record(),
    comment="Codes that were compromised, and the new code of the same subject.",
)
