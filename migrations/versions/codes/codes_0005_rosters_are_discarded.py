"""Rosters can be discarded; rows whose numbers lead to two subjects, or elsewhere, can be decided."""

from alembic import op

revision = "codes_0005"
down_revision = "codes_0004"
branch_labels = None
depends_on = None

_STAGES = "'validating', 'previewed', 'committing', 'committed'"


def _set(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"{table}_{name}_check"), table, schema="codes", type_="check")
    op.create_check_constraint(op.f(f"{table}_{name}_check"), table, condition, schema="codes")


def upgrade() -> None:
    _set("rosters", "stage", f"stage IN ({_STAGES}, 'discarded')")
    _set("roster_rows", "decision", "decision IN ('same', 'different', 'by_external_id', 'by_id_card')")
    op.alter_column("roster_rows", "decision", comment="What a person decided.", schema="codes")


def downgrade() -> None:
    op.execute("UPDATE codes.rosters SET stage = 'committed' WHERE stage = 'discarded'")
    op.execute("UPDATE codes.roster_rows SET decision = 'same' WHERE decision NOT IN ('same', 'different')")
    _set("rosters", "stage", f"stage IN ({_STAGES})")
    _set("roster_rows", "decision", "decision IN ('same', 'different')")
    op.alter_column("roster_rows", "decision", comment="What a person decided: same, different.", schema="codes")
