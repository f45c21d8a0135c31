"""What stayed with groups is found by itself: each summary tells it beside its figures, and few rows have any.

Cells of reach keep room in their pages, as all rows that are added to again and again.
"""

import sqlalchemy as sa
from alembic import op

revision = "stats_0015"
down_revision = "stats_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "group_days_kept_idx",
        "group_days",
        ["sale_day"],
        schema="stats",
        postgresql_include=["region", "category", "kept_fen"],
        postgresql_where=sa.text("kept_fen <> 0"),
    )
    for table in ("reach_cells", "uplift_cells"):
        op.execute(f"ALTER TABLE stats.{table} SET (fillfactor = 70)")


def downgrade() -> None:
    for table in ("reach_cells", "uplift_cells"):
        op.execute(f"ALTER TABLE stats.{table} RESET (fillfactor)")
    op.drop_index("group_days_kept_idx", table_name="group_days", schema="stats")
