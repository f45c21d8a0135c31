"""Income: ratios, what is settled, and the entries that say so."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    text,
)

from services.kit.tables import mutable, rows_of_record, updatable
from services.sales.tables.batches import CURRENT, metadata

income_ratios = Table(
    "income_ratios",
    metadata,
    Column("ratio_id", BigInteger, Identity(), primary_key=True),
    Column("category", Text, nullable=False, comment="A category, or * for all that have none of their own."),
    Column("region", Text, nullable=False, comment="Division in whose tree it holds; the deepest wins."),
    Column("ratio_bp", Integer, nullable=False),
    Column("basis", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("source", Text, nullable=False),
    Column("recorded_in", BigInteger, nullable=False),
    Column("superseded_in", BigInteger),
    CheckConstraint("ratio_bp BETWEEN 0 AND 10000", name="ratio_bp"),
    CheckConstraint("basis IN ('contract', 'imputed')", name="basis"),
    CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name="validity"),
    Index(None, "recorded_in"),
    Index("income_ratios_current_idx", "category", "region", postgresql_where=CURRENT),
    info=updatable("superseded_in"),
    comment="The part of net sales that is income; the rest is cost.",
)

source_days = Table(
    "source_days",
    metadata,
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False),
    Column("sale_day", Date, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("net_fen", BigInteger, nullable=False, comment="Net sales by the ledger, up to the consumer's cursor."),
    Column("posted_net_fen", BigInteger, nullable=False, server_default="0", comment="Net that entries settle so far."),
    Column(
        "base_fen", BigInteger, nullable=False, server_default="0", comment="Base posted so far: floor(net x ratio)."
    ),
    Column("ratio_id", BigInteger, comment="The ratio the base was posted with; NULL: none in force, income unknown."),
    Column("basis", Text, comment="The basis of that ratio."),
    Column(
        "list_position",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="Position of codes' feed at which the member list is known; 0: nothing is posted yet.",
    ),
    Index("source_days_without_ratio_idx", "sale_day", postgresql_where=text("ratio_id IS NULL")),
    # Rows are added to again and again: a new version that finds room beside the old one touches no index.
    postgresql_with={"fillfactor": 70},
    info=mutable(),
    comment="What has been settled for each source, day and category; the state of the income consumer.",
)

income_entries = Table(
    "income_entries",
    metadata,
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False),
    Column("sale_day", Date, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("batch_id", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_no", SmallInteger, primary_key=True, autoincrement=False, comment="1: reversal, 2: posting."),
    Column("kind", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("net_fen", BigInteger, nullable=False, comment="Difference in net sales that this entry settles."),
    Column("base_fen", BigInteger, nullable=False, comment="Difference in income base; 0 without a ratio."),
    Column("ratio_id", BigInteger),
    Column("basis", Text, comment="contract or imputed; NULL without a ratio."),
    Column("list_position", BigInteger, nullable=False),
    CheckConstraint("(ratio_id IS NULL) = (basis IS NULL)", name="basis"),
    CheckConstraint("ratio_id IS NOT NULL OR base_fen = 0", name="unknown"),
    Index(None, "batch_id"),
    info=rows_of_record(),
    comment="Income bases by source, sale day, category, ratio and member list; only ever added to.",
)
