"""A release is killed wherever it can be while it is frozen, and orders of its period keep coming: it is whole or not
there, never two, and what is frozen never changes.

``ONECODE_NEMESIS_SEEDS`` says how many seeds to try (``make nemesis``), ``ONECODE_NEMESIS_SEED`` replays one.
"""

import asyncio
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import httpx
import pytest

from tests.nemesis.clients import Platform
from tests.nemesis.conftest import SEEDS, VILLAGE, Prepared
from tests.nemesis.house import BreakableHouse, token_of
from tests.nemesis.invariants import hold, wait_until_drained
from tests.nemesis.journal import Journal
from tests.nemesis.others import Asking

RELEASE = {"region": VILLAGE[:6] + "000000", "period": "2020-Q1", "stage": "preliminary", "calendar": "一季度",
           "note": "nemesis"}  # fmt: skip
_QUERIES = "after:services.stats.queries"
POINTS = [f"{_QUERIES}.releases:{name}" for name in ("START", "PLAN_PARTS", "STORE_ROWS", "FREEZE_PART")] + [
    f"{_QUERIES}.protection:STORE_SHOWN", f"{_QUERIES}.releases:FREEZE_RELEASE"
]  # fmt: skip
"""In the order in which the work comes to them."""
IN_TURN = 3
"""Of so many seeds each takes its part of the points."""
DEATH_SECONDS = 90
FREEZING_SECONDS = 120

_WHOLE = """
SELECT (SELECT count(*) FROM stats.releases) AS releases, (SELECT count(*) FROM stats.started_releases) AS started,
       (SELECT count(*) FROM stats.frozen_releases) AS frozen,
       (SELECT count(*) FROM stats.release_parts) - (SELECT count(*) FROM stats.frozen_parts) AS parts_missing
"""
_CONTENT = """
SELECT period, level, dimension, key, region, source, figures::text FROM stats.release_rows
UNION ALL SELECT 'whole', '', '', '', '', '', digest FROM stats.frozen_releases
ORDER BY 1, 2, 3, 4, 5, 6
"""


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_release_is_frozen_once_and_whole(seed: int, prepared: Prepared, above: Path) -> None:
    """Whatever it dies of on the way; and what is sold afterwards does not change it."""
    random = Random(seed)
    points = POINTS[seed % IN_TURN :: IN_TURN]
    house = prepared.house(above)
    journal = Journal(above / "journal")
    try:
        await asyncio.to_thread(house.start)
        headers = await asyncio.to_thread(token_of, house.address, house.data, "platform")
        platform = Platform(random, journal, prepared.codes + prepared.groups, headers)
        for _ in range(6):
            await platform.step("before", house.address)
        await wait_until_drained(house)
        release = await _draft(house)
        for point in points:
            await _die_at(house, point, platform)
        await asyncio.to_thread(house.wait_until_ready)
        await _until_frozen(house, release)
        frozen = await _content(house)
        for _ in range(6):
            await platform.step("after", house.address)
        await platform.send_the_rest(house.address)
        await wait_until_drained(house)
        assert await _content(house) == frozen, "a frozen release changed"
        await hold(house, journal)
    except BaseException as error:
        error.add_note(f"seed {seed}: {', '.join(points)}\n{''.join(house.said)[-2000:]}")
        raise
    finally:
        await asyncio.to_thread(house.stop)


async def _draft(house: BreakableHouse) -> int:
    """Draft it, lose the answer, and ask again: it is the same. Nobody freezes it yet."""
    await asyncio.to_thread(house.stop)
    house.environment = {"ONECODE_RUN_CONSUMERS": "false"}
    await asyncio.to_thread(house.start, bomb=("before_answer", 1))
    bureau = Asking(house.address, await asyncio.to_thread(token_of, house.address, house.data, "bureau"))
    house.arm()
    assert await bureau.ask("POST", "/v1/stats/releases", json=RELEASE) is None, "the answer was not lost"
    await asyncio.to_thread(house.wait_until_ready)
    again = await bureau.ask("POST", "/v1/stats/releases", json=RELEASE)
    assert again is not None
    assert again.status_code == httpx.codes.CONFLICT, again.text
    house.environment = None
    return int(again.json()["release_id"])


async def _die_at(house: BreakableHouse, point: str, platform: Platform) -> None:
    """Freeze on, and die there; meanwhile something of the same period is sold."""
    await asyncio.to_thread(house.stop)
    await asyncio.to_thread(house.start, bomb=(point, 1), is_armed=True)
    end = asyncio.create_task(asyncio.to_thread(house.wait_for_end, DEATH_SECONDS))
    while not end.done():
        await platform.step(point.rpartition(":")[2], house.address)
    assert await end, f"nothing came to {point}"


async def _until_frozen(house: BreakableHouse, release: int) -> None:
    bureau = Asking(house.address, await asyncio.to_thread(token_of, house.address, house.data, "bureau"))
    async with asyncio.timeout(FREEZING_SECONDS):
        while True:
            answer = await bureau.ask("GET", f"/v1/stats/releases/{release}")
            if answer is not None and answer.json()["status"] != "freezing":
                break
            await asyncio.sleep(0.1)
    state = dict(await _one(house, _WHOLE))
    assert state == {"releases": 1, "started": 1, "frozen": 1, "parts_missing": 0}, state


async def _one(house: BreakableHouse, question: str) -> "asyncpg.Record":
    (row,) = await _rows(house, question)
    return row


async def _content(house: BreakableHouse) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await _rows(house, _CONTENT)]


async def _rows(house: BreakableHouse, question: str) -> "list[asyncpg.Record]":
    connection = await asyncpg.connect(house.dsn())
    try:
        return await connection.fetch(question)
    finally:
        await connection.close()
