"""Links: who belongs to which group."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Identity, Index, Integer, Table, Text

from services.codes.tables.batches import CURRENT, metadata
from services.kit.tables import updatable

links = Table(
    "links",
    metadata,
    Column("link_id", BigInteger, Identity(), primary_key=True, comment="The same in all versions of a link."),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("superseded_in", BigInteger),
    Column("member_id", BigInteger, nullable=False),
    Column("member_kind", Text, nullable=False),
    Column("group_id", BigInteger, nullable=False),
    Column("group_kind", Text, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("contract", Text, comment="Reference of the contract that the link rests on."),
    CheckConstraint("weight >= 1", name="weight"),
    CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name="validity"),
    Index("links_group_current_idx", "group_id", postgresql_where=CURRENT),
    Index("links_member_current_idx", "member_id", postgresql_where=CURRENT),
    Index(None, "recorded_in"),
    Index(None, "superseded_in"),
    info=updatable("superseded_in"),
    comment="利益联结: household in cooperative or enterprise, cooperative in enterprise.",
)
