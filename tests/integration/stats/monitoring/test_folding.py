"""Monitoring equals its recomputation, however the feeds are cut into windows."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.monitoring.checks import checks
from tests.integration.stats.history import History
from tests.integration.stats.monitoring.market import Market
from tests.integration.stats.story import NEIGHBOUR, VILLAGE

SPRING, MAY = date(2020, 3, 5), date(2020, 5, 6)


async def trade(market: Market) -> None:
    """Sales with and without station, a refund, a correction; scans, one voided; all in batches of their own."""
    history = market.history
    await history.divisions([VILLAGE, NEIGHBOUR])
    await history.register(1, "household", VILLAGE)
    await history.register(11, "cooperative", NEIGHBOUR)
    await market.station("S1", VILLAGE)
    await market.sell(("O1", "tmall", "1"), 1, SPRING, 10_000, quantity=2, station="S1")
    await market.sell(("O1", "tmall", "2"), 1, SPRING, 4_000, sku="DY-250", station="S1", buyer=None)
    await market.sell(("O2", "jd", "1"), 11, MAY, 6_000, category="chili", unit="斤", quantity=3)
    await history.refund(("O1", "tmall", "1"), 2_500, MAY)
    await history.reassign(("O1", "tmall", "2"), 11, MAY)
    await market.scan("S1", "a", SPRING, "goods_received", category="tea", paid_fen=3_000)
    await market.scan("S1", "b", SPRING, "goods_received", category="tea", paid_fen=900, offline=True, skew_ms=-70_000)
    await market.scan("S1", "c", MAY, "parcel_in", verdict="revoked", clock="shifted")
    await market.void("S1", "b", SPRING)


@pytest.mark.parametrize("step", [1, 4, 1_000])
async def test_windows_may_be_cut_anywhere(connection: AsyncConnection, step: int) -> None:
    """And what is known of a station or product does not depend on when it was looked at."""
    market = Market(History(connection))
    await trade(market)
    await market.fold(step=step)
    for check in await checks(connection):
        assert check.checked > 0, check.name
        assert check.differences == [], check.name
    [day] = (await connection.execute(text("SELECT * FROM stats.station_days WHERE business_day = '2020-03-05'"))).all()
    assert (day.goods_received, day.paid_fen, day.offline, day.uploaded, day.largest_skew_ms) == (
        1,
        3_000,
        0,
        3,
        70_000,
    )
    [month] = (
        await connection.execute(
            text("SELECT * FROM stats.product_months WHERE sku = 'DY-500' AND month = '2020-03-01'")
        )
    ).all()
    assert (month.quantity_milli, month.gross_fen, month.refund_fen, month.title) == (
        2_000,
        10_000,
        2_500,
        "goods DY-500",
    )
    moved = (
        await connection.execute(text("SELECT region, gross_fen FROM stats.product_months WHERE sku = 'DY-250'"))
    ).all()
    assert {row.region: row.gross_fen for row in moved} == {VILLAGE: 0, NEIGHBOUR: 4_000}


@pytest.mark.parametrize("step", [1, 1_000])
async def test_a_line_that_several_share_counts_once_wherever_any_of_them_is(
    connection: AsyncConnection, step: int
) -> None:
    """Line and quantity are the line's, not each part's, also after it became one subject's alone."""
    market = Market(History(connection))
    history = market.history
    await history.divisions([VILLAGE, NEIGHBOUR])
    for subject, region in ((1, VILLAGE), (2, VILLAGE), (11, NEIGHBOUR)):
        await history.register(subject, "cooperative", region)
    for sku in ("SHARED", "STAYS", "LEAVES"):
        await market.share((sku, "tmall", "1"), {1: 500, 2: 300, 11: 0 if sku == "STAYS" else 200}, SPRING, sku=sku,
                           quantity=3)  # fmt: skip
    await market.gather(("STAYS", "tmall", "1"), 2, MAY)
    await market.gather(("LEAVES", "tmall", "1"), 11, MAY)
    await market.fold(step=step)
    rows = await connection.execute(
        text("SELECT sku, region, lines, quantity_milli, gross_fen FROM stats.product_months")
    )
    assert {(row.sku, row.region): tuple(row)[2:] for row in rows} == {
        ("SHARED", VILLAGE): (1, 3_000, 800), ("SHARED", NEIGHBOUR): (1, 3_000, 200),
        ("STAYS", VILLAGE): (1, 3_000, 800), ("STAYS", NEIGHBOUR): (0, 0, 0),
        ("LEAVES", VILLAGE): (0, 0, 0), ("LEAVES", NEIGHBOUR): (1, 3_000, 1_000),
    }  # fmt: skip
    buyers = await connection.execute(text("SELECT region, lines FROM stats.buyer_months"))
    assert {row.region: row.lines for row in buyers} == {VILLAGE: 2, NEIGHBOUR: 2}
    assert [check.name for check in await checks(connection) if check.differences] == []


async def test_a_figure_that_was_tampered_with_is_found(connection: AsyncConnection) -> None:
    """Each table by its own check."""
    market = Market(History(connection))
    await trade(market)
    await market.fold(step=3)
    for table in ("product_months", "buyer_months", "station_orders"):
        await connection.execute(text(f"UPDATE stats.{table} SET gross_fen = gross_fen + 1"))
    await connection.execute(text("UPDATE stats.station_days SET paid_fen = paid_fen - 1"))
    assert all(check.differences for check in await checks(connection))
