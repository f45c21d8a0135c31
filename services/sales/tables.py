"""The tables of schema ``sales``.

Lines, refunds and ledger entries are keyed by, and would be distributed on, ``order_no``; per-subject tables on
``subject_id``; platforms, categories, bindings and ratios are reference tables; batches and the feed stay on the
coordinator. Nothing relies on a trigger, a foreign key or the order of a sequence.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    false,
    func,
    text,
)

from services.kit.feed import cursor_table, feed_tables
from services.kit.tables import mutable, rows_of_record, schema_metadata, updatable

metadata = schema_metadata("sales")
feed_tables(metadata)
cursor_table(metadata)

_CURRENT = text("superseded_in IS NULL")
_METHODS = "('line', 'listing', 'shop', 'hand')"


def _line_key() -> tuple[Column[str], Column[str], Column[str]]:
    return (
        Column("order_no", Text, primary_key=True),
        Column("platform", Text, primary_key=True),
        Column("line_no", Text, primary_key=True),
    )


def _line_content() -> list[Column[object]]:
    """What a platform says of a line; a fact of record once the line is accepted."""
    return [
        Column("occurred_at", DateTime(timezone=True), nullable=False),
        Column("shop", Text, nullable=False),
        Column("station", Text),
        Column("buyer_region", Text),
        Column("trade", Text, nullable=False),
        Column("campaign", Text, comment="What brought the sale about, e.g. a live stream; as the platform names it."),
        Column("buyer_code", Text, comment="The buyer's own code, when a coded subject buys from another."),
        Column("code", Text, comment="The code on the line, canonical; NULL when it carried none."),
        Column("sku", Text),
        Column("title", Text),
        Column("category", Text, nullable=False),
        Column("quantity_milli", BigInteger, nullable=False, comment="Thousandths of ``unit``."),
        Column("unit", Text),
        Column("amount_fen", BigInteger, nullable=False),
        Column("content_hash", LargeBinary, nullable=False, comment="Hash of the business content, version first."),
        Column("batch_id", BigInteger, nullable=False, comment="The batch that brought it."),
    ]


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

order_lines = Table(
    "order_lines",
    metadata,
    *_line_key(),
    *_line_content(),
    Column("sale_day", Date, nullable=False, comment="Business day of occurred_at in Shanghai."),
    Column("attributed_code", Text, nullable=False, comment="The code it was attributed to."),
    Column("method", Text, nullable=False, comment="By the line's own code, a listing, a shop binding, or by hand."),
    Column("subject_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("region", Text, nullable=False, comment="The subject's division at occurred_at."),
    Column("internal", Boolean, nullable=False, server_default=false(), comment="Between coded subjects: in no total."),
    Column("holder_code", Text, comment="Where a correction has moved it; NULL: where it was attributed."),
    Column("holder_id", BigInteger),
    Column("holder_kind", Text),
    Column("holder_region", Text),
    Column("cancelled", Boolean, nullable=False, server_default=false()),
    Column("refunded_fen", BigInteger, nullable=False, server_default="0"),
    Column("entry_count", SmallInteger, nullable=False, server_default="1", comment="Ledger entries of this line."),
    CheckConstraint("amount_fen >= 0", name="amount"),
    CheckConstraint("refunded_fen BETWEEN 0 AND amount_fen", name="balance"),
    CheckConstraint(f"method IN {_METHODS}", name="method"),
    info=updatable(
        "refunded_fen", "entry_count", "holder_code", "holder_id", "holder_kind", "holder_region", "cancelled"
    ),
    comment="Accepted order lines: facts that never change, and the balance that serialises their refunds.",
)

parked_lines = Table(
    "parked_lines",
    metadata,
    *_line_key(),
    *_line_content(),
    Column("reason", Text, nullable=False),
    Column("parked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint(
        "reason IN ('unknown_code', 'code_not_in_force', 'code_suspended', 'code_revoked', 'no_binding')",
        name="reason",
    ),
    Index(None, "code"),
    Index(None, "platform", "shop", "sku"),
    Index(None, "batch_id"),
    info=mutable(),
    comment="Lines that lack something; they hold their key and are taken up when what they lack appears.",
)

refunds = Table(
    "refunds",
    metadata,
    *_line_key(),
    Column("refund_no", Text, primary_key=True),
    Column("amount_fen", BigInteger, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("reason", Text),
    Column("date_basis", Text, nullable=False, comment="stated by the platform, or imputed from an export."),
    Column("content_hash", LargeBinary, nullable=False),
    Column("batch_id", BigInteger, nullable=False),
    Column("state", Text, nullable=False, comment="applied; spread (order-level, applied through its shares); parked."),
    Column("parked_reason", Text, comment="no_order: its line is not there; exceeds_line; line_cancelled."),
    Column("applied_in", BigInteger, comment="The batch in which it was first applied."),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("state IN ('applied', 'spread', 'parked')", name="state"),
    CheckConstraint("date_basis IN ('stated', 'imputed')", name="date_basis"),
    CheckConstraint("(state = 'parked') = (parked_reason IS NOT NULL)", name="parked_reason"),
    Index("refunds_parked_idx", "order_no", postgresql_where=text("state = 'parked'")),
    Index(None, "batch_id"),
    info=updatable("state", "parked_reason", "applied_in"),
    comment="Refunds by line; an order-level refund has line_no '' and shares.",
)

refund_shares = Table(
    "refund_shares",
    metadata,
    *_line_key(),
    Column("refund_no", Text, primary_key=True),
    Column("amount_fen", BigInteger, nullable=False),
    CheckConstraint("amount_fen >= 0", name="amount"),
    info=mutable(),
    comment="How a refund of a whole order is spread over its lines now; spread anew when a line joins the order.",
)

corrections = Table(
    "corrections",
    metadata,
    *_line_key(),
    Column("correction_no", Text, primary_key=True),
    Column("action", Text, nullable=False),
    Column("code", Text, comment="Whose the line is from now on, for a reassignment."),
    Column("reason", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("batch_id", BigInteger, nullable=False),
    CheckConstraint("action IN ('reassign', 'cancel')", name="action"),
    CheckConstraint("(action = 'reassign') = (code IS NOT NULL)", name="code"),
    Index(None, "batch_id"),
    info=rows_of_record(),
    comment="What was put right by hand, by whom and why; each is one more set of entries, nothing is edited.",
)

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("batch_id", BigInteger, primary_key=True, autoincrement=False),
    *_line_key(),
    Column("entry_no", SmallInteger, primary_key=True, autoincrement=False, comment="1, 2, … within the line."),
    Column("cause", Text, nullable=False),
    Column("measure", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False, comment="Signed: gross is positive, a refund negative."),
    Column("subject_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("sale_day", Date, nullable=False, comment="The business day it counts on: always its line's."),
    Column("event_day", Date, nullable=False, comment="The business day of the event itself, for the cash view."),
    Column("internal", Boolean, nullable=False, server_default=false(), comment="Between coded subjects: in no total."),
    Column("reference", Text, nullable=False, comment="Why: the code and method of a sale, the number of a refund."),
    CheckConstraint("cause IN ('sale', 'refund', 'reassign', 'cancel')", name="cause"),
    CheckConstraint("measure IN ('gross', 'refund')", name="measure"),
    Index(None, "subject_id", "sale_day"),
    info=rows_of_record(),
    comment="The ledger: only ever added to. gross = sum of gross, refunds = -sum of refund, net = sum of all.",
)

chain = Table(
    "chain",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("batch_id", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False, comment="SHA-256 over the hash before and this batch's content."),
    info=rows_of_record(),
    comment="The ledger cannot be argued with: whoever changes an entry breaks every later hash.",
)

shop_bindings = Table(
    "shop_bindings",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("shop", Text, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", Date),
    Column("superseded_in", BigInteger),
    Column("code", Text, nullable=False),
    CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name="validity"),
    info=updatable("superseded_in"),
    comment="一店带多户: whose sales a shop's lines are when neither line nor listing says.",
)

listing_bindings = Table(
    "listing_bindings",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("shop", Text, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", Date),
    Column("superseded_in", BigInteger),
    Column("code", Text, nullable=False),
    CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name="validity"),
    info=updatable("superseded_in"),
    comment="Whose goods a shop's SKU is.",
)

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
    Index("income_ratios_current_idx", "category", "region", postgresql_where=_CURRENT),
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
