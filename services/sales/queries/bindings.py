"""Bindings, ratios, platforms and categories: the registry's part of ``sales``.

Facts with a validity are written the same way whatever they say, so their statements are made from one declaration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import TextClause, text

from services.sales.validity import Dated

KEPT = "superseded_in IS NULL"


@dataclass(frozen=True)
class DatedTable:
    """A table of facts with both clocks. ``kind`` is that of its batches; columns are (name, SQL type)."""

    name: str
    kind: str
    key: tuple[tuple[str, str], ...]
    said: tuple[tuple[str, str], ...]

    @cached_property
    def current(self) -> TextClause:
        """What is recorded of the given keys (arrays), as known now."""
        keys = ", ".join(name for name, _ in self.key)
        arrays = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in self.key)
        return text(f"""
            SELECT {self._columns} FROM sales.{self.name}
            WHERE {KEPT} AND ({keys}) IN (SELECT * FROM unnest({arrays}))
            """)

    @cached_property
    def add(self) -> TextClause:
        """Record facts (arrays) in a batch."""
        columns = (*self.key, *self.said, ("valid_from", "date"), ("valid_to", "date"))
        arrays = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in columns)
        return text(f"""
            INSERT INTO sales.{self.name} ({self._columns}, recorded_in)
            SELECT *, CAST(:batch_id AS bigint) FROM unnest({arrays})
            """)

    @cached_property
    def newest_version(self) -> TextClause:
        """The fact of a key that begins on a day: as known now, else the version that was withdrawn last."""
        return text(f"""
            SELECT {self._columns}, superseded_in FROM sales.{self.name}
            WHERE {self._this_one} ORDER BY superseded_in DESC NULLS FIRST LIMIT 1
            """)

    @cached_property
    def supersede(self) -> TextClause:
        """Say in which batch the fact of a key that begins on a day gave way."""
        return text(f"UPDATE sales.{self.name} SET superseded_in = :batch_id WHERE {self._this_one} AND {KEPT}")

    @property
    def _columns(self) -> str:
        return ", ".join(name for name, _ in (*self.key, *self.said)) + ", valid_from, valid_to"

    @property
    def _this_one(self) -> str:
        return " AND ".join(f"{name} = :{name}" for name, _ in self.key) + " AND valid_from = :valid_from"

    def fact(self, row: Any) -> Dated:
        """A row of ``current`` or ``newest_version`` as a value."""
        keys, said = len(self.key), len(self.said)
        return Dated(tuple(row[:keys]), tuple(row[keys : keys + said]), row.valid_from, row.valid_to)

    def as_arrays(self, facts: Sequence[Dated]) -> dict[str, list[Any]]:
        """Facts as the arrays that ``add`` takes (``current`` uses those of the key)."""
        names = [name for name, _ in (*self.key, *self.said)]
        rows = [(*fact.key, *fact.said, fact.valid_from, fact.valid_to) for fact in facts]
        return {name: [row[column] for row in rows] for column, name in enumerate((*names, "valid_from", "valid_to"))}


SHOPS = DatedTable("shop_bindings", "shops", (("platform", "text"), ("shop", "text")), (("code", "text"),))
LISTINGS = DatedTable(
    "listing_bindings", "listings", (("platform", "text"), ("shop", "text"), ("sku", "text")), (("code", "text"),)
)
RATIOS = DatedTable(
    "income_ratios",
    "ratios",
    (("category", "text"), ("region", "text")),
    (("ratio_bp", "int"), ("basis", "text"), ("source", "text")),
)

LOCK_WRITERS = text("""
SELECT pg_advisory_xact_lock(hashtextextended(name, 20190101)) FROM unnest(CAST(:names AS text[])) AS name
""")
"""Let one writer at a time change the facts of each of these names, in the order given."""

REGIONS_OF_CODES = text("""
SELECT DISTINCT ON (code) code, region FROM codes.directory
WHERE code = ANY(CAST(:codes AS text[])) AND superseded_in IS NULL
ORDER BY code, valid_from DESC
""")
"""Where the subject of each code lives or is seated by the newest that is known; a code never issued has no row."""

KNOWN_PLATFORMS = text("SELECT platform FROM sales.platforms WHERE platform = ANY(CAST(:platforms AS text[]))")
"""Which of these platforms are registered."""

KNOWN_CATEGORIES = text("SELECT category FROM sales.categories WHERE category = ANY(CAST(:categories AS text[]))")
"""Which of these categories are registered."""

KNOWN_REGIONS = text("""
SELECT DISTINCT code FROM codes.divisions WHERE code = ANY(CAST(:regions AS text[])) AND superseded_in IS NULL
""")
"""Which of these division codes exist, or existed once."""

_CODE_IN_SIGHT = """
(CAST(:roots AS text[]) IS NULL OR EXISTS (
    SELECT FROM (
        SELECT entry.region FROM codes.directory AS entry
        WHERE entry.code = binding.code AND entry.superseded_in IS NULL ORDER BY entry.valid_from DESC LIMIT 1
    ) AS newest JOIN unnest(CAST(:roots AS text[])) AS root (prefix) ON starts_with(newest.region, root.prefix)
))"""

_OF_SHOP = """
binding.superseded_in IS NULL
  AND (CAST(:own_platform AS text) IS NULL OR binding.platform = :own_platform)
  AND (CAST(:platform AS text) IS NULL OR binding.platform = :platform)
  AND (CAST(:shop AS text) IS NULL OR binding.shop = :shop)"""

SHOPS_PAGE = text(f"""
SELECT binding.platform, binding.shop, binding.code, binding.valid_from, binding.valid_to, binding.recorded_in
FROM sales.shop_bindings AS binding
WHERE {_OF_SHOP}
  AND (binding.platform, binding.shop, binding.valid_from) > (:after_platform, :after_shop, :after_day)
  AND {_CODE_IN_SIGHT}
