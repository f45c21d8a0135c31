"""Income bases: the rule holds at every settled position, whatever was posted before."""

from datetime import date
from typing import Any

import asyncpg

from services.kit.feed import seal
from services.sales.queries.income import NEED_NOT_GATHER
from tests.integration.sales.conftest import Ledger, line, order, refund

HOUSEHOLD, COOPERATIVE, ENTERPRISE = "HRQC2R1YDV", "C2HNTN52NB", "EDZM7M5GKY"


async def _posted(ledger: Ledger) -> list[tuple[int, int, str | None]]:
    rows = await ledger.rows(
        "SELECT sum(net_fen)::bigint, sum(base_fen)::bigint, basis FROM sales.income_entries GROUP BY basis "
        "HAVING sum(net_fen) <> 0 OR sum(base_fen) <> 0 ORDER BY basis"
    )
    return [tuple(row) for row in rows]


async def test_base_is_the_floor_of_net_times_ratio(ledger: Ledger) -> None:
    """37.01 yuan at 35 % is 12.95: fractions of a fen are dropped, once a day and category."""
    await ledger.register(HOUSEHOLD)
    await ledger.ratio("tea", 3500)
    await ledger.post(order("A1", line("1", "37.01", HOUSEHOLD)))
    await ledger.settle()
    assert await _posted(ledger) == [(3701, 1295, "contract")]


async def test_a_group_s_income_is_known_as_its_ratio_is(ledger: Ledger) -> None:
    """Own code: by contract. A cooperative's sales: imputed, unless its ratio is by contract."""
    await ledger.register(HOUSEHOLD)
    await ledger.register(COOPERATIVE, "cooperative")
    await ledger.ratio("*", 5000)
    await ledger.post(order("A1", line("1", "10.00", HOUSEHOLD), line("2", "20.00", COOPERATIVE)))
    await ledger.settle()
    assert await _posted(ledger) == [(1000, 500, "contract"), (2000, 1000, "imputed")]


async def test_without_a_ratio_income_is_unknown(ledger: Ledger) -> None:
    """No ratio in force: the net is settled with no base and no basis, never 100 % by silence."""
    await ledger.register(HOUSEHOLD)
    await ledger.post(order("A1", line("1", "37.01", HOUSEHOLD)))
    await ledger.settle()
    assert await _posted(ledger) == [(3701, 0, None)]
    assert await ledger.scalar("SELECT count(*) FROM sales.source_days WHERE ratio_id IS NULL") == 1


async def test_differences_sum_to_the_rule(ledger: Ledger) -> None:
    """Sale, sale, refund, each settled by itself: three entries whose sum is the rule of the sum."""
    await ledger.register(HOUSEHOLD)
    await ledger.ratio("*", 3333)
    await ledger.post(order("A1", line("1", "10.01", HOUSEHOLD)))
    await ledger.settle()
    await ledger.post(order("A2", line("1", "20.02", HOUSEHOLD)))
    await ledger.settle()
    await ledger.refund(refund("R1", "A1", "3.03"))
    await ledger.settle()
    assert await _posted(ledger) == [(2700, 2700 * 3333 // 10000, "contract")]
    assert await ledger.scalar("SELECT count(*) FROM sales.income_entries") == 3


async def test_another_ratio_reverses_and_posts_anew(ledger: Ledger) -> None:
    """A category's own contract ratio, recorded later, replaces the imputed one of all categories from its day on."""
    await ledger.register(HOUSEHOLD)
    await ledger.ratio("*", 3000)
    await ledger.post(order("A1", line("1", "100.00", HOUSEHOLD)))
    await ledger.settle()
    await ledger.ratio("tea", 5000, basis="contract")
    await ledger.settle()
    assert await _posted(ledger) == [(10000, 5000, "contract")]
    rows = await ledger.rows("SELECT entry_no, base_fen FROM sales.income_entries ORDER BY batch_id, entry_no")
    assert [tuple(row) for row in rows] == [(2, 3000), (1, -3000), (2, 5000)]


async def test_the_deepest_region_wins(ledger: Ledger) -> None:
    """A county's ratio goes before its province's, and a neighbour county's has no say."""
    await ledger.register(HOUSEHOLD, region="522701102201")
    await ledger.ratio("*", 3000, region="520000000000")
    await ledger.ratio("*", 4000, region="522701000000")
    await ledger.ratio("*", 9000, region="522702000000")
    await ledger.post(order("A1", line("1", "100.00", HOUSEHOLD)))
    await ledger.settle()
    assert await _posted(ledger) == [(10000, 4000, "contract")]


async def test_a_line_taken_up_late_is_settled_on_its_own_day(ledger: Ledger) -> None:
    """Registration after the sale: the base appears on the day of the sale."""
    await ledger.ratio("*", 5000)
    await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)))
    await ledger.settle()
    await ledger.register(HOUSEHOLD)
    await ledger.settle()
    (entry,) = await ledger.rows("SELECT sale_day, base_fen FROM sales.income_entries")
    assert tuple(entry) == (date(2019, 3, 18), 1850)


async def test_a_back_dated_link_is_posted_for_what_the_group_sold_and_received(ledger: Ledger) -> None:
    """A new member list of a cooperative marks its own days and those on which its enterprise passed income on."""
    for code, kind in ((HOUSEHOLD, "household"), (COOPERATIVE, "cooperative"), (ENTERPRISE, "enterprise")):
        await ledger.register(code, kind)
    await ledger.link(COOPERATIVE, ENTERPRISE)
    await ledger.ratio("*", 5000)
    await ledger.post(
        order("A1", line("1", "10.00", COOPERATIVE)),
        order("A2", line("1", "20.00", ENTERPRISE), at="2019-03-19T10:00:00+08:00"),
    )
    await ledger.settle()
    before = await ledger.scalar("SELECT max(list_position) FROM sales.income_entries")
    await ledger.link(HOUSEHOLD, COOPERATIVE, since=date(2019, 1, 1))
    await ledger.settle()
    rows = await ledger.rows(
        "SELECT sale_day, net_fen, base_fen FROM sales.income_entries "
        "WHERE list_position > :before AND subject_id = :cooperative ORDER BY sale_day",
        before=before,
        cooperative=ledger.subjects[COOPERATIVE],
    )
    assert [tuple(row) for row in rows] == [(date(2019, 3, 18), 0, 0), (date(2019, 3, 19), 0, 0)]
    assert await _posted(ledger) == [(3000, 1500, "imputed")]


async def test_only_what_more_comes_to_gathers(ledger: Ledger, database_url: str) -> None:
    """Many lines wait for more while more come in: neither a few, nor those after which none has come for a while."""

    async def need_not_gather() -> Any:
        await seal(ledger.database, "sales")
        return await ledger.scalar(NEED_NOT_GATHER.text)

    await ledger.register(HOUSEHOLD)
    await ledger.settle()
    await ledger.post(*(order(f"A{number}", line("1", "1.00", HOUSEHOLD)) for number in range(49)))
    assert await need_not_gather()
    await ledger.post(order("B1", line("1", "1.00", HOUSEHOLD)))
    assert not await need_not_gather()
    owner = await asyncpg.connect(database_url)
    await owner.execute("UPDATE sales.sealed SET sealed_at = sealed_at - interval '3 seconds'")
    await owner.close()
    assert await need_not_gather()
    await ledger.post(order("B2", line("1", "1.00", HOUSEHOLD)))
    assert not await need_not_gather()
    await ledger.settle()
    assert await need_not_gather()
