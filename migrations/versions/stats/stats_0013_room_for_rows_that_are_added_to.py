"""Tables of the cube whose rows are added to again and again keep room in their pages.

A row that is added to gets a new version. Where the page has room for it, no index is touched, and the next
version takes the room of the last: a third of the write-ahead log, and no growth. Rows of full pages make room as they are
replaced; nothing is rewritten here.
"""

from alembic import op

revision = "stats_0013"
down_revision = "stats_0012"
branch_labels = None
depends_on = None

TABLES = (
    "sales_cells",
    "refund_cells",
    "sellers",
    "seller_cells",
    "unit_cells",
    "panel_months",
    "household_months",
    "household_years",
)


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE stats.{table} SET (fillfactor = 70)")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE stats.{table} RESET (fillfactor)")
