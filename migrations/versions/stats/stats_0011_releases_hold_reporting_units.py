"""Releases have parts of reporting units too: of the ten of the province, beside its prefectures.

What was released before has none: a release never changes.
"""

from alembic import op

revision = "stats_0011"
down_revision = "stats_0010"
branch_labels = None
depends_on = None

LEVELS = "'province', 'prefecture', 'county', 'township', 'village'"


def _allow(levels: str) -> None:
    op.drop_constraint("release_parts_level_check", "release_parts", schema="stats", type_="check")
    op.create_check_constraint(
        op.f("release_parts_level_check"), "release_parts", f"level IN ({levels})", schema="stats"
    )


def upgrade() -> None:
    _allow(f"{LEVELS}, 'reporting_unit'")


def downgrade() -> None:
    _allow(LEVELS)
