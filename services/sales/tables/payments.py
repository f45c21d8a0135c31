"""Payments: what was paid, whose each is as known when, what turned out not to be so, and what are two payments."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, DateTime, Index, LargeBinary, Table, Text, func, text

from services.kit.tables import rows_of_record, updatable
from services.sales.tables.batches import CURRENT, metadata

_METHODS = "('purchase', 'wage', 'rent', 'dividend', 'guarantee')"
_CONFIRMATIONS = "('household', 'group', 'bank_digest', 'none')"

payment_records = Table(
    "payment_records",
    metadata,
    Column("group_code", Text, primary_key=True, comment="The payer's code; '' when no coded group paid."),
    Column("payment_no", Text, primary_key=True, comment="The payer's own number; of a scan, station/source/scan."),
    Column("recorded_in", BigInteger, nullable=False),
    Column("superseded_in", BigInteger, comment="The batch that voided it; NULL: it counts."),
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
    Index(None, "for_month", "group_code", "payment_no"),
    Index(None, "recorded_in"),
    Index("payment_records_superseded_in_idx", "superseded_in", postgresql_where=text("superseded_in IS NOT NULL")),
    info=updatable("superseded_in"),
    comment="Payments, each once under its number for ever; nothing of one is edited, a wrong one is voided.",
)

payment_holders = Table(
    "payment_holders",
    metadata,
    Column("group_code", Text, primary_key=True),
    Column("payment_no", Text, primary_key=True),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False, comment="From when it was known so."),
    Column("superseded_in", BigInteger, comment="When another was known, or the payment was voided; NULL: it counts."),
    Column("group_id", BigInteger, comment="Whose the payer's code was on paid_on; NULL when no coded group paid."),
    Column("group_kind", Text),
    Column("group_region", Text, comment="The payer's division on paid_on."),
    Column("member_id", BigInteger, nullable=False, comment="Whose the member's code was on paid_on."),
    Column("member_kind", Text, nullable=False, comment="Only what households are paid is income."),
    Column("member_region", Text, nullable=False, comment="The member's division on paid_on."),
    Column("for_month", Date, nullable=False, comment="The payment's, for the indexes' sake."),
    CheckConstraint(
        "(group_code = '') = (group_id IS NULL) AND (group_id IS NULL) = (group_kind IS NULL) "
        "AND (group_id IS NULL) = (group_region IS NULL)",
        name="group",
    ),
    Index("payment_holders_current_idx", "group_code", "payment_no", unique=True, postgresql_where=CURRENT),
    Index(None, "member_id", "for_month"),
    Index(None, "group_id", "for_month"),
    Index(None, "recorded_in"),
    Index("payment_holders_superseded_in_idx", "superseded_in", postgresql_where=text("superseded_in IS NOT NULL")),
    info=updatable("superseded_in"),
    comment="Whose each payment is, by its codes on its day: a version for each time that the registry knew better.",
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

payment_distinctions = Table(
    "payment_distinctions",
    metadata,
    Column("first_group", Text, primary_key=True),
    Column("first_no", Text, primary_key=True),
    Column("second_group", Text, primary_key=True),
    Column("second_no", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    info=rows_of_record(),
    comment="Payments that look like one and are two, by whom and why; the smaller key first.",
)
