"""The nemesis against ingestion: whatever is broken, each acknowledged line counts exactly once.

``ONECODE_NEMESIS_SEEDS`` says how many seeds to try (``make nemesis``), ``ONECODE_NEMESIS_SEED`` replays one.
"""

import asyncio
from pathlib import Path
from random import Random

import httpx
import pytest

from tests.nemesis.breaks import BREAKS, Break, bomb, hold_locks, kill_everything, kill_postmaster, kill_worker
from tests.nemesis.clients import PATIENCE_SECONDS, Platform
from tests.nemesis.conftest import SEEDS, Prepared
from tests.nemesis.house import BreakableHouse, token_of
from tests.nemesis.invariants import describe, hold, wait_until_drained
from tests.nemesis.journal import Journal

CLIENTS = 4
FIRST: dict[int, tuple[Break, ...]] = {1: (bomb, kill_postmaster, kill_everything), 2: (hold_locks, bomb)}
"""What the first seeds break, so that the gravest is in every run; the others draw."""


@pytest.mark.parametrize("seed", SEEDS)
async def test_every_acknowledged_line_counts_once(seed: int, prepared: Prepared, above: Path) -> None:
    """Clients send, the house is broken, what nobody acknowledged is sent again: and the books are exact."""
    random = Random(seed)
    plan = FIRST.get(seed) or tuple(random.choice(BREAKS) for _ in range(3))
    await _try(seed, plan, prepared.house(above), prepared.codes)


@pytest.mark.parametrize("seed", SEEDS[:1])
async def test_several_workers_count_the_same_batch_once(seed: int, prepared: Prepared, above: Path) -> None:
    """The same lines reach two processes at once, in opposite order, and one of the two is killed."""
    await _try(seed, (kill_worker, hold_locks), prepared.house(above, workers=2), prepared.codes)


async def _try(seed: int, plan: tuple[Break, ...], house: BreakableHouse, codes: list[str]) -> None:
    random = Random(seed)
    journal = Journal(house.data.parent / "journal")
    said = f"seed {seed}: {', '.join(one.__name__ for one in plan)}"
    try:
        await asyncio.to_thread(house.start)
        headers = await asyncio.to_thread(token_of, house.address, house.data, "platform")
        platforms = [Platform(Random(seed * 1000 + number), journal, codes, headers) for number in range(CLIENTS)]
        await _break_under_load(house, platforms, plan, random)
        await asyncio.to_thread(house.wait_until_ready)
        await _send_the_rest(house, platforms[0])
        await wait_until_drained(house)
        refused = [one for platform in platforms for one in platform.refused]
        hung = sum(platform.hung for platform in platforms)
        print(said, describe(journal, refused, hung))
        assert hung == 0, f"a request hung for {PATIENCE_SECONDS} s"
        assert all(status in {429, 503} and retry for status, retry in refused), f"refused without a way on: {refused}"
        await hold(house, journal)
    except BaseException as error:
        error.add_note(said)
        error.add_note("".join(house.said)[-2000:])
        raise
    finally:
        await asyncio.to_thread(house.stop)


async def _break_under_load(
    house: BreakableHouse, platforms: list[Platform], plan: tuple[Break, ...], random: Random
) -> None:
    stop = asyncio.Event()
    sending = [
        asyncio.create_task(platform.run(f"N{number}", house.address, stop))
        for number, platform in enumerate(platforms)
    ]
    try:
        for one in plan:
            await asyncio.sleep(random.uniform(0.3, 1.0))
            await one(house, random)
            await asyncio.sleep(0.3)
            await asyncio.to_thread(house.wait_until_ready)
        await asyncio.sleep(0.5)
    finally:
        stop.set()
        await asyncio.gather(*sending)


async def _send_the_rest(house: BreakableHouse, platform: Platform) -> None:
    """Send everything again that nobody acknowledged; and once more a part of what was."""
    await platform.send_the_rest(house.address)
    async with httpx.AsyncClient(
        base_url=house.address, headers=platform.headers, timeout=PATIENCE_SECONDS, trust_env=False
    ) as client:
        for number in sorted(platform.journal.acknowledged)[::7]:
            path, body = platform.journal.batches[number]
            again = (await client.post(path, content=body)).raise_for_status().json()
            assert again["counts"]["accepted"] == 0, "what was acknowledged was taken a second time"
