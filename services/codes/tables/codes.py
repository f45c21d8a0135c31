"""Codes, their states, and the directory that is derived from them."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Index, Table, Text, func, text

from services.codes.tables.batches import CURRENT, metadata
from services.kit.tables import rows_of_record, updatable

codes = Table(
    "codes",
    metadata,
    Column("code", Text, primary_key=True),
    Column("subject_id", BigInteger, nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("recorded_in", BigInteger, nullable=False),
    CheckConstraint("length(code) = 10", name="length"),
    Index(None, "subject_id"),
    info=rows_of_record(),
    comment="Every code that was ever issued; a code is never issued twice.",
)

code_states = Table(
    "code_states",
    metadata,
    Column("code", Text, primary_key=True),
    Column("valid_from", DateTime(timezone=True), primary_key=True),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", DateTime(timezone=True)),
    Column("superseded_in", BigInteger),
    Column("state", Text, nullable=False),
    CheckConstraint("state IN ('in_force', 'suspended', 'revoked')", name="state"),
    CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name="validity"),
    Index("code_states_not_in_force_idx", "code", postgresql_where=text("state <> 'in_force'")),
    info=updatable("superseded_in"),
    comment="From when to when a code was in force, suspended, revoked; why and by whom, its batch says.",
)

directory_entries = Table(
    "directory_entries",
    metadata,
    Column("code", Text, primary_key=True),
    Column("valid_from", DateTime(timezone=True), primary_key=True),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", DateTime(timezone=True)),
    Column("superseded_in", BigInteger),
    Column("state", Text, nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("region", Text, nullable=False, comment="The subject's division during the interval."),
    CheckConstraint("state IN ('in_force', 'suspended', 'revoked')", name="state"),
    Index("directory_entries_current_idx", "code", "valid_from", postgresql_where=CURRENT),
    Index(None, "recorded_in"),
    Index("directory_entries_superseded_in_idx", "superseded_in", postgresql_where=text("superseded_in IS NOT NULL")),
    Index(None, "subject_id"),
    info=updatable("superseded_in"),
    comment="Code x time -> state, subject, kind and region: what one index lookup must answer for every order line. "
    "Derived from codes, code_states and subject_versions; ``verify`` derives it again.",
)
