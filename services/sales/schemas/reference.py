"""The wire of platforms and categories."""

from typing import Literal

from services.sales.dated import Change
from services.sales.schemas.fields import CategoryKey, DisplayName, Incoming, Outgoing, PlatformKey


class PlatformIn(Incoming):
    """A platform that posts orders; its key is the ``platform`` of its tokens."""

    platform: PlatformKey
    name: DisplayName


class PlatformOut(Outgoing):
    """A registered platform."""

    platform: str
    name: str


class PlatformsOut(Outgoing):
    """Every platform."""

    platforms: list[PlatformOut]


class RegisteredPlatform(PlatformOut):
    """A platform, and whether the request changed anything."""

    status: Literal[Change.RECORDED, Change.UNCHANGED]


class CategoryIn(Incoming):
    """A category of goods."""

    category: CategoryKey
    name: DisplayName
    name_en: DisplayName


class CategoryOut(Outgoing):
    """A category of goods; what fits none is ``other``."""

    category: str
    name: str
    name_en: str


class CategoriesOut(Outgoing):
    """Every category."""

    categories: list[CategoryOut]


class RegisteredCategory(CategoryOut):
    """A category, and whether the request changed anything."""

    status: Literal[Change.RECORDED, Change.UNCHANGED]
