"""A line may name several codes: who holds it in which proportion (line_parts), and lines that belong to nobody alone.

Batches say of which import they are a piece, links of the hash chain say what they cover, and bindings are found by code
and by batch without reading all of them. Constraints are added unchecked and then validated, so that a large table is
locked for a moment only.
"""

import sqlalchemy as sa
from alembic import op

revision = "sales_0002"
down_revision = "sales_0001"
branch_labels = None
depends_on = None

ATTRIBUTED = "num_nulls(attributed_code, subject_id, kind, region) = CASE method WHEN 'split' THEN 4 ELSE 0 END"
HELD = "num_nonnulls(holder_id, split_no) <= 1 AND num_nonnulls(subject_id, holder_id, split_no) > 0"
METHODS = "method IN ('line', 'listing', 'shop', 'hand'{})"
CORRECTED = "(action = 'reassign') = (code IS NOT NULL)"
CORRECTED_TO_SEVERAL = "num_nonnulls(code, codes) = CASE action WHEN 'reassign' THEN 1 ELSE 0 END"


def _check(table: str, name: str, rule: str | None) -> None:
    """Replace a CHECK; ``None``: only drop it."""
    constraint = f"{table}_{name}_check"
    op.execute(f"ALTER TABLE sales.{table} DROP CONSTRAINT IF EXISTS {constraint}")
    if rule is not None:
        op.execute(f"ALTER TABLE sales.{table} ADD CONSTRAINT {constraint} CHECK ({rule}) NOT VALID")
        op.execute(f"ALTER TABLE sales.{table} VALIDATE CONSTRAINT {constraint}")


