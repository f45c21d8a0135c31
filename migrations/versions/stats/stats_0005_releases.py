"""Releases: frozen figures, the parts they consist of, and what was decided of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "stats_0005"
down_revision = "stats_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "frozen_parts",
        sa.Column("release_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("period", sa.Text(), nullable=False, comment="As the API writes it: 2020, 2020-Q1, 2020-02."),
        sa.Column("level", sa.Text(), nullable=False, comment="The level whose divisions the rows are of."),
        sa.Column("dimension", sa.Text(), nullable=False, comment="What figures are narrowed by; empty: by nothing."),
        sa.Column("key", sa.Text(), nullable=False, comment="To which of its values."),
        sa.Column("row_count", sa.BigInteger(), server_default="0", nullable=False, comment="How many rows it has."),
        sa.Column("digest", sa.Text(), nullable=False, comment="SHA-256 over its rows."),
        sa.Column("frozen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("release_id", "period", "level", "dimension", "key", name=op.f("frozen_parts_pkey")),
        schema="stats",
        comment="The parts that are done, each written in the transaction of its rows.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "frozen_releases",
        sa.Column("release_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("row_count", sa.BigInteger(), server_default="0", nullable=False, comment="How many rows it has."),
        sa.Column(
            "digest",
            sa.Text(),
            nullable=False,
            comment="SHA-256 over what it says of itself and the digests of its parts.",
        ),
        sa.Column("frozen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("release_id", name=op.f("frozen_releases_pkey")),
        schema="stats",
        comment="The releases whose parts are all done.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "release_decisions",
        sa.Column("release_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False, comment="Never the compiler, where it is approved."),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("decision IN ('approved', 'rejected')", name=op.f("release_decisions_decision_check")),
        sa.PrimaryKeyConstraint("release_id", name=op.f("release_decisions_pkey")),
        schema="stats",
        comment="What became of drafts.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "release_parts",
        sa.Column("release_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("period", sa.Text(), nullable=False, comment="As the API writes it: 2020, 2020-Q1, 2020-02."),
        sa.Column("level", sa.Text(), nullable=False, comment="The level whose divisions the rows are of."),
        sa.Column("dimension", sa.Text(), nullable=False, comment="What figures are narrowed by; empty: by nothing."),
        sa.Column("key", sa.Text(), nullable=False, comment="To which of its values."),
        sa.Column(
            "part_no",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="The order in which parts are frozen.",
        ),
        sa.CheckConstraint(
            "dimension IN ('', 'kind', 'platform', 'category')", name=op.f("release_parts_dimension_check")
        ),
        sa.CheckConstraint(
            "level IN ('province', 'prefecture', 'county', 'township', 'village')",
            name=op.f("release_parts_level_check"),
        ),
        sa.PrimaryKeyConstraint("release_id", "period", "level", "dimension", "key", name=op.f("release_parts_pkey")),
        schema="stats",
        comment="The parts of a release, each of which is computed and committed by itself: planned when it is drafted.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "release_rows",
        sa.Column("release_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("period", sa.Text(), nullable=False, comment="As the API writes it: 2020, 2020-Q1, 2020-02."),
        sa.Column("level", sa.Text(), nullable=False, comment="The level whose divisions the rows are of."),
        sa.Column("dimension", sa.Text(), nullable=False, comment="What figures are narrowed by; empty: by nothing."),
        sa.Column("key", sa.Text(), nullable=False, comment="To which of its values."),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column(
            "source", sa.Text(), nullable=False, comment="Of the sources of figures; or quality, for that block."
        ),
        sa.Column(
            "figures",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="By indicator: fen, a count, ten-thousandths, or why none.",
        ),
        sa.PrimaryKeyConstraint(
            "release_id", "period", "level", "dimension", "key", "region", "source", name=op.f("release_rows_pkey")
        ),
        schema="stats",
        comment="The figures. Where there is no row, all of a source's indicators are nought.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "releases",
        sa.Column("release_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "region",
            sa.Text(),
            nullable=False,
            comment="Everything in its tree, down to the villages, is in the release.",
        ),
        sa.Column("period", sa.Text(), nullable=False, comment="With the months, quarters and years in it."),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("past", sa.Date(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column(
            "calendar",
            sa.Text(),
            nullable=False,
            comment="The entry of the bureau's calendar of releases that this is.",
        ),
        sa.Column("compiler", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "publish_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Nobody else sees it before; NULL: once it is approved.",
        ),
        sa.Column(
            "position", sa.BigInteger(), nullable=False, comment="Of sales' feed, at which all of it was computed."
        ),
        sa.Column("codes_position", sa.BigInteger(), nullable=False, comment="Of codes' feed, likewise."),
        sa.Column("income_position", sa.BigInteger(), nullable=False, comment="How far income was settled."),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False, comment="Of the position."),
        sa.Column("first_month", sa.Date(), nullable=True, comment="The first month the ledger had sales of."),
        sa.Column("supersedes", sa.BigInteger(), nullable=True, comment="The release in whose place it stands."),
        sa.Column("reason", sa.Text(), nullable=True, comment="Why."),
        sa.Column("drafted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("stage IN ('preliminary', 'revised', 'final')", name=op.f("releases_stage_check")),
        sa.CheckConstraint("(supersedes IS NULL) = (reason IS NULL)", name=op.f("releases_reason_check")),
        sa.CheckConstraint("first < past", name=op.f("releases_period_check")),
        sa.PrimaryKeyConstraint("release_id", name=op.f("releases_pkey")),
        schema="stats",
        comment="What was to be frozen, at which position, and by whom.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_index(op.f("releases_region_period_idx"), "releases", ["region", "period"], unique=False, schema="stats")


def downgrade() -> None:
    op.drop_index(op.f("releases_region_period_idx"), table_name="releases", schema="stats")
    op.drop_table("releases", schema="stats")
    op.drop_table("release_rows", schema="stats")
    op.drop_table("release_parts", schema="stats")
    op.drop_table("release_decisions", schema="stats")
    op.drop_table("frozen_releases", schema="stats")
    op.drop_table("frozen_parts", schema="stats")
