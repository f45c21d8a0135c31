"""What the nemesis does to a house. Each takes the house and its own randomness; the house may be down afterwards."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from random import Random

import asyncpg

from tests.nemesis.house import BreakableHouse, random_bomb

Break = Callable[[BreakableHouse, Random], Awaitable[None]]


async def kill_house(house: BreakableHouse, _random: Random) -> None:
    """Kill -9 of the process that hosts the services; PostgreSQL is an orphan then."""
    await asyncio.to_thread(house.signal, signal.SIGKILL)


async def end_house(house: BreakableHouse, _random: Random) -> None:
    """SIGTERM under load."""
    await asyncio.to_thread(house.signal, signal.SIGTERM)


async def bomb(house: BreakableHouse, random: Random) -> None:
    """Kill -9 at a point of the work: before a commit, after it, before the answer, before a cursor, while sealing."""
    await asyncio.to_thread(house.stop)
    await asyncio.to_thread(house.start, bomb=random_bomb(random))
    house.arm()
    await asyncio.to_thread(house.wait_for_end, 5)
    house.trigger.unlink(missing_ok=True)


async def kill_worker(house: BreakableHouse, random: Random) -> None:
    """Kill -9 of one of several processes that host the house; another takes its place."""
    await asyncio.to_thread(random.choice(house.worker_processes()).kill)


async def kill_backend(house: BreakableHouse, random: Random) -> None:
    """Kill -9 of a connection's process: PostgreSQL ends all others and recovers."""
    backends = house.postgres("onecode_")
    if backends:
        random.choice(backends).kill()


async def kill_checkpointer(house: BreakableHouse, _random: Random) -> None:
    """Kill -9 of the process that writes pages to disk."""
    for process in house.postgres("checkpointer"):
        process.kill()


async def kill_postmaster(house: BreakableHouse, _random: Random) -> None:
    """Kill -9 of PostgreSQL's first process, while its children live."""
    house.postmaster().kill()


async def kill_everything(house: BreakableHouse, _random: Random) -> None:
    """Kill -9 of all of it at once, as by a power cut."""
    processes = house.postgres()
    for process in processes:
        process.kill()
    await asyncio.to_thread(house.signal, signal.SIGKILL)


async def hold_locks(house: BreakableHouse, random: Random) -> None:
    """Somebody holds what every batch needs: requests wait, the pool runs out, and nobody may hang."""
    connection = await asyncpg.connect(house.dsn())
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE sales.batches IN ACCESS EXCLUSIVE MODE")
            await asyncio.sleep(random.uniform(0.5, 2))
    finally:
        await connection.close()


async def end_connections(house: BreakableHouse, _random: Random) -> None:
    """An administrator ends every connection of the services."""
    connection = await asyncpg.connect(house.dsn())
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'onecode-%'"
        )
    finally:
        await connection.close()


BREAKS: tuple[Break, ...] = (
    kill_house, end_house, bomb, bomb, kill_backend, kill_checkpointer, kill_postmaster, kill_everything, hold_locks,
    end_connections,
)  # fmt: skip
