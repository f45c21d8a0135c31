"""Refunds: never more than the line, never twice, and in whatever order they arrive."""

import asyncio
from datetime import date

from tests.integration.sales.conftest import Ledger, line, order, refund

HOUSEHOLD = "HRQC2R1YDV"


async def _net(ledger: Ledger) -> int:
    return int(await ledger.scalar("SELECT coalesce(sum(amount_fen), 0) FROM sales.ledger_entries"))


async def test_a_refund_counts_on_the_day_of_its_line(ledger: Ledger) -> None:
    """The entry is negative, on the sale's day, and its own day is kept for the cash view."""
    await ledger.register(HOUSEHOLD)
    await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)))
    assert [result.status for result in await ledger.refund(refund("R1", "A1", "7.00"))] == ["accepted"]
    (entry,) = await ledger.rows("SELECT * FROM sales.ledger_entries WHERE cause = 'refund'")
    assert (entry.measure, entry.amount_fen, entry.entry_no) == ("refund", -700, 2)
    assert (entry.sale_day, entry.event_day) == (date(2019, 3, 18), date(2019, 3, 20))
    assert await ledger.scalar("SELECT refunded_fen FROM sales.order_lines") == 700


async def test_a_refund_before_its_order_waits_for_it(ledger: Ledger) -> None:
    """It is parked, applied once the order is there, and the end is the same as in the other order."""
    await ledger.register(HOUSEHOLD)
    (early,) = await ledger.refund(refund("R1", "A1", "7.00"))
    assert (early.status, early.reason) == ("parked", "no_order")
    await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)))
    await ledger.settle()
    assert await _net(ledger) == 3000
    assert await ledger.scalar("SELECT state FROM sales.refunds") == "applied"


async def test_a_refund_that_waited_while_its_line_was_being_committed_is_not_forgotten(ledger: Ledger) -> None:
    """Refund and line in two open transactions: neither sees the other, the consumer brings them together."""
    await ledger.register(HOUSEHOLD)
    await asyncio.gather(
        *(ledger.post(order(f"A{number}", line("1", "2.00", HOUSEHOLD))) for number in range(8)),
        *(ledger.refund(refund("R1", f"A{number}", "1.00")) for number in range(8)),
    )
    await ledger.settle()
    assert await _net(ledger) == 8 * 100


async def test_what_exceeds_the_line_is_parked(ledger: Ledger) -> None:
    """Two refunds of 20.00 on a line of 37.00: the second stays parked and nothing goes below zero."""
    await ledger.register(HOUSEHOLD)
    await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)))
    results = await ledger.refund(refund("R1", "A1", "20.00"), refund("R2", "A1", "20.00"))
    assert [(result.status, result.reason) for result in results] == [("accepted", None), ("parked", "exceeds_line")]
    assert await _net(ledger) == 1700


async def test_concurrent_refunds_of_one_line_never_exceed_it(ledger: Ledger) -> None:
    """Ten connections refund 10.00 each of a line of 37.00: three are applied, whoever comes first."""
    await ledger.register(HOUSEHOLD)
    await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)))
    answers = await asyncio.gather(*(ledger.refund(refund(f"R{number}", "A1", "10.00")) for number in range(10)))
    assert sorted(result.status for results in answers for result in results) == ["accepted"] * 3 + ["parked"] * 7
    assert await _net(ledger) == 700


async def test_the_same_refund_again_is_a_duplicate(ledger: Ledger) -> None:
    """With the same content nothing changes; with another it is a conflict and nothing changes."""
    await ledger.register(HOUSEHOLD)
    await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)))
    await ledger.refund(refund("R1", "A1", "7.00"))
    again = await ledger.refund(refund("R1", "A1", "7.00"), refund("R1", "A1", "8.00"))
    assert [result.status for result in again] == ["duplicate", "conflict"]
    assert await _net(ledger) == 3000


async def test_a_refund_of_the_order_is_spread_over_its_lines(ledger: Ledger) -> None:
    """By what is left of each line, to the fen, in one entry per line; sent again it changes nothing."""
    await ledger.register(HOUSEHOLD)
    await ledger.post(order("A1", line("1", "10.00", HOUSEHOLD), line("2", "20.00", HOUSEHOLD)))
    (result,) = await ledger.refund(refund("R1", "A1", "10.00", line_no=None))
    assert (result.status, result.line_no) == ("accepted", None)
    rows = await ledger.rows("SELECT line_no, amount_fen FROM sales.ledger_entries WHERE cause = 'refund' ORDER BY 1")
    assert [tuple(row) for row in rows] == [("1", -333), ("2", -667)]
    (again,) = await ledger.refund(refund("R1", "A1", "10.00", line_no=None))
    assert again.status == "duplicate"
    assert await _net(ledger) == 2000
