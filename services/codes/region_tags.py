"""Dated tags of divisions: what a list of the state says a county, township or village is.

``data/region_tags.csv`` comes with the package: the province's 66 poor counties, 50 key counties of the state's
development-oriented poverty alleviation (国家扶贫开发工作重点县) and 16 more of the contiguous poor areas
(集中连片特困地区), as the lists of 2012 have them. They have no ``valid_to``: a county that left the list stays one
that the plan speaks of, because policies went on (摘帽不摘政策). When each left is a tag of its own,
``former_poor_county``, from the day on which the province announced it: 1, 14, 18, 24 and 9 counties, together the
66. Each row names its source; ``not_checked`` names the columns that nobody has held against it: days that are told
from memory, and the counties that left last, of which a published list was not found (they are the 66 less the
others). Poor townships, villages, demonstration counties and resettlement sites are other people's lists, loaded by
``POST /v1/regions/tags``.
"""

import csv
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files

from services.codes.divisions import Level


class Tag(StrEnum):
    """What a division may be listed as."""

    POOR_COUNTY = "poor_county"
    FORMER_POOR_COUNTY = "former_poor_county"
    """It has left the list of poor counties (脱贫摘帽)."""
    POOR_TOWNSHIP = "poor_township"
    POOR_VILLAGE = "poor_village"
    DEMONSTRATION_COUNTY = "demonstration_county"
    RESETTLEMENT_SITE = "resettlement_site"

    @property
    def level(self) -> Level:
        """The level of the divisions that it is for."""
        return _LEVELS[self]


_LEVELS = {
    Tag.POOR_COUNTY: Level.COUNTY,
    Tag.FORMER_POOR_COUNTY: Level.COUNTY,
    Tag.POOR_TOWNSHIP: Level.TOWNSHIP,
    Tag.POOR_VILLAGE: Level.VILLAGE,
    Tag.DEMONSTRATION_COUNTY: Level.COUNTY,
    Tag.RESETTLEMENT_SITE: Level.VILLAGE,
}


@dataclass(frozen=True, slots=True)
class RegionTag:
    """A division is listed from ``valid_from`` until before ``valid_to`` (``None``: open)."""

    code: str
    tag: Tag
    valid_from: date
    valid_to: date | None
    source: str


def read_region_tags() -> tuple[RegionTag, ...]:
    """The tags of the package data."""
    text = files("services.codes").joinpath("data/region_tags.csv").read_text(encoding="utf-8")
    return tuple(
        RegionTag(
            row["code"],
            Tag(row["tag"]),
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    )
