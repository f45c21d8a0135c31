"""Parts of a roster have thousands of rows: the table says so. Those that were uploaded before stay as they are."""

from alembic import op

revision = "codes_0009"
down_revision = "codes_0008"
branch_labels = None
depends_on = None

_SAYS = "What a roster says, {} at a time. Of a row that is in the registry, nothing stays here."


def _say(before: str, after: str) -> None:
    op.create_table_comment("roster_parts", _SAYS.format(after), existing_comment=_SAYS.format(before), schema="codes")


def upgrade() -> None:
    _say("a thousand rows", "thousands of rows")


def downgrade() -> None:
    _say("thousands of rows", "a thousand rows")
