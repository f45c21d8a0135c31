"""A release says which sources of figures it holds: those that are new since it was frozen are not nought in it.

And what is asked by region or for what is missing is found without reading everything.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "stats_0012"
down_revision = "stats_0011"
branch_labels = None
depends_on = None

_SO_FAR = "{sales,refund_days,units,sellers,growth,panel,codes,income,uplift}"


def upgrade() -> None:
    op.add_column(
        "started_releases",
        sa.Column(
            "sources",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            server_default=_SO_FAR,
            comment="Of the sources of figures, those that it holds.",
        ),
        schema="stats",
    )
    op.alter_column("started_releases", "sources", server_default=None, schema="stats")
    op.create_index(
        "homes_region_current_idx",
        "homes",
        ["region", "subject_id"],
        unique=False,
        schema="stats",
        postgresql_where=sa.text("known_to IS NULL"),
    )
    op.create_index(
        "source_days_unknown_idx",
        "source_days",
        ["sale_day"],
        unique=False,
        schema="stats",
        postgresql_where=sa.text("basis = 'unknown'"),
    )


def downgrade() -> None:
    op.drop_index("source_days_unknown_idx", table_name="source_days", schema="stats")
    op.drop_index("homes_region_current_idx", table_name="homes", schema="stats")
    op.drop_column("started_releases", "sources", schema="stats")
