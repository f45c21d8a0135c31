"""PINs of cards, who opened a household's statement, and what households object to."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, DateTime, Identity, Index, LargeBinary, Table, Text

from services.codes.tables.batches import CURRENT, metadata
from services.kit.tables import rows_of_record, updatable

pins = Table(
    "pins",
    metadata,
    Column("code", Text, primary_key=True),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("superseded_in", BigInteger),
    Column("pin_hash", Text, nullable=False, comment="Argon2id of a keyed digest of code and PIN."),
    Column("set_at", DateTime(timezone=True), nullable=False),
    Index("pins_current_idx", "code", unique=True, postgresql_where=CURRENT),
    info=updatable("superseded_in"),
    comment="Set when a card is handed over; set anew by an officer only.",
)

pin_attempts = Table(
    "pin_attempts",
    metadata,
    Column("attempt_id", BigInteger, Identity(), primary_key=True),
    Column("code", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("attempted_at", DateTime(timezone=True), nullable=False),
    Index(None, "code", "attempted_at"),
    info=rows_of_record(),
    comment="Written before a PIN is looked at: an attempt was wrong unless statement_grants names it.",
)

statement_grants = Table(
    "statement_grants",
    metadata,
    Column("attempt_id", BigInteger, primary_key=True, autoincrement=False),
    Column("grant_digest", LargeBinary, nullable=False, unique=True, comment="SHA-256 of 256 random bits."),
    Column("subject_id", BigInteger, nullable=False),
    Column("granted_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index(None, "subject_id", "granted_at"),
    info=rows_of_record(),
    comment="Who was shown a statement; for some minutes, the key to it.",
)

objections = Table(
    "objections",
    metadata,
    Column("objection_id", BigInteger, Identity(), primary_key=True),
    Column("subject_id", BigInteger, nullable=False),
    Column("attempt_id", BigInteger, nullable=False, comment="The opened statement in which it was raised."),
    Column("month", Date, comment="First day of the month it is about; NULL: the whole statement."),
    Column("text_cipher", LargeBinary, nullable=False, comment="Encrypted like person data, which it may name."),
    Column("raised_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("EXTRACT(day FROM month) = 1", name="month"),
    Index(None, "subject_id"),
    info=rows_of_record(),
    comment="What a household says is wrong with its statement.",
)

objection_answers = Table(
    "objection_answers",
    metadata,
    Column("objection_id", BigInteger, primary_key=True, autoincrement=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("text_cipher", LargeBinary, nullable=False),
    Column("answered_at", DateTime(timezone=True), nullable=False),
    info=rows_of_record(),
    comment="One answer to each objection.",
)
