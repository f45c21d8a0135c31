"""A house and all who send something to it at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from random import Random

import asyncpg

from tests.nemesis.clients import Platform
from tests.nemesis.conftest import Prepared
from tests.nemesis.consumers import CONSUMERS
from tests.nemesis.house import BreakableHouse, token_of
from tests.nemesis.invariants import hold, wait_until_drained
from tests.nemesis.journal import Journal
from tests.nemesis.others import Asking, Devices, Files, Officer

PLATFORMS = 2


@dataclass(slots=True)
class World:
    """A house and all who send something to it."""

    house: BreakableHouse
    journal: Journal
    platforms: list[Platform]
    officer: Officer
    devices: Devices
    files: Files

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """All of them at once, while the block lasts."""
        stop = asyncio.Event()
        address = self.house.address
        work = [platform.run(f"N{number}", address, stop) for number, platform in enumerate(self.platforms)]
        work += [self.officer.run(stop), self.devices.run(stop), self.files.run(stop)]
        async with AsyncExitStack() as stack:
            stack.callback(stop.set)
            group = await stack.enter_async_context(asyncio.TaskGroup())
            for one in work:
                group.create_task(one)
            stack.callback(stop.set)
            yield

    async def finish(self) -> None:
        """Send everything again that nobody acknowledged, let it be drained, and hold the books against the journal."""
        await asyncio.to_thread(self.house.wait_until_ready)
        await self.platforms[0].send_the_rest(self.house.address)
        await self.devices.send_the_rest()
        await self.files.send_the_rest()
        await wait_until_drained(self.house)
        assert not sum(platform.hung for platform in self.platforms)
        await self._hold_the_registry()
        await hold(self.house, self.journal)

    async def _hold_the_registry(self) -> None:
        connection = await asyncpg.connect(self.house.dsn())
        try:
            rows = await connection.fetch("SELECT DISTINCT link_id::text FROM codes.links")
            assert set(self.officer.acknowledged) <= {row["link_id"] for row in rows}, "an acknowledged link is lost"
            scans = await connection.fetchval("SELECT count(*) FROM codes.scan_records")
            assert scans == sum(map(len, self.devices.queues.values())), "scans lost, or counted twice"
            paid = await connection.fetchval(
                "SELECT sum(amount_fen) FROM sales.payment_records WHERE superseded_in IS NULL"
            )
            bought = [scan["amount_paid"] for queue in self.devices.queues.values() for scan in queue]
            assert (paid or 0) == sum(int(amount.replace(".", "")) for amount in bought)
            known = await connection.fetch(
                "SELECT consumer FROM sales.cursors UNION SELECT consumer FROM stats.cursors"
            )
            assert {row["consumer"] for row in known} == CONSUMERS.keys(), "a consumer that nobody kills"
        finally:
            await connection.close()


async def create_world(seed: int, prepared: Prepared, house: BreakableHouse) -> World:
    """Everybody, with their tokens; the house runs."""
    journal = Journal(house.data.parent / "journal")
    headers = {
        name: await asyncio.to_thread(token_of, house.address, house.data, name) for name in ("platform", "officer")
    }
    asking = Asking(house.address, headers["officer"])
    randoms = [Random(seed * 1000 + number) for number in range(PLATFORMS + 3)]
    devices = Devices(asking, randoms[-1], prepared)
    await devices.enrol()
    return World(
        house,
        journal,
        [
            Platform(random, journal, prepared.codes + prepared.groups, headers["platform"])
            for random in randoms[:PLATFORMS]
        ],
        Officer(asking, randoms[-3], prepared),
        devices,
        Files(asking, randoms[-2], prepared, journal),
    )
