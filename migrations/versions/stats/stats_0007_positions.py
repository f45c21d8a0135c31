"""What became of lines, of households' days and of homes, by position, so that figures can be asked as of one.

The cube is derived, and what is new in it cannot be told from what it holds: it is emptied, and its consumers build it
again from the first position (10 M entries take some minutes, during which answers say how far they have come).
"""

import sqlalchemy as sa
from alembic import op

revision = "stats_0007"
down_revision = "stats_0006"
branch_labels = None
depends_on = None


CUBE = (
    "lines", "sales_cells", "refund_cells", "sellers", "seller_cells", "source_days", "received_days", "group_days",
    "paid_months", "replaced_days", "household_days", "household_months", "household_years",
)  # fmt: skip


def _empty() -> None:
    op.execute(f"TRUNCATE {', '.join(f'stats.{table}' for table in CUBE)}")
    op.execute("DELETE FROM stats.cursors WHERE consumer IN ('cube', 'income', 'registry')")


def upgrade() -> None:
    _empty()
    op.create_table(
        "blocks",
        sa.Column(
            "block", sa.BigInteger(), autoincrement=False, nullable=False, comment="1, 2, …; the last one is open."
        ),
        sa.Column("after", sa.BigInteger(), nullable=False, comment="It holds the positions after this one …"),
        sa.Column("upto", sa.BigInteger(), nullable=False, comment="… up to this one."),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False, comment="When its first income was sealed."),
        sa.Column(
            "entries",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Income entries and payments in it: so much work it is to look into the midst of it.",
        ),
        sa.PrimaryKeyConstraint("block", name=op.f("blocks_pkey")),
        sa.UniqueConstraint("upto", name=op.f("blocks_upto_key")),
        schema="stats",
        comment="Stretches of the ledger's feed whose effect on households' days is kept apart (0060).",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "homes",
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "known_from", sa.BigInteger(), autoincrement=False, nullable=False, comment="Position of codes' feed."
        ),
        sa.Column(
            "valid_from", sa.Date(), nullable=False, comment="-infinity for the first: nobody is without a home."
        ),
        sa.Column("valid_to", sa.Date(), nullable=False, comment="First day no longer; infinity for the last."),
        sa.Column(
            "known_to",
            sa.BigInteger(),
            nullable=True,
            comment="The position at which it was replaced; NULL: it is known now.",
        ),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "known_from", "valid_from", name=op.f("homes_pkey")),
        schema="stats",
        comment="Region, persons and status of each household: at each position, exactly one row holds on any day.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_index(
        "homes_current_idx",
        "homes",
        ["subject_id", "valid_from"],
        unique=False,
        schema="stats",
        postgresql_where=sa.text("known_to IS NULL"),
    )
    op.create_table(
        "line_changes",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("line_no", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column(
            "event_day", sa.Date(), nullable=False, comment="The business day of the refund or correction itself."
        ),
        sa.Column(
            "gross_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Difference in gross sales; not the line's first.",
        ),
        sa.Column("refund_fen", sa.BigInteger(), server_default="0", nullable=False, comment="Difference in refunds."),
        sa.PrimaryKeyConstraint(
            "position",
            "order_no",
            "platform",
            "line_no",
            "subject_id",
            "region",
            "event_day",
            name=op.f("line_changes_pkey"),
        ),
        schema="stats",
        comment="What became of lines after their first entry, by position: without the later ones a line is as it was.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_index(op.f("line_changes_event_day_idx"), "line_changes", ["event_day"], unique=False, schema="stats")
    op.create_table(
        "settled_positions",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("income_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("settled_positions_pkey")),
        schema="stats",
        comment="How far income was settled by what stood in the ledger at a position; a row where that moved.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.add_column(
        "household_days",
        sa.Column(
            "block",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="The block that made this difference.",
        ),
        schema="stats",
    )
    op.drop_constraint("household_days_pkey", "household_days", schema="stats")
    op.create_primary_key("household_days_pkey", "household_days", ["subject_id", "sale_day", "block"], schema="stats")
    op.create_index(
        op.f("household_days_block_idx"),
        "household_days",
        ["block"],
        unique=False,
        schema="stats",
        postgresql_using="brin",
    )
    op.create_table_comment(
        "household_days",
        "What reached each household, by sale day: the sum of what each block of the feed changed.",
        existing_comment="What reached each household, by sale day.",
        schema="stats",
    )
    op.add_column(
        "lines",
        sa.Column("shop", sa.Text(), nullable=False, comment="As the platform names it; '' where it is not known."),
        schema="stats",
    )
    op.add_column(
        "lines",
        sa.Column("station", sa.Text(), nullable=False, comment="The station that took part in the sale; '' for none."),
        schema="stats",
    )
    op.add_column(
        "lines",
        sa.Column(
            "buyer_province", sa.Text(), nullable=False, comment="The buyer's province; '' where it is not known."
        ),
        schema="stats",
    )
    op.add_column(
        "lines",
        sa.Column(
            "trade", sa.Text(), nullable=False, comment="retail, wholesale, group, downlink; '' where it is not known."
        ),
        schema="stats",
    )
    op.add_column(
        "lines",
        sa.Column("unit", sa.Text(), nullable=False, comment="Unit of the quantity; '' where it is not known."),
        schema="stats",
    )
    op.add_column(
        "lines",
        sa.Column(
            "quantity_milli", sa.BigInteger(), server_default="0", nullable=False, comment="Thousandths of the unit."
        ),
        schema="stats",
    )
    op.add_column(
        "lines",
        sa.Column(
            "since", sa.BigInteger(), nullable=False, comment="Position of the line's first entry under this holder."
        ),
        schema="stats",
    )
    op.add_column(
        "lines",
        sa.Column(
            "shares_order",
            sa.Boolean(),
            nullable=False,
            comment="Its order has other rows: it must be counted with them.",
        ),
        schema="stats",
    )
    op.create_index(op.f("lines_region_sale_day_idx"), "lines", ["region", "sale_day"], unique=False, schema="stats")
    op.create_index(
        op.f("lines_sale_day_since_idx"),
        "lines",
        ["sale_day", "since"],
        unique=False,
        schema="stats",
        postgresql_using="brin",
    )


def downgrade() -> None:
    _empty()
    op.drop_constraint("household_days_pkey", "household_days", schema="stats")
    op.create_primary_key("household_days_pkey", "household_days", ["subject_id", "sale_day"], schema="stats")
    op.drop_index(op.f("lines_sale_day_since_idx"), table_name="lines", schema="stats", postgresql_using="brin")
    op.drop_index(op.f("lines_region_sale_day_idx"), table_name="lines", schema="stats")
    op.drop_column("lines", "shares_order", schema="stats")
    op.drop_column("lines", "since", schema="stats")
    op.drop_column("lines", "quantity_milli", schema="stats")
    op.drop_column("lines", "unit", schema="stats")
    op.drop_column("lines", "trade", schema="stats")
    op.drop_column("lines", "buyer_province", schema="stats")
    op.drop_column("lines", "station", schema="stats")
    op.drop_column("lines", "shop", schema="stats")
    op.create_table_comment(
        "household_days",
        "What reached each household, by sale day.",
        existing_comment="What reached each household, by sale day: the sum of what each block of the feed changed.",
        schema="stats",
    )
    op.drop_index(
        op.f("household_days_block_idx"), table_name="household_days", schema="stats", postgresql_using="brin"
    )
    op.drop_column("household_days", "block", schema="stats")
    op.drop_table("settled_positions", schema="stats")
    op.drop_index(op.f("line_changes_event_day_idx"), table_name="line_changes", schema="stats")
    op.drop_table("line_changes", schema="stats")
    op.drop_index("homes_current_idx", table_name="homes", schema="stats", postgresql_where=sa.text("known_to IS NULL"))
    op.drop_table("homes", schema="stats")
    op.drop_table("blocks", schema="stats")
