"""Imports of export files: what came of each, which rows were not taken, how fine the orders are that they brought."""

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
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.kit.tables import rows_of_record, updatable
from services.sales.tables.batches import metadata

imports = Table(
    "imports",
    metadata,
    Column("import_id", BigInteger, Identity(), primary_key=True),
    Column("platform", Text, nullable=False),
    Column("shop", Text, nullable=False),
    Column("format", Text, nullable=False, comment="As asked for; auto until the header has been read."),
    Column("file_name", Text),
    Column("client_id", Text, nullable=False),
    Column("exported_at", DateTime(timezone=True), nullable=False, comment="The moment of which the file speaks."),
    Column("started_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("state", Text, nullable=False, server_default="running"),
    Column("stated_sha256", LargeBinary, comment="The file's digest as the client states it; by it a file is resumed."),
    Column("sha256", LargeBinary, comment="The file's digest, once all of it has been read."),
    Column("watermark_row", BigInteger, nullable=False, server_default="0", comment="Rows up to here are recorded."),
    Column("row_count", BigInteger, nullable=False, server_default="0", comment="Rows with content, up to there."),
    Column("error_count", BigInteger, nullable=False, server_default="0", comment="Rows that were not taken."),
    Column("first_day", Date, comment="The earliest business day of a sale."),
    Column("last_day", Date, comment="The latest."),
    Column("counts", JSONB, nullable=False, comment="What became of lines and refunds; amounts in fen."),
    Column("problem", Text, comment="Why it failed, for people."),
    CheckConstraint("state IN ('running', 'interrupted', 'failed', 'done')", name="state"),
    Index(None, "platform", "import_id"),
    info=updatable(
        "format", "changed_at", "state", "sha256", "watermark_row", "row_count", "error_count", "first_day",
        "last_day", "counts", "problem",
    ),
    comment="Files that were sent, each with its number. The file itself is kept nowhere.",
)  # fmt: skip

import_errors = Table(
    "import_errors",
    metadata,
    Column("import_id", BigInteger, primary_key=True, autoincrement=False),
    Column("row_no", BigInteger, primary_key=True, autoincrement=False, comment="As a spreadsheet shows it."),
    Column("error_no", SmallInteger, primary_key=True, autoincrement=False, comment="1, 2, … within the row."),
    Column("column_name", Text, nullable=False, comment="The column it is about; '' for the whole row."),
    Column("reason", Text, nullable=False, comment="For programs."),
    Column("detail", Text, nullable=False, comment="For people; quotes no cell."),
    Column("cells", JSONB, nullable=False, comment="Number, time, amounts and status, as far as they look like it."),
    info=rows_of_record(),
    comment="Rows that were not taken, without anything about buyers.",
)

imported_orders = Table(
    "imported_orders",
    metadata,
    Column("order_no", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column(
        "grain",
        Text,
        nullable=False,
        comment="order: one line for all; items: a line for each; api: told finer since.",
    ),
    Column("import_id", BigInteger, nullable=False, comment="The import that gave it this grain."),
    CheckConstraint("grain IN ('order', 'items', 'api')", name="grain"),
    info=updatable("grain", "import_id"),
    comment="Orders that came by file, and how finely.",
)
