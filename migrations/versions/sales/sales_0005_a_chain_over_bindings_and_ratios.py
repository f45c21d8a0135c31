"""The hash chain covers bindings and ratios too (form 3): they decide whose a sale is and what of it is income.

Links that stand keep their form; only new ones are of form 3. The index finds the ratios of a batch.
"""

import sqlalchemy as sa
from alembic import op

revision = "sales_0005"
down_revision = "sales_0004"
branch_labels = None
depends_on = None


def _say(comment: str, before: str) -> None:
    op.alter_column(
        "chain",
        "form",
        existing_type=sa.SmallInteger(),
        existing_server_default="1",
        existing_nullable=False,
        comment=comment,
        existing_comment=before,
        schema="sales",
    )


_BEFORE = "1: ledger entries; 2: all of a batch."
_NOW = "What it covers: 1, entries; 2, also payments …; 3, also bindings."


def upgrade() -> None:
    _say(_NOW, _BEFORE)
    op.create_index(op.f("income_ratios_recorded_in_idx"), "income_ratios", ["recorded_in"], schema="sales")


def downgrade() -> None:
    op.drop_index(op.f("income_ratios_recorded_in_idx"), table_name="income_ratios", schema="sales")
    _say(_BEFORE, _NOW)
