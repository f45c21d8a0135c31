"""A county that has left the list of poor counties has a tag for that, too; the divisions' seed loads it."""

from alembic import op

revision = "codes_0008"
down_revision = "codes_0007"
branch_labels = None
depends_on = None

_TAGS = "'poor_county', 'poor_township', 'poor_village', 'demonstration_county', 'resettlement_site'"


def _set(tags: str) -> None:
    op.drop_constraint(op.f("region_tags_tag_check"), "region_tags", schema="codes", type_="check")
    op.create_check_constraint(op.f("region_tags_tag_check"), "region_tags", f"tag IN ({tags})", schema="codes")


def upgrade() -> None:
    _set(f"{_TAGS}, 'former_poor_county'")


def downgrade() -> None:
    op.execute("DELETE FROM codes.region_tags WHERE tag = 'former_poor_county'")
    _set(_TAGS)
