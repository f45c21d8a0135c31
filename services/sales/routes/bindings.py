"""HTTP of platforms, categories, bindings and income ratios."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from services.kit.auth import Caller, caller_with
from services.kit.database import Database
from services.sales import bindings, ratios, reference
from services.sales.dated import Change
from services.sales.queries.bindings import LISTINGS, SHOPS
from services.sales.reference import Reference
from services.sales.schemas.bindings import (
    ChangedListing,
    ChangedShop,
    CurrentListing,
    CurrentShop,
    ListingEnding,
    ListingsPage,
    OneOrManyListings,
    OneOrManyShops,
    ShopEnding,
    ShopsPage,
)
from services.sales.schemas.dated import ChangesOut
from services.sales.schemas.fields import CategoryKey, Mark, PlatformKey, Region, ShopName
from services.sales.schemas.ratios import ChangedRatio, CurrentRatio, OneOrManyRatios, RatioEnding, RatiosPage
from services.sales.schemas.reference import (
    CategoriesOut,
    CategoryIn,
    CategoryOut,
    PlatformIn,
    PlatformOut,
    PlatformsOut,
    RegisteredCategory,
    RegisteredPlatform,
)

router = APIRouter()

Binder = Annotated[Caller, Depends(caller_with("bindings:write"))]
RatioKeeper = Annotated[Caller, Depends(caller_with("ratios:write"))]
BindingReader = Annotated[Caller, Depends(caller_with("bindings:write", "ledger:read"))]
RatioReader = Annotated[Caller, Depends(caller_with("ratios:write", "ledger:read", "stats:read"))]
PlatformReader = Annotated[
    Caller,
    Depends(caller_with("bindings:write", "imports:write", "orders:write", "ledger:read", "stats:read")),
]
Limit = Annotated[int, Query(ge=1, le=1_000)]
After = Annotated[Mark | None, Query()]

SHOP_COLUMNS = ("platform", "shop", "code")
LISTING_COLUMNS = ("platform", "shop", "sku", "code")
RATIO_COLUMNS = ("category", "region", "ratio_bp", "basis", "source")


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def _read_again(request: Request) -> None:
    """Let this process know at once what was registered through it."""
    known: Reference = request.app.state.reference
    await known.refresh()


def _status(changed: bool) -> Change:  # noqa: FBT001 - what it is about stands in the call
    return Change.RECORDED if changed else Change.UNCHANGED


@router.post("/v1/platforms", tags=["platforms"])
async def register_platform(request: Request, _caller: Binder, new: PlatformIn) -> RegisteredPlatform:
    """Register a platform, or give it another name. The same again changes nothing."""
    changed = await reference.register_platform(_database(request), platform=new.platform, name=new.name)
    await _read_again(request)
    return RegisteredPlatform(platform=new.platform, name=new.name, status=_status(changed))


@router.get("/v1/platforms", tags=["platforms"])
async def list_platforms(request: Request, _caller: PlatformReader) -> PlatformsOut:
    """Every registered platform."""
    rows = await reference.list_platforms(_database(request))
    return PlatformsOut(platforms=[PlatformOut.model_validate(row) for row in rows])


@router.post("/v1/categories", tags=["categories"])
async def register_category(request: Request, _caller: Binder, new: CategoryIn) -> RegisteredCategory:
    """Register a category of goods, or give it other names. The same again changes nothing."""
    changed = await reference.register_category(
        _database(request), category=new.category, name=new.name, name_en=new.name_en
    )
    await _read_again(request)
    return RegisteredCategory(category=new.category, name=new.name, name_en=new.name_en, status=_status(changed))


@router.get("/v1/categories", tags=["categories"])
async def list_categories(request: Request) -> CategoriesOut:
    """Every category of goods. Anybody may ask."""
    rows = await reference.list_categories(_database(request))
    return CategoriesOut(categories=[CategoryOut.model_validate(row) for row in rows])


@router.post("/v1/shops", tags=["bindings"])
async def bind_shops(request: Request, caller: Binder, body: OneOrManyShops) -> ChangesOut[ChangedShop]:
    """Bind one shop, or up to 1,000 (`{"shops": […]}`), to codes: all or none. The same again changes nothing."""
    changes = await bindings.bind(_database(request), caller, SHOPS, body.facts())
    return ChangesOut[ChangedShop].of(changes, ChangedShop, SHOP_COLUMNS)


@router.post("/v1/shops/end", tags=["bindings"])
async def end_shop(request: Request, caller: Binder, body: ShopEnding) -> ChangesOut[ChangedShop]:
    """End a shop's binding on a day, or withdraw it. What was attributed by it stays as it is."""
    changes = await bindings.end_binding(
        _database(request),
        caller,
        SHOPS,
        (body.platform, body.shop),
        valid_from=body.valid_from,
        valid_to=body.valid_to,
    )
    return ChangesOut[ChangedShop].of(changes, ChangedShop, SHOP_COLUMNS)


