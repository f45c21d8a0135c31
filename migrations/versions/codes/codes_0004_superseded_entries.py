"""Who follows the registry finds the directory entries that a batch superseded: few, and looked for by that."""

import sqlalchemy as sa
from alembic import op

revision = "codes_0004"
down_revision = "codes_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "directory_entries_superseded_in_idx",
        "directory_entries",
        ["superseded_in"],
        unique=False,
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "directory_entries_superseded_in_idx",
        table_name="directory_entries",
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NOT NULL"),
    )
