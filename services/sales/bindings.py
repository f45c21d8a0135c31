"""Whose sales a shop's or a listing's lines are: bound, ended and withdrawn by officers of the code's region."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.auth import Caller
from services.kit.database import Database
from services.sales.dated import Change, Changes, end_fact, lock_writers, newest_version, record_facts
from services.sales.errors import (
    OverlappingBinding,
    PlatformNotAllowed,
    RegionNotAllowed,
    UnknownBinding,
    UnknownCode,
    UnknownPlatform,
)
from services.sales.paging import BEGINNING_OF_TIME, Page, Text, page_of, read_cursor
from services.sales.queries.bindings import LISTINGS_PAGE, REGIONS_OF_CODES, SHOPS_PAGE, DatedTable
from services.sales.reference import missing_platforms
from services.sales.sight import sight_of
from services.sales.validity import Dated, Overlap

_ShopKey = tuple[Text, Text, date]
_SHOP_KEY: TypeAdapter[_ShopKey] = TypeAdapter(_ShopKey)
_ListingKey = tuple[Text, Text, Text, date]
_LISTING_KEY: TypeAdapter[_ListingKey] = TypeAdapter(_ListingKey)

_OVERLAPS = (
    "该店铺或商品在此期间已绑定,请先终止原绑定;未记录任何内容 / This shop or listing is bound already in a part of "
    "this time; end that binding first. Nothing was recorded"
)
_NO_PLATFORM = "平台未登记,请先 POST /v1/platforms / Platforms that are not registered; POST /v1/platforms first"
_NO_BINDING = "没有自该日起的绑定,见 GET / No binding of this shop or listing begins on that day; GET lists them"


async def bind(database: Database, caller: Caller, table: DatedTable, wanted: Sequence[Dated]) -> Changes:
    """Record bindings (of ``SHOPS`` or ``LISTINGS``): all that are new, or none.

    Raises :class:`UnknownPlatform`, :class:`UnknownCode`, :class:`RegionNotAllowed`, :class:`PlatformNotAllowed` and
    :class:`OverlappingBinding`.
    """
    _check_platforms(caller, {fact.key[0] for fact in wanted})
    async with database.transaction() as connection:
        missing = await missing_platforms(connection, {fact.key[0] for fact in wanted})
        if missing:
            raise UnknownPlatform(_NO_PLATFORM, platforms=missing)
        await _check_codes(connection, caller, {code for fact in wanted for code in fact.said})
        await lock_writers(connection, table, [fact.key for fact in wanted])
        try:
            return await record_facts(connection, caller, table, wanted)
        except Overlap as overlap:
            raise OverlappingBinding(_OVERLAPS, **_conflict(table, overlap)) from overlap


async def end_binding(
    database: Database,
    caller: Caller,
    table: DatedTable,
    key: tuple[str, ...],
    *,
    valid_from: date,
    valid_to: date,
) -> Changes:
    """Let the binding of ``key`` that begins on ``valid_from`` end before ``valid_to``; on the same day: withdraw it.

    What was attributed by it stays. Raises :class:`UnknownBinding`, :class:`EndNotWithin`, :class:`RegionNotAllowed`
    and :class:`PlatformNotAllowed`.
    """
    _check_platforms(caller, {key[0]})
    async with database.transaction() as connection:
        await lock_writers(connection, table, [key])
        found = await newest_version(connection, table, key, valid_from)
        if found is None:
            raise UnknownBinding(_NO_BINDING)
        binding, stands = found
        await _check_codes(connection, caller, set(binding.said))
        if stands:
            return await end_fact(connection, caller, table, binding, valid_to)
        if valid_to == valid_from:
            return Changes([(binding, Change.UNCHANGED)])
        raise UnknownBinding(_NO_BINDING)


async def page_of_shops(
    database: Database,
    caller: Caller,
    *,
    platform: str | None,
    shop: str | None,
    after: str | None,
    limit: int,
) -> Page:
    """Shop bindings that the caller may see, as known now, by their keys. Raises :class:`InvalidCursor`."""
    key = ("", "", BEGINNING_OF_TIME) if after is None else read_cursor(after, _SHOP_KEY)
    parameters = {**sight_of(caller).limits(), "platform": platform, "shop": shop, "limit": limit + 1}
    parameters |= dict(zip(("after_platform", "after_shop", "after_day"), key, strict=True))
    async with database.transaction() as connection:
        rows = list((await connection.execute(SHOPS_PAGE, parameters)).all())
    return page_of(rows, limit, ("platform", "shop", "valid_from"))


async def page_of_listings(
    database: Database,
    caller: Caller,
    *,
    platform: str | None,
    shop: str | None,
    sku: str | None,
    after: str | None,
    limit: int,
) -> Page:
    """Listing bindings that the caller may see, as known now, by their keys. Raises :class:`InvalidCursor`."""
    key = ("", "", "", BEGINNING_OF_TIME) if after is None else read_cursor(after, _LISTING_KEY)
    parameters = {**sight_of(caller).limits(), "platform": platform, "shop": shop, "sku": sku, "limit": limit + 1}
    parameters |= dict(zip(("after_platform", "after_shop", "after_sku", "after_day"), key, strict=True))
    async with database.transaction() as connection:
        rows = list((await connection.execute(LISTINGS_PAGE, parameters)).all())
    return page_of(rows, limit, ("platform", "shop", "sku", "valid_from"))


def _check_platforms(caller: Caller, platforms: set[str]) -> None:
    if caller.platform is not None and platforms != {caller.platform}:
        raise PlatformNotAllowed(caller.platform)


async def _check_codes(connection: AsyncConnection, caller: Caller, codes: set[str]) -> None:
    found = (await connection.execute(REGIONS_OF_CODES, {"codes": sorted(codes)})).all()
    unknown = codes.difference(row.code for row in found)
    if unknown:
        raise UnknownCode(sorted(unknown))
    outside = [row.code for row in found if not caller.may_see_region(row.region)]
    if outside:
        raise RegionNotAllowed(outside)


def _conflict(table: DatedTable, overlap: Overlap) -> dict[str, Any]:
    """Which binding was wanted, and the days of the one that stands. Whose that is, may be none of the caller's
    business: it can be of another region.
    """
    standing = overlap.standing
    return {
        "wanted": {name: value for (name, _), value in zip(table.key, overlap.wanted.key, strict=True)},
        "standing": {
            "valid_from": standing.valid_from.isoformat(),
            "valid_to": None if standing.valid_to is None else standing.valid_to.isoformat(),
        },
    }
