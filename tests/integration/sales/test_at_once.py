"""Order lines that are all new: recorded with their batches by one statement, or not at all."""

from typing import Any

import pytest

from services.sales.at_once import AllNew
from services.sales.line import JudgedLine
from services.sales.queries import imports
from services.sales.recording import judge_orders
from services.sales.submission import Submission
from services.sales.wire import CodeShare, Line, Order
from tests.integration.sales.conftest import CATEGORIES, NOW, Ledger, line, order

HOUSEHOLD, OTHER = "HRQC2R1YDV", "H7H0MRD1WC"
WRITTEN = ("batches", "unsealed", "order_lines", "parked_lines", "ledger_entries")


def _submission(batch_id: int, *orders: Order, platform: str = "tmall") -> Submission[JudgedLine]:
    submission: Submission[JudgedLine] = Submission(platform, "test", "api", "orders", batch_id)
    judge_orders(submission, orders, [], now=NOW, categories=CATEGORIES)
    return submission


async def _written(ledger: Ledger) -> list[int]:
    return [int(await ledger.scalar(f"SELECT count(*) FROM sales.{name}")) for name in WRITTEN]


async def test_a_group_of_new_lines_goes_at_once(ledger: Ledger) -> None:
    """Every line is accepted, every batch has its totals, and what is malformed is answered beside them."""
    await ledger.register(HOUSEHOLD)
    group = [
        _submission(1, order("A1", line("1", "37.00", HOUSEHOLD), line("2", "2.00", HOUSEHOLD))),
        _submission(2, order("A2", line("1", "1.00", HOUSEHOLD), line("2", "-1.00", HOUSEHOLD)), platform="jd"),
    ]
    assert await AllNew(ledger.database).record(group)
    assert [[result.status for result in each.decided()] for each in group] == [
        ["accepted", "accepted"], ["accepted", "rejected"],
    ]  # fmt: skip
    rows = await ledger.rows("SELECT * FROM sales.batches ORDER BY batch_id")
    totals = [(row.platform, row.accepted, row.rejected, row.accepted_fen, row.recorded_at) for row in rows]
    assert totals == [("tmall", 2, 0, 3900, group[0].recorded_at), ("jd", 1, 1, 100, group[1].recorded_at)]
    assert [row.digest for row in rows] == [each.totals()[3] for each in group]
    assert await _written(ledger) == [2, 2, 3, 0, 3]


@pytest.mark.parametrize("obstacle", ["unknown code", "there", "twice", "shared", "imports"])
async def test_where_one_line_is_not_plain_nothing_is_written(ledger: Ledger, obstacle: str) -> None:
    """Whatever it is that has to be told line by line, the whole group is left to who does."""
    await ledger.register(HOUSEHOLD)
    await ledger.register(OTHER)
    await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)))
    other = {
        "unknown code": line("1", "1.00", "HGP1XF3A71"),
        "twice": line("1", "1.00", HOUSEHOLD),
        "shared": Line("2", "1.00", codes=[CodeShare(HOUSEHOLD, weight=1), CodeShare(OTHER, weight=1)]),
    }.get(obstacle, line("2", "1.00", HOUSEHOLD))
    if obstacle == "imports":
        async with ledger.database.transaction() as connection:
            opening: dict[str, Any] = {
                "platform": "tmall",
                "shop": "s",
                "client_id": "test",
                "format": "auto",
                "category": None,
            }
            opening |= {"file_name": None, "exported_at": NOW, "counts": "{}", "stated_sha256": None}
            await connection.execute(imports.OPEN_IMPORT, opening)
    before = await _written(ledger)
    number = "A1" if obstacle == "there" else "A2"
    group = [_submission(1, order(number, line("1", "1.00", HOUSEHOLD))), _submission(2, order("A2", other))]
    assert not await AllNew(ledger.database).record(group)
    assert await _written(ledger) == before


async def test_the_more_often_in_vain_the_more_rarely_it_is_tried(ledger: Ledger) -> None:
    """One, two, four groups pass without a try, until a group is all new again."""
    await ledger.register(HOUSEHOLD)
    numbers = iter(range(1, 1000))

    def group(code: str) -> list[Submission[JudgedLine]]:
        number = next(numbers)
        return [_submission(number, order(f"B{number}", line("1", "1.00", code)))]

    recorder = AllNew(ledger.database)
    for passed_over in (1, 2, 4):
        assert not await recorder.record(group("HGP1XF3A71"))
        for _ in range(passed_over):
            assert not await recorder.record(group(HOUSEHOLD))
    assert await recorder.record(group(HOUSEHOLD))
    assert not await recorder.record(group("HGP1XF3A71"))
    assert not await recorder.record(group(HOUSEHOLD))
    assert await recorder.record(group(HOUSEHOLD))
