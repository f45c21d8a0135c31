"""Registered incomes are found by the batch that recorded or replaced them: stats follows the feed and asks for these."""

import sqlalchemy as sa
from alembic import op

revision = "codes_0006"
down_revision = "codes_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        op.f("income_records_recorded_in_idx"),
        "income_records",
        ["recorded_in"],
        schema="codes",
        postgresql_using="brin",
    )
    op.create_index(
        "income_records_superseded_in_idx",
        "income_records",
        ["superseded_in"],
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("income_records_superseded_in_idx", table_name="income_records", schema="codes")
    op.drop_index(op.f("income_records_recorded_in_idx"), table_name="income_records", schema="codes")
