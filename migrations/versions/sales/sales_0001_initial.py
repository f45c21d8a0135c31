"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "sales_0001"
down_revision = None
branch_labels = ("sales",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("batch_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("platform", sa.Text(), nullable=True, comment="NULL for batches of consumers and of the registry."),
        sa.Column("channel", sa.Text(), nullable=False, comment="api, file, uptake, income, bindings, ratios."),
        sa.Column("kind", sa.Text(), nullable=False, comment="orders, refunds, income, shops, listings, ratios."),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("accepted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("parked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("duplicate", sa.Integer(), server_default="0", nullable=False),
        sa.Column("conflict", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rejected", sa.Integer(), server_default="0", nullable=False),
        sa.Column("accepted_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "digest",
            sa.LargeBinary(),
            nullable=True,
            comment="SHA-256 of the canonical results; control total of the content.",
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("batches_pkey")),
        schema="sales",
        comment="Everything enters as a batch, with its control totals.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "categories",
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("category", name=op.f("categories_pkey")),
        schema="sales",
        comment="Categories of goods; what fits none is ``other``.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "chain",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "hash", sa.LargeBinary(), nullable=False, comment="SHA-256 over the hash before and this batch's content."
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("chain_pkey")),
        schema="sales",
        comment="The ledger cannot be argued with: whoever changes an entry breaks every later hash.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "corrections",
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("line_no", sa.Text(), nullable=False),
        sa.Column("correction_no", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True, comment="Whose the line is from now on, for a reassignment."),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(action = 'reassign') = (code IS NOT NULL)", name=op.f("corrections_code_check")),
        sa.CheckConstraint("action IN ('reassign', 'cancel')", name=op.f("corrections_action_check")),
        sa.PrimaryKeyConstraint("order_no", "platform", "line_no", "correction_no", name=op.f("corrections_pkey")),
        schema="sales",
        comment="What was put right by hand, by whom and why; each is one more set of entries, nothing is edited.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_index(op.f("corrections_batch_id_idx"), "corrections", ["batch_id"], unique=False, schema="sales")
    op.create_table(
        "cursors",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column(
            "position", sa.BigInteger(), nullable=False, comment="The last position whose effect is in this schema."
        ),
        sa.Column("moved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("consumer", name=op.f("cursors_pkey")),
        schema="sales",
        comment="How far each consumer of a feed has come; moved in the transaction of its effect.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "key", name=op.f("idempotency_keys_pkey")),
        schema="sales",
        comment="The first answer to a request that carried an Idempotency-Key, stored in the transaction of its effect.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "import_errors",
        sa.Column("import_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("row_no", sa.BigInteger(), autoincrement=False, nullable=False, comment="As a spreadsheet shows it."),
        sa.Column(
            "error_no", sa.SmallInteger(), autoincrement=False, nullable=False, comment="1, 2, … within the row."
        ),
        sa.Column("column_name", sa.Text(), nullable=False, comment="The column it is about; '' for the whole row."),
        sa.Column("reason", sa.Text(), nullable=False, comment="For programs."),
        sa.Column("detail", sa.Text(), nullable=False, comment="For people; quotes no cell."),
        sa.Column(
            "cells",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Number, time, amounts and status, as far as they look like it.",
        ),
        sa.PrimaryKeyConstraint("import_id", "row_no", "error_no", name=op.f("import_errors_pkey")),
        schema="sales",
        comment="Rows that were not taken, without anything about buyers.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "imported_orders",
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("grain", sa.Text(), nullable=False, comment="order: one line for the whole; items: a line for each."),
        sa.Column("import_id", sa.BigInteger(), nullable=False, comment="The import that gave it this grain."),
        sa.CheckConstraint("grain IN ('order', 'items')", name=op.f("imported_orders_grain_check")),
        sa.PrimaryKeyConstraint("order_no", "platform", name=op.f("imported_orders_pkey")),
        schema="sales",
        comment="Orders that came by file, and how finely.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (grain, import_id)")},
    )
    op.create_table(
        "imports",
        sa.Column("import_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False, comment="As asked for; auto until the header has been read."),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column(
            "exported_at", sa.DateTime(timezone=True), nullable=False, comment="The moment of which the file speaks."
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("state", sa.Text(), server_default="running", nullable=False),
        sa.Column(
            "stated_sha256",
            sa.LargeBinary(),
            nullable=True,
            comment="The file's digest as the client states it; by it a file is resumed.",
        ),
        sa.Column(
            "sha256", sa.LargeBinary(), nullable=True, comment="The file's digest, once all of it has been read."
        ),
        sa.Column(
            "watermark_row",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Rows up to here are recorded.",
        ),
        sa.Column(
            "row_count", sa.BigInteger(), server_default="0", nullable=False, comment="Rows with content, up to there."
        ),
        sa.Column(
            "error_count", sa.BigInteger(), server_default="0", nullable=False, comment="Rows that were not taken."
        ),
        sa.Column("first_day", sa.Date(), nullable=True, comment="The earliest business day of a sale."),
        sa.Column("last_day", sa.Date(), nullable=True, comment="The latest."),
        sa.Column(
            "counts",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="What became of lines and refunds; amounts in fen.",
        ),
        sa.Column("problem", sa.Text(), nullable=True, comment="Why it failed, for people."),
        sa.CheckConstraint("state IN ('running', 'interrupted', 'failed', 'done')", name=op.f("imports_state_check")),
        sa.PrimaryKeyConstraint("import_id", name=op.f("imports_pkey")),
        schema="sales",
        comment="Files that were sent, each with its number. The file itself is kept nowhere.",
        info={
            "grants": (
                "SELECT",
                "INSERT",
                "UPDATE (format, changed_at, state, sha256, watermark_row, row_count, error_count, first_day, last_day, counts, problem)",
            )
        },
    )
    op.create_index(
        op.f("imports_platform_import_id_idx"), "imports", ["platform", "import_id"], unique=False, schema="sales"
    )
    op.create_table(
        "income_entries",
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sale_day", sa.Date(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "entry_no", sa.SmallInteger(), autoincrement=False, nullable=False, comment="1: reversal, 2: posting."
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column(
            "net_fen", sa.BigInteger(), nullable=False, comment="Difference in net sales that this entry settles."
        ),
        sa.Column("base_fen", sa.BigInteger(), nullable=False, comment="Difference in income base; 0 without a ratio."),
        sa.Column("ratio_id", sa.BigInteger(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True, comment="contract or imputed; NULL without a ratio."),
        sa.Column("list_position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(ratio_id IS NULL) = (basis IS NULL)", name=op.f("income_entries_basis_check")),
        sa.CheckConstraint("ratio_id IS NOT NULL OR base_fen = 0", name=op.f("income_entries_unknown_check")),
        sa.PrimaryKeyConstraint(
            "subject_id", "sale_day", "category", "batch_id", "entry_no", name=op.f("income_entries_pkey")
        ),
        schema="sales",
        comment="Income bases by source, sale day, category, ratio and member list; only ever added to.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_index(op.f("income_entries_batch_id_idx"), "income_entries", ["batch_id"], unique=False, schema="sales")
    op.create_table(
        "income_ratios",
        sa.Column("ratio_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "category", sa.Text(), nullable=False, comment="A category, or * for all that have none of their own."
        ),
        sa.Column("region", sa.Text(), nullable=False, comment="Division in whose tree it holds; the deepest wins."),
        sa.Column("ratio_bp", sa.Integer(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), nullable=False),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("basis IN ('contract', 'imputed')", name=op.f("income_ratios_basis_check")),
        sa.CheckConstraint("ratio_bp BETWEEN 0 AND 10000", name=op.f("income_ratios_ratio_bp_check")),
        sa.CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name=op.f("income_ratios_validity_check")),
        sa.PrimaryKeyConstraint("ratio_id", name=op.f("income_ratios_pkey")),
        schema="sales",
        comment="The part of net sales that is income; the rest is cost.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_index(
        "income_ratios_current_idx",
        "income_ratios",
        ["category", "region"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("line_no", sa.Text(), nullable=False),
        sa.Column(
            "entry_no", sa.SmallInteger(), autoincrement=False, nullable=False, comment="1, 2, … within the line."
        ),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column(
            "amount_fen", sa.BigInteger(), nullable=False, comment="Signed: gross is positive, a refund negative."
        ),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("sale_day", sa.Date(), nullable=False, comment="The business day it counts on: always its line's."),
        sa.Column(
            "event_day", sa.Date(), nullable=False, comment="The business day of the event itself, for the cash view."
        ),
        sa.Column(
            "internal",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Between coded subjects: in no total.",
        ),
        sa.Column(
            "reference",
            sa.Text(),
            nullable=False,
            comment="Why: the code and method of a sale, the number of a refund.",
        ),
        sa.CheckConstraint(
            "cause IN ('sale', 'refund', 'reassign', 'cancel')", name=op.f("ledger_entries_cause_check")
        ),
        sa.CheckConstraint("measure IN ('gross', 'refund')", name=op.f("ledger_entries_measure_check")),
        sa.PrimaryKeyConstraint(
            "batch_id", "order_no", "platform", "line_no", "entry_no", name=op.f("ledger_entries_pkey")
        ),
        schema="sales",
        comment="The ledger: only ever added to. gross = sum of gross, refunds = -sum of refund, net = sum of all.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_index(
        op.f("ledger_entries_sale_day_event_day_idx"),
        "ledger_entries",
        ["sale_day", "event_day"],
        unique=False,
        schema="sales",
        postgresql_using="brin",
    )
    op.create_index(
        op.f("ledger_entries_subject_id_sale_day_idx"),
        "ledger_entries",
        ["subject_id", "sale_day"],
        unique=False,
        schema="sales",
    )
    op.create_table(
        "listing_bindings",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name=op.f("listing_bindings_validity_check")),
        sa.PrimaryKeyConstraint(
            "platform", "shop", "sku", "valid_from", "recorded_in", name=op.f("listing_bindings_pkey")
        ),
        schema="sales",
        comment="Whose goods a shop's SKU is.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_table(
        "order_lines",
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("line_no", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=True),
        sa.Column("buyer_region", sa.Text(), nullable=True),
        sa.Column("trade", sa.Text(), nullable=False),
        sa.Column(
            "campaign",
            sa.Text(),
            nullable=True,
            comment="What brought the sale about, e.g. a live stream; as the platform names it.",
        ),
        sa.Column(
            "buyer_code",
            sa.Text(),
            nullable=True,
            comment="The buyer's own code, when a coded subject buys from another.",
        ),
        sa.Column(
            "code", sa.Text(), nullable=True, comment="The code on the line, canonical; NULL when it carried none."
        ),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False, comment="Thousandths of ``unit``."),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "content_hash", sa.LargeBinary(), nullable=False, comment="Hash of the business content, version first."
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="The batch that brought it."),
        sa.Column("sale_day", sa.Date(), nullable=False, comment="Business day of occurred_at in Shanghai."),
        sa.Column("attributed_code", sa.Text(), nullable=False, comment="The code it was attributed to."),
        sa.Column(
            "method",
            sa.Text(),
            nullable=False,
            comment="By the line's own code, a listing, a shop binding, or by hand.",
        ),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False, comment="The subject's division at occurred_at."),
        sa.Column(
            "internal",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Between coded subjects: in no total.",
        ),
        sa.Column(
            "holder_code",
            sa.Text(),
            nullable=True,
            comment="Where a correction has moved it; NULL: where it was attributed.",
        ),
        sa.Column("holder_id", sa.BigInteger(), nullable=True),
        sa.Column("holder_kind", sa.Text(), nullable=True),
        sa.Column("holder_region", sa.Text(), nullable=True),
        sa.Column("cancelled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "entry_count", sa.SmallInteger(), server_default="1", nullable=False, comment="Ledger entries of this line."
        ),
        sa.CheckConstraint("method IN ('line', 'listing', 'shop', 'hand')", name=op.f("order_lines_method_check")),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("order_lines_amount_check")),
        sa.CheckConstraint("refunded_fen BETWEEN 0 AND amount_fen", name=op.f("order_lines_balance_check")),
        sa.PrimaryKeyConstraint("order_no", "platform", "line_no", name=op.f("order_lines_pkey")),
        schema="sales",
        comment="Accepted order lines: facts that never change, and the balance that serialises their refunds.",
        info={
            "grants": (
                "SELECT",
                "INSERT",
                "UPDATE (refunded_fen, entry_count, holder_code, holder_id, holder_kind, holder_region, cancelled)",
            )
        },
    )
    op.create_table(
        "parked_lines",
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("line_no", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=True),
        sa.Column("buyer_region", sa.Text(), nullable=True),
        sa.Column("trade", sa.Text(), nullable=False),
        sa.Column(
            "campaign",
            sa.Text(),
            nullable=True,
            comment="What brought the sale about, e.g. a live stream; as the platform names it.",
        ),
        sa.Column(
            "buyer_code",
            sa.Text(),
            nullable=True,
            comment="The buyer's own code, when a coded subject buys from another.",
        ),
        sa.Column(
            "code", sa.Text(), nullable=True, comment="The code on the line, canonical; NULL when it carried none."
        ),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False, comment="Thousandths of ``unit``."),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "content_hash", sa.LargeBinary(), nullable=False, comment="Hash of the business content, version first."
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="The batch that brought it."),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "reason IN ('unknown_code', 'code_not_in_force', 'code_suspended', 'code_revoked', 'no_binding')",
            name=op.f("parked_lines_reason_check"),
        ),
        sa.PrimaryKeyConstraint("order_no", "platform", "line_no", name=op.f("parked_lines_pkey")),
        schema="sales",
        comment="Lines that lack something; they hold their key and are taken up when what they lack appears.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_index(op.f("parked_lines_batch_id_idx"), "parked_lines", ["batch_id"], unique=False, schema="sales")
    op.create_index(op.f("parked_lines_code_idx"), "parked_lines", ["code"], unique=False, schema="sales")
    op.create_index(
        op.f("parked_lines_platform_shop_sku_idx"),
        "parked_lines",
        ["platform", "shop", "sku"],
        unique=False,
        schema="sales",
    )
    op.create_table(
        "payment_records",
        sa.Column("group_code", sa.Text(), nullable=False, comment="The payer's code; '' when no coded group paid."),
        sa.Column(
            "payment_no", sa.Text(), nullable=False, comment="The payer's own number; of a scan, station/source/scan."
        ),
        sa.Column("recorded_in", sa.BigInteger(), nullable=False),
        sa.Column(
            "superseded_in", sa.BigInteger(), nullable=True, comment="The batch that voided it; NULL: it counts."
        ),
        sa.Column("group_id", sa.BigInteger(), nullable=True, comment="NULL when no coded group paid."),
        sa.Column("group_kind", sa.Text(), nullable=True),
        sa.Column("group_region", sa.Text(), nullable=True, comment="The payer's division on paid_on."),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("member_kind", sa.Text(), nullable=False, comment="Only what households are paid is income."),
        sa.Column("member_region", sa.Text(), nullable=False, comment="The member's division on paid_on."),
        sa.Column("member_code", sa.Text(), nullable=True, comment="As it was sent; NULL for what a station scanned."),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False, comment="The business day on which it was paid."),
        sa.Column("for_month", sa.Date(), nullable=False, comment="First day of the month that it is income of."),
        sa.Column("evidence", sa.Text(), nullable=False, comment="Where it can be looked up: slip, list, contract."),
        sa.Column(
            "confirmation",
            sa.Text(),
            server_default="none",
            nullable=False,
            comment="Who confirmed that it was received.",
        ),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column(
            "content_hash", sa.LargeBinary(), nullable=False, comment="Hash of the business content, version first."
        ),
        sa.CheckConstraint(
            "(group_code = '') = (group_id IS NULL) AND (group_id IS NULL) = (group_kind IS NULL) AND (group_id IS NULL) = (group_region IS NULL)",
            name=op.f("payment_records_group_check"),
        ),
        sa.CheckConstraint(
            "confirmation IN ('household', 'group', 'bank_digest', 'none')",
            name=op.f("payment_records_confirmation_check"),
        ),
        sa.CheckConstraint(
            "method IN ('purchase', 'wage', 'rent', 'dividend', 'guarantee')", name=op.f("payment_records_method_check")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("payment_records_amount_check")),
        sa.CheckConstraint("extract(day FROM for_month) = 1", name=op.f("payment_records_for_month_check")),
        sa.PrimaryKeyConstraint("group_code", "payment_no", name=op.f("payment_records_pkey")),
        schema="sales",
        comment="Payments, each once under its number for ever; nothing of one is edited, a wrong one is voided.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_index(
        op.f("payment_records_for_month_group_code_payment_no_idx"),
        "payment_records",
        ["for_month", "group_code", "payment_no"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        op.f("payment_records_group_id_for_month_idx"),
        "payment_records",
        ["group_id", "for_month"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        op.f("payment_records_member_id_for_month_idx"),
        "payment_records",
        ["member_id", "for_month"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        op.f("payment_records_recorded_in_idx"), "payment_records", ["recorded_in"], unique=False, schema="sales"
    )
    op.create_index(
        "payment_records_superseded_in_idx",
        "payment_records",
        ["superseded_in"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("superseded_in IS NOT NULL"),
    )
    op.create_table(
        "payment_voids",
        sa.Column("group_code", sa.Text(), nullable=False),
        sa.Column("payment_no", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("group_code", "payment_no", name=op.f("payment_voids_pkey")),
        schema="sales",
        comment="Payments that turned out not to be so, by whom and why.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_index(
        op.f("payment_voids_recorded_in_idx"), "payment_voids", ["recorded_in"], unique=False, schema="sales"
    )
    op.create_table(
        "platforms",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("platform", name=op.f("platforms_pkey")),
        schema="sales",
        comment="Platforms that post orders.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "refund_reversals",
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("line_no", sa.Text(), nullable=False),
        sa.Column("refund_no", sa.Text(), nullable=False, comment="The refund that is taken back, or a part of it."),
        sa.Column("reversal_no", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("refund_reversals_amount_check")),
        sa.PrimaryKeyConstraint(
            "order_no", "platform", "line_no", "refund_no", "reversal_no", name=op.f("refund_reversals_pkey")
        ),
        schema="sales",
        comment="A later statement said that less was refunded: what is taken back of which refund. Nothing is edited.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_index(
        op.f("refund_reversals_batch_id_idx"), "refund_reversals", ["batch_id"], unique=False, schema="sales"
    )
    op.create_table(
        "refund_shares",
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("line_no", sa.Text(), nullable=False),
        sa.Column("refund_no", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("refund_shares_amount_check")),
        sa.PrimaryKeyConstraint("order_no", "platform", "line_no", "refund_no", name=op.f("refund_shares_pkey")),
        schema="sales",
        comment="How a refund of a whole order is spread over its lines now; spread anew when a line joins the order.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "refunds",
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("line_no", sa.Text(), nullable=False),
        sa.Column("refund_no", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "date_basis", sa.Text(), nullable=False, comment="stated by the platform, or imputed from an export."
        ),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "reversed_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="What reversals took back of it.",
        ),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="applied; spread (order-level, applied through its shares); parked; withdrawn (before it was applied).",
        ),
        sa.Column(
            "parked_reason",
            sa.Text(),
            nullable=True,
            comment="no_order: its line is not there; exceeds_line; line_cancelled.",
        ),
        sa.Column("applied_in", sa.BigInteger(), nullable=True, comment="The batch in which it was first applied."),
        sa.CheckConstraint(
            "(state = 'parked') = (parked_reason IS NOT NULL)", name=op.f("refunds_parked_reason_check")
        ),
        sa.CheckConstraint("date_basis IN ('stated', 'imputed')", name=op.f("refunds_date_basis_check")),
        sa.CheckConstraint("state IN ('applied', 'spread', 'parked', 'withdrawn')", name=op.f("refunds_state_check")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("refunds_amount_check")),
        sa.CheckConstraint("reversed_fen BETWEEN 0 AND amount_fen", name=op.f("refunds_reversed_check")),
        sa.PrimaryKeyConstraint("order_no", "platform", "line_no", "refund_no", name=op.f("refunds_pkey")),
        schema="sales",
        comment="Refunds by line; an order-level refund has line_no '' and shares.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (state, parked_reason, applied_in, reversed_fen)")},
    )
    op.create_index(op.f("refunds_batch_id_idx"), "refunds", ["batch_id"], unique=False, schema="sales")
    op.create_index(
        "refunds_parked_idx",
        "refunds",
        ["order_no"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("state = 'parked'"),
    )
    op.create_table(
        "sealed",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False, comment="Gapless, from 1."),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "sealed_at", sa.DateTime(timezone=True), nullable=False, comment="Equal for all batches of one pass."
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("sealed_pkey")),
        sa.UniqueConstraint("batch_id", name=op.f("sealed_batch_id_key")),
        schema="sales",
        comment="The order of what was committed; the clock of everything derived.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "shop_bindings",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name=op.f("shop_bindings_validity_check")),
        sa.PrimaryKeyConstraint("platform", "shop", "valid_from", "recorded_in", name=op.f("shop_bindings_pkey")),
        schema="sales",
        comment="一店带多户: whose sales a shop's lines are when neither line nor listing says.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_table(
        "source_days",
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sale_day", sa.Date(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column(
            "net_fen", sa.BigInteger(), nullable=False, comment="Net sales by the ledger, up to the consumer's cursor."
        ),
        sa.Column(
            "posted_net_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Net that entries settle so far.",
        ),
        sa.Column(
            "base_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Base posted so far: floor(net x ratio).",
        ),
        sa.Column(
            "ratio_id",
            sa.BigInteger(),
            nullable=True,
            comment="The ratio the base was posted with; NULL: none in force, income unknown.",
        ),
        sa.Column("basis", sa.Text(), nullable=True, comment="The basis of that ratio."),
        sa.Column(
            "list_position",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Position of codes' feed at which the member list is known; 0: nothing is posted yet.",
        ),
        sa.PrimaryKeyConstraint("subject_id", "sale_day", "category", name=op.f("source_days_pkey")),
        schema="sales",
        comment="What has been settled for each source, day and category; the state of the income consumer.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_index(
        "source_days_without_ratio_idx",
        "source_days",
        ["sale_day"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("ratio_id IS NULL"),
    )
    op.create_table(
        "unsealed",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("unsealed_pkey")),
        schema="sales",
        comment="Batches that are committed or about to be, and not yet in the feed.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )


