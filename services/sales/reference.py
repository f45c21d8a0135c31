"""Platforms and categories: registered by officers, and kept in memory by every process that judges lines."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.database import Database
from services.sales.queries import bindings

OTHER = {"category": "other", "name": "其他", "name_en": "Other"}
"""The category of what fits no other; it is always there."""

FIRST_CATEGORIES = (
    OTHER,
    {"category": "tea", "name": "茶叶", "name_en": "Tea"},
    {"category": "edible_fungi", "name": "食用菌", "name_en": "Edible fungi"},
    {"category": "vegetables", "name": "蔬菜", "name_en": "Vegetables"},
    {"category": "livestock", "name": "生态畜牧", "name_en": "Livestock"},
    {"category": "dendrobium", "name": "石斛", "name_en": "Dendrobium"},
    {"category": "fruit", "name": "水果", "name_en": "Fruit"},
    {"category": "bamboo", "name": "竹", "name_en": "Bamboo"},
    {"category": "herbs", "name": "中药材", "name_en": "Medicinal herbs"},
    {"category": "roxburgh_rose", "name": "刺梨", "name_en": "Roxburgh rose"},
    {"category": "fishery", "name": "生态渔业", "name_en": "Fishery"},
    {"category": "oil_tea", "name": "油茶", "name_en": "Camellia oil"},
    {"category": "chili", "name": "辣椒", "name_en": "Chili"},
)
"""What a new house knows: ``other``, and the province's twelve featured industries (12 个农业特色优势产业, 2019)."""

REFRESH_SECONDS = 2.0
"""How long a platform or category that another process registered may be unknown to this one."""


class Reference:
    """The registered platforms and categories, as read a moment ago."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.categories: frozenset[str] = frozenset({OTHER["category"]})
        self.platforms: frozenset[str] = frozenset()

    async def refresh(self) -> int:
        """Read both again, and give a new house its first categories. Answers 0: a loop rests after each round."""
        async with self._database.transaction() as connection:
            categories = frozenset(row.category for row in await connection.execute(bindings.ALL_CATEGORIES))
            platforms = frozenset(row.platform for row in await connection.execute(bindings.ALL_PLATFORMS))
            if OTHER["category"] not in categories:
                for category in FIRST_CATEGORIES:
                    await connection.execute(bindings.SEED_CATEGORY, category)
                categories = categories.union(category["category"] for category in FIRST_CATEGORIES)
        self.categories = categories
        self.platforms = platforms
        return 0


async def register_platform(database: Database, *, platform: str, name: str) -> bool:
    """Register a platform, or give it another name; answers whether that changed anything."""
    async with database.transaction() as connection:
        changed = await connection.execute(bindings.ADD_PLATFORM, {"platform": platform, "name": name})
        return changed.one_or_none() is not None


async def register_category(database: Database, *, category: str, name: str, name_en: str) -> bool:
    """Register a category, or give it other names; answers whether that changed anything."""
    async with database.transaction() as connection:
        changed = await connection.execute(
            bindings.ADD_CATEGORY, {"category": category, "name": name, "name_en": name_en}
        )
        return changed.one_or_none() is not None


async def list_platforms(database: Database) -> list[Any]:
    """Every platform, by its key."""
    async with database.transaction() as connection:
        return list((await connection.execute(bindings.ALL_PLATFORMS)).all())


async def list_categories(database: Database) -> list[Any]:
    """Every category, by its key."""
    async with database.transaction() as connection:
        return list((await connection.execute(bindings.ALL_CATEGORIES)).all())


async def missing_platforms(connection: AsyncConnection, platforms: set[str]) -> list[str]:
    """Which of these are not registered."""
    known = await connection.scalars(bindings.KNOWN_PLATFORMS, {"platforms": sorted(platforms)})
    return sorted(platforms.difference(known))


async def missing_categories(connection: AsyncConnection, categories: set[str]) -> list[str]:
    """Which of these are not registered."""
    known = await connection.scalars(bindings.KNOWN_CATEGORIES, {"categories": sorted(categories)})
    return sorted(categories.difference(known))
