"""Scans: what stations report."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    LargeBinary,
    Table,
    Text,
    text,
)

from services.codes.tables.batches import metadata
from services.kit.tables import updatable

scans = Table(
    "scan_records",
    metadata,
    Column("station", Text, primary_key=True, comment="'' if reported by a client that is no station."),
    Column("source", Text, primary_key=True, comment="Who numbered the scan: device:D…, pad:<pad_no> or client:<id>."),
    Column("scan_id", Text, primary_key=True, comment="The source's number for it; of a paper pad, the sheet's."),
    Column("recorded_in", BigInteger, nullable=False),
    Column("superseded_in", BigInteger, comment="The batch of the scan that voids it; NULL: it counts."),
    Column("content_hash", LargeBinary, nullable=False, comment="SHA-256 of what was said, to tell a repeat."),
    Column("sequence", BigInteger, comment="The device's running number, from 1: a gap is a scan not yet seen."),
    Column("purpose", Text, nullable=False),
    Column("code", Text, comment="NULL for a void."),
    Column("card_no", BigInteger, comment="If a card was read."),
    Column("verdict", Text, comment="What the code was good for at scanned_at; NULL for a void."),
    Column("subject_id", BigInteger),
    Column("kind", Text),
    Column("region", Text, comment="The subject's division at scanned_at."),
    Column("station_region", Text, comment="The station's division at scanned_at."),
    Column("device_time", DateTime(timezone=True), nullable=False, comment="As the device, or the sheet, says."),
    Column("scanned_at", DateTime(timezone=True), nullable=False, comment="Corrected for a clock that is wrong."),
    Column("business_day", Date, nullable=False, comment="Day of scanned_at in Shanghai."),
    Column("clock", Text, nullable=False, comment="as_told, shifted or bounded: how scanned_at was found."),
    Column("clock_skew_ms", BigInteger, comment="Our clock minus the device's at upload; NULL: it did not say."),
    Column("offline", Boolean, nullable=False, comment="Whether the code was verified without a network."),
    Column("category", Text),
    Column("quantity_milli", BigInteger),
    Column("unit", Text),
    Column("unit_price_fen", BigInteger),
    Column("amount_paid_fen", BigInteger),
    Column("waybill", Text),
    Column("order_no", Text),
    Column("operator", Text, comment="Work number or account; never a name."),
    Column("voids_source", Text),
    Column("voids_scan_id", Text),
    CheckConstraint(
        "purpose IN ('verify', 'goods_received', 'goods_sold', 'purchase_for_villager', 'parcel_in', 'parcel_out', "
        "'service', 'void')",
        name="purpose",
    ),
    CheckConstraint(
        "verdict IN ('valid', 'unknown', 'suspended', 'revoked', 'not_yet_in_force', 'bad_signature')", name="verdict"
    ),
    CheckConstraint("clock IN ('as_told', 'shifted', 'bounded')", name="clock"),
    CheckConstraint("(purpose = 'void') = (voids_scan_id IS NOT NULL)", name="void"),
    CheckConstraint("(purpose = 'void') = (code IS NULL) AND (code IS NULL) = (verdict IS NULL)", name="code"),
    CheckConstraint("quantity_milli > 0 AND unit_price_fen >= 0 AND amount_paid_fen >= 0", name="amounts"),
    Index(None, "station", "voids_source", "voids_scan_id", unique=True),
    Index(None, "station", "scanned_at", "source", "scan_id"),
    Index(None, "recorded_in"),
    Index("scans_superseded_in_idx", "superseded_in", postgresql_where=text("superseded_in IS NOT NULL")),
    Index(
        "scans_purchases_idx", "subject_id", "business_day",
        postgresql_where=text("purpose = 'goods_received' AND amount_paid_fen > 0"),
    ),
    info=updatable("superseded_in"),
    comment="Every scan once. Keyed by station and source for ever; a void is one more row, nothing is deleted.",
)  # fmt: skip
