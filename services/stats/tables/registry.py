"""The registry: where households live, with both clocks, as the cube has taken it from the feed of ``codes``."""

from sqlalchemy import BigInteger, Column, Date, Index, Integer, Table, Text, text

from services.kit.tables import mutable
from services.stats.tables.base import metadata, subject

homes = Table(
    "homes",
    metadata,
    subject("subject_id"),
    Column("known_from", BigInteger, primary_key=True, autoincrement=False, comment="Position of codes' feed."),
    Column("valid_from", Date, primary_key=True, comment="-infinity for the first: nobody is without a home."),
    Column("valid_to", Date, nullable=False, comment="First day no longer; infinity for the last."),
    Column("known_to", BigInteger, comment="The position at which it was replaced; NULL: it is known now."),
    Column("region", Text, nullable=False),
    Column("persons", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Index("homes_current_idx", "subject_id", "valid_from", postgresql_where=text("known_to IS NULL")),
    Index("homes_region_current_idx", "region", "subject_id", postgresql_where=text("known_to IS NULL")),
    info=mutable(),
    comment="Region, persons and status of each household: at each position, exactly one row holds on any day.",
)
