"""Whose a shop's or a listing's sales are."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, Table, Text

from services.kit.tables import updatable
from services.sales.tables.batches import metadata

shop_bindings = Table(
    "shop_bindings",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("shop", Text, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", Date),
    Column("superseded_in", BigInteger),
    Column("code", Text, nullable=False),
    CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name="validity"),
    Index(None, "code"),
    Index(None, "recorded_in"),
    info=updatable("superseded_in"),
    comment="一店带多户: whose sales a shop's lines are when neither line nor listing says.",
)

listing_bindings = Table(
    "listing_bindings",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("shop", Text, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", Date),
    Column("superseded_in", BigInteger),
    Column("code", Text, nullable=False),
    CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name="validity"),
    Index(None, "code"),
    Index(None, "recorded_in"),
    info=updatable("superseded_in"),
    comment="Whose goods a shop's SKU is.",
)