def upgrade() -> None:
    op.create_table(
        "line_parts",
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("line_no", sa.Text(), nullable=False),
        sa.Column(
            "split_no", sa.SmallInteger(), autoincrement=False, nullable=False, comment="1, 2, … within the line."
        ),
        sa.Column(
            "part_no", sa.SmallInteger(), autoincrement=False, nullable=False, comment="The order in which ties go."
        ),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False, comment="The subject's division at the line's occurred_at."),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="The batch that divided the line so."),
        sa.CheckConstraint("weight > 0", name=op.f("line_parts_weight_check")),
        sa.PrimaryKeyConstraint("order_no", "platform", "line_no", "split_no", "part_no", name=op.f("line_parts_pkey")),
        schema="sales",
        comment="Who holds a line that several codes share, and in which proportion; a correction adds another division.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_index(op.f("line_parts_batch_id_idx"), "line_parts", ["batch_id"], unique=False, schema="sales")
    op.add_column(
        "batches",
        sa.Column("import_id", sa.BigInteger(), nullable=True, comment="The import of whose file it is a piece."),
        schema="sales",
    )
    op.create_index(
        "batches_import_id_idx",
        "batches",
        ["import_id", "batch_id"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("import_id IS NOT NULL"),
    )
    op.add_column(
        "chain",
        sa.Column(
            "form",
            sa.SmallInteger(),
            server_default="1",
            nullable=False,
            comment="1: ledger entries; 2: all of a batch.",
        ),
        schema="sales",
    )
    op.add_column(
        "corrections",
        sa.Column(
            "codes",
            sa.Text(),
            nullable=True,
            comment="For a reassignment to several: code=weight, by code, joined by commas.",
        ),
        schema="sales",
    )
    op.alter_column(
        "corrections",
        "code",
        existing_type=sa.TEXT(),
        comment="Whose the line is from now on, for a reassignment to one.",
        existing_comment="Whose the line is from now on, for a reassignment.",
        existing_nullable=True,
        schema="sales",
    )
    op.create_index(op.f("listing_bindings_code_idx"), "listing_bindings", ["code"], unique=False, schema="sales")
    op.create_index(
        op.f("listing_bindings_recorded_in_idx"), "listing_bindings", ["recorded_in"], unique=False, schema="sales"
    )
    op.add_column(
        "order_lines",
        sa.Column(
            "codes",
            sa.Text(),
            nullable=True,
            comment="Of a line that names several codes: code=weight, by code, joined by commas.",
        ),
        schema="sales",
    )
    op.add_column(
        "order_lines",
        sa.Column(
            "split_no",
            sa.SmallInteger(),
            nullable=True,
            comment="By which division in line_parts it is held now; NULL: by one subject.",
        ),
        schema="sales",
    )
    op.alter_column(
        "order_lines",
        "attributed_code",
        existing_type=sa.TEXT(),
        nullable=True,
        comment="The code it was attributed to; NULL: to several, see line_parts.",
        existing_comment="The code it was attributed to.",
        schema="sales",
    )
    op.alter_column(
        "order_lines",
        "method",
        existing_type=sa.TEXT(),
        comment="By the line's code, its codes, a listing, a shop, or by hand.",
        existing_comment="By the line's own code, a listing, a shop binding, or by hand.",
        existing_nullable=False,
        schema="sales",
    )
    op.alter_column("order_lines", "subject_id", existing_type=sa.BIGINT(), nullable=True, schema="sales")
    op.alter_column("order_lines", "kind", existing_type=sa.TEXT(), nullable=True, schema="sales")
    op.alter_column(
        "order_lines",
        "region",
        existing_type=sa.TEXT(),
        nullable=True,
        existing_comment="The subject's division at occurred_at.",
        schema="sales",
    )
    op.add_column(
        "parked_lines",
        sa.Column(
            "codes",
            sa.Text(),
            nullable=True,
            comment="Of a line that names several codes: code=weight, by code, joined by commas.",
        ),
        schema="sales",
    )
    op.create_index(op.f("shop_bindings_code_idx"), "shop_bindings", ["code"], unique=False, schema="sales")
    op.create_index(
        op.f("shop_bindings_recorded_in_idx"), "shop_bindings", ["recorded_in"], unique=False, schema="sales"
    )
    _check("order_lines", "method", METHODS.format(", 'split'"))
    _check("order_lines", "attributed", ATTRIBUTED)
    _check("order_lines", "held", HELD)
    _check("corrections", "code", CORRECTED_TO_SEVERAL)


def downgrade() -> None:
    for name in ("attributed", "held"):
        _check("order_lines", name, None)
    _check("order_lines", "method", METHODS.format(""))
    _check("corrections", "code", CORRECTED)
    op.drop_index(op.f("shop_bindings_recorded_in_idx"), table_name="shop_bindings", schema="sales")
    op.drop_index(op.f("shop_bindings_code_idx"), table_name="shop_bindings", schema="sales")
    op.drop_column("parked_lines", "codes", schema="sales")
    op.alter_column(
        "order_lines",
        "region",
        existing_type=sa.TEXT(),
        nullable=False,
        existing_comment="The subject's division at occurred_at.",
        schema="sales",
    )
    op.alter_column("order_lines", "kind", existing_type=sa.TEXT(), nullable=False, schema="sales")
    op.alter_column("order_lines", "subject_id", existing_type=sa.BIGINT(), nullable=False, schema="sales")
    op.alter_column(
        "order_lines",
        "method",
        existing_type=sa.TEXT(),
        comment="By the line's own code, a listing, a shop binding, or by hand.",
        existing_comment="By the line's code, its codes, a listing, a shop, or by hand.",
        existing_nullable=False,
        schema="sales",
    )
    op.alter_column(
        "order_lines",
        "attributed_code",
        existing_type=sa.TEXT(),
        nullable=False,
        comment="The code it was attributed to.",
        existing_comment="The code it was attributed to; NULL: to several, see line_parts.",
        schema="sales",
    )
    op.drop_column("order_lines", "split_no", schema="sales")
    op.drop_column("order_lines", "codes", schema="sales")
    op.drop_index(op.f("listing_bindings_recorded_in_idx"), table_name="listing_bindings", schema="sales")
    op.drop_index(op.f("listing_bindings_code_idx"), table_name="listing_bindings", schema="sales")
    op.alter_column(
        "corrections",
        "code",
        existing_type=sa.TEXT(),
        comment="Whose the line is from now on, for a reassignment.",
        existing_comment="Whose the line is from now on, for a reassignment to one.",
        existing_nullable=True,
        schema="sales",
    )
    op.drop_column("corrections", "codes", schema="sales")
    op.drop_column("chain", "form", schema="sales")
    op.drop_index(
        "batches_import_id_idx", table_name="batches", schema="sales", postgresql_where=sa.text("import_id IS NOT NULL")
    )
    op.drop_column("batches", "import_id", schema="sales")
    op.drop_index(op.f("line_parts_batch_id_idx"), table_name="line_parts", schema="sales")
    op.drop_table("line_parts", schema="sales")
