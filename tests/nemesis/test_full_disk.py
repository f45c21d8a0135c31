"""The disk fills up: refused clearly, no acknowledged line lost, and it goes on when there is room again."""

import asyncio
import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from tests.nemesis.clients import PATIENCE_SECONDS, Platform
from tests.nemesis.conftest import Prepared
from tests.nemesis.house import token_of
from tests.nemesis.invariants import describe, hold, wait_until_drained
from tests.nemesis.journal import Journal

SIZE_MIB = 700
LEFT_BYTES = 256 * 2**10
PIECE_BYTES = 64 * 2**10
FULL_REQUESTS = 40
LINES_A_REQUEST = 1_000


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system in memory that is soon full."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system: this fault was NOT tried")
    with tempfile.TemporaryDirectory(prefix="onecode-test-") as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m,mode=0755", "tmpfs", folder]
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no small file system can be mounted here, so this fault was NOT tried: {done.stderr}")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


async def test_a_full_disk_loses_nothing(prepared: Prepared, small_disk: Path, above: Path) -> None:
    """While there is no room, nothing is acknowledged that is not kept; with room, everything goes in."""
    house = prepared.house(small_disk)
    journal = Journal(above / "journal")
    try:
        await asyncio.to_thread(house.start)
        headers = await asyncio.to_thread(token_of, house.address, house.data, "platform")
        platform = Platform(Random(1), journal, prepared.codes, headers)
        for _ in range(5):
            await platform.step("before", house.address)
        acknowledged = len(journal.acknowledged)
        ballast = small_disk / "ballast"
        _fill(ballast)
        async with httpx.AsyncClient(
            base_url=house.address, headers=headers, timeout=PATIENCE_SECONDS, trust_env=False
        ) as client:
            for number in range(FULL_REQUESTS):
                await platform.send(client, "/v1/orders", {"orders": [_large_order(number, prepared.codes[0])]})
                if len(platform.refused) >= 3:
                    break
        assert platform.refused, "the disk was never full: the test has lost its point"
        assert all(status in {429, 503} and retry for status, retry in platform.refused), platform.refused
        ballast.unlink()
        await asyncio.to_thread(house.wait_until_ready)
        await platform.send_the_rest(house.address)
        assert len(journal.acknowledged) > acknowledged
        await wait_until_drained(house)
        print(describe(journal, platform.refused, platform.hung))
        await hold(house, journal)
    except BaseException as error:
        error.add_note("".join(house.said)[-2000:])
        raise
    finally:
        await asyncio.to_thread(house.stop)


def _fill(ballast: Path) -> None:
    """Leave some room in the file system, and no more."""
    left = os.statvfs(ballast.parent)
    with ballast.open("wb") as file, contextlib.suppress(OSError):
        for _ in range(max(0, (left.f_bavail * left.f_frsize - LEFT_BYTES) // PIECE_BYTES)):
            file.write(bytes(PIECE_BYTES))


def _large_order(number: int, code: str) -> dict[str, Any]:
    lines = [
        {"line_no": str(line), "code": code, "category": "other", "amount": "1.00"}
        for line in range(1, LINES_A_REQUEST + 1)
    ]
    at = "2020-06-01T10:00:00+08:00"
    return {"order_no": f"L-{number}", "occurred_at": at, "shop": "shop", "lines": lines}
