"""The drill: backups are taken while everybody writes, everything is killed, and another folder is what the house was.

``ONECODE_NEMESIS_SEEDS`` says how many seeds to try (``make nemesis``), ``ONECODE_NEMESIS_SEED`` replays one.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

import asyncpg
import pytest

from services.kit.embedded import EmbeddedPostgres
from tests.nemesis.breaks import kill_everything
from tests.nemesis.conftest import IS_ASKED_FOR, SEEDS, Prepared
from tests.nemesis.invariants import carried_out, verified
from tests.nemesis.journal import Journal, Key
from tests.nemesis.world import create_world


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment under load: what was acknowledged before it, and what had been sent by then."""

    at: datetime
    acknowledged: frozenset[Key]
    sent: frozenset[Key]


def _acknowledged(journal: Journal) -> frozenset[Key]:
    return frozenset(
        (order["order_no"], line["line_no"])
        for number in journal.acknowledged
        for order in journal.body(number).get("orders", ())
        for line in order["lines"]
    )


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_restored_folder_is_what_the_house_was(seed: int, prepared: Prepared, above: Path) -> None:
    """To a moment between two backups, every line acknowledged before it and none that was sent later; to the end,
    every line that was ever acknowledged. Both recompute.
    """
    random = Random(seed)
    backups = above / "backups"
    house = prepared.house(above, options=("--backups", str(backups)))
    back_up = ("backup", "--backups", str(backups), "--data", str(house.data))
    try:
        await asyncio.to_thread(house.start)
        world = await create_world(seed, prepared, house)
        async with world.at_work():
            await asyncio.to_thread(carried_out, *back_up)
            await asyncio.sleep(random.uniform(0.2, 1.5))
            moment = await _look(house.dsn(), world.journal)
            await asyncio.sleep(random.uniform(0.2, 1.5))
            await asyncio.to_thread(carried_out, *back_up)
            await asyncio.sleep(random.uniform(0, 1))
            await kill_everything(house, random)
        last = Moment(moment.at, _acknowledged(world.journal), frozenset(world.journal.lines))
    finally:
        await asyncio.to_thread(house.stop)
    restore = ("restore", "--backups", str(backups), "--secrets", str(house.data / "secrets"))
    unarchived = ("--unarchived", str(house.data))
    print(f"seed {seed}: {len(moment.acknowledged)} lines then, {len(last.acknowledged)} at the end")
    drills = [("then", moment, ("--to", moment.at.isoformat(), *unarchived)), ("newest", last, unarchived)]
    for name, known, options in drills if IS_ASKED_FOR else drills[:1]:
        restored = above / name
        await asyncio.to_thread(carried_out, *restore, "--data", str(restored), *options)
        await asyncio.to_thread(verified, restored)
        found = await _lines(restored)
        assert known.acknowledged <= found, f"{name}: an acknowledged line was lost (seed {seed})"
        assert found <= known.sent, f"{name}: what was sent later is there (seed {seed})"


async def _look(dsn: str, journal: Journal) -> Moment:
    """What is acknowledged is read before the moment, what was sent after it."""
    connection = await asyncpg.connect(dsn)
    try:
        acknowledged = _acknowledged(journal)
        at = await connection.fetchval("SELECT clock_timestamp()")
        return Moment(at, acknowledged, frozenset(journal.lines))
    finally:
        await connection.close()


async def _lines(data: Path) -> frozenset[Key]:
    with EmbeddedPostgres(data) as server:
        connection = await asyncpg.connect(server.dsn())
        try:
            rows = await connection.fetch("SELECT order_no, line_no FROM sales.order_lines")
        finally:
            await connection.close()
    return frozenset((row["order_no"], row["line_no"]) for row in rows)
