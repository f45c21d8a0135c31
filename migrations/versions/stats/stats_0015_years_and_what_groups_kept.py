"""What stayed with groups is found by itself: each summary tells it beside its figures, and few rows have any.

Cells of reach keep room in their pages, as all rows that are added to again and again. Sales and quantities have cells of
whole years beside those of months, so that all villages of a year are a twelfth of the rows.
"""

import sqlalchemy as sa
from alembic import op

revision = "stats_0015"
down_revision = "stats_0014"
branch_labels = None
depends_on = None

_KEYS = {
    "sales_cells": ("level, kind, category", "platform", ("gross_fen", "refund_fen", "orders", "order_lines")),
    "unit_cells": ("level", "category, platform, unit", ("quantity_milli",)),
}
_COMMENTS = (
    ("sales_cells", "grain", "day, month or year."),
    ("sales_cells", "period", "The day, or the first day of the month or year."),
    ("unit_cells", "grain", "day, month or year."),
)


def _allow_grains(grains: str) -> None:
    op.drop_constraint(op.f("sales_cells_grain_check"), "sales_cells", schema="stats")
    op.create_check_constraint(op.f("sales_cells_grain_check"), "sales_cells", f"grain IN ({grains})", schema="stats")


def upgrade() -> None:
    _allow_grains("'day', 'month', 'year'")
    for table, column, comment in _COMMENTS:
        op.execute(f"COMMENT ON COLUMN stats.{table}.{column} IS '{comment}'")
    for table, (before, after, sums) in _KEYS.items():
        added = ", ".join(f"sum({name})" for name in sums)
        op.execute(f"""
            INSERT INTO stats.{table} ({before}, grain, region, period, {after}, {", ".join(sums)})
            SELECT {before}, 'year', region, date_trunc('year', period), {after}, {added}
            FROM stats.{table} WHERE grain = 'month'
            GROUP BY {before}, region, date_trunc('year', period), {after}
        """)
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
    for table in _KEYS:
        op.execute(f"DELETE FROM stats.{table} WHERE grain = 'year'")
    _allow_grains("'day', 'month'")
    for table in ("reach_cells", "uplift_cells"):
        op.execute(f"ALTER TABLE stats.{table} RESET (fillfactor)")
    op.drop_index("group_days_kept_idx", table_name="group_days", schema="stats")
