"""The attacker against a larger year: every suppressed figure of every table by linear programs. `make attack` runs it,
`make test` does not: it takes minutes. ``ONECODE_ATTACK_SEED`` is the year that is drawn.
"""

import os
import time

import pytest

from services.stats.protection.protecting import protect
from services.stats.protection.rules import Rules
from services.stats.protection.table import Table
from tests.attacker import Attacker
from tests.made_up_year import (
    draw_income,
    draw_sales,
    income_tables,
    months_and_more,
    places_of,
    published,
    sales_tables,
    small_province,
    without,
)

UNITS = {"520100000000": "first", "520200000000": "second", "520101001000": "new", "520201001002": "new"}
SEED = os.environ.get("ONECODE_ATTACK_SEED", "")
pytestmark = pytest.mark.skipif(not SEED, reason="make attack")


@pytest.mark.parametrize("figure", ["net", "refunds", "sellers", "income", "households"])
@pytest.mark.parametrize("one_fewer", [False, True], ids=["everybody", "one household fewer"])
def test_every_suppressed_figure_of_a_larger_year_stays_uncertain(figure: str, *, one_fewer: bool) -> None:
    """Four prefectures, two of them cut by a unit, a year, at all levels; with everybody, and with one fewer."""
    geography, calendar = small_province(UNITS, prefectures=4, counties=3, townships=3, villages=4), months_and_more(12)
    seed, of_income = int(SEED), figure in {"income", "households"}
    rows = (draw_income if of_income else draw_sales)(geography, calendar, seed)
    if one_fewer:
        rows = without(rows, int(rows.holder.max()) // 2)
    tables: list[Table] = (
        income_tables(geography, calendar, rows, seed) if of_income else sales_tables(geography, calendar, rows)
    )
    found = protect(geography, calendar, tables)
    periods = {label: sorted(calendar.pieces[number]) for number, label in enumerate(calendar.labels) if label}
    attacker = Attacker(places_of(geography, UNITS), periods)
    value: dict[tuple[str, str, str, str], int] = {}
    for table in tables:
        if figure in table.sums or figure in table.counts:
            cells = published(geography, calendar, found, table, figure)
            value |= {(table.name, *key): true for key, (true, _) in cells.items()}
            read = {key: true if shown else None for key, (true, shown) in cells.items()}
            if figure in table.sums:
                attacker.read_sums(table.name, table.members, read, (table.within or "") if table.divides else "")
            else:
                attacker.read_counts(table.name, {key[1:]: known for key, known in read.items()})
    percent = Rules().interval_percent / 100
    enough = {cell: percent * value[cell] * (1 - 1e-6) - 1e-3 for cell in attacker.suppressed}
    began = time.process_time()
    widths = {one.cell: one.high - one.low for one in attacker.intervals(enough)}
    least = min((width / value[cell] for cell, width in widths.items() if value[cell]), default=0.0)
    print(  # noqa: T201 - what it is run for
        f"{figure}: {len(value)} cells, {len(widths)} suppressed, least interval {100 * least:.1f} % of the figure, "
        f"{time.process_time() - began:.0f} CPU s"
    )
    assert [cell for cell, width in widths.items() if width < enough[cell]] == []
