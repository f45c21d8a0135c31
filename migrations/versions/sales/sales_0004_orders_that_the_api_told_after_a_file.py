"""Orders that a file told as a whole, and the API since then item by item."""

import sqlalchemy as sa
from alembic import op

revision = "sales_0004"
down_revision = "sales_0003"
branch_labels = None
depends_on = None

CONSTRAINT = "imported_orders_grain_check"


def _check(rule: str) -> None:
    op.execute(f"ALTER TABLE sales.imported_orders DROP CONSTRAINT IF EXISTS {CONSTRAINT}")
    op.execute(f"ALTER TABLE sales.imported_orders ADD CONSTRAINT {CONSTRAINT} CHECK ({rule}) NOT VALID")
    op.execute(f"ALTER TABLE sales.imported_orders VALIDATE CONSTRAINT {CONSTRAINT}")


def upgrade() -> None:
    op.alter_column(
        "imported_orders",
        "grain",
        existing_type=sa.TEXT(),
        comment="order: one line for all; items: a line for each; api: told finer since.",
        existing_comment="order: one line for the whole; items: a line for each.",
        existing_nullable=False,
        schema="sales",
    )
    _check("grain IN ('order', 'items', 'api')")


def downgrade() -> None:
    op.alter_column(
        "imported_orders",
        "grain",
        existing_type=sa.TEXT(),
        comment="order: one line for the whole; items: a line for each.",
        existing_comment="order: one line for all; items: a line for each; api: told finer since.",
        existing_nullable=False,
        schema="sales",
    )
    _check("grain IN ('order', 'items')")
