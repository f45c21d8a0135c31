"""Audits: what was drawn, from which frame, and what was found."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
)

from services.kit.tables import rows_of_record
from services.stats.tables.base import metadata

_BASES = "('paid', 'contract', 'imputed')"

audits = Table(
    "audits",
    metadata,
    Column("audit", Text, primary_key=True, comment="County, quarter and turn, such as 522701-2020Q1-1."),
    Column("county", Text, nullable=False),
    Column("quarter", Date, nullable=False, comment="First day of the quarter."),
    Column("seed", Text, nullable=False),
    Column("size", Integer, nullable=False, comment="Lines that were asked for."),
    Column("position", BigInteger, nullable=False, comment="The frame is the incomes at this position of sales' feed."),
    Column("codes_position", BigInteger, nullable=False, comment="And the homes at this position of codes' feed."),
    Column("frame_digest", LargeBinary, nullable=False, comment="SHA-256 of all lines of the frame, in their order."),
    Column("client_id", Text, nullable=False),
    Column("drawn_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("extract(day FROM quarter) = 1 AND extract(month FROM quarter) IN (1, 4, 7, 10)", name="quarter"),
    CheckConstraint("size > 0", name="size"),
    Index(None, "county", "quarter"),
    info=rows_of_record(),
    comment="Samples of the income lines of a county and quarter.",
)

audit_strata = Table(
    "audit_strata",
    metadata,
    Column("audit", Text, primary_key=True),
    Column("basis", Text, primary_key=True),
    Column("lines", BigInteger, nullable=False, comment="In the frame."),
    Column("amount_fen", BigInteger, nullable=False, comment="Of all these lines."),
    Column("drawn", Integer, nullable=False),
    CheckConstraint(f"basis IN {_BASES}", name="basis"),
    CheckConstraint("drawn BETWEEN 1 AND lines", name="drawn"),
    info=rows_of_record(),
    comment="The frame of an audit by stratum: how income is known.",
)

audit_lines = Table(
    "audit_lines",
    metadata,
    Column("audit", Text, primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False, comment="From 1."),
    Column("household_id", BigInteger, nullable=False),
    Column("month", Date, nullable=False),
    Column("basis", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False, comment="As booked at the audit's position."),
    CheckConstraint(f"basis IN {_BASES}", name="basis"),
    CheckConstraint("amount_fen > 0", name="amount"),
    info=rows_of_record(),
    comment="The lines that were drawn: what a household had of a month and basis.",
)

audit_findings = Table(
    "audit_findings",
    metadata,
    Column("audit", Text, primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("turn", Integer, primary_key=True, autoincrement=False, comment="From 1; the last one counts."),
    Column("confirmed_fen", BigInteger, nullable=False, comment="What the household did receive."),
    Column("finder", Text, nullable=False, comment="Who looked: an office or a post."),
    Column("evidence", Text, nullable=False),
    Column("found_on", Date, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("confirmed_fen >= 0", name="confirmed"),
    CheckConstraint("turn >= 1", name="turn"),
    info=rows_of_record(),
    comment="What was found of each line; nothing is edited, a later finding counts in place of an earlier.",
)

audit_readings = Table(
    "audit_readings",
    metadata,
    Column("audit", Text, primary_key=True),
    Column("read_at", DateTime(timezone=True), primary_key=True, server_default=func.clock_timestamp()),
    Column("client_id", Text, primary_key=True),
    info=rows_of_record(),
    comment="Who was shown the codes of a sample, and when.",
)