def downgrade() -> None:
    op.drop_table("unsealed", schema="sales")
    op.drop_index(
        "source_days_without_ratio_idx",
        table_name="source_days",
        schema="sales",
        postgresql_where=sa.text("ratio_id IS NULL"),
    )
    op.drop_table("source_days", schema="sales")
    op.drop_table("shop_bindings", schema="sales")
    op.drop_table("sealed", schema="sales")
    op.drop_index(
        "refunds_parked_idx", table_name="refunds", schema="sales", postgresql_where=sa.text("state = 'parked'")
    )
    op.drop_index(op.f("refunds_batch_id_idx"), table_name="refunds", schema="sales")
    op.drop_table("refunds", schema="sales")
    op.drop_table("refund_shares", schema="sales")
    op.drop_index(op.f("refund_reversals_batch_id_idx"), table_name="refund_reversals", schema="sales")
    op.drop_table("refund_reversals", schema="sales")
    op.drop_table("platforms", schema="sales")
    op.drop_index(op.f("payment_voids_recorded_in_idx"), table_name="payment_voids", schema="sales")
    op.drop_table("payment_voids", schema="sales")
    op.drop_index(
        "payment_records_superseded_in_idx",
        table_name="payment_records",
        schema="sales",
        postgresql_where=sa.text("superseded_in IS NOT NULL"),
    )
    op.drop_index(op.f("payment_records_recorded_in_idx"), table_name="payment_records", schema="sales")
    op.drop_index(op.f("payment_records_member_id_for_month_idx"), table_name="payment_records", schema="sales")
    op.drop_index(op.f("payment_records_group_id_for_month_idx"), table_name="payment_records", schema="sales")
    op.drop_index(
        op.f("payment_records_for_month_group_code_payment_no_idx"), table_name="payment_records", schema="sales"
    )
    op.drop_table("payment_records", schema="sales")
    op.drop_index(op.f("parked_lines_platform_shop_sku_idx"), table_name="parked_lines", schema="sales")
    op.drop_index(op.f("parked_lines_code_idx"), table_name="parked_lines", schema="sales")
    op.drop_index(op.f("parked_lines_batch_id_idx"), table_name="parked_lines", schema="sales")
    op.drop_table("parked_lines", schema="sales")
    op.drop_table("order_lines", schema="sales")
    op.drop_table("listing_bindings", schema="sales")
    op.drop_index(op.f("ledger_entries_subject_id_sale_day_idx"), table_name="ledger_entries", schema="sales")
    op.drop_index(
        op.f("ledger_entries_sale_day_event_day_idx"),
        table_name="ledger_entries",
        schema="sales",
        postgresql_using="brin",
    )
    op.drop_table("ledger_entries", schema="sales")
    op.drop_index(
        "income_ratios_current_idx",
        table_name="income_ratios",
        schema="sales",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.drop_table("income_ratios", schema="sales")
    op.drop_index(op.f("income_entries_batch_id_idx"), table_name="income_entries", schema="sales")
    op.drop_table("income_entries", schema="sales")
    op.drop_index(op.f("imports_platform_import_id_idx"), table_name="imports", schema="sales")
    op.drop_table("imports", schema="sales")
    op.drop_table("imported_orders", schema="sales")
    op.drop_table("import_errors", schema="sales")
    op.drop_table("idempotency_keys", schema="sales")
    op.drop_table("cursors", schema="sales")
    op.drop_index(op.f("corrections_batch_id_idx"), table_name="corrections", schema="sales")
    op.drop_table("corrections", schema="sales")
    op.drop_table("chain", schema="sales")
    op.drop_table("categories", schema="sales")
    op.drop_table("batches", schema="sales")
