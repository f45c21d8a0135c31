"""The tables of schema ``codes``. Validity is by day in Shanghai and half-open; the record clock is the batch that
wrote a row (``recorded_in``) and the one that replaced it (``superseded_in``). Per-subject tables would be
distributed on ``subject_id``; regions, codes and links are reference tables.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
    text,
)

from services.kit.feed import cursor_table, feed_tables
from services.kit.tables import mutable, rows_of_record, schema_metadata, updatable

metadata = schema_metadata("codes")
feed_tables(metadata)
cursor_table(metadata)

_CURRENT = text("superseded_in IS NULL")


batches = Table(
    "batches",
    metadata,
    Column("batch_id", BigInteger, Identity(), primary_key=True),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("actor", Text, nullable=False, comment="Client id of who did it."),
    Column("operation", Text, nullable=False, comment="What was done, e.g. register_subject, link, suspend_code."),
    Column("reason", Text, comment="Why, in the actor's words."),
    info=rows_of_record(),
    comment="One row for each change of the registry; changes become visible to others through the feed.",
)

regions = Table(
    "regions",
    metadata,
    Column("code", Text, primary_key=True, comment="12-digit statistical division code (GB/T 2260 + 10114)."),
    Column("valid_from", Date, primary_key=True),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", Date),
    Column("superseded_in", BigInteger),
    Column("name", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("parent_code", Text, comment="NULL for the province."),
    Column("successors", ARRAY(Text), comment="Codes that took over when this one ended."),
    CheckConstraint("code ~ '^[0-9]{12}$'", name="code"),
    CheckConstraint("level IN ('province', 'prefecture', 'county', 'township', 'village')", name="level"),
    Index(None, "parent_code"),
    info=updatable("superseded_in"),
    comment="Statistical divisions.",
)

reporting_units = Table(
    "reporting_units",
    metadata,
    Column(
        "unit", Text, primary_key=True, comment="Code of the unit: a prefecture's division code, or one of our own."
    ),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    info=mutable(),
    comment="Dated lists of villages that the plan reports by; the plan's ten partition the province.",
)

reporting_unit_villages = Table(
    "reporting_unit_villages",
    metadata,
    Column("village", Text, primary_key=True),
    Column("unit", Text, nullable=False),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("superseded_in", BigInteger),
    Index(None, "unit"),
    info=updatable("superseded_in"),
    comment="Which unit a village belongs to, and when.",
)

subjects = Table(
    "subjects",
    metadata,
    Column("subject_id", BigInteger, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("registered_on", Date, nullable=False),
    Column("recorded_in", BigInteger, nullable=False),
    CheckConstraint("kind IN ('household', 'cooperative', 'enterprise')", name="kind"),
    info=rows_of_record(),
    comment="Who holds a code: a household (poor or not), a cooperative or an enterprise.",
)

identities = Table(
    "identities",
    metadata,
    Column("identity_index", LargeBinary, primary_key=True, comment="Keyed blind index of a number; never the number."),
    Column("subject_id", BigInteger, nullable=False),
    Column("field", Text, nullable=False),
    Column("recorded_in", BigInteger, nullable=False),
    CheckConstraint("field IN ('id_card', 'uscc', 'external_id')", name="field"),
    Index(None, "subject_id"),
    info=rows_of_record(),
    comment="By which numbers a subject is found again. A table of its own, so that its key also holds when subjects "
    "are distributed, and several numbers can lead to one subject.",
)

persons = Table(
    "persons",
    metadata,
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("superseded_in", BigInteger),
    Column("name_cipher", LargeBinary, nullable=False, comment="AES-256-GCM; key id in front; row as associated data."),
    Column("id_card_cipher", LargeBinary),
    Column("phone_cipher", LargeBinary),
    info=updatable("superseded_in"),
    comment="Person data of households, encrypted field by field. Read only with codes:person.",
)

organisations = Table(
    "organisations",
    metadata,
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("superseded_in", BigInteger),
    Column("name", Text, nullable=False),
    Column("uscc", Text, comment="Unified social credit code (GB 32100)."),
    info=updatable("superseded_in"),
    comment="Names of cooperatives and enterprises; these are public.",
)

subject_versions = Table(
    "subject_versions",
    metadata,
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_from", Date, primary_key=True),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", Date),
    Column("superseded_in", BigInteger),
    Column("region", Text, nullable=False, comment="Division in which the subject lives or is seated."),
    Column("persons", Integer, comment="Members of the household."),
    Column("status", Text, comment="Household: registered, out_of_poverty, monitored, other."),
    Column("members_bp", Integer, comment="Group: part of its income base that goes to members, in 1/10000."),
    CheckConstraint("persons >= 1", name="persons"),
    CheckConstraint("members_bp BETWEEN 0 AND 10000", name="members_bp"),
    CheckConstraint("status IN ('registered', 'out_of_poverty', 'monitored', 'other')", name="status"),
    CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name="validity"),
    Index(None, "recorded_in"),
    Index("subject_versions_region_current_idx", "region", "subject_id", postgresql_where=_CURRENT),
    info=updatable("superseded_in"),
    comment="What is true of a subject from day to day.",
)

income_records = Table(
    "income_records",
    metadata,
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False),
    Column("year", Integer, primary_key=True, autoincrement=False, comment="Accounting year (核算年度)."),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("superseded_in", BigInteger),
    Column("per_head_fen", BigInteger, nullable=False, comment="Registered net income per head of the year, in fen."),
    Column("persons", Integer, nullable=False, comment="Persons by whom the year's income was divided."),
    CheckConstraint("persons >= 1", name="persons"),
    info=updatable("superseded_in"),
    comment="Incomes as assessed by the registry, a row per household and accounting year; baselines come from here.",
)

codes = Table(
    "codes",
    metadata,
    Column("code", Text, primary_key=True),
    Column("subject_id", BigInteger, nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("recorded_in", BigInteger, nullable=False),
    CheckConstraint("length(code) = 10", name="length"),
    Index(None, "subject_id"),
    info=rows_of_record(),
    comment="Every code that was ever issued; a code is never issued twice.",
)

code_states = Table(
    "code_states",
    metadata,
    Column("code", Text, primary_key=True),
    Column("valid_from", DateTime(timezone=True), primary_key=True),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", DateTime(timezone=True)),
    Column("superseded_in", BigInteger),
    Column("state", Text, nullable=False),
    CheckConstraint("state IN ('in_force', 'suspended', 'revoked')", name="state"),
    CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name="validity"),
    Index("code_states_current_idx", "code", postgresql_where=_CURRENT),
    info=updatable("superseded_in"),
    comment="From when to when a code was in force, suspended, revoked; why and by whom, its batch says.",
)

directory_entries = Table(
    "directory_entries",
    metadata,
    Column("code", Text, primary_key=True),
    Column("valid_from", DateTime(timezone=True), primary_key=True),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", DateTime(timezone=True)),
    Column("superseded_in", BigInteger),
    Column("state", Text, nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("region", Text, nullable=False, comment="The subject's division during the interval."),
    CheckConstraint("state IN ('in_force', 'suspended', 'revoked')", name="state"),
    Index("directory_entries_current_idx", "code", "valid_from", postgresql_where=_CURRENT),
    Index(None, "recorded_in"),
    Index(None, "subject_id"),
    info=updatable("superseded_in"),
    comment="Code x time -> state, subject, kind and region: what one index lookup must answer for every order line. "
    "Derived from codes, code_states and subject_versions; ``verify`` derives it again.",
)

links = Table(
    "links",
    metadata,
    Column("link_id", BigInteger, Identity(), primary_key=True, comment="The same in all versions of a link."),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("superseded_in", BigInteger),
    Column("member_id", BigInteger, nullable=False),
    Column("member_kind", Text, nullable=False),
    Column("group_id", BigInteger, nullable=False),
    Column("group_kind", Text, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("contract", Text, comment="Reference of the contract that the link rests on."),
    CheckConstraint("weight >= 1", name="weight"),
    CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name="validity"),
    Index("links_group_current_idx", "group_id", postgresql_where=_CURRENT),
    Index("links_member_current_idx", "member_id", postgresql_where=_CURRENT),
    Index(None, "recorded_in"),
    Index(None, "superseded_in"),
    info=updatable("superseded_in"),
    comment="利益联结: household in cooperative or enterprise, cooperative in enterprise.",
)
