"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

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
        "card_keys",
        sa.Column(
            "key_id",
            sa.SmallInteger(),
            autoincrement=False,
            nullable=False,
            comment="The secret is codes_card_key_<id>.",
        ),
        sa.Column("public_key", sa.LargeBinary(), nullable=False, comment="Ed25519, 32 bytes (RFC 8032)."),
        sa.Column("valid_from", sa.Date(), nullable=False, comment="The first day on which it signs cards."),
        sa.Column(
            "valid_to",
            sa.Date(),
            nullable=True,
            comment="The day on which the next key takes over; its cards stay good.",
        ),
        sa.Column(
            "withdrawn_at", sa.DateTime(timezone=True), nullable=True, comment="Since when its cards are good no more."
        ),
        sa.Column("recorded_in", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("key_id BETWEEN 1 AND 255", name=op.f("card_keys_key_id_check")),
        sa.CheckConstraint("length(public_key) = 32", name=op.f("card_keys_public_key_check")),
        sa.PrimaryKeyConstraint("key_id", name=op.f("card_keys_pkey")),
        schema="codes",
        comment="Public keys of cards, as published at /.well-known/onecode-keys.json.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (valid_from, valid_to, withdrawn_at)")},
    )
    op.create_table(
        "cards",
        sa.Column("card_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("key_id", sa.SmallInteger(), nullable=False, comment="The key that signs it."),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True, comment="Since when it is good no more."),
        sa.Column("revoked_in", sa.BigInteger(), nullable=True, comment="The batch that revoked it."),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_in IS NULL)", name=op.f("cards_revoked_check")),
        sa.CheckConstraint("card_no BETWEEN 1 AND 4294967295", name=op.f("cards_card_no_check")),
        sa.PrimaryKeyConstraint("card_no", name=op.f("cards_pkey")),
        schema="codes",
        comment="Every card that was ever issued; a code has one card in use at most. The signature is made when printing.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (revoked_at, revoked_in)")},
    )
    op.create_index(op.f("cards_code_idx"), "cards", ["code"], unique=False, schema="codes")
    op.create_index(
        "cards_in_use_idx",
        "cards",
        ["code"],
        unique=True,
        schema="codes",
        postgresql_where=sa.text("revoked_in IS NULL"),
    )
    op.create_index(
        "cards_revoked_in_idx",
        "cards",
        ["revoked_in"],
        unique=False,
        schema="codes",
        postgresql_where=sa.text("revoked_in IS NOT NULL"),
    )
    op.create_table(
        "code_replacements",
        sa.Column("code", sa.Text(), nullable=False, comment="The compromised code."),
        sa.Column("replaced_by", sa.Text(), nullable=False),
        sa.Column(
            "compromised_at", sa.DateTime(timezone=True), nullable=False, comment="From then on sales under it park."
        ),
        sa.Column("recorded_in", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("code_replacements_pkey")),
        sa.UniqueConstraint("replaced_by", name=op.f("code_replacements_replaced_by_key")),
        schema="codes",
        comment="Codes that were compromised, and the new code of the same subject.",
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
    op.create_index(
        "code_states_not_in_force_idx",
        "code_states",
        ["code"],
        unique=False,
        schema="codes",
        postgresql_where=sa.text("state <> 'in_force'"),
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
        "devices",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("enrolment_id", sa.BigInteger(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=False, comment="SHA-256 of 256 random bits."),
        sa.Column("recorded_in", sa.BigInteger(), nullable=False),
        sa.Column("disabled_in", sa.BigInteger(), nullable=True, comment="The batch that disabled it, for ever."),
        sa.PrimaryKeyConstraint("device", name=op.f("devices_pkey")),
        sa.UniqueConstraint("enrolment_id", name=op.f("devices_enrolment_id_key")),
        schema="codes",
        comment="Phones and readers that report scans in their own name.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (disabled_in)")},
    )
    op.create_index(op.f("devices_station_idx"), "devices", ["station"], unique=False, schema="codes")
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
        "enrolments",
        sa.Column("enrolment_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code_index", sa.LargeBinary(), nullable=False, comment="Keyed digest of the short code."),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False, comment="What the device is called at the station."),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("enrolments_pkey")),
        sa.UniqueConstraint("code_index", name=op.f("enrolments_code_index_key")),
        schema="codes",
        comment="Invitations for one device each; used once there is a device with the same enrolment_id.",
        info={"grants": ("SELECT", "INSERT")},
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
        "objection_answers",
        sa.Column("objection_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("text_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("objection_id", name=op.f("objection_answers_pkey")),
        schema="codes",
        comment="One answer to each objection.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_table(
        "objections",
        sa.Column("objection_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "attempt_id", sa.BigInteger(), nullable=False, comment="The opened statement in which it was raised."
        ),
        sa.Column(
            "month", sa.Date(), nullable=True, comment="First day of the month it is about; NULL: the whole statement."
        ),
        sa.Column(
            "text_cipher", sa.LargeBinary(), nullable=False, comment="Encrypted like person data, which it may name."
        ),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("EXTRACT(day FROM month) = 1", name=op.f("objections_month_check")),
        sa.PrimaryKeyConstraint("objection_id", name=op.f("objections_pkey")),
        schema="codes",
        comment="What a household says is wrong with its statement.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_index(op.f("objections_subject_id_idx"), "objections", ["subject_id"], unique=False, schema="codes")
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
        sa.Column(
            "details_cipher",
            sa.LargeBinary(),
            nullable=True,
            comment="Group, cause of poverty, certificate … as JSON, encrypted.",
        ),
        sa.Column(
            "likeness_index",
            sa.LargeBinary(),
            nullable=True,
            comment="Keyed index of name, village and phone; equal ones may be the same.",
        ),
        sa.PrimaryKeyConstraint("subject_id", "recorded_in", name=op.f("persons_pkey")),
        schema="codes",
        comment="Person data of households, encrypted field by field. Read only with codes:person.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)"), "purposes": ("registration", "reading")},
    )
    op.create_index(
        "persons_likeness_current_idx",
        "persons",
        ["likeness_index"],
        unique=False,
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.create_table(
        "pin_attempts",
        sa.Column("attempt_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pin_attempts_pkey")),
        schema="codes",
        comment="Written before a PIN is looked at: an attempt was wrong unless statement_grants names it.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_index(
        op.f("pin_attempts_code_attempted_at_idx"),
        "pin_attempts",
        ["code", "attempted_at"],
        unique=False,
        schema="codes",
    )
    op.create_table(
        "pins",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.Column("pin_hash", sa.Text(), nullable=False, comment="Argon2id of a keyed digest of code and PIN."),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", "recorded_in", name=op.f("pins_pkey")),
        schema="codes",
        comment="Set when a card is handed over; set anew by an officer only.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_index(
        "pins_current_idx",
        "pins",
        ["code"],
        unique=True,
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
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
        "roster_parts",
        sa.Column("roster_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "part_no", sa.Integer(), autoincrement=False, nullable=False, comment="From 1, in the order of rows."
        ),
        sa.Column("first_row", sa.Integer(), nullable=False),
        sa.Column("last_row", sa.Integer(), nullable=False),
        sa.Column("validated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "sealed", sa.LargeBinary(), nullable=False, comment="What its rows say, encrypted with the keys of persons."
        ),
        sa.PrimaryKeyConstraint("roster_id", "part_no", name=op.f("roster_parts_pkey")),
        schema="codes",
        comment="What a roster says, a thousand rows at a time. Of a row that is in the registry, nothing stays here.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "roster_rows",
        sa.Column("roster_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("row_no", sa.Integer(), autoincrement=False, nullable=False, comment="As a spreadsheet shows it."),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column(
            "subject_id",
            sa.BigInteger(),
            nullable=True,
            comment="The registered subject that the row is about, or resembles.",
        ),
        sa.Column(
            "reasons",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Names of reasons, with other rows, subjects, villages; no person data.",
        ),
        sa.Column(
            "changed",
            sa.ARRAY(sa.Text()),
            nullable=True,
            comment="Fields in which the row differs from what is registered.",
        ),
        sa.Column("decision", sa.Text(), nullable=True, comment="What a person decided: same, different."),
        sa.Column("committed_in", sa.BigInteger(), nullable=True, comment="The batch that wrote it into the registry."),
        sa.CheckConstraint("decision IN ('same', 'different')", name=op.f("roster_rows_decision_check")),
        sa.CheckConstraint(
            "status IN ('new', 'changed', 'unchanged', 'duplicate_in_file', 'duplicate_of_registered', 'invalid', 'held')",
            name=op.f("roster_rows_status_check"),
        ),
        sa.PrimaryKeyConstraint("roster_id", "row_no", name=op.f("roster_rows_pkey")),
        schema="codes",
        comment="The rows of a roster with their verdicts.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "rosters",
        sa.Column("roster_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="Whom it lists: household, cooperative, enterprise."),
        sa.Column(
            "region", sa.Text(), nullable=False, comment="The division that it covers; rows outside are invalid."
        ),
        sa.Column(
            "as_of",
            sa.Date(),
            nullable=False,
            comment="The day of which it speaks: changed values are true from then on.",
        ),
        sa.Column(
            "mode", sa.Text(), nullable=False, comment="full: lists everybody of its region and kind; delta: some."
        ),
        sa.Column(
            "corrections",
            sa.ARRAY(sa.Text()),
            nullable=False,
            comment="Fields whose changed values were wrong before; other changes are events of as_of.",
        ),
        sa.Column("layout", sa.Text(), nullable=False, comment="What a row of the file is: household or person."),
        sa.Column("file_index", sa.LargeBinary(), nullable=False, comment="Keyed index of the file's bytes."),
        sa.Column("fields", sa.ARRAY(sa.Text()), nullable=False, comment="Fields of the columns that were read."),
        sa.Column("stage", sa.Text(), nullable=False, comment="What is being done, or was done last."),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("rows_validated", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False, comment="Client id of who asked for the present stage."),
        sa.Column("regions", sa.ARRAY(sa.Text()), nullable=False, comment="The region roots of who asked for it."),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('household', 'cooperative', 'enterprise')", name=op.f("rosters_kind_check")),
        sa.CheckConstraint("layout IN ('household', 'person')", name=op.f("rosters_layout_check")),
        sa.CheckConstraint("mode IN ('full', 'delta')", name=op.f("rosters_mode_check")),
        sa.CheckConstraint(
            "stage IN ('validating', 'previewed', 'committing', 'committed')", name=op.f("rosters_stage_check")
        ),
        sa.PrimaryKeyConstraint("roster_id", name=op.f("rosters_pkey")),
        schema="codes",
        comment="Uploaded roster files and how far each has come.",
        info={"grants": ("SELECT", "INSERT", "UPDATE", "DELETE")},
    )
    op.create_table(
        "scan_records",
        sa.Column("station", sa.Text(), nullable=False, comment="'' if reported by a client that is no station."),
        sa.Column(
            "source",
            sa.Text(),
            nullable=False,
            comment="Who numbered the scan: device:D…, pad:<pad_no> or client:<id>.",
        ),
        sa.Column(
            "scan_id", sa.Text(), nullable=False, comment="The source's number for it; of a paper pad, the sheet's."
        ),
        sa.Column("recorded_in", sa.BigInteger(), nullable=False),
        sa.Column(
            "superseded_in",
            sa.BigInteger(),
            nullable=True,
            comment="The batch of the scan that voids it; NULL: it counts.",
        ),
        sa.Column(
            "content_hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of what was said, to tell a repeat."
        ),
        sa.Column(
            "sequence",
            sa.BigInteger(),
            nullable=True,
            comment="The device's running number, from 1: a gap is a scan not yet seen.",
        ),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True, comment="NULL for a void."),
        sa.Column("card_no", sa.BigInteger(), nullable=True, comment="If a card was read."),
        sa.Column(
            "verdict", sa.Text(), nullable=True, comment="What the code was good for at scanned_at; NULL for a void."
        ),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True, comment="The subject's division at scanned_at."),
        sa.Column("station_region", sa.Text(), nullable=True, comment="The station's division at scanned_at."),
        sa.Column(
            "device_time", sa.DateTime(timezone=True), nullable=False, comment="As the device, or the sheet, says."
        ),
        sa.Column(
            "scanned_at", sa.DateTime(timezone=True), nullable=False, comment="Corrected for a clock that is wrong."
        ),
        sa.Column("business_day", sa.Date(), nullable=False, comment="Day of scanned_at in Shanghai."),
        sa.Column("clock", sa.Text(), nullable=False, comment="as_told, shifted or bounded: how scanned_at was found."),
        sa.Column(
            "clock_skew_ms",
            sa.BigInteger(),
            nullable=True,
            comment="Our clock minus the device's at upload; NULL: it did not say.",
        ),
        sa.Column("offline", sa.Boolean(), nullable=False, comment="Whether the code was verified without a network."),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("unit_price_fen", sa.BigInteger(), nullable=True),
        sa.Column("amount_paid_fen", sa.BigInteger(), nullable=True),
        sa.Column("waybill", sa.Text(), nullable=True),
        sa.Column("order_no", sa.Text(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True, comment="Work number or account; never a name."),
        sa.Column("voids_source", sa.Text(), nullable=True),
        sa.Column("voids_scan_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(purpose = 'void') = (code IS NULL) AND (code IS NULL) = (verdict IS NULL)",
            name=op.f("scan_records_code_check"),
        ),
        sa.CheckConstraint("(purpose = 'void') = (voids_scan_id IS NOT NULL)", name=op.f("scan_records_void_check")),
        sa.CheckConstraint("clock IN ('as_told', 'shifted', 'bounded')", name=op.f("scan_records_clock_check")),
        sa.CheckConstraint(
            "purpose IN ('verify', 'goods_received', 'goods_sold', 'purchase_for_villager', 'parcel_in', 'parcel_out', 'service', 'void')",
            name=op.f("scan_records_purpose_check"),
        ),
        sa.CheckConstraint(
            "verdict IN ('valid', 'unknown', 'suspended', 'revoked', 'not_yet_in_force', 'bad_signature')",
            name=op.f("scan_records_verdict_check"),
        ),
        sa.CheckConstraint(
            "quantity_milli > 0 AND unit_price_fen >= 0 AND amount_paid_fen >= 0",
            name=op.f("scan_records_amounts_check"),
        ),
        sa.PrimaryKeyConstraint("station", "source", "scan_id", name=op.f("scan_records_pkey")),
        schema="codes",
        comment="Every scan once. Keyed by station and source for ever; a void is one more row, nothing is deleted.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_index(op.f("scan_records_recorded_in_idx"), "scan_records", ["recorded_in"], unique=False, schema="codes")
    op.create_index(
        op.f("scan_records_station_scanned_at_source_scan_id_idx"),
        "scan_records",
        ["station", "scanned_at", "source", "scan_id"],
        unique=False,
        schema="codes",
    )
    op.create_index(
        op.f("scan_records_station_voids_source_voids_scan_id_idx"),
        "scan_records",
        ["station", "voids_source", "voids_scan_id"],
        unique=True,
        schema="codes",
    )
    op.create_index(
        "scans_purchases_idx",
        "scan_records",
        ["subject_id", "business_day"],
        unique=False,
        schema="codes",
        postgresql_where=sa.text("purpose = 'goods_received' AND amount_paid_fen > 0"),
    )
    op.create_index(
        "scans_superseded_in_idx",
        "scan_records",
        ["superseded_in"],
        unique=False,
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NOT NULL"),
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
        "statement_grants",
        sa.Column("attempt_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("grant_digest", sa.LargeBinary(), nullable=False, comment="SHA-256 of 256 random bits."),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("statement_grants_pkey")),
        sa.UniqueConstraint("grant_digest", name=op.f("statement_grants_grant_digest_key")),
        schema="codes",
        comment="Who was shown a statement; for some minutes, the key to it.",
        info={"grants": ("SELECT", "INSERT")},
    )
    op.create_index(
        op.f("statement_grants_subject_id_granted_at_idx"),
        "statement_grants",
        ["subject_id", "granted_at"],
        unique=False,
        schema="codes",
    )
    op.create_table(
        "station_closures",
        sa.Column("closure_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False, comment="The first day on which it is open again."),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), nullable=False),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True, comment="The batch that withdrew it."),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("station_closures_validity_check")),
        sa.PrimaryKeyConstraint("closure_id", name=op.f("station_closures_pkey")),
        schema="codes",
        comment="Declared closures: days on which nobody should wonder why nothing is heard of a station.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_index(
        "station_closures_current_idx",
        "station_closures",
        ["station"],
        unique=False,
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.create_table(
        "station_operators",
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False, comment="Work number or account; never a name."),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name=op.f("station_operators_validity_check")),
        sa.PrimaryKeyConstraint(
            "station", "operator", "valid_from", "recorded_in", name=op.f("station_operators_pkey")
        ),
        schema="codes",
        comment="Who works at a station, and when.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_table(
        "station_versions",
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False, comment="The name over its door; a public one."),
        sa.Column("region", sa.Text(), nullable=False, comment="Division in which it stands, at village level."),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True, comment="Why it was suspended, closed or changed."),
        sa.CheckConstraint("status IN ('active', 'suspended', 'closed')", name=op.f("station_versions_status_check")),
        sa.CheckConstraint(
            "type IN ('service_station', 'convenience_centre', 'logistics_point', 'county_centre', 'other')",
            name=op.f("station_versions_type_check"),
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name=op.f("station_versions_validity_check")),
        sa.PrimaryKeyConstraint("station", "valid_from", "recorded_in", name=op.f("station_versions_pkey")),
        schema="codes",
        comment="What is true of a station from day to day.",
        info={"grants": ("SELECT", "INSERT", "UPDATE (superseded_in)")},
    )
    op.create_index(
        "station_versions_region_current_idx",
        "station_versions",
        ["region", "station"],
        unique=False,
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.create_table(
        "stations",
        sa.Column("station", sa.Text(), nullable=False, comment="Its number with the county; in tokens and orders."),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("recorded_in", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("station", name=op.f("stations_pkey")),
        schema="codes",
        comment="Village service stations, convenience centres and the like.",
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
    op.drop_table("stations", schema="codes")
    op.drop_index(
        "station_versions_region_current_idx",
        table_name="station_versions",
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.drop_table("station_versions", schema="codes")
    op.drop_table("station_operators", schema="codes")
    op.drop_index(
        "station_closures_current_idx",
        table_name="station_closures",
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.drop_table("station_closures", schema="codes")
    op.drop_index(op.f("statement_grants_subject_id_granted_at_idx"), table_name="statement_grants", schema="codes")
    op.drop_table("statement_grants", schema="codes")
    op.drop_table("sealed", schema="codes")
    op.drop_index(
        "scans_superseded_in_idx",
        table_name="scan_records",
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NOT NULL"),
    )
    op.drop_index(
        "scans_purchases_idx",
        table_name="scan_records",
        schema="codes",
        postgresql_where=sa.text("purpose = 'goods_received' AND amount_paid_fen > 0"),
    )
    op.drop_index(
        op.f("scan_records_station_voids_source_voids_scan_id_idx"), table_name="scan_records", schema="codes"
    )
    op.drop_index(op.f("scan_records_station_scanned_at_source_scan_id_idx"), table_name="scan_records", schema="codes")
    op.drop_index(op.f("scan_records_recorded_in_idx"), table_name="scan_records", schema="codes")
    op.drop_table("scan_records", schema="codes")
    op.drop_table("rosters", schema="codes")
    op.drop_table("roster_rows", schema="codes")
    op.drop_table("roster_parts", schema="codes")
    op.drop_table("reporting_units", schema="codes")
    op.drop_index(op.f("reporting_unit_villages_unit_idx"), table_name="reporting_unit_villages", schema="codes")
    op.drop_table("reporting_unit_villages", schema="codes")
    op.drop_index(op.f("regions_parent_code_idx"), table_name="regions", schema="codes")
    op.drop_table("regions", schema="codes")
    op.drop_index(
        "pins_current_idx", table_name="pins", schema="codes", postgresql_where=sa.text("superseded_in IS NULL")
    )
    op.drop_table("pins", schema="codes")
    op.drop_index(op.f("pin_attempts_code_attempted_at_idx"), table_name="pin_attempts", schema="codes")
    op.drop_table("pin_attempts", schema="codes")
    op.drop_index(
        "persons_likeness_current_idx",
        table_name="persons",
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.drop_table("persons", schema="codes")
    op.drop_table("organisations", schema="codes")
    op.drop_index(op.f("objections_subject_id_idx"), table_name="objections", schema="codes")
    op.drop_table("objections", schema="codes")
    op.drop_table("objection_answers", schema="codes")
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
    op.drop_table("enrolments", schema="codes")
    op.drop_index(op.f("directory_entries_subject_id_idx"), table_name="directory_entries", schema="codes")
    op.drop_index(op.f("directory_entries_recorded_in_idx"), table_name="directory_entries", schema="codes")
    op.drop_index(
        "directory_entries_current_idx",
        table_name="directory_entries",
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.drop_table("directory_entries", schema="codes")
    op.drop_index(op.f("devices_station_idx"), table_name="devices", schema="codes")
    op.drop_table("devices", schema="codes")
    op.drop_table("cursors", schema="codes")
    op.drop_index(op.f("codes_subject_id_idx"), table_name="codes", schema="codes")
    op.drop_table("codes", schema="codes")
    op.drop_index(
        "code_states_not_in_force_idx",
        table_name="code_states",
        schema="codes",
        postgresql_where=sa.text("state <> 'in_force'"),
    )
    op.drop_index(
        "code_states_current_idx",
        table_name="code_states",
        schema="codes",
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.drop_table("code_states", schema="codes")
    op.drop_table("code_replacements", schema="codes")
    op.drop_index(
        "cards_revoked_in_idx", table_name="cards", schema="codes", postgresql_where=sa.text("revoked_in IS NOT NULL")
    )
    op.drop_index(
        "cards_in_use_idx", table_name="cards", schema="codes", postgresql_where=sa.text("revoked_in IS NULL")
    )
    op.drop_index(op.f("cards_code_idx"), table_name="cards", schema="codes")
    op.drop_table("cards", schema="codes")
    op.drop_table("card_keys", schema="codes")
    op.drop_table("batches", schema="codes")
