"""Batches, the feed they are published in and the chain over it; platforms, categories, and answers kept for keys."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)

from services.kit.feed import cursor_table, feed_tables
from services.kit.tables import mutable, rows_of_record, schema_metadata

metadata = schema_metadata("sales")
feed_tables(metadata)
cursor_table(metadata)

CURRENT = text("superseded_in IS NULL")
"""The predicate of indexes on what is known now."""

platforms = Table(
    "platforms",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("name", Text, nullable=False),
    info=mutable(),
    comment="Platforms that post orders.",
)

categories = Table(
    "categories",
    metadata,
    Column("category", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    info=mutable(),
    comment="Categories of goods; what fits none is ``other``.",
)

batches = Table(
    "batches",
    metadata,
    Column("batch_id", BigInteger, Identity(), primary_key=True),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("platform", Text, comment="NULL for batches of consumers and of the registry."),
    Column("channel", Text, nullable=False, comment="api, file, uptake, income, bindings, ratios."),
    Column("kind", Text, nullable=False, comment="orders, refunds, income, shops, listings, ratios."),
    Column("client_id", Text, nullable=False),
    Column("accepted", Integer, nullable=False, server_default="0"),
    Column("parked", Integer, nullable=False, server_default="0"),
    Column("duplicate", Integer, nullable=False, server_default="0"),
    Column("conflict", Integer, nullable=False, server_default="0"),
    Column("rejected", Integer, nullable=False, server_default="0"),
    Column("accepted_fen", BigInteger, nullable=False, server_default="0"),
    Column("parked_fen", BigInteger, nullable=False, server_default="0"),
    Column("digest", LargeBinary, comment="SHA-256 of the canonical results; control total of the content."),
    Column("import_id", BigInteger, comment="The import of whose file it is a piece."),
    Index("batches_import_id_idx", "import_id", "batch_id", postgresql_where=text("import_id IS NOT NULL")),
    info=rows_of_record(),
    comment="Everything enters as a batch, with its control totals.",
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body_hash", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    info=rows_of_record(),
    comment="The first answer to a request that carried an Idempotency-Key, stored in the transaction of its effect.",
)


chain = Table(
    "chain",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("batch_id", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False, comment="SHA-256 over the hash before and this batch's content."),
    Column(
        "form",
        SmallInteger,
        nullable=False,
        server_default="1",
        comment="What it covers: 1, entries; 2, also payments …; 3, also bindings …; 4, also payment holders.",
    ),
    info=rows_of_record(),
    comment="The ledger cannot be argued with: whoever changes an entry breaks every later hash.",
)
