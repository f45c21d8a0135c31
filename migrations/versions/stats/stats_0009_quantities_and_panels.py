"""Quantities by unit, and who sold in which shop, so that growth can be told of the same subjects and shops.

What the cube holds says neither; it is emptied, and its consumers build it again from the first position.
"""

import sqlalchemy as sa
from alembic import op

revision = "stats_0009"
down_revision = "stats_0008"
branch_labels = None
depends_on = None


CUBE = (
    "lines", "line_changes", "sales_cells", "refund_cells", "sellers", "seller_cells", "source_days", "received_days",
    "group_days", "paid_months", "replaced_days", "household_days", "household_months", "household_years", "blocks",
    "settled_positions",
)  # fmt: skip


def upgrade() -> None:
    op.execute(f"TRUNCATE {', '.join(f'stats.{table}' for table in CUBE)}")
    op.execute("DELETE FROM stats.cursors WHERE consumer = 'cube'")
    op.create_table(
        "panel_months",
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Date(), nullable=False, comment="First day of the month."),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False, comment="The subject's division at the sale."),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("net_fen", sa.BigInteger(), server_default="0", nullable=False, comment="Net sales; never negative."),
        sa.PrimaryKeyConstraint("subject_id", "month", "platform", "shop", "region", name=op.f("panel_months_pkey")),
        schema="stats",
        comment="Net sales of each subject in each shop, so that those present in two periods can be compared.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_index(
        op.f("panel_months_month_region_idx"), "panel_months", ["month", "region"], unique=False, schema="stats"
    )
    op.create_table(
        "unit_cells",
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("grain", sa.Text(), nullable=False, comment="day or month."),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False, comment="As the platforms write it; never summed with another."),
        sa.Column(
            "quantity_milli",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Thousandths of the unit, of lines with net > 0.",
        ),
        sa.CheckConstraint(
            "level IN ('province', 'prefecture', 'county', 'township', 'village')", name=op.f("unit_cells_level_check")
        ),
        sa.PrimaryKeyConstraint(
            "level", "grain", "region", "period", "category", "platform", "unit", name=op.f("unit_cells_pkey")
        ),
        schema="stats",
        comment="Quantities sold, by unit.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )


def downgrade() -> None:
    op.drop_table("unit_cells", schema="stats")
    op.drop_index(op.f("panel_months_month_region_idx"), table_name="panel_months", schema="stats")
    op.drop_table("panel_months", schema="stats")
