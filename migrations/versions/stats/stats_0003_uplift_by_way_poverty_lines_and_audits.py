"""uplift by way, poverty lines and audits

``household_years`` is a new part of the cube, which is derived: a cube that stands already is cleared and built anew
from position 0 by its consumer. Until it has caught up, every answer's watermark says how far it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "stats_0003"
down_revision = "stats_0002"
branch_labels = None
depends_on = None

DERIVED = (
    "lines",
    "sales_cells",
    "refund_cells",
    "sellers",
    "seller_cells",
    "source_days",
    "received_days",
    "group_days",
    "paid_months",
    "replaced_days",
    "household_days",
    "household_months",
    "cursors",
)


def upgrade() -> None:
    op.create_table(
        "audit_findings",
        sa.Column("audit", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("turn", sa.Integer(), autoincrement=False, nullable=False, comment="From 1; the last one counts."),
        sa.Column("confirmed_fen", sa.BigInteger(), nullable=False, comment="What the household did receive."),
        sa.Column("finder", sa.Text(), nullable=False, comment="Who looked: an office or a post."),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("confirmed_fen >= 0", name=op.f("audit_findings_confirmed_check")),
        sa.CheckConstraint("turn >= 1", name=op.f("audit_findings_turn_check")),
        sa.PrimaryKeyConstraint("audit", "line", "turn", name=op.f("audit_findings_pkey")),
        schema="stats",
        comment="What was found of each line; nothing is edited, a later finding counts in place of an earlier.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "audit_lines",
        sa.Column("audit", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False, comment="From 1."),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False, comment="As booked at the audit's position."),
        sa.CheckConstraint("basis IN ('paid', 'contract', 'imputed')", name=op.f("audit_lines_basis_check")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("audit_lines_amount_check")),
        sa.PrimaryKeyConstraint("audit", "line", name=op.f("audit_lines_pkey")),
        schema="stats",
        comment="The lines that were drawn: what a household had of a month and basis.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "audit_readings",
        sa.Column("audit", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("audit", "read_at", "client_id", name=op.f("audit_readings_pkey")),
        schema="stats",
        comment="Who was shown the codes of a sample, and when.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "audit_strata",
        sa.Column("audit", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False, comment="In the frame."),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False, comment="Of all these lines."),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.CheckConstraint("basis IN ('paid', 'contract', 'imputed')", name=op.f("audit_strata_basis_check")),
        sa.CheckConstraint("drawn BETWEEN 1 AND lines", name=op.f("audit_strata_drawn_check")),
        sa.PrimaryKeyConstraint("audit", "basis", name=op.f("audit_strata_pkey")),
        schema="stats",
        comment="The frame of an audit by stratum: how income is known.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "audits",
        sa.Column("audit", sa.Text(), nullable=False, comment="County, quarter and turn, such as 522701-2020Q1-1."),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=False, comment="First day of the quarter."),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False, comment="Lines that were asked for."),
        sa.Column(
            "position",
            sa.BigInteger(),
            nullable=False,
            comment="The frame is the incomes at this position of sales' feed.",
        ),
        sa.Column(
            "codes_position", sa.BigInteger(), nullable=False, comment="And the homes at this position of codes' feed."
        ),
        sa.Column(
            "frame_digest",
            sa.LargeBinary(),
            nullable=False,
            comment="SHA-256 of all lines of the frame, in their order.",
        ),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "extract(day FROM quarter) = 1 AND extract(month FROM quarter) IN (1, 4, 7, 10)",
            name=op.f("audits_quarter_check"),
        ),
        sa.CheckConstraint("size > 0", name=op.f("audits_size_check")),
        sa.PrimaryKeyConstraint("audit", name=op.f("audits_pkey")),
        schema="stats",
        comment="Samples of the income lines of a county and quarter.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_index(op.f("audits_county_quarter_idx"), "audits", ["county", "quarter"], unique=False, schema="stats")
    op.create_table(
        "household_years",
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("way", sa.Text(), nullable=False, comment="own: its own code; else the kind of who paid or divided."),
        sa.Column(
            "category", sa.Text(), nullable=False, comment="Category of goods; '' for what was paid: it names none."
        ),
        sa.Column("contract_fen", sa.BigInteger(), server_default="0", nullable=False, comment="As in household_days."),
        sa.Column("imputed_fen", sa.BigInteger(), server_default="0", nullable=False, comment="As in household_days."),
        sa.Column("paid_fen", sa.BigInteger(), server_default="0", nullable=False, comment="As in household_days."),
        sa.CheckConstraint(
            "way IN ('own', 'cooperative', 'enterprise', 'uncoded')", name=op.f("household_years_way_check")
        ),
        sa.PrimaryKeyConstraint("subject_id", "year", "way", "category", name=op.f("household_years_pkey")),
        schema="stats",
        comment="What reached each household in a year, by the way it came and by category: sums of its months.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_index(op.f("household_years_year_idx"), "household_years", ["year"], unique=False, schema="stats")
    op.create_table(
        "poverty_lines",
        sa.Column("line_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("region", sa.Text(), nullable=False, comment="Province whose line it is; '*' for the national one."),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column(
            "per_head_fen", sa.BigInteger(), nullable=False, comment="Yuan of that year per head and year, in fen."
        ),
        sa.Column("standing", sa.Text(), nullable=False, comment="published, approximate or guideline."),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("region = '*' OR region ~ '^[0-9]{2}0{10}$'", name=op.f("poverty_lines_region_check")),
        sa.CheckConstraint(
            "standing IN ('published', 'approximate', 'guideline')", name=op.f("poverty_lines_standing_check")
        ),
        sa.CheckConstraint("per_head_fen > 0", name=op.f("poverty_lines_per_head_check")),
        sa.PrimaryKeyConstraint("line_id", name=op.f("poverty_lines_pkey")),
        schema="stats",
        comment="Poverty lines as officers recorded them: of a region and year the newest counts, and replaces the one that comes with the program.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.execute(f"TRUNCATE {', '.join(f'stats.{table}' for table in DERIVED)}")


def downgrade() -> None:
    op.drop_table("poverty_lines", schema="stats")
    op.drop_index(op.f("household_years_year_idx"), table_name="household_years", schema="stats")
    op.drop_table("household_years", schema="stats")
    op.drop_index(op.f("audits_county_quarter_idx"), table_name="audits", schema="stats")
    op.drop_table("audits", schema="stats")
    op.drop_table("audit_strata", schema="stats")
    op.drop_table("audit_readings", schema="stats")
    op.drop_table("audit_lines", schema="stats")
    op.drop_table("audit_findings", schema="stats")
