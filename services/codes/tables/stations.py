"""Stations, their closures, operators and devices."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, DateTime, Identity, Index, LargeBinary, Table, Text

from services.codes.tables.batches import CURRENT, metadata
from services.kit.tables import rows_of_record, updatable

stations = Table(
    "stations",
    metadata,
    Column("station", Text, primary_key=True, comment="Its number with the county; in tokens and orders."),
    Column("registered_on", Date, nullable=False),
    Column("recorded_in", BigInteger, nullable=False),
    info=rows_of_record(),
    comment="Village service stations, convenience centres and the like.",
)

station_versions = Table(
    "station_versions",
    metadata,
    Column("station", Text, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", Date),
    Column("superseded_in", BigInteger),
    Column("name", Text, nullable=False, comment="The name over its door; a public one."),
    Column("region", Text, nullable=False, comment="Division in which it stands, at village level."),
    Column("type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, comment="Why it was suspended, closed or changed."),
    CheckConstraint(
        "type IN ('service_station', 'convenience_centre', 'logistics_point', 'county_centre', 'other')", name="type"
    ),
    CheckConstraint("status IN ('active', 'suspended', 'closed')", name="status"),
    CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name="validity"),
    Index("station_versions_region_current_idx", "region", "station", postgresql_where=CURRENT),
    info=updatable("superseded_in"),
    comment="What is true of a station from day to day.",
)

station_closures = Table(
    "station_closures",
    metadata,
    Column("closure_id", BigInteger, Identity(), primary_key=True),
    Column("station", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False, comment="The first day on which it is open again."),
    Column("reason", Text, nullable=False),
    Column("recorded_in", BigInteger, nullable=False),
    Column("superseded_in", BigInteger, comment="The batch that withdrew it."),
    CheckConstraint("valid_from < valid_to", name="validity"),
    Index("station_closures_current_idx", "station", postgresql_where=CURRENT),
    info=updatable("superseded_in"),
    comment="Declared closures: days on which nobody should wonder why nothing is heard of a station.",
)

station_operators = Table(
    "station_operators",
    metadata,
    Column("station", Text, primary_key=True),
    Column("operator", Text, primary_key=True, comment="Work number or account; never a name."),
    Column("valid_from", Date, primary_key=True),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", Date),
    Column("superseded_in", BigInteger),
    CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name="validity"),
    info=updatable("superseded_in"),
    comment="Who works at a station, and when.",
)

enrolments = Table(
    "enrolments",
    metadata,
    Column("enrolment_id", BigInteger, Identity(), primary_key=True),
    Column("code_index", LargeBinary, nullable=False, unique=True, comment="Keyed digest of the short code."),
    Column("station", Text, nullable=False),
    Column("label", Text, nullable=False, comment="What the device is called at the station."),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("recorded_in", BigInteger, nullable=False),
    info=rows_of_record(),
    comment="Invitations for one device each; used once there is a device with the same enrolment_id.",
)

devices = Table(
    "devices",
    metadata,
    Column("device", Text, primary_key=True),
    Column("station", Text, nullable=False),
    Column("enrolment_id", BigInteger, nullable=False, unique=True),
    Column("enrolled_at", DateTime(timezone=True), nullable=False),
    Column("secret_digest", LargeBinary, nullable=False, comment="SHA-256 of 256 random bits."),
    Column("recorded_in", BigInteger, nullable=False),
    Column("disabled_in", BigInteger, comment="The batch that disabled it, for ever."),
    Index(None, "station"),
    info=updatable("disabled_in"),
    comment="Phones and readers that report scans in their own name.",
)
