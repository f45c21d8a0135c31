"""Divisions, reporting units and tags."""

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Column, Date, Index, Table, Text

from services.codes.tables.batches import metadata
from services.kit.tables import mutable, updatable

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

region_tags = Table(
    "region_tags",
    metadata,
    Column("code", Text, primary_key=True, comment="The division, of whatever level the tag is for."),
    Column("tag", Text, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", Date),
    Column("superseded_in", BigInteger),
    Column("source", Text, nullable=False, comment="The list that says so."),
    CheckConstraint(
        "tag IN ('poor_county', 'former_poor_county', 'poor_township', 'poor_village', 'demonstration_county', "
        "'resettlement_site')",
        name="tag",
    ),
    CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name="validity"),
    info=updatable("superseded_in"),
    comment="What a division was listed as, and when: poor, a demonstration county, a site of resettlement.",
)
