"""What is counted ahead of households: filled from a house that has data, and asked in every form of a period."""

from datetime import date
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.figures import SOURCES
from services.stats.period import parse_period
from services.stats.question import Question, Region
from tests.integration.stats.history import History
from tests.integration.stats.test_cube import FAR_VILLAGE, START, VILLAGE, differences, set_the_scene

_MIGRATION = "migrations.versions.stats.stats_0014_whom_income_reached_counted_ahead"
_TABLES = ("standings", "reach_cells", "uplift_cells", "code_cells")


async def tell(history: History) -> None:
    """Two years of two households: one came out of the other, moved within the year and reckons anew since."""
    await set_the_scene(history)
    await history.reckon(1, 2018, 400)
    await history.succeed(1, 3, date(2019, 12, 31))
    await history.reckon(3, 2018, 300, date(2020, 2, 10))
    for number, (household, day, fen) in enumerate(
        [(1, START, 900), (3, date(2020, 1, 5), 90), (3, date(2020, 2, 5), 400_000), (1, date(2020, 4, 1), 5_000)]
    ):
        await history.sell(("A", "tmall", str(number)), household, day, fen)
    await history.move(3, FAR_VILLAGE, date(2020, 2, 29), persons=5)
    await history.settle()
    await history.fold()


async def kept(connection: AsyncConnection) -> dict[str, set[Any]]:
    """The rows of what is counted ahead that say something."""
    found = {}
    for table in _TABLES:
        rows = (await connection.execute(text(f"SELECT * FROM stats.{table}"))).mappings().all()
        told = [row for row in rows if table == "standings" or any(v for v in row.values() if isinstance(v, int))]
        found[table] = {tuple(row.values()) for row in told if table != "uplift_cells" or any(tuple(row.values())[3:])}
    return found


async def test_a_house_that_has_data_is_counted_as_its_consumers_would_have(connection: AsyncConnection) -> None:
    """The migration fills the tables with what the consumers keep from the first position on."""
    await tell(History(connection))
    assert await differences(connection) == {}
    expected = await kept(connection)
    migration = import_module(_MIGRATION)
    for table in _TABLES:
        await connection.execute(text(f"TRUNCATE stats.{table}"))
    for statement in ("STANDINGS", "REACH", "UPLIFT", "CODES"):
        for part in range(2 if statement == "REACH" else 1):
            parameters = {"part": part, "parts": 2} if statement == "REACH" else {}
            await connection.execute(text(getattr(migration, f"_FILL_{statement}")), parameters)
    assert await kept(connection) == expected


@pytest.mark.parametrize(
    ("period", "reached", "in_village"),
    [("2020-01", 0, 0), ("2020-01..2020-02", 1, 0), ("2020-Q1", 1, 0), ("2020-Q2", 1, 1), ("2020", 2, 1),
     ("2020-02-05", 1, 0), ("2020-01-05..2020-02-28", 1, 0), ("2020-02..2020-04", 2, 1)],
)  # fmt: skip
async def test_a_household_counts_once_in_any_period_where_it_lives_at_its_end(
    connection: AsyncConnection, period: str, reached: int, in_village: int
) -> None:
    """Counted ahead or now: below a yuan nobody is reached, and who moved counts where it moved to."""
    await tell(History(connection))
    asked = [parse_period(period)]
    for region, expected in (
        (Region("520000000000", "", "province"), reached),
        (Region(VILLAGE, "", "village"), in_village),
    ):
        figures = await SOURCES["income"](connection, Question(region, asked))
        assert figures.get((period, ""), {}).get("households_reached", 0) == expected
    listed = Region("U", "", "reporting_unit", places=(VILLAGE, "520111105202"))
    assert (await SOURCES["income"](connection, Question(listed, asked))).get((period, ""), {}).get(
        "households_reached", 0
    ) == in_village + int(period in {"2020-02-05", "2020-01-05..2020-02-28"})


async def test_figures_leave_the_transaction_planned_as_they_found_it(connection: AsyncConnection) -> None:
    """Household by household sets are joined by hashing; what is read next looks its cells up again."""
    await tell(History(connection))
    for source in SOURCES.values():
        await source(connection, Question(Region("520000000000", "", "province"), [parse_period("2020")]))
        assert await connection.scalar(text("SHOW enable_nestloop")) == "on"
