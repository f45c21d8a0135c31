"""Order lines, refunds, corrections, and the ledger."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    false,
    func,
    text,
)

from services.kit.tables import mutable, rows_of_record, updatable
from services.sales.tables.batches import metadata

_METHODS = "('line', 'listing', 'shop', 'hand', 'split')"


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
        Column("codes", Text, comment="Of a line that names several codes: code=weight, by code, joined by commas."),
    ]


order_lines = Table(
    "order_lines",
    metadata,
    *_line_key(),
    *_line_content(),
    Column("sale_day", Date, nullable=False, comment="Business day of occurred_at in Shanghai."),
    Column("attributed_code", Text, comment="The code it was attributed to; NULL: to several, see line_parts."),
    Column("method", Text, nullable=False, comment="By the line's code, its codes, a listing, a shop, or by hand."),
    Column("subject_id", BigInteger),
    Column("kind", Text),
    Column("region", Text, comment="The subject's division at occurred_at."),
    Column("internal", Boolean, nullable=False, server_default=false(), comment="Between coded subjects: in no total."),
    Column("holder_code", Text, comment="Where a correction has moved it; NULL: where it was attributed."),
    Column("holder_id", BigInteger),
    Column("holder_kind", Text),
    Column("holder_region", Text),
    Column("split_no", SmallInteger, comment="By which division in line_parts it is held now; NULL: by one subject."),
    Column("cancelled", Boolean, nullable=False, server_default=false()),
    Column("refunded_fen", BigInteger, nullable=False, server_default="0"),
    Column("entry_count", SmallInteger, nullable=False, server_default="1", comment="Ledger entries of this line."),
    CheckConstraint("amount_fen >= 0", name="amount"),
    CheckConstraint("refunded_fen BETWEEN 0 AND amount_fen", name="balance"),
    CheckConstraint(f"method IN {_METHODS}", name="method"),
    CheckConstraint(
        "num_nulls(attributed_code, subject_id, kind, region) = CASE method WHEN 'split' THEN 4 ELSE 0 END",
        name="attributed",
    ),
    CheckConstraint(
        "num_nonnulls(holder_id, split_no) <= 1 AND num_nonnulls(subject_id, holder_id, split_no) > 0", name="held"
    ),
    info=updatable(
        "refunded_fen", "entry_count", "holder_code", "holder_id", "holder_kind", "holder_region", "split_no",
        "cancelled",
    ),
    comment="Accepted order lines: facts that never change, and the balance that serialises their refunds.",
)  # fmt: skip

line_parts = Table(
    "line_parts",
    metadata,
    *_line_key(),
    Column("split_no", SmallInteger, primary_key=True, autoincrement=False, comment="1, 2, … within the line."),
    Column("part_no", SmallInteger, primary_key=True, autoincrement=False, comment="The order in which ties go."),
    Column("code", Text, nullable=False),
    Column("weight", BigInteger, nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("region", Text, nullable=False, comment="The subject's division at the line's occurred_at."),
    Column("batch_id", BigInteger, nullable=False, comment="The batch that divided the line so."),
    CheckConstraint("weight > 0", name="weight"),
    Index(None, "batch_id"),
    info=rows_of_record(),
    comment="Who holds a line that several codes share, and in which proportion; a correction adds another division.",
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
    Column("reversed_fen", BigInteger, nullable=False, server_default="0", comment="What reversals took back of it."),
    Column(
        "state",
        Text,
        nullable=False,
        comment="applied; spread (order-level, applied through its shares); parked; withdrawn (before it was applied).",
    ),
    Column("parked_reason", Text, comment="no_order: its line is not there; exceeds_line; line_cancelled."),
    Column("applied_in", BigInteger, comment="The batch in which it was first applied."),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("reversed_fen BETWEEN 0 AND amount_fen", name="reversed"),
    CheckConstraint("state IN ('applied', 'spread', 'parked', 'withdrawn')", name="state"),
    CheckConstraint("date_basis IN ('stated', 'imputed')", name="date_basis"),
    CheckConstraint("(state = 'parked') = (parked_reason IS NOT NULL)", name="parked_reason"),
    Index("refunds_parked_idx", "order_no", postgresql_where=text("state = 'parked'")),
    Index(None, "batch_id"),
    info=updatable("state", "parked_reason", "applied_in", "reversed_fen"),
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

order_spreads = Table(
    "order_spreads",
    metadata,
    Column("order_no", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("batch_id", BigInteger, primary_key=True, autoincrement=False),
    info=rows_of_record(),
    comment="Batches that entered shares of refunds of a whole order: by them its entries are found.",
)

refund_reversals = Table(
    "refund_reversals",
    metadata,
    *_line_key(),
    Column("refund_no", Text, primary_key=True, comment="The refund that is taken back, or a part of it."),
    Column("reversal_no", Text, primary_key=True),
    Column("amount_fen", BigInteger, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("batch_id", BigInteger, nullable=False),
    CheckConstraint("amount_fen > 0", name="amount"),
    Index(None, "batch_id"),
    info=rows_of_record(),
    comment="A later statement said that less was refunded: what is taken back of which refund. Nothing is edited.",
)

corrections = Table(
    "corrections",
    metadata,
    *_line_key(),
    Column("correction_no", Text, primary_key=True),
    Column("action", Text, nullable=False),
    Column("code", Text, comment="Whose the line is from now on, for a reassignment to one."),
    Column("codes", Text, comment="For a reassignment to several: code=weight, by code, joined by commas."),
    Column("reason", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("batch_id", BigInteger, nullable=False),
    CheckConstraint("action IN ('reassign', 'cancel')", name="action"),
    CheckConstraint("num_nonnulls(code, codes) = CASE action WHEN 'reassign' THEN 1 ELSE 0 END", name="code"),
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
    # Costs next to nothing to keep; lets a day be added up without reading the years around it.
    Index(None, "sale_day", "event_day", postgresql_using="brin"),
    info=rows_of_record(),
    comment="The ledger: only ever added to. gross = sum of gross, refunds = -sum of refund, net = sum of all.",
)
