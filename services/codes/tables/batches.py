"""The batches that every row of record belongs to, and the feed they are published in."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Table, Text, func, text

from services.kit.feed import cursor_table, feed_tables
from services.kit.tables import rows_of_record, schema_metadata

metadata = schema_metadata("codes")
feed_tables(metadata)
cursor_table(metadata)

CURRENT = text("superseded_in IS NULL")
"""The predicate of indexes on what is known now."""

batches = Table(
    "batches",
    metadata,
    Column("batch_id", BigInteger, Identity(), primary_key=True),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("actor", Text, nullable=False, comment="Client id of who did it."),
    Column("operation", Text, nullable=False, comment="What was done, e.g. register_subject, link, suspend_code."),
    Column("reason", Text, comment="Why, in the actor's words."),
    info=rows_of_record(),
    comment="One row for each change of the registry; changes become visible to others through the feed.",
)
