"""Households divide and join: who came out of whom, which numbers lead elsewhere since, and since when a household
reckons with an income that was assessed before. Incomes registered so far are reckoned with ever since.
"""

import sqlalchemy as sa
from alembic import op

revision = "codes_0003"
down_revision = "codes_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_transfers",
        sa.Column("identity_index", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("identity_index", "recorded_in", name=op.f("identity_transfers_pkey")),
        schema="codes",
        comment="Numbers that lead to another subject than they were registered for, since a household divided or joined.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_index(
        "identity_transfers_current_idx",
        "identity_transfers",
        ["identity_index"],
        unique=True,
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.create_index(
        op.f("identity_transfers_subject_id_idx"), "identity_transfers", ["subject_id"], unique=False, schema="codes"
    )
    op.create_table(
        "operations",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Whom it concerned."),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False, comment="The first day on which its outcome is true."),
        sa.Column(
            "content_index",
            sa.LargeBinary(),
            nullable=True,
            comment="Keyed index of what a split or merge said: the same is done once.",
        ),
        sa.CheckConstraint(
            "operation IN ('split', 'merge', 'move', 'resettle', 'change_head', 'revise')",
            name=op.f("operations_operation_check"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "subject_id", name=op.f("operations_pkey")),
        schema="codes",
        comment="What was done with a subject after its registration; who did it and why, the batch says.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_index(
        "operations_content_index_idx",
        "operations",
        ["subject_id", "content_index"],
        unique=True,
        schema="codes",
        postgresql_where=sa.text("content_index IS NOT NULL"),
    )
    op.create_index(op.f("operations_subject_id_idx"), "operations", ["subject_id"], unique=False, schema="codes")
    op.create_table(
        "succession_records",
        sa.Column("predecessor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("successor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="split: a part of it became another; merge: all of it joined one.",
        ),
        sa.Column("persons", sa.Integer(), nullable=False, comment="How many persons went over."),
        sa.Column("on_day", sa.Date(), nullable=False, comment="The successor's first day as such."),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('split', 'merge')", name=op.f("succession_records_kind_check")),
        sa.CheckConstraint("persons >= 1", name=op.f("succession_records_persons_check")),
        sa.CheckConstraint("predecessor_id <> successor_id", name=op.f("succession_records_two_check")),
        sa.PrimaryKeyConstraint("predecessor_id", "successor_id", "recorded_in", name=op.f("succession_records_pkey")),
        schema="codes",
        comment="Which household came out of which, or went on in which; who keeps the code in a split has no row.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_index(
        "succession_records_merged_idx",
        "succession_records",
        ["predecessor_id"],
        unique=True,
        schema="codes",
        postgresql_where=sa.text("kind = 'merge' AND superseded_in IS NULL"),
    )
    op.create_index(
        op.f("succession_records_recorded_in_idx"), "succession_records", ["recorded_in"], unique=False, schema="codes"
    )
    op.create_index(
        "succession_records_successor_current_idx",
        "succession_records",
        ["successor_id"],
        unique=False,
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.add_column(
        "income_records",
        sa.Column(
            "valid_from",
            sa.Date(),
            server_default="-infinity",
            nullable=False,
            comment="Since when the household reckons with it: ever since, or since it divided or others joined it.",
        ),
        schema="codes",
    )
    op.add_column("income_records", sa.Column("valid_to", sa.Date(), nullable=True), schema="codes")
    op.drop_constraint("income_records_pkey", "income_records", schema="codes", type_="primary")
    op.create_primary_key(
        "income_records_pkey", "income_records", ["subject_id", "year", "valid_from", "recorded_in"], schema="codes"
    )
    op.create_check_constraint(
        op.f("income_records_validity_check"),
        "income_records",
        "valid_to IS NULL OR valid_from < valid_to",
        schema="codes",
    )


def downgrade() -> None:
    op.drop_constraint("income_records_validity_check", "income_records", schema="codes", type_="check")
    op.drop_constraint("income_records_pkey", "income_records", schema="codes", type_="primary")
    op.create_primary_key(
        "income_records_pkey", "income_records", ["subject_id", "year", "recorded_in"], schema="codes"
    )
    op.drop_column("income_records", "valid_to", schema="codes")
    op.drop_column("income_records", "valid_from", schema="codes")
    op.drop_index(
        "succession_records_successor_current_idx",
        table_name="succession_records",
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.drop_index(op.f("succession_records_recorded_in_idx"), table_name="succession_records", schema="codes")
    op.drop_index(
        "succession_records_merged_idx",
        table_name="succession_records",
        schema="codes",
        postgresql_where=sa.text("kind = 'merge' AND superseded_in IS NULL"),
    )
    op.drop_table("succession_records", schema="codes")
    op.drop_index(op.f("operations_subject_id_idx"), table_name="operations", schema="codes")
    op.drop_index(
        "operations_content_index_idx",
        table_name="operations",
        schema="codes",
        postgresql_where=sa.text("content_index IS NOT NULL"),
    )
    op.drop_table("operations", schema="codes")
    op.drop_index(op.f("identity_transfers_subject_id_idx"), table_name="identity_transfers", schema="codes")
    op.drop_index(
        "identity_transfers_current_idx",
        table_name="identity_transfers",
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.drop_table("identity_transfers", schema="codes")
