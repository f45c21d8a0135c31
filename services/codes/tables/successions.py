"""Households that divide or join, and which numbers lead elsewhere since."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, Integer, LargeBinary, Table, Text, text

from services.codes.tables.batches import CURRENT, metadata
from services.kit.tables import updatable

operations = Table(
    "operations",
    metadata,
    Column("batch_id", BigInteger, primary_key=True, autoincrement=False),
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False, comment="Whom it concerned."),
    Column("operation", Text, nullable=False),
    Column("on_day", Date, nullable=False, comment="The first day on which its outcome is true."),
    Column("content_index", LargeBinary, comment="Keyed index of what a split or merge said: the same is done once."),
    Column("undone_in", BigInteger, comment="The batch that took it back, as recorded by mistake."),
    CheckConstraint(
        "operation IN ('split', 'merge', 'move', 'resettle', 'change_head', 'revise', 'undo')", name="operation"
    ),
    Index(None, "subject_id"),
    Index(
        "operations_content_index_idx",
        "subject_id",
        "content_index",
        unique=True,
        postgresql_where=text("content_index IS NOT NULL AND undone_in IS NULL"),
    ),
    info=updatable("undone_in"),
    comment="What was done with a subject after its registration; who did it and why, the batch says.",
)

successions = Table(
    "succession_records",
    metadata,
    Column("predecessor_id", BigInteger, primary_key=True, autoincrement=False),
    Column("successor_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False, comment="split: a part of it became another; merge: all of it joined one; "
        "undone: it came out of a split that never was, and what leads to it leads back."),
    Column("persons", Integer, nullable=False, comment="How many persons went over."),
    Column("on_day", Date, nullable=False, comment="The successor's first day as such."),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("superseded_in", BigInteger),
    CheckConstraint("kind IN ('split', 'merge', 'undone')", name="kind"),
    CheckConstraint("persons >= 1", name="persons"),
    CheckConstraint("predecessor_id <> successor_id", name="two"),
    # Nobody ends twice.
    Index(
        "succession_records_merged_idx", "predecessor_id", unique=True,
        postgresql_where=text("kind = 'merge' AND superseded_in IS NULL"),
    ),
    Index("succession_records_successor_current_idx", "successor_id", postgresql_where=CURRENT),
    Index(None, "recorded_in"),
    info=updatable("superseded_in"),
    comment="Which household came out of which, or went on in which; who keeps the code in a split has no row.",
)  # fmt: skip

identity_transfers = Table(
    "identity_transfers",
    metadata,
    Column("identity_index", LargeBinary, primary_key=True),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("superseded_in", BigInteger),
    Column("subject_id", BigInteger, nullable=False),
    Index("identity_transfers_current_idx", "identity_index", unique=True, postgresql_where=CURRENT),
    Index(None, "subject_id"),
    info=updatable("superseded_in"),
    comment="Numbers that lead to another subject than they were registered for, since a household divided or joined.",
)
