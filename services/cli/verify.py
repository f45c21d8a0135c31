"""``onecode verify``: recompute everything that was published, and say what differs."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from services.cli.database import DatabaseAddress, running_or_started, starting_database
from services.cli.house import house_settings
from services.cli.messages import complain, say
from services.cli.options import DEFAULT_DATA, DataFolder
from services.cli.serving import ended_by_signals, run_cancellable

if TYPE_CHECKING:
    from services.kit.settings import ServiceSettings

commands = typer.Typer()

SHOWN_DIFFERENCES = 20


@commands.command()
def verify(data: DataFolder = DEFAULT_DATA) -> None:
    """从台账重算全部公布数字,有差异则退出码 1 / Recompute everything published; exit code 1 if anything differs.

    Works beside a running house, and on the server named in ONECODE_DATABASE_URL.
    """
    with ended_by_signals(), _database(data) as address:
        differing = report(house_settings(address, ""))
    if differing:
        raise typer.Exit(1)


def report(settings: "ServiceSettings") -> int:
    """Print one line per check, and the rows that differ; answers how many checks found differences."""
    from services.verify import verify as recompute  # noqa: PLC0415 - not needed for --help

    async def run() -> int:
        differing = 0
        async for service, check in recompute(settings):
            if not check.differences:
                say(f"✓ {service}: {check.name} ({check.checked})")
                continue
            differing += 1
            complain(f"✗ {service}: {check.name}: {len(check.differences)} / {check.checked}")
            for row in check.differences[:SHOWN_DIFFERENCES]:
                complain("    " + json.dumps(row, ensure_ascii=False, default=str))
        return differing

    return run_cancellable(run())


@contextmanager
def _database(data: Path) -> Iterator[DatabaseAddress]:
    """The database of ``data``: that of the house that runs on it, else started for as long as the block lasts."""
    if os.environ.get("ONECODE_DATABASE_URL"):
        with starting_database(data) as starting:
            yield starting.address()
        return
    with running_or_started(data) as server:
        yield DatabaseAddress(server.dsn(), server.dsn(user="onecode"), data.resolve() / "secrets")
