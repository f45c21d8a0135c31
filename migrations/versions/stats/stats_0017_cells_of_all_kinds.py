"""Cells of all kinds of subject hold what these differ from the sum of their cells by, which is mostly nothing.

Most places have one kind of subject, and so had every figure twice. Only an order or a line that several kinds share
counts once for all of them and once for each.
"""

from alembic import op

revision = "stats_0017"
down_revision = "stats_0016"
branch_labels = None
depends_on = None

_CELL = "level, category, grain, region, period, platform"
_MEASURES = ("gross_fen", "refund_fen", "orders", "order_lines")


def _replace(measure: str, having: str) -> None:
    """Put a row of ``*`` for each cell, of the sums of ``measure``, in the place of those there are."""
    sums = ", ".join(f"CAST(sum({measure.format(name=name)}) AS bigint) AS {name}" for name in _MEASURES)
    op.execute(f"""
        CREATE TEMPORARY TABLE cells_of_all ON COMMIT DROP AS
        SELECT {_CELL}, {sums} FROM stats.sales_cells GROUP BY {_CELL} {having}
    """)
    op.execute("DELETE FROM stats.sales_cells WHERE kind = '*'")
    op.execute(f"""
        INSERT INTO stats.sales_cells ({_CELL}, kind, {", ".join(_MEASURES)})
        SELECT {_CELL}, '*', {", ".join(_MEASURES)} FROM cells_of_all
    """)
    op.execute("DROP TABLE cells_of_all")


def _comment(comment: str) -> None:
    op.execute(f"COMMENT ON COLUMN stats.sales_cells.kind IS '{comment}'")


def upgrade() -> None:
    of_all = "CASE kind WHEN '*' THEN {name} ELSE -{name} END"
    differs = " OR ".join(f"sum({of_all.format(name=name)}) <> 0" for name in _MEASURES)
    _replace(of_all, f"HAVING {differs}")
    _comment("Kind of subject; *: what all together differ from their sum by.")


def downgrade() -> None:
    _replace("{name}", "")
    _comment("Kind of subject, or * for all.")
