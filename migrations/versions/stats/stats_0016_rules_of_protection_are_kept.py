"""Releases keep the rules by which their figures are protected, for ever.

Of those drafted before it is not known any more than what the pages said then: none are written, so that their digests
stay what they were.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "stats_0016"
down_revision = "stats_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "releases",
        sa.Column(
            "rules",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="By which its figures are protected, for ever; NULL: drafted before they were kept.",
        ),
        schema="stats",
    )


def downgrade() -> None:
    op.drop_column("releases", "rules", schema="stats")
