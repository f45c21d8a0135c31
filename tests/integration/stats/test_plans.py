"""The statements that fold the ledger and answer questions use their indexes: no plan reads a large table whole."""

from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import TextClause

from services.kit.database import Database
from services.stats.queries import fold, income, sales
from tests.conftest import Cluster
from tests.plans import as_service, filled_database, generic_plan, plan_for

FILL = """
INSERT INTO sales.sealed (position, batch_id, sealed_at)
SELECT n, n, timestamptz '2020-01-01' + n * interval '1 second' FROM generate_series(1, 20000) AS n;
INSERT INTO sales.ledger_entries (
    batch_id, order_no, platform, line_no, entry_no, cause, measure, amount_fen, subject_id, kind, region, category,
    sale_day, event_day, reference)
SELECT 1 + n % 20000, 'T' || n, 'tmall', '1', 1, 'sale', 'gross', 3700, n, 'household', '522701102201', 'tea',
       '2020-02-01', '2020-02-01', 'line'
FROM generate_series(1, 50000) AS n;
INSERT INTO sales.income_entries (
    subject_id, sale_day, category, batch_id, entry_no, kind, region, net_fen, base_fen, list_position)
SELECT n, '2020-02-01', 'tea', 1 + n % 20000, 2, 'household', '522701102201', 3700, 0, 0
FROM generate_series(1, 50000) AS n;
INSERT INTO stats.sales_cells (level, kind, category, grain, region, period, platform, gross_fen)
SELECT level, kind, category, 'month', '52' || lpad((n % width)::text, 10, '0'),
       date '2015-01-01' + (n / width) * interval '1 month', 'tmall', 3700
FROM (VALUES ('province', 1), ('prefecture', 9), ('county', 88), ('township', 300)) AS tree (level, width),
     (VALUES ('*'), ('household')) AS kinds (kind), (VALUES ('*'), ('tea'), ('other')) AS categories (category),
     generate_series(0, width * 24 - 1) AS n;
ANALYZE;
"""
LARGE = frozenset({"sealed", "ledger_entries", "income_entries", "sales_cells"})
MONTHS = {"labels": ["2016"], "grains": ["month"], "firsts": [date(2016, 1, 1)], "pasts": [date(2017, 1, 1)]}
PROVINCE = {"level": "province", "lowest": "520000000000", "highest": "529999999999"}


@pytest.fixture(scope="module")
def filled_url(cluster: Cluster, template: str) -> Iterator[str]:
    """Nothing in this module changes it."""
    with filled_database(cluster, template, FILL) as url:
        yield url


@pytest.fixture
async def stats(cluster: Cluster, filled_url: str) -> AsyncIterator[Database]:
    """Under the service's own role."""
    async with as_service(cluster, filled_url, "stats") as database:
        yield database


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (fold.FOLD_SALES, "ledger_entries_pkey"),
        (fold.FOLD_REFUNDS, "ledger_entries_pkey"),
        (fold.FOLD_SELLERS, "ledger_entries_pkey"),
        (income.INCOME_CHANGES, "income_entries_batch_id_idx"),
    ],
    ids=["FOLD_SALES", "FOLD_REFUNDS", "FOLD_SELLERS", "INCOME_CHANGES"],
)
async def test_a_window_reads_its_own_entries(stats: Database, statement: TextClause, index: str) -> None:
    """However long the ledger is: positions by their key, entries by their batch."""
    plan = await plan_for(stats, statement, {"after": 19_000, "upto": 19_100})
    assert plan.scanned & LARGE == frozenset()
    assert {"sealed_pkey", index} <= plan.indexes


@pytest.mark.parametrize("kind", [None, "household"])
async def test_a_summary_reads_the_cells_it_shows(stats: Database, kind: str | None) -> None:
    """A province's year is twelve cells a platform, found by their key."""
    asked: dict[str, Any] = {**MONTHS, **PROVINCE, "kind": kind, "category": None, "platform": None}
    plan = await plan_for(stats, sales.sales_cells(None), asked)
    assert plan.scanned & LARGE == frozenset()
    assert "sales_cells_pkey" in plan.indexes


async def test_a_summary_still_does_so_when_its_plan_is_generic(stats: Database) -> None:
    """As a prepared statement ends up after a few questions."""
    plan = await generic_plan(stats, sales.sales_cells(None))
    assert plan.scanned & LARGE == frozenset()
    assert "sales_cells_pkey" in plan.indexes
