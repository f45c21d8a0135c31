"""Whose a payment is has versions of its own: it follows both its codes, as the registry knows them on the day of payment.

What was on the payment becomes the first version. The consumer that makes payments of scans begins the feed again: what it
took over it passes by, and what the registry learnt before there were versions moves the payments now. Links of the hash
chain that stand keep their form; new ones cover holders too (form 4).
"""

import sqlalchemy as sa
from alembic import op

revision = "sales_0007"
down_revision = "sales_0006"
branch_labels = None
depends_on = None

_HOLDER = "group_id, group_kind, group_region, member_id, member_kind, member_region"
_GROUP = (
    "(group_code = '') = (group_id IS NULL) AND (group_id IS NULL) = (group_kind IS NULL) "
    "AND (group_id IS NULL) = (group_region IS NULL)"
)


def upgrade() -> None:
    op.create_table(
        "payment_distinctions",
        sa.Column("first_group", sa.Text(), nullable=False),
        sa.Column("first_no", sa.Text(), nullable=False),
        sa.Column("second_group", sa.Text(), nullable=False),
        sa.Column("second_no", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint(
            "first_group", "first_no", "second_group", "second_no", name=op.f("payment_distinctions_pkey")
        ),
        schema="sales",
        comment="Payments that look like one and are two, by whom and why; the smaller key first.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "payment_holders",
        sa.Column("group_code", sa.Text(), nullable=False),
        sa.Column("payment_no", sa.Text(), nullable=False),
        sa.Column(
            "recorded_in", sa.BigInteger(), autoincrement=False, nullable=False, comment="From when it was known so."
        ),
        sa.Column(
            "superseded_in",
            sa.BigInteger(),
            nullable=True,
            comment="When another was known, or the payment was voided; NULL: it counts.",
        ),
        sa.Column(
            "group_id",
            sa.BigInteger(),
            nullable=True,
            comment="Whose the payer's code was on paid_on; NULL when no coded group paid.",
        ),
        sa.Column("group_kind", sa.Text(), nullable=True),
        sa.Column("group_region", sa.Text(), nullable=True, comment="The payer's division on paid_on."),
        sa.Column("member_id", sa.BigInteger(), nullable=False, comment="Whose the member's code was on paid_on."),
        sa.Column("member_kind", sa.Text(), nullable=False, comment="Only what households are paid is income."),
        sa.Column("member_region", sa.Text(), nullable=False, comment="The member's division on paid_on."),
        sa.Column("for_month", sa.Date(), nullable=False, comment="The payment's, for the indexes' sake."),
        sa.CheckConstraint(_GROUP, name=op.f("payment_holders_group_check")),
        sa.PrimaryKeyConstraint("group_code", "payment_no", "recorded_in", name=op.f("payment_holders_pkey")),
        schema="sales",
        comment="Whose each payment is, by its codes on its day: a version for each time that the registry knew better.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_index(
        "payment_holders_current_idx",
        "payment_holders",
        ["group_code", "payment_no"],
        unique=True,
        schema="sales",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.create_index(
        op.f("payment_holders_group_id_for_month_idx"),
        "payment_holders",
        ["group_id", "for_month"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        op.f("payment_holders_member_id_for_month_idx"),
        "payment_holders",
        ["member_id", "for_month"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        op.f("payment_holders_recorded_in_idx"), "payment_holders", ["recorded_in"], unique=False, schema="sales"
    )
    op.create_index(
        "payment_holders_superseded_in_idx",
        "payment_holders",
        ["superseded_in"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("superseded_in IS NOT NULL"),
    )
    op.alter_column(
        "chain",
        "form",
        existing_type=sa.SMALLINT(),
        comment="What it covers: 1, entries; 2, also payments …; 3, also bindings …; 4, also payment holders.",
        existing_comment="What it covers: 1, entries; 2, also payments …; 3, also bindings.",
        existing_nullable=False,
        existing_server_default=sa.text("'1'::smallint"),
        schema="sales",
    )
    op.execute(
        f"INSERT INTO sales.payment_holders ({_HOLDER}, group_code, payment_no, for_month, recorded_in, superseded_in) "
        f"SELECT {_HOLDER}, group_code, payment_no, for_month, recorded_in, superseded_in FROM sales.payment_records"
    )
    op.execute("UPDATE sales.cursors SET position = 0 WHERE consumer = 'payments.codes'")
    op.execute("DROP VIEW IF EXISTS sales.payments")
    op.drop_index(op.f("payment_records_group_id_for_month_idx"), table_name="payment_records", schema="sales")
    op.drop_index(op.f("payment_records_member_id_for_month_idx"), table_name="payment_records", schema="sales")
    op.drop_column("payment_records", "member_id", schema="sales")
    op.drop_column("payment_records", "member_region", schema="sales")
    op.drop_column("payment_records", "group_kind", schema="sales")
    op.drop_column("payment_records", "group_region", schema="sales")
    op.drop_column("payment_records", "member_kind", schema="sales")
    op.drop_column("payment_records", "group_id", schema="sales")


def downgrade() -> None:
    op.add_column(
        "payment_records",
        sa.Column(
            "group_id", sa.BIGINT(), autoincrement=False, nullable=True, comment="NULL when no coded group paid."
        ),
        schema="sales",
    )
    op.add_column(
        "payment_records",
        sa.Column(
            "member_kind",
            sa.TEXT(),
            autoincrement=False,
            nullable=True,
            comment="Only what households are paid is income.",
        ),
        schema="sales",
    )
    op.add_column(
        "payment_records",
        sa.Column(
            "group_region", sa.TEXT(), autoincrement=False, nullable=True, comment="The payer's division on paid_on."
        ),
        schema="sales",
    )
    op.add_column(
        "payment_records", sa.Column("group_kind", sa.TEXT(), autoincrement=False, nullable=True), schema="sales"
    )
    op.add_column(
        "payment_records",
        sa.Column(
            "member_region", sa.TEXT(), autoincrement=False, nullable=True, comment="The member's division on paid_on."
        ),
        schema="sales",
    )
    op.add_column(
        "payment_records", sa.Column("member_id", sa.BIGINT(), autoincrement=False, nullable=True), schema="sales"
    )
    op.execute(
        f"UPDATE sales.payment_records AS payment SET ({_HOLDER}) = (SELECT {_HOLDER} FROM sales.payment_holders AS holder "
        "WHERE holder.group_code = payment.group_code AND holder.payment_no = payment.payment_no "
        "AND holder.superseded_in IS NOT DISTINCT FROM payment.superseded_in)"
    )
    for column in ("member_id", "member_kind", "member_region"):
        op.alter_column("payment_records", column, nullable=False, schema="sales")
    op.create_check_constraint(op.f("payment_records_group_check"), "payment_records", _GROUP, schema="sales")
    op.execute("DROP VIEW IF EXISTS sales.payments")
    op.create_index(
        op.f("payment_records_member_id_for_month_idx"),
        "payment_records",
        ["member_id", "for_month"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        op.f("payment_records_group_id_for_month_idx"),
        "payment_records",
        ["group_id", "for_month"],
        unique=False,
        schema="sales",
    )
    op.alter_column(
        "chain",
        "form",
        existing_type=sa.SMALLINT(),
        comment="What it covers: 1, entries; 2, also payments …; 3, also bindings.",
        existing_comment="What it covers: 1, entries; 2, also payments …; 3, also bindings …; 4, also payment holders.",
        existing_nullable=False,
        existing_server_default=sa.text("'1'::smallint"),
        schema="sales",
    )
    op.drop_index(
        "payment_holders_superseded_in_idx",
        table_name="payment_holders",
        schema="sales",
        postgresql_where=sa.text("superseded_in IS NOT NULL"),
    )
    op.drop_index(op.f("payment_holders_recorded_in_idx"), table_name="payment_holders", schema="sales")
    op.drop_index(op.f("payment_holders_member_id_for_month_idx"), table_name="payment_holders", schema="sales")
    op.drop_index(op.f("payment_holders_group_id_for_month_idx"), table_name="payment_holders", schema="sales")
    op.drop_index(
        "payment_holders_current_idx",
        table_name="payment_holders",
        schema="sales",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.drop_table("payment_holders", schema="sales")
    op.drop_table("payment_distinctions", schema="sales")
