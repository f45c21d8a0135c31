"""Payments: what was paid to whom, by which group, for which month; and what of it turned out not to be so."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, LargeBinary, Table, Text, text

from services.kit.tables import rows_of_record, updatable
from services.sales.tables.batches import metadata

_METHODS = "('purchase', 'wage', 'rent', 'dividend', 'guarantee')"
_CONFIRMATIONS = "('household', 'group', 'bank_digest', 'none')"

payment_records = Table(
    "payment_records",
    metadata,
    Column("group_code", Text, primary_key=True, comment="The payer's code; '' when no coded group paid."),
    Column("payment_no", Text, primary_key=True, comment="The payer's own number; of a scan, station/source/scan."),
    Column("recorded_in", BigInteger, nullable=False),
    Column("superseded_in", BigInteger, comment="The batch that voided it; NULL: it counts."),
    Column("group_id", BigInteger, comment="NULL when no coded group paid."),
    Column("group_kind", Text),
    Column("group_region", Text, comment="The payer's division on paid_on."),
    Column("member_id", BigInteger, nullable=False),
    Column("member_kind", Text, nullable=False, comment="Only what households are paid is income."),
    Column("member_region", Text, nullable=False, comment="The member's division on paid_on."),
    Column("member_code", Text, comment="As it was sent; NULL for what a station scanned."),
    Column("method", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("paid_on", Date, nullable=False, comment="The business day on which it was paid."),
    Column("for_month", Date, nullable=False, comment="First day of the month that it is income of."),
    Column("evidence", Text, nullable=False, comment="Where it can be looked up: slip, list, contract."),
    Column("confirmation", Text, nullable=False, server_default="none", comment="Who confirmed that it was received."),
    Column("client_id", Text, nullable=False),
    Column("content_hash", LargeBinary, nullable=False, comment="Hash of the business content, version first."),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint(f"method IN {_METHODS}", name="method"),
    CheckConstraint(f"confirmation IN {_CONFIRMATIONS}", name="confirmation"),
    CheckConstraint("extract(day FROM for_month) = 1", name="for_month"),
    CheckConstraint(
        "(group_code = '') = (group_id IS NULL) AND (group_id IS NULL) = (group_kind IS NULL) "
        "AND (group_id IS NULL) = (group_region IS NULL)",
        name="group",
    ),
    Index(None, "member_id", "for_month"),
    Index(None, "group_id", "for_month"),
    Index(None, "for_month", "group_code", "payment_no"),
    Index(None, "recorded_in"),
    Index("payment_records_superseded_in_idx", "superseded_in", postgresql_where=text("superseded_in IS NOT NULL")),
    info=updatable("superseded_in"),
    comment="Payments, each once under its number for ever; nothing of one is edited, a wrong one is voided.",
)

payment_voids = Table(
    "payment_voids",
    metadata,
    Column("group_code", Text, primary_key=True),
    Column("payment_no", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("recorded_in", BigInteger, nullable=False),
    Index(None, "recorded_in"),
    info=rows_of_record(),
    comment="Payments that turned out not to be so, by whom and why.",
)
