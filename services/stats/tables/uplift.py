"""What the uplift of a year stands on: each household's income by way and category, and the poverty lines."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Identity, Index, Integer, Table, Text, func

from services.kit.tables import mutable, rows_of_record
from services.stats.tables.base import ROOM, fen, metadata, subject

WAYS = "('own', 'cooperative', 'enterprise', 'uncoded')"

household_years = Table(
    "household_years",
    metadata,
    subject("subject_id"),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("way", Text, primary_key=True, comment="own: its own code; else the kind of who paid or divided."),
    Column("category", Text, primary_key=True, comment="Category of goods; '' for what was paid: it names none."),
    fen("contract_fen", "As in household_days."),
    fen("imputed_fen", "As in household_days."),
    fen("paid_fen", "As in household_days."),
    CheckConstraint(f"way IN {WAYS}", name="way"),
    Index(None, "year"),
    postgresql_with=ROOM,
    info=mutable(),
    comment="What reached each household in a year, by the way it came and by category: sums of its months.",
)

poverty_lines = Table(
    "poverty_lines",
    metadata,
    Column("line_id", BigInteger, Identity(), primary_key=True),
    Column("region", Text, nullable=False, comment="Province whose line it is; '*' for the national one."),
    Column("year", Integer, nullable=False),
    Column("per_head_fen", BigInteger, nullable=False, comment="Yuan of that year per head and year, in fen."),
    Column("standing", Text, nullable=False, comment="published, approximate or guideline."),
    Column("source", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("client_id", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("per_head_fen > 0", name="per_head"),
    CheckConstraint("standing IN ('published', 'approximate', 'guideline')", name="standing"),
    CheckConstraint("region = '*' OR region ~ '^[0-9]{2}0{10}$'", name="region"),
    info=rows_of_record(),
    comment="Poverty lines as officers recorded them: of a region and year the newest counts, and replaces the one "
    "that comes with the program.",
)
