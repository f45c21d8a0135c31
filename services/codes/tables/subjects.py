"""Subjects: who they are, and what is true of them from day to day."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from services.codes.purpose import Purpose
from services.codes.tables.batches import CURRENT, metadata
from services.kit.tables import for_purposes, rows_of_record, updatable

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
    Column("details_cipher", LargeBinary, comment="Group, cause of poverty, certificate … as JSON, encrypted."),
    Column(
        "likeness_index", LargeBinary, comment="Keyed index of name, village and phone; equal ones may be the same."
    ),
    Index("persons_likeness_current_idx", "likeness_index", postgresql_where=CURRENT),
    info=for_purposes(updatable("superseded_in"), *Purpose),
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
    Index("subject_versions_region_current_idx", "region", "subject_id", postgresql_where=CURRENT),
    info=updatable("superseded_in"),
    comment="What is true of a subject from day to day.",
)

income_records = Table(
    "income_records",
    metadata,
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False),
    Column("year", Integer, primary_key=True, autoincrement=False, comment="Accounting year (核算年度)."),
    Column(
        "valid_from",
        Date,
        primary_key=True,
        server_default="-infinity",
        comment="Since when the household reckons with it: ever since, or since it divided or others joined it.",
    ),
    Column("valid_to", Date),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("superseded_in", BigInteger),
    Column("per_head_fen", BigInteger, nullable=False, comment="Registered net income per head of the year, in fen."),
    Column("persons", Integer, nullable=False, comment="Persons by whom the year's income was divided."),
    CheckConstraint("persons >= 1", name="persons"),
    CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name="validity"),
    # Who follows the feed asks what a batch recorded or replaced. Batches grow, and so lie together.
    Index(None, "recorded_in", postgresql_using="brin"),
    Index("income_records_superseded_in_idx", "superseded_in", postgresql_where=text("superseded_in IS NOT NULL")),
    info=updatable("superseded_in"),
    comment="Incomes as assessed by the registry, a row per household and accounting year; baselines come from here.",
)
