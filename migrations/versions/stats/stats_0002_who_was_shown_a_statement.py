"""Who was shown a household's statement: each reading of its figures is on record."""

import sqlalchemy as sa
from alembic import op

revision = "stats_0002"
down_revision = "stats_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "statement_readings",
        sa.Column("reading_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "grant_digest",
            sa.LargeBinary(),
            nullable=False,
            comment="Of the grant that opened it: SHA-256 of its text.",
        ),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False, comment="Client id, or device:<id>."),
        sa.Column("from_month", sa.Date(), nullable=False),
        sa.Column("to_month", sa.Date(), nullable=False, comment="The last month that was shown."),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("reading_id", name=op.f("statement_readings_pkey")),
        schema="stats",
        comment="Written before the figures are given; the opening with card and PIN stands in codes.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_index(
        op.f("statement_readings_subject_id_read_at_idx"),
        "statement_readings",
        ["subject_id", "read_at"],
        unique=False,
        schema="stats",
    )


def downgrade() -> None:
    op.drop_index(op.f("statement_readings_subject_id_read_at_idx"), table_name="statement_readings", schema="stats")
    op.drop_table("statement_readings", schema="stats")
