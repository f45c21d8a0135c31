"""Which figures of a release may be shown to everybody, decided once when it is frozen.

Releases frozen before have no such decision: nothing of them is shown to whoever may not see exact figures.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "stats_0008"
down_revision = "stats_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shown_divisions",
        sa.Column("release_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "table_name", sa.Text(), nullable=False, comment="The protected table: sales, sales by category, reach …"
        ),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column(
            "divisions",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Those whose figures may be shown; no other may.",
        ),
        sa.PrimaryKeyConstraint("release_id", "table_name", "period", name=op.f("shown_divisions_pkey")),
        schema="stats",
        comment="Which figures of a release may be shown to everybody: decided once, when it is frozen.",
        info={"grants": ("SELECT", "INSERT")},
    )


def downgrade() -> None:
    op.drop_table("shown_divisions", schema="stats")
