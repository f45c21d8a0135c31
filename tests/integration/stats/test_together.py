"""Statements that share the way to the database are answered as if each had gone alone."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from services.kit.auth import Caller
from services.kit.database import Database
from services.stats.errors import UnknownRegion
from services.stats.figures import SOURCES, value_of
from services.stats.hash_joins import joined_rows
from services.stats.indicators import INDICATORS
from services.stats.question import Filters, Question
from services.stats.regions import find_region
from services.stats.schemas.figures import MissingValue, single_value
from services.stats.service import read_period, summarise
from services.stats.together import Reads, Together
from services.stats.watermark import read_watermark
from tests.integration.stats.history import History
from tests.integration.stats.story import COUNTY, PROVINCE

BUREAU = Caller("bureau", frozenset({"stats:exact"}), (PROVINCE,), None, None, "token")
NOT_SAID = [MissingValue(reason="asked_alone"), MissingValue(reason="filter_not_offered"), None]
"""What a summary leaves out; of quantities it has every unit, and none without naming it."""
NUMBERS = text(
    "SELECT n, n * CAST(:by AS bigint) AS product, CAST(:day AS date) AS day FROM generate_series(1, :upto) AS n"
)
WORDS = text("SELECT CAST(:by AS text) AS word, CAST(NULL AS text[]) AS nothing -- a comment at its end")
DIVIDED = text("SELECT 6 / CAST(:by AS bigint) AS part")
NEVER = text("SELECT 1 AS never WHERE CAST(:by AS text) IS NULL")


def statements_of(database: Database) -> list[str]:
    """A list that grows with every statement that is sent."""
    sent: list[str] = []
    event.listen(
        database.engine.sync_engine, "before_cursor_execute", lambda _c, _cursor, sent_now, *_: sent.append(sent_now)
    )
    return sent


async def test_rows_are_typed_and_named_and_what_is_raised_is_raised(database: Database) -> None:
    """Readings with parameters of the same names, one that is asked twice, one of no rows; one that needs settings of
    its own; and one that fails, with an error of ours or of the database's.
    """

    async def read(reads: Reads) -> list[Any]:
        rows = (await reads.execute(NUMBERS, {"by": 3, "day": date(2020, 2, 29), "upto": 2})).all()
        word = (await reads.execute(WORDS, {"by": "茶", "unused": 1})).one()
        return [[(row.n, row.product, row.day) for row in rows], word.word, word.nothing]

    async def read_other(reads: Reads) -> list[Any]:
        rows = await joined_rows(reads, NUMBERS, {"by": 5, "day": None, "upto": 1})
        never = (await reads.execute(NEVER, {"by": "x"})).one_or_none()
        return [[row.product for row in rows], never]

    sent = statements_of(database)
    async with database.snapshot() as connection:
        apart = [await read(connection), await read(connection), await read_other(connection)]
        assert apart[0] == [[(1, 3, date(2020, 2, 29)), (2, 6, date(2020, 2, 29))], "茶", None]
        for _ in range(2):
            del sent[:]
            together = Together(connection)
            found = await together.read(read(together), read(together), read_other(together))
            assert found == apart
        assert len([statement for statement in sent if "set_config" not in statement]) == 3
        together = Together(connection)
        with pytest.raises(UnknownRegion):
            await together.read(read(together), find_region(together, BUREAU, "520199000000"), read_other(together))
        assert await read(connection) == apart[0]

    async def divide(reads: Reads, by: int) -> Any:
        return (await reads.execute(DIVIDED, {"by": by})).one().part

    async with database.snapshot() as connection:
        together = Together(connection)
        assert await together.read(divide(together, 3), read(together)) == [2, apart[0]]
        together = Together(connection)
        with pytest.raises(DBAPIError, match="division by zero"):
            await together.read(read(together), divide(together, 0), read_other(together))


@pytest.mark.parametrize(
    ("region", "period", "filters"),
    [
        (PROVINCE, "2020", Filters()),
        (COUNTY, "2020-02-03..2020-03-17", Filters()),
        (PROVINCE, "2020-02", Filters(trade="retail")),
    ],
)
async def test_a_summary_is_read_together_as_its_sources_are_read_apart(
    told: History, database: Database, region: str, period: str, filters: Filters
) -> None:
    """Named periods, free spans and lines: every figure is that of its source alone, and few statements bring it."""
    assert told.sales_position > 0
    sent = statements_of(database)
    async with database.snapshot() as connection:
        question = Question(await find_region(connection, BUREAU, region), [read_period(period)], filters)
        watermark = await read_watermark(connection)
        apart = {}
        for name, indicator in INDICATORS.items():
            figures = await SOURCES[indicator.source](connection, question)
            apart[name] = value_of(figures, question.periods[0], "", name, watermark)
        first = await summarise(connection, BUREAU, region, period=period, filters=filters)
        del sent[:]
        again = await summarise(connection, BUREAU, region, period=period, filters=filters)
    assert again == first
    assert len(sent) <= 8
    told_apart = 0
    for name, value in apart.items():
        whole, _, part = name.partition(".")
        said: Any = again.indicators[whole]
        said = said.get(part or "total") if isinstance(said, dict) else said
        if said not in NOT_SAID:
            assert said == single_value(value, INDICATORS[name].unit), name
            told_apart += 1
    assert told_apart >= 8
