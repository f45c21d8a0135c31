"""Source days, which are added to with every settlement, keep room in their pages.

A row that is added to gets a new version. Where the page has room for it, no index is touched, and the next
version takes the room of the last: a third of the write-ahead log, and no growth. Rows of full pages make room as they are
replaced; nothing is rewritten here.
"""

from alembic import op

revision = "sales_0006"
down_revision = "sales_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE sales.source_days SET (fillfactor = 70)")


def downgrade() -> None:
    op.execute("ALTER TABLE sales.source_days RESET (fillfactor)")
