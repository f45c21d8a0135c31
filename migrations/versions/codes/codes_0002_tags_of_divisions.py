"""Tags of divisions: coverage of poor counties and resettlement sites is asked for by day."""

import sqlalchemy as sa
from alembic import op

revision = "codes_0002"
down_revision = "codes_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "region_tags",
        sa.Column("code", sa.Text(), nullable=False, comment="The division, of whatever level the tag is for."),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False, comment="The list that says so."),
        sa.CheckConstraint(
            "tag IN ('poor_county', 'poor_township', 'poor_village', 'demonstration_county', 'resettlement_site')",
            name=op.f("region_tags_tag_check"),
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name=op.f("region_tags_validity_check")),
        sa.PrimaryKeyConstraint("code", "tag", "valid_from", "recorded_in", name=op.f("region_tags_pkey")),
        schema="codes",
        comment="What a division was listed as, and when: poor, a demonstration county, a site of resettlement.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )


def downgrade() -> None:
    op.drop_table("region_tags", schema="codes")
