"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "codes_0001"
down_revision = None
branch_labels = ("codes",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("batch_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False, comment="Client id of who did it."),
        sa.Column(
            "operation", sa.Text(), nullable=False, comment="What was done, e.g. register_subject, link, suspend_code."
        ),
        sa.Column("reason", sa.Text(), nullable=True, comment="Why, in the actor's words."),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("batches_pkey")),
        schema="codes",
        comment="One row for each change of the registry; changes become visible to others through the feed.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "code_states",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('in_force', 'suspended', 'revoked')", name=op.f("code_states_state_check")),
        sa.CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name=op.f("code_states_validity_check")),
        sa.PrimaryKeyConstraint("code", "valid_from", "recorded_in", name=op.f("code_states_pkey")),
        schema="codes",
        comment="From when to when a code was in force, suspended, revoked; why and by whom, its batch says.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_index(
        "code_states_current_idx",
        "code_states",
        ["code"],
        unique=False,
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.create_table(
        "codes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("length(code) = 10", name=op.f("codes_length_check")),
        sa.PrimaryKeyConstraint("code", name=op.f("codes_pkey")),
        schema="codes",
        comment="Every code that was ever issued; a code is never issued twice.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_index(op.f("codes_subject_id_idx"), "codes", ["subject_id"], unique=False, schema="codes")
    op.create_table(
        "cursors",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column(
            "position", sa.BigInteger(), nullable=False, comment="The last position whose effect is in this schema."
        ),
        sa.Column("moved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("consumer", name=op.f("cursors_pkey")),
        schema="codes",
        comment="How far each consumer of a feed has come; moved in the transaction of its effect.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "directory_entries",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False, comment="The subject's division during the interval."),
        sa.CheckConstraint("state IN ('in_force', 'suspended', 'revoked')", name=op.f("directory_entries_state_check")),
        sa.PrimaryKeyConstraint("code", "valid_from", "recorded_in", name=op.f("directory_entries_pkey")),
        schema="codes",
        comment="Code x time -> state, subject, kind and region: what one index lookup must answer for every order line. Derived from codes, code_states and subject_versions; ``verify`` derives it again.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_index(
        "directory_entries_current_idx",
        "directory_entries",
        ["code", "valid_from"],
        unique=False,
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.create_index(
        op.f("directory_entries_recorded_in_idx"), "directory_entries", ["recorded_in"], unique=False, schema="codes"
    )
    op.create_index(
        op.f("directory_entries_subject_id_idx"), "directory_entries", ["subject_id"], unique=False, schema="codes"
    )
    op.create_table(
        "identities",
        sa.Column(
            "identity_index",
            sa.LargeBinary(),
            nullable=False,
            comment="Keyed blind index of a number; never the number.",
        ),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("field IN ('id_card', 'uscc', 'external_id')", name=op.f("identities_field_check")),
        sa.PrimaryKeyConstraint("identity_index", name=op.f("identities_pkey")),
        schema="codes",
        comment="By which numbers a subject is found again. A table of its own, so that its key also holds when subjects are distributed, and several numbers can lead to one subject.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_index(op.f("identities_subject_id_idx"), "identities", ["subject_id"], unique=False, schema="codes")
    op.create_table(
        "income_records",
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False, comment="Accounting year (核算年度)."),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.Column(
            "per_head_fen",
            sa.BigInteger(),
            nullable=False,
            comment="Registered net income per head of the year, in fen.",
        ),
        sa.Column("persons", sa.Integer(), nullable=False, comment="Persons by whom the year's income was divided."),
        sa.CheckConstraint("persons >= 1", name=op.f("income_records_persons_check")),
        sa.PrimaryKeyConstraint("subject_id", "year", "recorded_in", name=op.f("income_records_pkey")),
        schema="codes",
        comment="Incomes as assessed by the registry, a row per household and accounting year; baselines come from here.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_table(
        "links",
        sa.Column(
            "link_id",
            sa.BigInteger(),
            sa.Identity(always=False),
            nullable=False,
            comment="The same in all versions of a link.",
        ),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("member_kind", sa.Text(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("group_kind", sa.Text(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("contract", sa.Text(), nullable=True, comment="Reference of the contract that the link rests on."),
        sa.CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name=op.f("links_validity_check")),
        sa.CheckConstraint("weight >= 1", name=op.f("links_weight_check")),
        sa.PrimaryKeyConstraint("link_id", "recorded_in", name=op.f("links_pkey")),
        schema="codes",
        comment="利益联结: household in cooperative or enterprise, cooperative in enterprise.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_index(
        "links_group_current_idx",
        "links",
        ["group_id"],
        unique=False,
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.create_index(
        "links_member_current_idx",
        "links",
        ["member_id"],
        unique=False,
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.create_index(op.f("links_recorded_in_idx"), "links", ["recorded_in"], unique=False, schema="codes")
    op.create_index(op.f("links_superseded_in_idx"), "links", ["superseded_in"], unique=False, schema="codes")
    op.create_table(
        "organisations",
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=True, comment="Unified social credit code (GB 32100)."),
        sa.PrimaryKeyConstraint("subject_id", "recorded_in", name=op.f("organisations_pkey")),
        schema="codes",
        comment="Names of cooperatives and enterprises; these are public.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_table(
        "persons",
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.Column(
            "name_cipher",
            sa.LargeBinary(),
            nullable=False,
            comment="AES-256-GCM; key id in front; row as associated data.",
        ),
        sa.Column("id_card_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("subject_id", "recorded_in", name=op.f("persons_pkey")),
        schema="codes",
        comment="Person data of households, encrypted field by field. Read only with codes:person.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_table(
        "regions",
        sa.Column("code", sa.Text(), nullable=False, comment="12-digit statistical division code (GB/T 2260 + 10114)."),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True, comment="NULL for the province."),
        sa.Column(
            "successors", sa.ARRAY(sa.Text()), nullable=True, comment="Codes that took over when this one ended."
        ),
        sa.CheckConstraint("code ~ '^[0-9]{12}$'", name=op.f("regions_code_check")),
        sa.CheckConstraint(
            "level IN ('province', 'prefecture', 'county', 'township', 'village')", name=op.f("regions_level_check")
        ),
        sa.PrimaryKeyConstraint("code", "valid_from", "recorded_in", name=op.f("regions_pkey")),
        schema="codes",
        comment="Statistical divisions.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_index(op.f("regions_parent_code_idx"), "regions", ["parent_code"], unique=False, schema="codes")
    op.create_table(
        "reporting_unit_villages",
        sa.Column("village", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("village", "valid_from", "recorded_in", name=op.f("reporting_unit_villages_pkey")),
        schema="codes",
        comment="Which unit a village belongs to, and when.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_index(
        op.f("reporting_unit_villages_unit_idx"), "reporting_unit_villages", ["unit"], unique=False, schema="codes"
    )
    op.create_table(
        "reporting_units",
        sa.Column(
            "unit",
            sa.Text(),
            nullable=False,
            comment="Code of the unit: a prefecture's division code, or one of our own.",
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("unit", name=op.f("reporting_units_pkey")),
        schema="codes",
        comment="Dated lists of villages that the plan reports by; the plan's ten partition the province.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "sealed",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False, comment="Gapless, from 1."),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "sealed_at", sa.DateTime(timezone=True), nullable=False, comment="Equal for all batches of one pass."
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("sealed_pkey")),
        sa.UniqueConstraint("batch_id", name=op.f("sealed_batch_id_key")),
        schema="codes",
        comment="The order of what was committed; the clock of everything derived.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "subject_versions",
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.Column("region", sa.Text(), nullable=False, comment="Division in which the subject lives or is seated."),
        sa.Column("persons", sa.Integer(), nullable=True, comment="Members of the household."),
        sa.Column(
            "status", sa.Text(), nullable=True, comment="Household: registered, out_of_poverty, monitored, other."
        ),
        sa.Column(
            "members_bp",
            sa.Integer(),
            nullable=True,
            comment="Group: part of its income base that goes to members, in 1/10000.",
        ),
        sa.CheckConstraint(
            "status IN ('registered', 'out_of_poverty', 'monitored', 'other')",
            name=op.f("subject_versions_status_check"),
        ),
        sa.CheckConstraint("members_bp BETWEEN 0 AND 10000", name=op.f("subject_versions_members_bp_check")),
        sa.CheckConstraint("persons >= 1", name=op.f("subject_versions_persons_check")),
        sa.CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name=op.f("subject_versions_validity_check")),
        sa.PrimaryKeyConstraint("subject_id", "valid_from", "recorded_in", name=op.f("subject_versions_pkey")),
        schema="codes",
        comment="What is true of a subject from day to day.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_index(
        op.f("subject_versions_recorded_in_idx"), "subject_versions", ["recorded_in"], unique=False, schema="codes"
    )
    op.create_index(
        "subject_versions_region_current_idx",
        "subject_versions",
        ["region", "subject_id"],
        unique=False,
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.create_table(
        "subjects",
        sa.Column("subject_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('household', 'cooperative', 'enterprise')", name=op.f("subjects_kind_check")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("subjects_pkey")),
        schema="codes",
        comment="Who holds a code: a household (poor or not), a cooperative or an enterprise.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "unsealed",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("unsealed_pkey")),
        schema="codes",
        comment="Batches that are committed or about to be, and not yet in the feed.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )


def downgrade() -> None:
    op.drop_table("unsealed", schema="codes")
    op.drop_table("subjects", schema="codes")
    op.drop_index(
        "subject_versions_region_current_idx",
        table_name="subject_versions",
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.drop_index(op.f("subject_versions_recorded_in_idx"), table_name="subject_versions", schema="codes")
    op.drop_table("subject_versions", schema="codes")
    op.drop_table("sealed", schema="codes")
    op.drop_table("reporting_units", schema="codes")
    op.drop_index(op.f("reporting_unit_villages_unit_idx"), table_name="reporting_unit_villages", schema="codes")
    op.drop_table("reporting_unit_villages", schema="codes")
    op.drop_index(op.f("regions_parent_code_idx"), table_name="regions", schema="codes")
    op.drop_table("regions", schema="codes")
    op.drop_table("persons", schema="codes")
    op.drop_table("organisations", schema="codes")
    op.drop_index(op.f("links_superseded_in_idx"), table_name="links", schema="codes")
    op.drop_index(op.f("links_recorded_in_idx"), table_name="links", schema="codes")
    op.drop_index(
        "links_member_current_idx",
        table_name="links",
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.drop_index(
        "links_group_current_idx", table_name="links", schema="codes", postgresql_where=sa.text("superseded_in IS NULL")
    )
    op.drop_table("links", schema="codes")
    op.drop_table("income_records", schema="codes")
    op.drop_index(op.f("identities_subject_id_idx"), table_name="identities", schema="codes")
    op.drop_table("identities", schema="codes")
    op.drop_index(op.f("directory_entries_subject_id_idx"), table_name="directory_entries", schema="codes")
    op.drop_index(op.f("directory_entries_recorded_in_idx"), table_name="directory_entries", schema="codes")
    op.drop_index(
        "directory_entries_current_idx",
        table_name="directory_entries",
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.drop_table("directory_entries", schema="codes")
    op.drop_table("cursors", schema="codes")
    op.drop_index(op.f("codes_subject_id_idx"), table_name="codes", schema="codes")
    op.drop_table("codes", schema="codes")
    op.drop_index(
        "code_states_current_idx",
        table_name="code_states",
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.drop_table("code_states", schema="codes")
    op.drop_table("batches", schema="codes")