@router.get("/v1/shops", tags=["bindings"])
async def list_shops(
    request: Request,
    caller: BindingReader,
    *,
    platform: PlatformKey | None = None,
    shop: ShopName | None = None,
    after: After = None,
    limit: Limit = 100,
) -> ShopsPage:
    """The shops bound to codes of the caller's regions (a platform: its own), as known now."""
    page = await bindings.page_of_shops(
        _database(request), caller, platform=platform, shop=shop, after=after, limit=limit
    )
    return ShopsPage(shops=[CurrentShop.model_validate(row) for row in page.rows], next=page.next)


@router.post("/v1/listings", tags=["bindings"])
async def bind_listings(request: Request, caller: Binder, body: OneOrManyListings) -> ChangesOut[ChangedListing]:
    """Bind one SKU of a shop, or up to 1,000 (`{"listings": […]}`), to codes: all or none. The same again changes
    nothing.
    """
    changes = await bindings.bind(_database(request), caller, LISTINGS, body.facts())
    return ChangesOut[ChangedListing].of(changes, ChangedListing, LISTING_COLUMNS)


@router.post("/v1/listings/end", tags=["bindings"])
async def end_listing(request: Request, caller: Binder, body: ListingEnding) -> ChangesOut[ChangedListing]:
    """End a listing's binding on a day, or withdraw it. What was attributed by it stays as it is."""
    changes = await bindings.end_binding(
        _database(request),
        caller,
        LISTINGS,
        (body.platform, body.shop, body.sku),
        valid_from=body.valid_from,
        valid_to=body.valid_to,
    )
    return ChangesOut[ChangedListing].of(changes, ChangedListing, LISTING_COLUMNS)


@router.get("/v1/listings", tags=["bindings"])
async def list_listings(
    request: Request,
    caller: BindingReader,
    *,
    platform: PlatformKey | None = None,
    shop: ShopName | None = None,
    sku: ShopName | None = None,
    after: After = None,
    limit: Limit = 100,
) -> ListingsPage:
    """The listings bound to codes of the caller's regions (a platform: its own), as known now."""
    page = await bindings.page_of_listings(
        _database(request), caller, platform=platform, shop=shop, sku=sku, after=after, limit=limit
    )
    return ListingsPage(listings=[CurrentListing.model_validate(row) for row in page.rows], next=page.next)


@router.post("/v1/income-ratios", tags=["ratios"])
async def set_ratios(request: Request, caller: RatioKeeper, body: OneOrManyRatios) -> ChangesOut[ChangedRatio]:
    """Set one income ratio, or up to 1,000 (`{"ratios": […]}`): all or none. The same again changes nothing."""
    changes = await ratios.set_ratios(_database(request), caller, body.facts())
    return ChangesOut[ChangedRatio].of(changes, ChangedRatio, RATIO_COLUMNS)


@router.post("/v1/income-ratios/end", tags=["ratios"])
async def end_ratio(request: Request, caller: RatioKeeper, body: RatioEnding) -> ChangesOut[ChangedRatio]:
    """End a ratio on a day, or withdraw it. The income it bore on is settled again."""
    changes = await ratios.end_ratio(
        _database(request), caller, (body.category, body.region), valid_from=body.valid_from, valid_to=body.valid_to
    )
    return ChangesOut[ChangedRatio].of(changes, ChangedRatio, RATIO_COLUMNS)


@router.get("/v1/income-ratios", tags=["ratios"])
async def list_ratios(
    request: Request,
    _caller: RatioReader,
    *,
    category: CategoryKey | None = None,
    region: Region | None = None,
    on: date | None = None,
    after: After = None,
    limit: Limit = 100,
) -> RatiosPage:
    """The ratios as known now; with `category`, `region` or `on` those that bear on it, `*` and the divisions above
    included. A category's own ratio wins over `*`, then that of the deepest division.
    """
    page = await ratios.page_of_ratios(
        _database(request), category=category, region=region, on=on, after=after, limit=limit
    )
    return RatiosPage(ratios=[CurrentRatio.of(row) for row in page.rows], next=page.next)
