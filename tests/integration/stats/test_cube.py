"""The cube against the ledger: random histories, cut into windows anywhere, equal a recompute by the second path."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.verify import checks
from tests.integration.stats.conftest import Undone
from tests.integration.stats.history import History

VILLAGE, NEIGHBOUR = "520111105201", "520111105202"
FAR_VILLAGE = "522701106001"
HOUSEHOLDS = (1, 2, 3, 4)
COOPERATIVES = (11, 12)
ENTERPRISE = 21
START = date(2019, 12, 30)
TABLES = ("lines", "line_changes", "unit_cells", "panel_months",
          "sales_cells", "refund_cells", "sellers", "seller_cells", "source_days",
          "received_days", "group_days", "paid_months", "replaced_days", "household_days", "household_months",
          "homes", "standings", "reach_cells", "uplift_cells", "code_cells")  # fmt: skip

days = st.integers(0, 4).map(lambda number: START + timedelta(days=number))
lines = st.tuples(st.sampled_from(["A", "B", "C"]), st.sampled_from(["tmall", "jd"]), st.sampled_from(["1", "2"]))
categories = st.sampled_from(["tea", "chili"])
holders = st.sampled_from([*HOUSEHOLDS[:2], *COOPERATIVES, ENTERPRISE])
links = st.sampled_from(
    [(household, group) for household in HOUSEHOLDS for group in (*COOPERATIVES, ENTERPRISE)]
    + [(cooperative, ENTERPRISE) for cooperative in COOPERATIVES]
)
members = st.sampled_from([*HOUSEHOLDS, COOPERATIVES[0]])
months = st.sampled_from([date(2019, 12, 1), date(2020, 1, 1)])
people, sizes = st.sampled_from(HOUSEHOLDS), st.integers(1, 6)
events = st.one_of(
    st.tuples(st.just("sell"), lines, holders, days, st.integers(0, 5000), categories),
    st.tuples(st.just("sell"), lines, holders, days, st.integers(1, 5000), categories),
    st.tuples(st.just("sell refunded"), lines, holders, days, st.integers(1, 5000), categories),
    st.tuples(st.just("refund"), st.integers(0, 9), st.integers(1, 6000), days),
    st.tuples(st.just("refund"), st.integers(0, 9), st.just(6000), days),
    st.tuples(st.just("reassign"), st.integers(0, 9), holders, days),
    st.tuples(st.just("link"), links, st.integers(1, 7), days, st.booleans()),
    st.tuples(st.just("ratio"), categories, st.sampled_from(["imputed", "contract", None])),
    st.tuples(st.just("pay"), st.sampled_from([*COOPERATIVES, ENTERPRISE, None]), members, months, st.integers(1, 900)),
    st.tuples(st.just("void"), st.integers(0, 9)),
    st.tuples(st.just("hand over"), st.integers(0, 9), people),
    st.tuples(st.just("registry"), st.just("move"), people, st.sampled_from([VILLAGE, FAR_VILLAGE]), days, sizes),
    st.tuples(st.just("registry"), st.just("reckon"), people, st.integers(2017, 2019), sizes, st.none() | days),
    st.tuples(st.just("registry"), st.just("succeed"), st.integers(1, 2), st.integers(3, 4), days),
    st.tuples(st.just("settle")),
)


async def set_the_scene(history: History) -> None:
    """Four households in three villages, two cooperatives and an enterprise that is seated in a county."""
    await history.divisions([VILLAGE, NEIGHBOUR, FAR_VILLAGE])
    for household, region in zip(HOUSEHOLDS, (VILLAGE, VILLAGE, NEIGHBOUR, FAR_VILLAGE), strict=True):
        await history.register(household, "household", region, baseline=(2018, 290_000 + household))
    await history.register(COOPERATIVES[0], "cooperative", VILLAGE, members_bp=10_000)
    await history.register(COOPERATIVES[1], "cooperative", FAR_VILLAGE, members_bp=8_333)
    await history.register(ENTERPRISE, "enterprise", "522701000000", members_bp=6_000)
    await history.link(1, 11)
    await history.link(2, 11, weight=2)
    await history.link(11, ENTERPRISE, weight=3)


async def happen(history: History, event: tuple[Any, ...]) -> None:
    """One event; what makes no sense (a refund of an unknown line) does not happen."""
    match event:
        case ("sell" | "sell refunded" as how, line, holder, day, fen, category) if line not in history.lines:
            before = 0 if how == "sell" else 1 + fen // 2
            await history.sell(line, holder, day, fen, category=category, refunded_before=before)
        case ("refund", number, fen, day) if history.lines:
            await history.refund(list(history.lines)[number % len(history.lines)], fen, day)
        case ("reassign", number, holder, day) if history.lines:
            await history.reassign(list(history.lines)[number % len(history.lines)], holder, day)
        case ("link", (member, group), weight, since, ends):
            until = since + timedelta(days=2) if ends else None
            await history.link(member, group, weight, since, until)
        case ("ratio", category, basis):
            history.ratios[category] = basis
            await history.settle()
        case ("pay", group, member, month, fen):
            await history.pay(f"P{history.sales_position}", group, member, month, fen)
        case ("void" | "hand over" as what, number, *member) if history.standing:
            payment = history.standing[number % len(history.standing)]
            await (history.void(payment) if what == "void" else history.hand_over(payment, *member))
        case ("settle",):
            await history.settle()
        case ("registry", change, *told):
            await getattr(history, change)(*told)


async def differences(connection: AsyncConnection) -> dict[str, list[dict[str, Any]]]:
    """What the recompute holds against the cube."""
    return {check.name: check.differences for check in await checks(connection) if check.differences}


async def stored(connection: AsyncConnection) -> dict[str, list[Any]]:
    """The whole cube, but for rows of noughts: whether these exist depends on where the windows were cut."""
    found = {}
    for table in TABLES:
        relation = f"stats.{table}"
        if table == "household_days":
            relation = """(
                SELECT subject_id, sale_day, sum(contract_fen) AS contract_fen, sum(imputed_fen) AS imputed_fen,
                       sum(paid_fen) AS paid_fen
                FROM stats.household_days GROUP BY subject_id, sale_day
            )"""
        rows = (await connection.execute(text(f"SELECT * FROM {relation} AS stored"))).mappings().all()
        numbers = {"quantity_milli", "orders", "order_lines", "subjects", "payments"}
        amounts = [name for name in (rows[0] if rows else ()) if name.endswith("_fen") or name in numbers]
        kept = [tuple(sorted(row.items())) for row in rows if not amounts or any(row[name] for name in amounts)]
        found[table] = sorted(kept, key=repr)
    return found


HEIR_OF_NOTHING_ITSELF: list[tuple[Any, ...]] = [
    ("registry", "succeed", 1, 3, START),
    ("link", (3, 11), 5, START, False),
    ("sell", ("A", "tmall", "1"), 1, START, 1_000, "tea"),
    ("sell", ("B", "tmall", "1"), 11, START, 1_000, "tea"),
    ("settle",),
    ("refund", 1, 6_000, START),
]
"""Household 3 has no income in the end, and had some in between: it comes out of one that has."""
REFUND_BEFORE_ITS_ORDER: list[tuple[Any, ...]] = [
    ("sell refunded", ("A", "tmall", "1"), 1, START, 1_000, "tea"),
    ("sell refunded", ("B", "tmall", "1"), 11, START, 1_000, "tea"),
    ("refund", 0, 100, START + timedelta(days=1)),
]
"""Both are sealed at once, by the numbers of their batches; what a line was in between is told by its changes."""


@given(st.lists(events, min_size=4, max_size=20), st.lists(st.integers(0, 100), min_size=1, max_size=6))
@example(HEIR_OF_NOTHING_ITSELF, [10, 20, 30, 40, 50, 60, 70, 80, 90])
@example(REFUND_BEFORE_ITS_ORDER, [40])
@example(REFUND_BEFORE_ITS_ORDER, [20, 80])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cube_equals_a_recompute_wherever_its_windows_were_cut(
    undone: Undone, happened: list[tuple[Any, ...]], cuts: list[int]
) -> None:
    """After any history every row of the cube is what the ledger says, and windows leave no trace in it."""

    async def story(connection: AsyncConnection) -> None:
        history = History(connection)
        await set_the_scene(history)
        for event in happened:
            await happen(history, event)
        await history.settle()
        await history.fold([cut * history.sales_position // 100 for cut in cuts])
        assert await differences(connection) == {}
        in_pieces = await stored(connection)
        await history.forget()
        await history.fold()
        assert await stored(connection) == in_pieces

    undone(story)


async def test_recompute_names_the_row_that_was_tampered_with(connection: AsyncConnection) -> None:
    """The checks would see a wrong cell, a wrong division and a lost household day."""
    history = History(connection)
    await set_the_scene(history)
    await history.sell(("A", "tmall", "1"), 11, START, 1_000)
    await history.settle()
    await history.fold()
    assert await differences(connection) == {}
    await connection.execute(
        text(
            "UPDATE stats.sales_cells SET orders = orders + 1"
            " WHERE level = 'village' AND grain = 'day' AND category = '*'"
        )
    )
    await connection.execute(text("UPDATE stats.group_days SET kept_fen = 7"))
    await connection.execute(text("DELETE FROM stats.household_days WHERE subject_id = 2"))
    await connection.execute(text("UPDATE stats.reach_cells SET monitored = monitored + 1 WHERE level = 'county'"))
    await connection.execute(text("UPDATE stats.uplift_cells SET baseline_fen = 7 WHERE level = 'province'"))
    await connection.execute(text("UPDATE stats.code_cells SET codes = codes + 1 WHERE grain = 'month'"))
    await connection.execute(text("UPDATE stats.standings SET baseline_fen = 7 WHERE subject_id = 2"))
    found = await differences(connection)
    assert set(found) == {
        "stats.sales_cells = recompute",
        "stats.group_days = recompute",
        "stats.household_days = recompute",
        "stats.household_months = recompute",
        "stats.reach_cells = recompute",
        "stats.uplift_cells = recompute",
        "stats.code_cells = recompute",
        "stats.standings = recompute",
    }
    assert found["stats.household_days = recompute"][0]["expected_imputed_fen"] == 233


async def orders(
    connection: AsyncConnection, region: str, kind: str = "*", category: str = "*", figure: str = "orders"
) -> int:
    """Orders (or another figure) of 2019, of a kind or of all together."""
    found = await connection.scalar(
        text(f"""
        SELECT sum({figure}) FROM stats.sales_cells
        WHERE region = :region AND grain = 'month' AND :kind IN (kind, '*') AND category = :category
        """),
        {"region": region, "kind": kind, "category": category},
    )
    return int(found or 0)


async def test_an_order_counts_once_wherever_it_is_looked_at(connection: AsyncConnection) -> None:
    """An order of two villages, two categories and two kinds counts in each and once above, until it is refunded."""
    history = History(connection)
    await set_the_scene(history)
    await history.sell(("A", "tmall", "1"), 1, START, 1_000, category="tea")
    await history.fold()
    await history.sell(("A", "tmall", "2"), 12, START, 500, category="chili")
    await history.sell(("A", "jd", "1"), 12, START, 100, category="chili")
    await _fold_rest(history)
    county, other_county, province = "520111000000", "522701000000", "520000000000"
    assert [await orders(connection, region) for region in (VILLAGE, county, other_county, province)] == [1, 1, 2, 2]
    assert await orders(connection, province, kind="household") == 1
    assert await orders(connection, province, kind="cooperative") == 2
    assert await orders(connection, province, category="chili") == 2
    assert await orders(connection, province, kind="household", category="chili") == 0
    await history.refund(("A", "tmall", "1"), 1_000, START + timedelta(days=9))
    await _fold_rest(history)
    assert [await orders(connection, region) for region in (VILLAGE, county, other_county, province)] == [0, 0, 2, 2]
    await history.refund(("A", "tmall", "2"), 500, START + timedelta(days=9))
    await _fold_rest(history)
    assert [await orders(connection, region) for region in (other_county, province)] == [1, 1]
    assert await differences(connection) == {}


async def test_a_line_that_several_share_counts_once_wherever_it_is_looked_at(connection: AsyncConnection) -> None:
    """Two households of a village and a cooperative elsewhere: one line and one order in each place, and above both."""
    history = History(connection)
    await set_the_scene(history)
    await history.share(("A", "tmall", "1"), {1: 500, 2: 300, 12: 200}, START)
    await history.fold()
    county, other_county, province = "520111000000", "522701000000", "520000000000"
    places = (VILLAGE, county, other_county, province)
    assert [await orders(connection, region) for region in places] == [1, 1, 1, 1]
    assert [await orders(connection, region, figure="order_lines") for region in places] == [1, 1, 1, 1]
    assert await orders(connection, province, kind="household", figure="order_lines") == 1
    assert await differences(connection) == {}


async def _fold_rest(history: History) -> None:
    """Take what happened since the cube's cursor."""
    from services.kit.feed import Window  # noqa: PLC0415
    from services.stats.cube.folding import fold_window  # noqa: PLC0415
    from tests.integration.stats.registry import SEALED_AT  # noqa: PLC0415

    after = await history.connection.scalar(text("SELECT position FROM stats.cursors WHERE consumer = 'cube'"))
    await fold_window(history.connection, Window("sales", int(after or 0), history.sales_position, SEALED_AT))
    await history.connection.execute(
        text("UPDATE stats.cursors SET position = :position WHERE consumer = 'cube'"),
        {"position": history.sales_position},
    )


@pytest.mark.parametrize("figure", ["gross_fen", "refund_fen", "order_lines"])
async def test_children_sum_to_their_parents(connection: AsyncConnection, figure: str) -> None:
    """Amounts and lines of a level sum to those of the level above, but for what is seated above the level."""
    history = History(connection)
    await set_the_scene(history)
    for number, holder in enumerate((1, 2, 3, 4, 11, 12)):
        await history.sell(("A", "tmall", str(number)), holder, START, 1_000 + number)
        await history.refund(("A", "tmall", str(number)), 10, START)
    await history.fold()
    sums = (
        await connection.execute(
            text(f"""
            SELECT level, sum({figure}) FROM stats.sales_cells
            WHERE grain = 'day' AND category = '*' GROUP BY level
            """)
        )
    ).all()
    assert len(sums) == 5
    assert len({total for _, total in sums}) == 1
