"""A split or merge that was recorded by mistake can be undone; rows of rosters have room for what becomes of them; an
index that the primary key of ``code_states`` makes superfluous is gone.
"""

import sqlalchemy as sa
from alembic import op

revision = "codes_0007"
down_revision = "codes_0006"
branch_labels = None
depends_on = None

_OPERATIONS = "'split', 'merge', 'move', 'resettle', 'change_head', 'revise'"
_SUCCESSION = "split: a part of it became another; merge: all of it joined one"
_INDEX = "operations_content_index_idx"


def _set(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"{table}_{name}_check"), table, schema="codes", type_="check")
    op.create_check_constraint(op.f(f"{table}_{name}_check"), table, condition, schema="codes")


def _index(condition: str) -> None:
    op.drop_index(_INDEX, table_name="operations", schema="codes")
    op.create_index(
        _INDEX,
        "operations",
        ["subject_id", "content_index"],
        unique=True,
        schema="codes",
        postgresql_where=sa.text(condition),
    )


def upgrade() -> None:
    comment = "The batch that took it back, as recorded by mistake."
    op.add_column("operations", sa.Column("undone_in", sa.BigInteger(), comment=comment), schema="codes")
    _set("operations", "operation", f"operation IN ({_OPERATIONS}, 'undo')")
    _index("content_index IS NOT NULL AND undone_in IS NULL")
    _set("succession_records", "kind", "kind IN ('split', 'merge', 'undone')")
    op.alter_column(
        "succession_records",
        "kind",
        comment=f"{_SUCCESSION}; undone: it came out of a split that never was, and what leads to it leads back.",
        schema="codes",
    )
    op.drop_index("code_states_current_idx", table_name="code_states", schema="codes")
    # Each row is written twice, by the preview and by the commit: with room on its page the index is not.
    op.execute("ALTER TABLE codes.roster_rows SET (fillfactor = 50)")


def downgrade() -> None:
    op.execute("ALTER TABLE codes.roster_rows RESET (fillfactor)")
    op.create_index(
        "code_states_current_idx",
        "code_states",
        ["code"],
        unique=False,
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.execute("DELETE FROM codes.operations WHERE operation = 'undo' OR undone_in IS NOT NULL")
    op.execute("UPDATE codes.succession_records SET kind = 'merge' WHERE kind = 'undone'")
    op.alter_column("succession_records", "kind", comment=f"{_SUCCESSION}.", schema="codes")
    _set("succession_records", "kind", "kind IN ('split', 'merge')")
    _index("content_index IS NOT NULL")
    _set("operations", "operation", f"operation IN ({_OPERATIONS})")
    op.drop_column("operations", "undone_in", schema="codes")
