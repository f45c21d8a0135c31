"""Paid income in the cube: it replaces what is modelled of the same member, group and month, and never adds to it."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.kit.database import Database
from services.stats.cube.folding import follow_ledger
from tests.integration.stats.conftest import Api, Undone
from tests.integration.stats.history import History
from tests.integration.stats.story import COUNTY, FAR_COUNTY, PROVINCE, tell
from tests.integration.stats.test_cube import (
    COOPERATIVES,
    ENTERPRISE,
    HOUSEHOLDS,
    START,
    differences,
    happen,
    set_the_scene,
)

Fact = tuple[Any, ...]
FEBRUARY, MARCH = date(2020, 2, 1), date(2020, 3, 1)

days = st.integers(0, 4).map(lambda number: START + timedelta(days=number))
months = st.sampled_from([date(2019, 12, 1), date(2020, 1, 1)])


@st.composite
def facts(draw: st.DrawFn) -> list[Fact]:
    """Sales with their refunds, links, a ratio, payments and voids; each once, so that their order says nothing."""
    found: list[Fact] = []
    for number in range(draw(st.integers(2, 5))):
        line, fen = ("A", "tmall", str(number)), draw(st.integers(1, 5_000))
        holder = draw(st.sampled_from([HOUSEHOLDS[0], *COOPERATIVES, ENTERPRISE]))
        found.append(("sell", line, holder, draw(days), fen, draw(st.sampled_from(["tea", "chili"]))))
        if draw(st.booleans()):
            found.append(("refund", line, draw(st.integers(1, fen))))
    pairs = [(household, group) for household in HOUSEHOLDS[1:] for group in (COOPERATIVES[1], ENTERPRISE)]
    linked = draw(st.lists(st.sampled_from([*pairs, (12, ENTERPRISE)]), max_size=3, unique=True))
    found += [("link", pair, draw(st.integers(1, 7)), draw(days), draw(st.booleans())) for pair in linked]
    if draw(st.booleans()):
        found.append(("ratio", "chili", draw(st.sampled_from(["contract", None]))))
    for number in range(draw(st.integers(1, 5))):
        group = draw(st.sampled_from([*COOPERATIVES, ENTERPRISE, None]))
        household = draw(st.sampled_from(HOUSEHOLDS))
        found.append(("pay", f"P{number}", group, household, draw(months), draw(st.integers(1, 900))))
        if draw(st.booleans()):
            found.append(("void", f"P{number}"))
    return found


async def arrive(history: History, fact: Fact, waiting: list[Fact]) -> None:
    """One fact; a refund waits for its sale, and a void for its payment, as sales sees to."""
    match fact:
        case ("refund", line, fen):
            if line not in history.lines:
                waiting.append(fact)
            else:
                await history.refund(line, fen, START + timedelta(days=9))
        case ("pay", number, group, household, month, fen):
            await history.pay(number, group, household, month, fen)
        case ("void", number):
            if number not in history.standing:
                waiting.append(fact)
            else:
                await history.void(number)
        case _:
            await happen(history, fact)


async def state(
    connection: AsyncConnection, happened: list[Fact], cuts: list[int], settled: list[int]
) -> dict[str, dict[tuple[Any, ...], tuple[int, ...]]]:
    """Let the facts happen in their order, and answer what households have, without rows of noughts."""
    history = History(connection)
    await set_the_scene(history)
    waiting: list[Fact] = []
    for number, fact in enumerate(happened):
        await arrive(history, fact, waiting)
        ready, waiting = waiting, []
        for late in ready:
            await arrive(history, late, waiting)
        if number in settled:
            await history.settle()
    await history.settle()
    await history.fold([cut * history.sales_position // 100 for cut in cuts])
    assert await differences(connection) == {}
    days = "subject_id, sale_day, sum(contract_fen), sum(imputed_fen), sum(paid_fen)"
    relations = {
        "household_days": (2, f"SELECT {days} FROM stats.household_days GROUP BY subject_id, sale_day"),
        "household_months": (2, "SELECT * FROM stats.household_months"),
        "replaced_days": (3, "SELECT * FROM stats.replaced_days"),
        "paid_months": (3, "SELECT * FROM stats.paid_months"),
    }
    found: dict[str, dict[tuple[Any, ...], tuple[int, ...]]] = {}
    for table, (width, relation) in relations.items():
        rows = (await connection.execute(text(relation))).all()
        found[table] = {tuple(row[:width]): tuple(row[width:]) for row in rows if any(row[width:])}
    return found


@given(st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_payments_and_sales_in_any_order_end_in_the_same_state(undone: Undone, data: st.DataObject) -> None:
    """Whatever came first, and wherever windows were cut, households have the same, which is what a recompute says."""
    happened = data.draw(facts())
    orders = [happened, data.draw(st.permutations(happened))]
    cuts = data.draw(st.lists(st.integers(0, 100), max_size=5))
    settled = data.draw(st.lists(st.integers(0, 20), max_size=6))
    ends: list[Any] = []

    def story(order: list[Fact]) -> Any:
        async def played(connection: AsyncConnection) -> None:
            ends.append(await state(connection, order, cuts, settled))

        return played

    for order in orders:
        undone(story(order))
    assert ends[0] == ends[1]


@given(facts(), st.lists(st.integers(0, 100), max_size=5))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_payments_replace_and_never_add(undone: Undone, happened: list[Fact], cuts: list[int]) -> None:
    """With payments and without: what is modelled beside them, and what they replaced, together are what is modelled
    without them; what is paid is the sum of the payments that stand; and no yuan is both counted and replaced.
    """
    ends: list[Any] = []

    def story(order: list[Fact]) -> Any:
        async def played(connection: AsyncConnection) -> None:
            ends.append(await state(connection, order, cuts, []))

        return played

    unpaid = [fact for fact in happened if fact[0] not in ("pay", "void")]
    for order in (happened, unpaid):
        undone(story(order))
    with_payments, without = ends
    together: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for (household, day), (contract, imputed, _) in with_payments["household_days"].items():
        together[household, day][0] += contract
        together[household, day][1] += imputed
    voided = {fact[1] for fact in happened if fact[0] == "void"}
    standing = [fact for fact in happened if fact[0] == "pay" and fact[1] not in voided]
    paid = {(household, group, month) for _, _, group, household, month, _ in standing}
    for (household, group, day), (contract, imputed) in with_payments["replaced_days"].items():
        assert (household, group, day.replace(day=1)) in paid
        together[household, day][0] += contract
        together[household, day][1] += imputed
    modelled = {key: list(amounts[:2]) for key, amounts in without["household_days"].items()}
    assert {key: amounts for key, amounts in together.items() if any(amounts)} == modelled
    assert sum(amounts[2] for amounts in with_payments["household_days"].values()) == sum(fact[5] for fact in standing)


async def test_a_month_of_the_story_is_paid(connection: AsyncConnection) -> None:
    """February: the cooperative paid household 1 5.00 in place of its 8.33 by contract; 35.00 of its own sales stay."""
    history = await _story(connection)
    await history.pay("P1", 11, 1, FEBRUARY, 300)
    await history.pay("P2", 11, 1, FEBRUARY, 200)
    await history.fold()
    assert await _days(connection, 1) == [(date(2020, 2, 3), 0, 3_500, 0), (date(2020, 2, 29), 0, 0, 500)]
    rows = await connection.execute(text("SELECT * FROM stats.replaced_days"))
    assert [tuple(row) for row in rows] == [(1, 11, date(2020, 2, 3), 833, 0)]
    assert await differences(connection) == {}


async def test_a_tampered_payment_is_found(connection: AsyncConnection) -> None:
    """The recompute sees a lost payment, and what was replaced and counts all the same."""
    history = await _story(connection)
    await history.pay("P1", 11, 1, FEBRUARY, 300)
    await history.fold()
    await connection.execute(text("UPDATE stats.paid_months SET paid_fen = paid_fen - 1"))
    await connection.execute(text("UPDATE stats.replaced_days SET contract_fen = 0"))
    await connection.execute(text("UPDATE stats.household_days SET contract_fen = 833 WHERE subject_id = 1"))
    assert set(await differences(connection)) == {
        "stats.paid_months = recompute",
        "stats.replaced_days = recompute",
        "stats.household_days = recompute",
        "stats.household_months = recompute",
    }


async def test_the_summary_says_what_was_paid_and_what_it_replaced(
    engine: AsyncEngine, database: Database, told: History, api: Api
) -> None:
    """Household 1, and household 4 in the far county, were paid: figures, shares and the replaced amount follow, where
    they live; and the months of others are as they were.
    """
    before = (await api.get("summary", region=PROVINCE, period="2020-02")).json()["indicators"]
    async with engine.begin() as connection:
        told.connection = connection
        await told.pay("P1", 11, 1, FEBRUARY, 500)
        await told.pay("P2", None, 4, FEBRUARY, 1_000)
        await told.pay("P3", 12, 4, MARCH, 100)
        await told.pay("P4", 21, 12, FEBRUARY, 9_999)
    while not await follow_ledger(database):
        pass
    after = (await api.get("summary", region=PROVINCE, period="2020-02")).json()["indicators"]
    changed = {"total": "94.67", "paid": "15.00", "contract": "16.67"}
    assert after["income"] == before["income"] | changed
    assert after["quality"]["replaced_by_payment"] == "8.33"
    assert after["quality"]["share_of_paid"] == "0.1584"
    near = (await api.get("summary", region=COUNTY, period="2020-02")).json()["indicators"]
    far = (await api.get("summary", region=FAR_COUNTY, period="2020-03")).json()["indicators"]
    assert (near["income"]["paid"], near["quality"]["replaced_by_payment"]) == ("5.00", "8.33")
    assert (far["income"]["paid"], far["income"]["imputed"]) == ("1.00", "5.60")
    assert far["quality"]["replaced_by_payment"] == "5.60"


async def _story(connection: AsyncConnection) -> History:
    history = History(connection)
    await tell(history)
    return history


async def _days(connection: AsyncConnection, household: int) -> list[tuple[Any, ...]]:
    rows = await connection.execute(
        text("""
        SELECT sale_day, contract_fen, imputed_fen, paid_fen FROM stats.household_days
        WHERE subject_id = :household AND sale_day < DATE '2020-03-01'
          AND (contract_fen, imputed_fen, paid_fen) <> (0, 0, 0)
        ORDER BY sale_day
        """),
        {"household": household},
    )
    return [tuple(row) for row in rows]
