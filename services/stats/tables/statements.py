"""Who was shown a household's statement."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Identity, Index, LargeBinary, Table, Text

from services.kit.tables import rows_of_record
from services.stats.tables.base import metadata

statement_readings = Table(
    "statement_readings",
    metadata,
    Column("reading_id", BigInteger, Identity(), primary_key=True),
    Column("subject_id", BigInteger, nullable=False),
    Column("grant_digest", LargeBinary, nullable=False, comment="Of the grant that opened it: SHA-256 of its text."),
    Column("station", Text, nullable=False),
    Column("actor", Text, nullable=False, comment="Client id, or device:<id>."),
    Column("from_month", Date, nullable=False),
    Column("to_month", Date, nullable=False, comment="The last month that was shown."),
    Column("read_at", DateTime(timezone=True), nullable=False),
    Index(None, "subject_id", "read_at"),
    info=rows_of_record(),
    comment="Written before the figures are given; the opening with card and PIN stands in codes.",
)
