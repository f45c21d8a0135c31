"""The plan with its targets and reports; monitoring: days of stations, products and buyers by month."""

import sqlalchemy as sa
from alembic import op

revision = "stats_0004"
down_revision = "stats_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "buyer_months",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column(
            "buyer_province", sa.Text(), nullable=False, comment="Its two digits; '' where the platform named none."
        ),
        sa.Column("lines", sa.BigInteger(), server_default="0", nullable=False, comment="As in product_months."),
        sa.Column("gross_fen", sa.BigInteger(), server_default="0", nullable=False, comment="As in product_months."),
        sa.Column("refund_fen", sa.BigInteger(), server_default="0", nullable=False, comment="As in product_months."),
        sa.PrimaryKeyConstraint("month", "region", "category", "buyer_province", name=op.f("buyer_months_pkey")),
        schema="stats",
        comment="Sales of each category by month and the buyers' province.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "industry_categories",
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.Column(
            "industry",
            sa.Text(),
            nullable=True,
            comment="One of the plan's featured industries; NULL: agricultural, but of none of them.",
        ),
        sa.PrimaryKeyConstraint("category", "valid_from", "recorded_in", name=op.f("industry_categories_pkey")),
        schema="stats",
        comment="Which categories are agricultural, and to which of the plan's featured industries they belong.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_table(
        "plan_batches",
        sa.Column("batch_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "actor",
            sa.Text(),
            nullable=False,
            comment="Client id of who did it; system for what comes with the package.",
        ),
        sa.Column(
            "operation",
            sa.Text(),
            nullable=False,
            comment="load_plan, set_targets, report, map_industries, set_seasons.",
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("plan_batches_pkey")),
        schema="stats",
        comment="One row for each change of what is planned and reported; recorded_at grows with batch_id.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "plan_targets",
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False, comment="A reporting unit, or province."),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False, comment="To be reached by its end."),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.Column(
            "target_value",
            sa.BigInteger(),
            nullable=True,
            comment="Count, fen or ten-thousandths; NULL: all there are, such as every township.",
        ),
        sa.Column("lead_department", sa.Text(), nullable=True, comment="NULL: still to be filled in."),
        sa.Column("responsible_departments", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("target_value >= 0", name=op.f("plan_targets_target_value_check")),
        sa.PrimaryKeyConstraint("indicator", "unit", "year", "recorded_in", name=op.f("plan_targets_pkey")),
        schema="stats",
        comment="What the plan asks of each unit, and who answers for it.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_table(
        "product_months",
        sa.Column("month", sa.Date(), nullable=False, comment="First day of the month of the sale."),
        sa.Column("region", sa.Text(), nullable=False, comment="The seller's division at the sale."),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False, comment="'' where the platform named none."),
        sa.Column("unit", sa.Text(), nullable=False, comment="'' where the platform named none."),
        sa.Column("title", sa.Text(), nullable=True, comment="As it was called last."),
        sa.Column(
            "lines",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Lines sold, less what was cancelled or reassigned; a line for nothing is none.",
        ),
        sa.Column(
            "quantity_milli",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Thousandths of the unit that were sold, before refunds.",
        ),
        sa.Column("gross_fen", sa.BigInteger(), server_default="0", nullable=False, comment="Gross sales."),
        sa.Column(
            "refund_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Refunds of these lines, whenever they were made.",
        ),
        sa.PrimaryKeyConstraint(
            "month", "region", "category", "platform", "shop", "sku", "unit", name=op.f("product_months_pkey")
        ),
        schema="stats",
        comment="Sales of each product by month.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "quiet_seasons",
        sa.Column("region", sa.Text(), nullable=False, comment="The division in whose tree it holds."),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "valid_to", sa.Date(), nullable=False, comment="The first day on which stations should be heard of again."
        ),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("quiet_seasons_validity_check")),
        sa.PrimaryKeyConstraint("region", "valid_from", "recorded_in", name=op.f("quiet_seasons_pkey")),
        schema="stats",
        comment="Seasons without harvest: days on which nobody should wonder why the stations of a place are silent.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_table(
        "reported_figures",
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False, comment="Of trainings: whom they were for; '' for all."),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("past_day", sa.Date(), nullable=False, comment="The first day after the period."),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True, comment="The batch of the report that corrects it."),
        sa.Column(
            "value",
            sa.BigInteger(),
            nullable=False,
            comment="Count, fen or ten-thousandths, as the indicator's unit says.",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="The document or list it was taken from."),
        sa.Column("reporter", sa.Text(), nullable=False, comment="The office that reports."),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.CheckConstraint("first_day < past_day", name=op.f("reported_figures_period_check")),
        sa.PrimaryKeyConstraint(
            "indicator", "unit", "audience", "first_day", "past_day", "recorded_in", name=op.f("reported_figures_pkey")
        ),
        schema="stats",
        comment="Figures that departments report: what the system cannot count, or counts otherwise.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_table(
        "station_days",
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column(
            "verify",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Scans that count, by purpose; voided ones do not.",
        ),
        sa.Column(
            "goods_received",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Goods taken in from a villager.",
        ),
        sa.Column("goods_sold", sa.BigInteger(), server_default="0", nullable=False, comment="Goods sold."),
        sa.Column(
            "purchase_for_villager",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Bought online for a villager.",
        ),
        sa.Column("parcel_in", sa.BigInteger(), server_default="0", nullable=False, comment="Parcels that came."),
        sa.Column("parcel_out", sa.BigInteger(), server_default="0", nullable=False, comment="Parcels that went."),
        sa.Column("service", sa.BigInteger(), server_default="0", nullable=False, comment="Other services."),
        sa.Column(
            "not_valid",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Of all of them: scans of a code that was not good.",
        ),
        sa.Column(
            "offline",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Of all of them: scans that were verified without a network.",
        ),
        sa.Column(
            "clock_corrected",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Of all of them: scans of a device whose clock was wrong.",
        ),
        sa.Column("paid_fen", sa.BigInteger(), server_default="0", nullable=False, comment="Paid for goods taken in."),
        sa.Column(
            "uploaded",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Scans recorded, voided ones and voids too: what the two columns below were measured on.",
        ),
        sa.Column(
            "longest_queue_seconds",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="From the oldest scan's moment to the feed: how long one waited at most.",
        ),
        sa.Column(
            "largest_skew_ms",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="By how much a device's clock was off at most, in either direction.",
        ),
        sa.PrimaryKeyConstraint("station", "business_day", name=op.f("station_days_pkey")),
        schema="stats",
        comment="Scans of each station by business day.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_index(
        op.f("station_days_business_day_idx"), "station_days", ["business_day"], unique=False, schema="stats"
    )
    op.create_table(
        "station_orders",
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("sale_day", sa.Date(), nullable=False),
        sa.Column("gross_fen", sa.BigInteger(), server_default="0", nullable=False, comment="As the ledger has it."),
        sa.Column(
            "refund_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Minus the sum of refund entries.",
        ),
        sa.PrimaryKeyConstraint("order_no", "platform", "station", "sale_day", name=op.f("station_orders_pkey")),
        schema="stats",
        comment="Orders that came through a station; few beside all orders.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_index(
        op.f("station_orders_sale_day_station_idx"),
        "station_orders",
        ["sale_day", "station"],
        unique=False,
        schema="stats",
    )


def downgrade() -> None:
    op.drop_index(op.f("station_orders_sale_day_station_idx"), table_name="station_orders", schema="stats")
    op.drop_table("station_orders", schema="stats")
    op.drop_index(op.f("station_days_business_day_idx"), table_name="station_days", schema="stats")
    op.drop_table("station_days", schema="stats")
    op.drop_table("reported_figures", schema="stats")
    op.drop_table("quiet_seasons", schema="stats")
    op.drop_table("product_months", schema="stats")
    op.drop_table("plan_targets", schema="stats")
    op.drop_table("plan_batches", schema="stats")
    op.drop_table("industry_categories", schema="stats")
    op.drop_table("buyer_months", schema="stats")
