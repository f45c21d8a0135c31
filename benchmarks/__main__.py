"""``python -m benchmarks [name …]``: every row group, or the named ones."""

import argparse
import gc
import importlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop
from rich.console import Console

from benchmarks.house import on_ground
from benchmarks.province import register_province
from benchmarks.report import write_report
from benchmarks.rounds import Options, Row
from benchmarks.table import show

GROUPS = (
    "ingest",
    "sustained",
    "backlog",
    "single_orders",
    "summary",
    "roster",
    "qr_labels",
    "protection",
    "gateway",
    "start",
    "workers",
    "memory",
    "size",
)
SOURCES, MEMBERS = 100, 100


def main() -> int:
    """Measure and print; with ``--write``, or when all was measured, also write docs/performance.md."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(GROUPS))
    parser.add_argument("--quick", action="store_true", help="a minute: does everything run? The figures say little")
    parser.add_argument("--full", action="store_true", help="the sizes of DESIGN.md §7: 1 M backlog, 10 M entries")
    parser.add_argument(
        "--rounds", type=int, default=9, help="rounds in turn (9): many and short, for a machine that others use too"
    )
    parser.add_argument("--write", action="store_true", help="put the rows into docs/performance.md")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(GROUPS)
    if unknown:
        parser.error(f"no such rows: {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    console = Console(width=None if sys.stdout.isatty() else 170)
    options = Options(rounds=max(1, asked.rounds), quick=asked.quick, full=asked.full)
    rows: dict[str, list[Row]] = {}
    try:
        _measure(asked.names or GROUPS, options, console, rows)
    finally:  # what was measured before something failed took its time, too
        show(console, [row for group in rows.values() for row in group])
        if asked.write or not (asked.quick or asked.names):
            console.print(f"written: {write_report(Path('docs'), rows, options, GROUPS)}")
    return 0


def _measure(names: Sequence[str], options: Options, console: Console, rows: dict[str, list[Row]]) -> None:
    """Measure the named groups on one ground and put their rows into ``rows``."""
    with on_ground() as ground:
        sources, members = options.size(5, SOURCES), options.size(10, MEMBERS)
        console.print(f"registering {sources} cooperatives of {members} households …")
        register_province(ground, sources=sources, members=members)
        for name in names:
            began = time.monotonic()
            console.print(f"{name} …", end=" ")
            rows[name] = uvloop.run(importlib.import_module(f"benchmarks.{name}").measure(ground, options))
            console.print(f"{time.monotonic() - began:.0f} s")
            gc.collect()


if __name__ == "__main__":
    sys.exit(main())
