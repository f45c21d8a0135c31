"""The plan in a province of ten reporting units, in each of which somebody sells, and stations stand."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from services.codes.seed import load_divisions
from services.kit.database import Database
from services.kit.settings import ServiceSettings
from services.stats.app import create_app
from services.stats.monitoring.folding import follow_sales, follow_scans
from services.stats.plan.loading import ensure_plan
from services.stats.settings import StatsSettings
from tests.conftest import Cluster
from tests.integration.stats.history import History
from tests.integration.stats.monitoring.market import Market
from tests.tokens import PROVINCE, Tokens

UNITS = (
    "guiyang", "liupanshui", "zunyi", "anshun", "bijie", "tongren", "qianxinan", "qiandongnan", "qiannan", "guian",
)  # fmt: skip
PLATFORMS = ("guinong", "tmall", "jd", "pdd")
REPORTED_ON = "2021-01-15"


@dataclass
class Office:
    """The service as departments use it."""

    client: httpx.AsyncClient
    tokens: Tokens
    database: Database

    async def get(self, path: str, *, regions: tuple[str, ...] = (PROVINCE,), **query: Any) -> httpx.Response:
        """A question of somebody who may see the regions."""
        headers = self.tokens.header("monitoring:read", regions=regions)
        return await self.client.get(f"/v1/stats/{path}", params=query, headers=headers)

    async def post(
        self, path: str, body: Any, *, scope: str = "reports:write", regions: tuple[str, ...] = (PROVINCE,)
    ) -> httpx.Response:
        """A report, or a file of them."""
        headers = self.tokens.header(scope, regions=regions)
        sent = {"content": body} if isinstance(body, bytes) else {"json": body}
        return await self.client.post(f"/v1/stats/{path}", headers=headers, **sent)


def a_report(indicator: str, unit: str, value: object, period: str = "2020", **said: Any) -> dict[str, Any]:
    """A report as an office would write it."""
    return {
        "indicator": indicator, "unit": unit, "period": period, "value": value, "source": "年度统计表 / yearly table",
        "reporter": "商务局 / bureau of commerce", "reported_on": REPORTED_ON, **said,
    }  # fmt: skip


async def open_the_market(history: History, villages: dict[str, list[str]]) -> None:
    """The n-th unit sells on n platforms (four at most) n + 1 kinds of tea, and has n stations."""
    market = Market(history)
    numbers = itertools.count(1)
    for place, unit in enumerate(UNITS, start=1):
        here = villages[unit][0]
        await history.register(100 + place, "cooperative", here)
        for step in range(place + 1):
            line = (f"O{next(numbers)}", PLATFORMS[step % min(place, 4)], "1")
            await market.sell(line, 100 + place, date(2020, 2 + step % 9, 3), 5_000, sku=f"T{step}")
        for step in range(place):
            await market.station(f"{unit}-{step}", villages[unit][step % 2])
        await market.station(f"{unit}-centre", here, type="county_centre")
    # Crafts are no farm product, a line that was refunded is no sale, and 2019 is another year.
    coop = 100 + UNITS.index("zunyi") + 1
    await market.sell(("X1", "tmall", "1"), coop, date(2020, 5, 1), 9_000, sku="SCARF", category="crafts")
    await market.sell(("X2", "taobao", "1"), coop, date(2020, 5, 2), 4_000, sku="GONE")
    await history.refund(("X2", "taobao", "1"), 4_000, date(2020, 5, 9))
    await market.sell(("X3", "vip", "1"), coop, date(2019, 5, 1), 9_000, sku="OLD")


async def _fill(url: str, secrets_dir: Path) -> None:
    """The province with its divisions, its market and its plan, taken into monitoring."""
    shared = ServiceSettings(database_url=url, secrets_dir=secrets_dir)
    codes = Database(shared.role_url("onecode_codes_login"), application="test")
    stats = Database(shared.role_url("onecode_stats_login"), application="test")
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    await load_divisions(codes)
    async with engine.begin() as connection:
        await open_the_market(History(connection), await _villages(connection))
    for follow in (follow_sales, follow_scans):
        await follow(stats)
        while await follow(stats):
            pass
    await ensure_plan(stats)
    await engine.dispose()
    await codes.close()
    await stats.close()


async def _villages(connection: AsyncConnection) -> dict[str, list[str]]:
    rows = await connection.execute(
        text("SELECT unit, village FROM codes.reporting_unit_villages WHERE valid_to IS NULL ORDER BY village")
    )
    villages: dict[str, list[str]] = {}
    for unit, village in rows:
        villages.setdefault(unit, []).append(village)
    return {unit: [found[0], found[-1]] for unit, found in villages.items()}


@pytest.fixture(scope="session")
def planned_template(cluster: Cluster, template: str) -> str:
    """A database that each test clones."""
    cluster.execute(f"CREATE DATABASE onecode_planned TEMPLATE {template}")
    asyncio.run(_fill(cluster.server.dsn(database="onecode_planned"), cluster.secrets_dir))
    return "onecode_planned"


@pytest.fixture
def planned_url(cluster: Cluster, planned_template: str) -> Iterator[str]:
    """The superuser's address of a clone of it."""
    with cluster.clone(planned_template) as url:
        yield url


@pytest.fixture
async def office(cluster: Cluster, planned_url: str) -> AsyncIterator[Office]:
    """The running service."""
    settings = StatsSettings(database_url=planned_url, secrets_dir=cluster.secrets_dir, run_consumers=False)
    app = create_app(settings)
    tokens = await Tokens.trusted_by(planned_url, issuer=settings.public_url)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://stats") as client:
        yield Office(client, tokens, app.state.database)
    await app.state.database.close()
