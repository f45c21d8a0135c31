"""The protection of a whole province-year: Guizhou's divisions and reporting units, twelve months, quarters and the
year; sales by kind and category, refunds, sellers, income by basis, and whom it reached. How long it takes, and how
much is suppressed.
"""

import asyncio
import time
from collections.abc import Sequence

import numpy as np

from benchmarks.house import Ground
from benchmarks.rounds import Figures, Options, Row, Unit
from services.codes.divisions import read_divisions
from services.codes.reporting_units import assign_villages, read_reporting_units
from services.stats.protection.calendar import Calendar
from services.stats.protection.geography import Geography, build_geography, seats_too
from services.stats.protection.protecting import Protected, protect
from services.stats.protection.table import Table, of_places
from tests.made_up_year import draw_income, draw_sales, income_tables, months_and_more, sales_tables

LEVELS = {2: "province", 4: "prefecture", 6: "county", 9: "township", 12: "village"}
MINUTES = 10


async def measure(_ground: Ground, options: Options) -> list[Row]:
    """A row for sales and one for income; in the note, what was hidden of the year and of a month at each level."""
    return await asyncio.to_thread(_rows, options)


def _rows(options: Options) -> list[Row]:
    divisions = read_divisions()
    units = seats_too(assign_villages(read_reporting_units(), divisions))
    kept = [one.code for one in divisions if not options.quick or one.code.startswith("5201")]
    geography, calendar = build_geography("520000000000", kept, units), months_and_more(options.size(3, 12))
    families: list[tuple[str, list[Table]]] = [
        ("sales", sales_tables(geography, calendar, draw_sales(geography, calendar, 1, 6.0))),
        ("income", income_tables(geography, calendar, draw_income(geography, calendar, 1, 30.0), 1)),
    ]
    rows = []
    for name, tables in families:
        began = time.perf_counter()
        found = protect(geography, calendar, tables)
        seconds = time.perf_counter() - began
        contributions = len(tables[0].contributions.amount)
        rows.append(
            Row(
                work=f"protect a province-year of {name}: {geography.size:,} nodes, {len(calendar.labels)} periods, "
                f"{contributions:,} contributions, {sum(len(table.members) for table in tables)} columns",
                yardstick=f"{MINUTES} minutes",
                unit=Unit.SECONDS,
                ours=Figures((seconds,)),
                theirs=Figures((MINUTES * 60.0,)),
                budget=1.0,
                note=f"{found.rounds} rounds. Hidden by count (by value): "
                + "; ".join(_hidden(geography, calendar, table, found) for table in tables),
            )
        )
    return rows


def _hidden(geography: Geography, calendar: Calendar, table: Table, found: Protected) -> str:
    """What is hidden of a table, of the divisions of each level that have anything in it."""
    level = np.zeros(geography.size, dtype=np.int64)
    for code, nodes in geography.nodes_of.items():
        if code.isdigit():
            level[list(nodes)] = next(width for width in LEVELS if not code[width:].strip("0"))
    parts = []
    for label in ("Y", "M1"):
        period = calendar.labels.index(label)
        worth = geography.sums(of_places(table, geography, calendar, [period]).total.sum(axis=1))
        shares = [_share(worth, level == width, found.shown[table.name, period]) for width in LEVELS]
        parts.append(f"{'year' if label == 'Y' else 'month'} {_named(shares)}")
    return f"{table.name}: {', '.join(parts)}"


def _share(worth: np.ndarray, here: np.ndarray, shown: np.ndarray) -> str:
    relevant = here & (worth > 0)
    hidden = relevant & ~shown
    count = 100 * hidden.sum() / max(1, relevant.sum())
    return f"{count:.0f} % ({100 * worth[hidden].sum() / max(1, worth[relevant].sum()):.0f} %)"


def _named(shares: Sequence[str]) -> str:
    return ", ".join(f"{name} {share}" for name, share in zip(LEVELS.values(), shares, strict=True))
