"""Which batches entered shares of refunds of whole orders, so that the ledger of an order is complete."""

import sqlalchemy as sa
from alembic import op

revision = "sales_0003"
down_revision = "sales_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_spreads",
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("order_no", "platform", "batch_id", name=op.f("order_spreads_pkey")),
        schema="sales",
        comment="Batches that entered shares of refunds of a whole order: by them its entries are found.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.execute("""
        INSERT INTO sales.order_spreads (order_no, platform, batch_id)
        SELECT DISTINCT entry.order_no, entry.platform, entry.batch_id
        FROM sales.ledger_entries AS entry
        JOIN sales.refunds AS refund
          ON refund.order_no = entry.order_no AND refund.platform = entry.platform AND refund.line_no = ''
         AND refund.refund_no = entry.reference
        WHERE entry.cause = 'refund'
    """)


def downgrade() -> None:
    op.drop_table("order_spreads", schema="sales")
