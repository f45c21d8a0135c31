"""Which part of net sales is income: ratios by category, region and time, set by officers, never without a source."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from services.kit.auth import Caller
from services.kit.database import Database
from services.sales.dated import Change, Changes, end_fact, lock_writers, newest_version, record_facts
from services.sales.errors import OverlappingRatio, RegionNotAllowed, UnknownCategory, UnknownRatio, UnknownRegion
from services.sales.paging import BEGINNING_OF_TIME, Page, Text, page_of, read_cursor
from services.sales.queries.bindings import KNOWN_REGIONS, RATIOS, RATIOS_PAGE
from services.sales.reference import missing_categories
from services.sales.validity import Dated, Overlap

EVERY_CATEGORY = "*"
"""Stands for all categories that have no ratio of their own."""

_Key = tuple[Text, Text, date]
_KEY: TypeAdapter[_Key] = TypeAdapter(_Key)

_OVERLAPS = (
    "该品类与区划在此期间已有比例,请先终止原比例;未记录任何内容 / This category and region have a ratio already "
    "in a part of this time; end that one first. Nothing was recorded"
)
_NO_RATIO = "没有自该日起的比例,见 GET / No ratio of this category and region begins on that day; GET lists them"
_LEVEL_DIGITS = (2, 4, 6, 9, 12)


async def set_ratios(database: Database, caller: Caller, wanted: Sequence[Dated]) -> Changes:
    """Record ratios: all that are new, or none.

    Raises :class:`UnknownCategory`, :class:`UnknownRegion`, :class:`RegionNotAllowed` and :class:`OverlappingRatio`.
    """
    categories = {fact.key[0] for fact in wanted} - {EVERY_CATEGORY}
    regions = {fact.key[1] for fact in wanted}
    _check_regions(caller, regions)
    async with database.transaction() as connection:
        missing = await missing_categories(connection, categories)
        if missing:
            raise UnknownCategory(missing)
        unknown = regions.difference(await connection.scalars(KNOWN_REGIONS, {"regions": sorted(regions)}))
        if unknown:
            raise UnknownRegion(sorted(unknown))
        await lock_writers(connection, RATIOS, [fact.key for fact in wanted])
        try:
            return await record_facts(connection, caller, RATIOS, wanted)
        except Overlap as overlap:
            raise OverlappingRatio(_OVERLAPS, **_conflict(overlap)) from overlap


async def end_ratio(
    database: Database, caller: Caller, key: tuple[str, str], *, valid_from: date, valid_to: date
) -> Changes:
    """Let the ratio of ``key`` (category, region) that begins on ``valid_from`` end before ``valid_to``; on the same
    day: withdraw it. The income it bore on is settled again.

    Raises :class:`UnknownRatio`, :class:`EndNotWithin` and :class:`RegionNotAllowed`.
    """
    _check_regions(caller, {key[1]})
    async with database.transaction() as connection:
        await lock_writers(connection, RATIOS, [key])
        found = await newest_version(connection, RATIOS, key, valid_from)
        if found is None:
            raise UnknownRatio(_NO_RATIO)
        ratio, stands = found
        if stands:
            return await end_fact(connection, caller, RATIOS, ratio, valid_to)
        if valid_to == valid_from:
            return Changes([(ratio, Change.UNCHANGED)])
        raise UnknownRatio(_NO_RATIO)


async def page_of_ratios(
    database: Database,
    *,
    category: str | None,
    region: str | None,
    on: date | None,
    after: str | None,
    limit: int,
) -> Page:
    """Ratios as known now that bear on a category, a division and a day, by their keys. Raises :class:`InvalidCursor`.

    Those of ``*`` bear on every category, those of a division on all below it; which of them wins, is decided by
    settlement: the category's own before ``*``, then the deepest.
    """
    key = ("", "", BEGINNING_OF_TIME) if after is None else read_cursor(after, _KEY)
    parameters = {
        "category": category,
        "regions": None if region is None else sorted({region[:n].ljust(12, "0") for n in _LEVEL_DIGITS}),
        "day": on,
        "limit": limit + 1,
    }
    parameters |= dict(zip(("after_category", "after_region", "after_day"), key, strict=True))
    async with database.transaction() as connection:
        rows = list((await connection.execute(RATIOS_PAGE, parameters)).all())
    return page_of(rows, limit, ("category", "region", "valid_from"))


def _check_regions(caller: Caller, regions: set[str]) -> None:
    outside = sorted(region for region in regions if not caller.may_see_region(region))
    if outside:
        raise RegionNotAllowed(outside)


def _conflict(overlap: Overlap) -> dict[str, Any]:
    category, region = overlap.wanted.key
    standing = overlap.standing
    return {
        "wanted": {"category": category, "region": region},
        "standing": {
            "valid_from": standing.valid_from.isoformat(),
            "valid_to": None if standing.valid_to is None else standing.valid_to.isoformat(),
        },
    }