ORDER BY binding.platform, binding.shop, binding.valid_from LIMIT :limit
""")
"""A page of the shop bindings that a caller may see, as known now."""

LISTINGS_PAGE = text(f"""
SELECT binding.platform, binding.shop, binding.sku, binding.code, binding.valid_from, binding.valid_to,
       binding.recorded_in
FROM sales.listing_bindings AS binding
WHERE {_OF_SHOP}
  AND (CAST(:sku AS text) IS NULL OR binding.sku = :sku)
  AND (binding.platform, binding.shop, binding.sku, binding.valid_from)
      > (:after_platform, :after_shop, :after_sku, :after_day)
  AND {_CODE_IN_SIGHT}
ORDER BY binding.platform, binding.shop, binding.sku, binding.valid_from LIMIT :limit
""")
"""A page of the listing bindings that a caller may see, as known now."""

RATIOS_PAGE = text("""
SELECT ratio_id, category, region, ratio_bp, basis, source, valid_from, valid_to, recorded_in
FROM sales.income_ratios
WHERE superseded_in IS NULL
  AND (CAST(:category AS text) IS NULL OR category IN (:category, '*'))
  AND (CAST(:regions AS text[]) IS NULL OR region = ANY(:regions))
  AND (CAST(:day AS date) IS NULL OR (valid_from <= :day AND (valid_to IS NULL OR :day < valid_to)))
  AND (category, region, valid_from) > (:after_category, :after_region, :after_day)
ORDER BY category, region, valid_from LIMIT :limit
""")
"""A page of the ratios that bear on a category, in one of the given divisions, on a day; as known now."""

ADD_PLATFORM = text("""
INSERT INTO sales.platforms AS known (platform, name) VALUES (:platform, :name)
ON CONFLICT (platform) DO UPDATE SET name = excluded.name WHERE known.name <> excluded.name
RETURNING platform
""")
"""Register a platform or give it another name; no row if there was nothing to change."""

ADD_CATEGORY = text("""
INSERT INTO sales.categories AS known (category, name, name_en) VALUES (:category, :name, :name_en)
ON CONFLICT (category) DO UPDATE SET name = excluded.name, name_en = excluded.name_en
WHERE (known.name, known.name_en) <> (excluded.name, excluded.name_en)
RETURNING category
""")
"""Register a category or give it other names; no row if there was nothing to change."""

SEED_CATEGORY = text("""
INSERT INTO sales.categories (category, name, name_en) VALUES (:category, :name, :name_en) ON CONFLICT DO NOTHING
""")
"""Make sure that a category exists, whatever it is called by now."""

ALL_PLATFORMS = text("SELECT platform, name FROM sales.platforms ORDER BY platform")
"""Every platform."""

ALL_CATEGORIES = text("SELECT category, name, name_en FROM sales.categories ORDER BY category")
"""Every category."""
