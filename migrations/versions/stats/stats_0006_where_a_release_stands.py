"""The position of a release is fixed by who begins to compute it, so it stands in a row of its own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "stats_0006"
down_revision = "stats_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "started_releases",
        sa.Column("release_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "position", sa.BigInteger(), nullable=False, comment="Of sales' feed, at which all of it is computed."
        ),
        sa.Column("registry_position", sa.BigInteger(), nullable=False, comment="Of codes' feed, likewise."),
        sa.Column("income_position", sa.BigInteger(), nullable=False, comment="How far income was settled."),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False, comment="Of the position."),
        sa.Column("first_month", sa.Date(), nullable=True, comment="The first month the ledger had sales of."),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("release_id", name=op.f("started_releases_pkey")),
        schema="stats",
        comment="The position of each release, fixed by who began to compute it.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table_comment(
        "release_parts",
        "The parts of a release, each of which is computed and committed by itself: planned when it is started.",
        existing_comment="The parts of a release, each of which is computed and committed by itself: planned when it is drafted.",
        schema="stats",
    )
    op.add_column(
        "releases",
        sa.Column(
            "down_to",
            sa.Text(),
            nullable=False,
            server_default="village",
            comment="The lowest level whose divisions are in it.",
        ),
        schema="stats",
    )
    op.alter_column("releases", "down_to", server_default=None, schema="stats")
    op.create_check_constraint(
        op.f("releases_down_to_check"),
        "releases",
        "down_to IN ('province', 'prefecture', 'county', 'township', 'village')",
        schema="stats",
    )
    op.execute(
        "INSERT INTO stats.started_releases (release_id, position, registry_position, income_position, sealed_at, first_month)"
        " SELECT release_id, position, codes_position, income_position, sealed_at, first_month FROM stats.releases"
    )
    op.create_table_comment(
        "releases",
        "What was to be frozen, and by whom.",
        existing_comment="What was to be frozen, at which position, and by whom.",
        schema="stats",
    )
    op.drop_column("releases", "first_month", schema="stats")
    op.drop_column("releases", "income_position", schema="stats")
    op.drop_column("releases", "sealed_at", schema="stats")
    op.drop_column("releases", "position", schema="stats")
    op.drop_column("releases", "codes_position", schema="stats")


def downgrade() -> None:
    op.add_column(
        "releases",
        sa.Column(
            "codes_position", sa.BIGINT(), autoincrement=False, nullable=True, comment="Of codes' feed, likewise."
        ),
        schema="stats",
    )
    op.add_column(
        "releases",
        sa.Column(
            "position",
            sa.BIGINT(),
            autoincrement=False,
            nullable=True,
            comment="Of sales' feed, at which all of it was computed.",
        ),
        schema="stats",
    )
    op.add_column(
        "releases",
        sa.Column(
            "sealed_at",
            postgresql.TIMESTAMP(timezone=True),
            autoincrement=False,
            nullable=True,
            comment="Of the position.",
        ),
        schema="stats",
    )
    op.add_column(
        "releases",
        sa.Column(
            "income_position", sa.BIGINT(), autoincrement=False, nullable=True, comment="How far income was settled."
        ),
        schema="stats",
    )
    op.add_column(
        "releases",
        sa.Column(
            "first_month",
            sa.DATE(),
            autoincrement=False,
            nullable=True,
            comment="The first month the ledger had sales of.",
        ),
        schema="stats",
    )
    op.create_table_comment(
        "releases",
        "What was to be frozen, at which position, and by whom.",
        existing_comment="What was to be frozen, and by whom.",
        schema="stats",
    )
    op.drop_column("releases", "down_to", schema="stats")
    op.create_table_comment(
        "release_parts",
        "The parts of a release, each of which is computed and committed by itself: planned when it is drafted.",
        existing_comment="The parts of a release, each of which is computed and committed by itself: planned when it is started.",
        schema="stats",
    )
    op.execute(
        "UPDATE stats.releases SET position = started.position, codes_position = started.registry_position,"
        " income_position = started.income_position, sealed_at = started.sealed_at, first_month = started.first_month"
        " FROM stats.started_releases AS started WHERE started.release_id = releases.release_id"
    )
    op.drop_table("started_releases", schema="stats")
