"""Record and read dated tags of divisions."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row

from services.codes.errors import RegionNotAllowed, TagNotForLevel, TagOverlaps, UnknownRegion
from services.codes.queries import batches, region_tags
from services.codes.region_tags import RegionTag, Tag
from services.codes.territory import CodeRange, tree_of
from services.kit.auth import Caller
from services.kit.database import Database

_EVERYWHERE = CodeRange("", ":")  # ":" follows "9"


async def record_tags(database: Database, caller: Caller, tags: Sequence[RegionTag]) -> int:
    """Write tags, all or none; answers how many said something new.

    Raises :class:`RegionNotAllowed`, :class:`UnknownRegion`, :class:`TagNotForLevel` and :class:`TagOverlaps`.
    """
    said = list({(tag.code, tag.tag, tag.valid_from): tag for tag in tags}.values())
    if not all(caller.may_see_region(tag.code) for tag in said):
        raise RegionNotAllowed
    async with database.transaction() as connection:
        await region_tags.lock(connection)
        levels = await region_tags.levels_of(connection, [tag.code for tag in said])
        for tag in said:
            if tag.code not in levels:
                raise UnknownRegion(f"没有此区划 / There is no such region: {tag.code}")
            if levels[tag.code] != tag.tag.level:
                raise TagNotForLevel(tag.code, tag.tag.value, tag.tag.level.value)
        batch_id = await batches.open_batch(connection, actor=caller.client_id, operation="tag_regions")
        recorded = await region_tags.insert_tags(connection, batch_id, said)
        twice = await region_tags.overlapping(connection, [tag.code for tag in said])
        if twice is not None:
            raise TagOverlaps(twice.code, twice.tag, twice.valid_from)
    return recorded


async def list_tags(database: Database, tag: Tag, *, region: str | None, on: date) -> Sequence[Row[Any]]:
    """The divisions that are listed as ``tag`` on a day, in a region if one is given."""
    async with database.transaction() as connection:
        return await region_tags.tags_on(
            connection, tag.value, tree=_EVERYWHERE if region is None else tree_of(region), on=on
        )
