"""A market with stations, taken into monitoring by the service's own consumers, and the service over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from services.kit.database import Database
from services.kit.settings import ServiceSettings
from services.stats.app import create_app
from services.stats.monitoring.folding import follow_sales, follow_scans
from services.stats.settings import StatsSettings
from tests.conftest import Cluster
from tests.integration.stats.history import History
from tests.integration.stats.monitoring.market import Market
from tests.integration.stats.story import FAR_VILLAGE, NEIGHBOUR, VILLAGE
from tests.tokens import PROVINCE, Tokens


@dataclass
class Desk:
    """The service as somebody who watches stations and products uses it."""

    client: httpx.AsyncClient
    tokens: Tokens
    database: Database

    async def get(self, path: str, *, regions: Sequence[str] = (PROVINCE,), **query: Any) -> httpx.Response:
        """A question."""
        headers = self.tokens.header("monitoring:read", regions=regions)
        return await self.client.get(f"/v1/stats/{path}", params=query, headers=headers)


async def trade_for_two_years(market: Market) -> None:
    """Tea in spring and chili in autumn, more in the second year; S1 works, S2 was closed, S3 fell silent."""
    history = market.history
    await history.divisions([VILLAGE, NEIGHBOUR, FAR_VILLAGE])
    await history.register(1, "household", VILLAGE)
    await history.register(11, "cooperative", NEIGHBOUR)
    await history.register(12, "cooperative", FAR_VILLAGE)
    for name, region in (("S1", VILLAGE), ("S2", NEIGHBOUR), ("S3", FAR_VILLAGE)):
        await market.station(name, region)
    await market.station("L1", VILLAGE, type="logistics_point", status="suspended")
    number = 0
    for year, times in ((2019, 1), (2020, 2)):
        for month in range(1, 13):
            number += 1
            tea, chili = (3 if month in {3, 4, 5} else 1) * times, 2
            day = date(year, month, 6)
            station = "S1" if month % 2 else None
            await market.sell((f"A{number}", "tmall", "1"), 1, day, 5_000 * tea, quantity=tea, station=station)
            await market.sell(
                (f"B{number}", "jd", "1"),
                12,
                day,
                3_000 * chili,
                sku="LJ",
                category="chili",
                unit="斤",
                quantity=chili,
                buyer="440000000000",
            )
    await history.refund(("A15", "tmall", "1"), 10_000, date(2020, 3, 20))
    await market.sell(("U1", "tmall", "1"), 11, date(2020, 3, 7), 700, sku="DY-100", unit="袋")
    for number in range(1, 31):
        received = number % 3 == 0
        purpose, paid_fen = ("goods_received", 2_000) if received else ("parcel_in", None)
        day = date(2020, 6, number)
        await market.scan("S1", f"a{number}", day, purpose, category="tea", paid_fen=paid_fen, offline=number > 27)
    await market.scan("S2", "b1", date(2020, 5, 31))
    await market.close("S2", date(2020, 6, 1), date(2020, 8, 1))
    await market.scan("S3", "c1", date(2020, 3, 1), verdict="revoked", skew_ms=7_200_000)


async def _fill(url: str, secrets_dir: Path) -> None:
    """The market, taken into monitoring by the service's own consumers."""
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    async with engine.begin() as connection:
        await trade_for_two_years(Market(History(connection)))
    await engine.dispose()
    shared = ServiceSettings(database_url=url, secrets_dir=secrets_dir)
    stats = Database(shared.role_url("onecode_stats_login"), application="test")
    for follow in (follow_sales, follow_scans):
        await follow(stats)
        while await follow(stats):
            pass
    await stats.close()


@pytest.fixture(scope="session")
def market_template(cluster: Cluster, template: str) -> str:
    """A database that each test clones."""
    cluster.execute(f"CREATE DATABASE onecode_market TEMPLATE {template}")
    asyncio.run(_fill(cluster.server.dsn(database="onecode_market"), cluster.secrets_dir))
    return "onecode_market"


@pytest.fixture
def market_url(cluster: Cluster, market_template: str) -> Iterator[str]:
    """The superuser's address of a clone of it."""
    with cluster.clone(market_template) as url:
        yield url


@pytest.fixture
async def desk(cluster: Cluster, market_url: str) -> AsyncIterator[Desk]:
    """The running service over that market."""
    app = create_app(StatsSettings(database_url=market_url, secrets_dir=cluster.secrets_dir, run_consumers=False))
    tokens = await Tokens.trusted_by(market_url, issuer=StatsSettings().public_url)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://stats") as client:
        yield Desk(client, tokens, app.state.database)
    await app.state.database.close()
