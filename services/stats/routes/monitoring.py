"""Monitoring: stations and products, live, within the caller's regions."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from services.kit import clock
from services.stats.errors import LiveOnly
from services.stats.monitoring.product_tables import products_out, products_tables
from services.stats.monitoring.products import products_in
from services.stats.monitoring.seasons import declare_season
from services.stats.monitoring.station_tables import stations_out, stations_tables
from services.stats.monitoring.stations import stations_in, words_of_state
from services.stats.routes.parameters import Live, Name, PeriodText, RegionCode, Stored
from services.stats.routes.plan import Reporter
from services.stats.schemas.products import ProductsOut
from services.stats.schemas.stations import SeasonIn, SeasonOut, StationsOut
from services.stats.service import read_period
from services.stats.tabular import FILES, Answering, WantedFormat

router = APIRouter()


def _live_only(
    as_of: Annotated[
        str | None,
        Query(
            max_length=64,
            description="Refused (422, live_only): monitoring shows what is so now. What stations, categories and "
            "platforms sold as it was known at a moment: /v1/stats/breakdown?as_of=.",
        ),
    ] = None,
) -> None:
    if as_of is not None:
        raise LiveOnly(
            "监测只反映当前状态,不保留历史;按站点、品类、平台的历史数字见 /v1/stats/breakdown?by=station&as_of= / "
            "Monitoring keeps no earlier state; for sales by station, category or platform as they were known then ask "
            "/v1/stats/breakdown?by=station&as_of="
        )


NowOnly = Depends(_live_only)
StationType = Literal["service_station", "convenience_centre", "logistics_point", "county_centre", "other"]
Limit = Annotated[int, Query(ge=1, le=20_000)]


@router.get("/stations", response_model=StationsOut, responses=FILES, dependencies=[NowOnly])
async def get_stations(
    *,
    request: Request,
    caller: Live,
    database: Stored,
    form: WantedFormat,
    region: RegionCode,
    period: PeriodText,
    type_: Annotated[StationType | None, Query(alias="type")] = None,
    station: Annotated[str | None, Query(max_length=64, description="Only this one.")] = None,
    limit: Limit = 500,
) -> Response:
    """Stations: scans by purpose, orders and sales through each, goods and parcels, silence, offline share, late
    uploads and clocks, a score that says why, and how many townships and villages are covered. Those that need a call
    come first. Files have all stations.
    """
    asked = read_period(period)
    now = clock.now()
    known = Answering(request, form, [*await words_of_state(database, now), *sorted(caller.regions)])
    if known.is_current:
        return known.not_modified()
    found = await stations_in(database, caller, region, asked, type_=type_, station=station, now=now)
    return await known.answer(stations_out(found, limit), lambda: stations_tables(found))


@router.post("/quiet-seasons")
async def post_quiet_season(body: SeasonIn, caller: Reporter, database: Stored) -> SeasonOut:
    """Declare a season without harvest: on its days nobody wonders why the stations of the region are silent. What is
    said anew of the same region and first day takes the place of what was said before.
    """
    return await declare_season(database, caller, body, now=clock.now())


@router.get("/products", response_model=ProductsOut, responses=FILES, dependencies=[NowOnly])
async def get_products(
    *,
    request: Request,
    caller: Live,
    database: Stored,
    form: WantedFormat,
    region: RegionCode,
    period: PeriodText,
    by: Literal["category", "sku"] = "category",
    category: Name = None,
    platform: Name = None,
    horizon: Annotated[int, Query(ge=1, le=12, description="Months to forecast, with a category.")] = 3,
    limit: Limit = 200,
) -> Response:
    """What is sold, by category or SKU: quantity per unit, sales, average price, refund rate, what rises and falls, the
    season, where buyers live; with a category a plain forecast, with its error on months that were held out beside the
    naive one's. Periods are whole months. Files have all products.
    """
    asked = read_period(period)
    known = Answering(request, form, [*await words_of_state(database, clock.now()), *sorted(caller.regions)])
    if known.is_current:
        return known.not_modified()
    found = await products_in(
        database, caller, region, asked, by=by, category=category, platform=platform, horizon=horizon
    )
    return await known.answer(products_out(found, limit), lambda: products_tables(found))
