"""Months of products and buyers count a line that several share once wherever any of them is, no longer once for each.

They are derived, and what was counted too often cannot be told from what they hold: they are emptied, and their consumer
builds them again from the first position.
"""

from alembic import op

revision = "stats_0010"
down_revision = "stats_0009"
branch_labels = None
depends_on = None


def _empty() -> None:
    op.execute("TRUNCATE stats.product_months, stats.buyer_months, stats.station_orders")
    op.execute("DELETE FROM stats.cursors WHERE consumer = 'monitoring.sales'")


def upgrade() -> None:
    _empty()


def downgrade() -> None:
    _empty()
