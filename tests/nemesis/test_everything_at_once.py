"""Orders, refunds, files, scans, links, shares and ratios arrive at once, and the house is killed where it hurts: at
every consumer between its effect and its cursor, at every sealer, and as a whole.

``ONECODE_NEMESIS_SEEDS`` says how many seeds to try (``make nemesis``), ``ONECODE_NEMESIS_SEED`` replays one.
"""

import asyncio
from pathlib import Path
from random import Random

import pytest

from tests.nemesis.breaks import BREAKS, Break
from tests.nemesis.conftest import IS_ASKED_FOR, SEEDS, Prepared
from tests.nemesis.consumers import CONSUMERS, SEALED
from tests.nemesis.house import BreakableHouse
from tests.nemesis.invariants import describe
from tests.nemesis.world import create_world

POINTS = [f"before_cursor:{name}" for name in CONSUMERS] + [f"while_sealing:{schema}" for schema in SEALED]
IN_TURN = 5
"""Of so many seeds each takes its part of the points, and all of them have them all."""
DEATH_SECONDS = 60


async def kill_at(house: BreakableHouse, point: str) -> None:
    """Start the house again with a bomb at a point, and see it die there."""
    await asyncio.to_thread(house.stop)
    await asyncio.to_thread(house.start, bomb=(point, 1))
    house.arm()
    assert await asyncio.to_thread(house.wait_for_end, DEATH_SECONDS), f"nothing came to {point}"


@pytest.mark.parametrize("seed", SEEDS)
async def test_who_dies_between_effect_and_cursor_does_nothing_twice(
    seed: int, prepared: Prepared, above: Path
) -> None:
    """Every consumer and every sealer is killed there, while links, shares and ratios change under the orders."""
    points = POINTS[seed % IN_TURN :: IN_TURN]
    house = prepared.house(above)
    try:
        await asyncio.to_thread(house.start)
        world = await create_world(seed, prepared, house)
        async with world.at_work():
            for point in points:
                await kill_at(house, point)
            await asyncio.to_thread(house.wait_until_ready)
        await world.finish()
        print(f"seed {seed}: {', '.join(points)}", describe(world.journal, [], 0))
    except BaseException as error:
        error.add_note(f"seed {seed}: {', '.join(points)}\n{''.join(house.said)[-2000:]}")
        raise
    finally:
        await asyncio.to_thread(house.stop)


@pytest.mark.parametrize("seed", SEEDS if IS_ASKED_FOR else [])
async def test_whatever_is_killed_all_kinds_of_work_are_exact(seed: int, prepared: Prepared, above: Path) -> None:
    """Backends, the checkpointer, the postmaster, the house, everything: drawn, under load of all kinds."""
    random = Random(seed)
    plan: list[Break] = [random.choice(BREAKS) for _ in range(4)]
    said = f"seed {seed}: {', '.join(one.__name__ for one in plan)}"
    house = prepared.house(above, workers=random.choice((1, 1, 2)))
    try:
        await asyncio.to_thread(house.start)
        world = await create_world(seed, prepared, house)
        async with world.at_work():
            for one in plan:
                await asyncio.sleep(random.uniform(0.3, 1.5))
                await one(house, random)
                await asyncio.sleep(0.3)
                await asyncio.to_thread(house.wait_until_ready)
        await world.finish()
        print(said, describe(world.journal, [], 0))
    except BaseException as error:
        error.add_note(f"{said}\n{''.join(house.said)[-2000:]}")
        raise
    finally:
        await asyncio.to_thread(house.stop)
