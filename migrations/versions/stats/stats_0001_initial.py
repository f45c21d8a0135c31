"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "stats_0001"
down_revision = None
branch_labels = ("stats",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cursors",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column(
            "position", sa.BigInteger(), nullable=False, comment="The last position whose effect is in this schema."
        ),
        sa.Column("moved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("consumer", name=op.f("cursors_pkey")),
        schema="stats",
        comment="How far each consumer of a feed has come; moved in the transaction of its effect.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "group_days",
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sale_day", sa.Date(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False, comment="The group's division on the day."),
        sa.Column(
            "members_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="What went to members; of members that were paid for the month, what was paid counts.",
        ),
        sa.Column(
            "kept_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="What stayed with the group (all, where it has no members): no household's income.",
        ),
        sa.Column(
            "list_position",
            sa.BigInteger(),
            nullable=False,
            comment="Position of codes' feed whose member list was used.",
        ),
        sa.PrimaryKeyConstraint("subject_id", "sale_day", "category", "basis", name=op.f("group_days_pkey")),
        schema="stats",
        comment="How each group's own and received base of a day was divided.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_index(op.f("group_days_sale_day_idx"), "group_days", ["sale_day"], unique=False, schema="stats")
    op.create_table(
        "household_days",
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sale_day", sa.Date(), nullable=False),
        sa.Column(
            "contract_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Income by contract: own code, or a contracted part of a group's sales.",
        ),
        sa.Column(
            "imputed_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Income by a ratio for want of better knowledge.",
        ),
        sa.Column(
            "paid_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Income that was recorded as paid; all of a month's stands on its last day.",
        ),
        sa.PrimaryKeyConstraint("subject_id", "sale_day", name=op.f("household_days_pkey")),
        schema="stats",
        comment="What reached each household, by sale day.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_index(op.f("household_days_sale_day_idx"), "household_days", ["sale_day"], unique=False, schema="stats")
    op.create_table(
        "household_months",
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Date(), nullable=False, comment="First day of the month."),
        sa.Column("contract_fen", sa.BigInteger(), server_default="0", nullable=False, comment="As in household_days."),
        sa.Column("imputed_fen", sa.BigInteger(), server_default="0", nullable=False, comment="As in household_days."),
        sa.Column("paid_fen", sa.BigInteger(), server_default="0", nullable=False, comment="As in household_days."),
        sa.PrimaryKeyConstraint("subject_id", "month", name=op.f("household_months_pkey")),
        schema="stats",
        comment="What reached each household, by month: the sum of its days.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_index(op.f("household_months_month_idx"), "household_months", ["month"], unique=False, schema="stats")
    op.create_table(
        "lines",
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("line_no", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("region", sa.Text(), nullable=False, comment="The subject's division at the sale."),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("sale_day", sa.Date(), nullable=False),
        sa.Column("gross_fen", sa.BigInteger(), server_default="0", nullable=False, comment="Sum of gross entries."),
        sa.Column(
            "refund_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Minus the sum of refund entries; never negative.",
        ),
        sa.PrimaryKeyConstraint("order_no", "platform", "line_no", "subject_id", "region", name=op.f("lines_pkey")),
        schema="stats",
        comment="What the ledger says of each line, by holder (a reassigned line has a row for each).",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "paid_months",
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "group_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Who paid; 0: no coded group."
        ),
        sa.Column("month", sa.Date(), nullable=False, comment="First day of the month that it was paid for."),
        sa.Column(
            "payments",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Payments that are not voided: while there are any, nothing modelled counts beside them.",
        ),
        sa.Column("paid_fen", sa.BigInteger(), server_default="0", nullable=False, comment="What they add up to."),
        sa.PrimaryKeyConstraint("subject_id", "group_id", "month", name=op.f("paid_months_pkey")),
        schema="stats",
        comment="What households were paid, by payer and month.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_index(
        op.f("paid_months_group_id_month_idx"), "paid_months", ["group_id", "month"], unique=False, schema="stats"
    )
    op.create_table(
        "received_days",
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sale_day", sa.Date(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("giver_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "received_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="The cooperative's part of the giver's base.",
        ),
        sa.Column(
            "list_position", sa.BigInteger(), nullable=False, comment="The position with which the giver was split."
        ),
        sa.PrimaryKeyConstraint(
            "subject_id", "sale_day", "category", "basis", "giver_id", name=op.f("received_days_pkey")
        ),
        schema="stats",
        comment="What a cooperative has from the enterprises it is a member of; split further with its own base.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_index(
        op.f("received_days_giver_id_sale_day_idx"),
        "received_days",
        ["giver_id", "sale_day"],
        unique=False,
        schema="stats",
    )
    op.create_table(
        "refund_cells",
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("event_day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column(
            "refund_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Refunds made on the day, whenever their lines were sold; less what was reversed on it.",
        ),
        sa.CheckConstraint(
            "level IN ('province', 'prefecture', 'county', 'township', 'village')",
            name=op.f("refund_cells_level_check"),
        ),
        sa.PrimaryKeyConstraint(
            "level", "region", "event_day", "kind", "category", "platform", name=op.f("refund_cells_pkey")
        ),
        schema="stats",
        comment="The cash view of refunds: by their own day. Sums are taken at the query, so there are no * cells.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "replaced_days",
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("group_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sale_day", sa.Date(), nullable=False),
        sa.Column("contract_fen", sa.BigInteger(), server_default="0", nullable=False, comment="As in household_days."),
        sa.Column("imputed_fen", sa.BigInteger(), server_default="0", nullable=False, comment="As in household_days."),
        sa.PrimaryKeyConstraint("subject_id", "group_id", "sale_day", name=op.f("replaced_days_pkey")),
        schema="stats",
        comment="What a group's divisions would give a household on days of months for which it was paid: in no total.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_index(op.f("replaced_days_sale_day_idx"), "replaced_days", ["sale_day"], unique=False, schema="stats")
    op.create_table(
        "sales_cells",
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="Kind of subject, or * for all."),
        sa.Column("category", sa.Text(), nullable=False, comment="Category, or * for all."),
        sa.Column("grain", sa.Text(), nullable=False, comment="day or month."),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False, comment="The day, or the first day of the month."),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column(
            "gross_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Gross sales of the lines sold in the period.",
        ),
        sa.Column(
            "refund_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Refunds of these lines, whenever they were made.",
        ),
        sa.Column(
            "orders",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Distinct orders with a line of net > 0: no sum of the cells of kinds, categories or regions.",
        ),
        sa.Column("order_lines", sa.BigInteger(), server_default="0", nullable=False, comment="Lines with net > 0."),
        sa.CheckConstraint("grain IN ('day', 'month')", name=op.f("sales_cells_grain_check")),
        sa.CheckConstraint(
            "level IN ('province', 'prefecture', 'county', 'township', 'village')", name=op.f("sales_cells_level_check")
        ),
        sa.PrimaryKeyConstraint(
            "level", "kind", "category", "grain", "region", "period", "platform", name=op.f("sales_cells_pkey")
        ),
        schema="stats",
        comment="Sales by region at every level of the tree, kind, category, platform and sale day or month.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "seller_cells",
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("grain", sa.Text(), nullable=False, comment="day, month or year."),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column(
            "subjects", sa.BigInteger(), server_default="0", nullable=False, comment="Distinct subjects with net > 0."
        ),
        sa.CheckConstraint(
            "level IN ('province', 'prefecture', 'county', 'township', 'village')",
            name=op.f("seller_cells_level_check"),
        ),
        sa.PrimaryKeyConstraint("level", "kind", "grain", "region", "period", name=op.f("seller_cells_pkey")),
        schema="stats",
        comment="How many subjects sold, for whole days, months and years.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "sellers",
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("grain", sa.Text(), nullable=False, comment="day, month or year."),
        sa.Column("period", sa.Date(), nullable=False, comment="First day of the period."),
        sa.Column("region", sa.Text(), nullable=False, comment="The subject's division at the sale."),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("net_fen", sa.BigInteger(), server_default="0", nullable=False, comment="Net sales; never negative."),
        sa.CheckConstraint("grain IN ('day', 'month', 'year')", name=op.f("sellers_grain_check")),
        sa.PrimaryKeyConstraint("subject_id", "grain", "period", "region", name=op.f("sellers_pkey")),
        schema="stats",
        comment="Net sales of each subject, so that distinct subjects can be counted in any period.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_index(
        op.f("sellers_grain_period_region_idx"), "sellers", ["grain", "period", "region"], unique=False, schema="stats"
    )
    op.create_table(
        "source_days",
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sale_day", sa.Date(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column(
            "basis", sa.Text(), nullable=False, comment="contract, imputed, or unknown where no ratio is in force."
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column(
            "net_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Net sales that were settled with this basis.",
        ),
        sa.Column(
            "base_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Income base: the part of them that is income.",
        ),
        sa.Column(
            "list_position",
            sa.BigInteger(),
            nullable=False,
            comment="Position of codes' feed that fixes the member list.",
        ),
        sa.CheckConstraint("basis IN ('contract', 'imputed', 'unknown')", name=op.f("source_days_basis_check")),
        sa.CheckConstraint("kind IN ('household', 'cooperative', 'enterprise')", name=op.f("source_days_kind_check")),
        sa.PrimaryKeyConstraint("subject_id", "sale_day", "category", "basis", name=op.f("source_days_pkey")),
        schema="stats",
        comment="Sum of the income entries of each source, day, category and basis: what is split among members.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_index(op.f("source_days_sale_day_idx"), "source_days", ["sale_day"], unique=False, schema="stats")


def downgrade() -> None:
    op.drop_index(op.f("source_days_sale_day_idx"), table_name="source_days", schema="stats")
    op.drop_table("source_days", schema="stats")
    op.drop_index(op.f("sellers_grain_period_region_idx"), table_name="sellers", schema="stats")
    op.drop_table("sellers", schema="stats")
    op.drop_table("seller_cells", schema="stats")
    op.drop_table("sales_cells", schema="stats")
    op.drop_index(op.f("replaced_days_sale_day_idx"), table_name="replaced_days", schema="stats")
    op.drop_table("replaced_days", schema="stats")
    op.drop_table("refund_cells", schema="stats")
    op.drop_index(op.f("received_days_giver_id_sale_day_idx"), table_name="received_days", schema="stats")
    op.drop_table("received_days", schema="stats")
    op.drop_index(op.f("paid_months_group_id_month_idx"), table_name="paid_months", schema="stats")
    op.drop_table("paid_months", schema="stats")
    op.drop_table("lines", schema="stats")
    op.drop_index(op.f("household_months_month_idx"), table_name="household_months", schema="stats")
    op.drop_table("household_months", schema="stats")
    op.drop_index(op.f("household_days_sale_day_idx"), table_name="household_days", schema="stats")
    op.drop_table("household_days", schema="stats")
    op.drop_index(op.f("group_days_sale_day_idx"), table_name="group_days", schema="stats")
    op.drop_table("group_days", schema="stats")
    op.drop_table("cursors", schema="stats")
