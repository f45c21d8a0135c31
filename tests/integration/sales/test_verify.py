"""``verify`` is silent when all is well, and names the very row when something is not."""

from datetime import date

import asyncpg
import pytest

from services.sales.chain import ENTRIES_ONLY, ORIGIN, digests, links
from services.sales.verify import checks
from services.sales.wire import CodeShare, Correction, Line, Payment
from tests.integration.sales.conftest import Ledger, line, order, refund

HOUSEHOLD, COOPERATIVE = "HRQC2R1YDV", "C2HNTN52NB"


async def _different(ledger: Ledger) -> list[str]:
    async with ledger.database.snapshot() as connection:
        return [check.name.split(" / ")[1] for check in await checks(connection) if check.differences]


async def _story(ledger: Ledger) -> None:
    await ledger.register(HOUSEHOLD)
    await ledger.ratio("*", 5000)
    await ledger.bind_shop("a-shop", HOUSEHOLD)
    await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD), line("2", "3.00", HOUSEHOLD)))
    await ledger.refund(refund("R1", "A1", "7.00"), refund("R2", "A1", "4.00", line_no=None))
    await ledger.register(COOPERATIVE, "cooperative")
    shares = [CodeShare(HOUSEHOLD, 2), CodeShare(COOPERATIVE, 1)]
    await ledger.post(order("A2", Line("1", "10.00", category="tea", codes=shares)))
    day = date(2019, 3, 20)
    await ledger.pay(Payment("P1", COOPERATIVE, HOUSEHOLD, "wage", "80.00", day, "2019-03", "工资表 3 月"))
    await ledger.correct(Correction("K1", "tmall", "A1", "2", "reassign", "写错 / mistyped", COOPERATIVE))
    await ledger.settle()


async def test_an_honest_ledger_verifies(ledger: Ledger) -> None:
    """Every check looks at something and finds nothing."""
    await _story(ledger)
    async with ledger.database.snapshot() as connection:
        found = await checks(connection)
    assert all(check.checked > 0 for check in found)
    assert await _different(ledger) == []


async def test_a_ratio_that_is_not_settled_yet_is_no_difference(ledger: Ledger, database_url: str) -> None:
    """A house that is stopped, or restored to a moment, between a change of ratios and the income that follows from it
    verifies; what that change does not bear on is held to the rule all the same.
    """
    await _story(ledger)
    await ledger.post(order("A3", line("1", "10.00", HOUSEHOLD, category="chili")))
    await ledger.settle()
    await ledger.ratio("chili", 2500)
    assert await _different(ledger) == []
    await ledger.post(order("A4", line("1", "10.00", HOUSEHOLD, category="chili")))
    assert await _different(ledger) == []
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE sales.income_entries SET base_fen = base_fen + 1 WHERE category = 'tea'")
    assert "income entries = rule" in await _different(ledger)
    await connection.execute("UPDATE sales.income_entries SET base_fen = base_fen - 1 WHERE category = 'tea'")
    await ledger.settle()
    assert await _different(ledger) == []
    await connection.execute("UPDATE sales.income_entries SET base_fen = base_fen + 1 WHERE category = 'chili'")
    await connection.close()
    assert "income entries = rule" in await _different(ledger)


async def test_links_made_before_the_chain_covered_more_still_verify(ledger: Ledger, database_url: str) -> None:
    """A house that was upgraded has links over ledger entries alone, then others: both are held to what they say."""
    await ledger.register(HOUSEHOLD)
    await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)))
    await ledger.settle()
    async with ledger.database.transaction() as connection:
        rows = await digests(connection, {"after": 0, "upto": 1}, {1: ENTRIES_ONLY})
    ((_, _, old_hash),) = links(ORIGIN, rows)
    owner = await asyncpg.connect(database_url)
    await owner.execute("DELETE FROM sales.chain WHERE position > 1")
    await owner.execute("UPDATE sales.chain SET form = 1, hash = $1 WHERE position = 1", old_hash)
    await owner.execute("UPDATE sales.cursors SET position = 1 WHERE consumer = 'chain'")
    await ledger.post(order("A2", line("1", "37.00", HOUSEHOLD)))
    await ledger.settle()
    assert await _different(ledger) == []
    await owner.execute("UPDATE sales.ledger_entries SET reference = 'x' WHERE order_no = 'A1'")
    await owner.close()
    assert await _different(ledger) == ["hash chain"]


@pytest.mark.parametrize(
    ("tampering", "expected"),
    [
        ("UPDATE sales.ledger_entries SET amount_fen = amount_fen + 1 WHERE entry_no = 1 AND line_no = '1'", "sale"),
        ("UPDATE sales.order_lines SET refunded_fen = refunded_fen + 1 WHERE line_no = '1'", "balance = sum"),
        ("UPDATE sales.line_parts SET weight = 3 WHERE part_no = 1", "shares = entries"),
        ("DELETE FROM sales.ledger_entries WHERE cause = 'refund' AND line_no = '2'", "refunds = refund entries"),
        ("UPDATE sales.refunds SET amount_fen = amount_fen + 1 WHERE state = 'spread'", "order refunds = shares"),
        ("UPDATE sales.batches SET accepted_fen = accepted_fen + 1 WHERE kind = 'orders'", "batch totals"),
        ("DELETE FROM sales.sealed WHERE position = 1", "gapless"),
        ("UPDATE sales.source_days SET net_fen = net_fen + 1", "source days = ledger"),
        ("UPDATE sales.payment_records SET amount_fen = amount_fen + 1", "payment batches"),
        ("UPDATE sales.payment_records SET superseded_in = recorded_in", "voids = voided payments"),
        ("UPDATE sales.payment_records SET group_code = ''", "purchases = payments"),
        ("UPDATE sales.payment_holders SET recorded_in = recorded_in + 1", "holders of payments"),
        ("UPDATE sales.payment_holders SET member_id = group_id", "payments = registry"),
        ("UPDATE sales.payment_holders SET member_region = group_region, member_kind = 'x'", "hash chain"),
        ("UPDATE sales.income_entries SET base_fen = base_fen + 1", "income entries = rule"),
        ("UPDATE sales.income_entries SET list_position = list_position + 1", "hash chain"),
        ("UPDATE sales.ledger_entries SET reference = 'x' WHERE line_no = '1'", "hash chain"),
        ("UPDATE sales.batches SET client_id = 'x' WHERE kind = 'refunds'", "hash chain"),
        ("UPDATE sales.batches SET recorded_at = recorded_at - interval '1 day'", "hash chain"),
        ("UPDATE sales.payment_records SET evidence = 'x'", "hash chain"),
        ("UPDATE sales.corrections SET reason = 'x'", "hash chain"),
        ("UPDATE sales.shop_bindings SET code = 'x'", "hash chain"),
        ("UPDATE sales.income_ratios SET source = 'x'", "hash chain"),
        ("DELETE FROM sales.chain WHERE position = 3", "hash chain"),
        ("UPDATE sales.order_lines SET shop = 'another' WHERE line_no = '2'", "content hash"),
        ("UPDATE sales.order_lines SET codes = replace(codes, '=2', '=3') WHERE codes IS NOT NULL", "content hash"),
    ],
)
async def test_tampering_is_found_by_name(ledger: Ledger, database_url: str, tampering: str, expected: str) -> None:
    """Whoever changes a row behind the service's back is found by the check that is about it."""
    await _story(ledger)
    connection = await asyncpg.connect(database_url)
    await connection.execute(tampering)
    await connection.close()
    assert any(expected in name for name in await _different(ledger))
