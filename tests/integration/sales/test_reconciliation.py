"""Reconciliation: a platform's days by our books, and what differs from its own, down to the order."""

import hashlib
from datetime import date, timedelta

import pytest

from services.kit.errors import InvalidInput
from services.sales.reconciliation import Question, compare, days_of_platform
from services.sales.schemas.reconciliation import By, OwnDay, OwnDays
from tests.integration.sales.conftest import Ledger, line, order, refund

HOUSEHOLD = "HRQC2R1YDV"
DAY = date(2019, 3, 18)


async def _story(ledger: Ledger) -> None:
    await ledger.register(HOUSEHOLD)
    await ledger.post(
        order("A1", line("1", "37.00", HOUSEHOLD), line("2", "20.00", HOUSEHOLD)),
        order("A2", line("1", "5.00", HOUSEHOLD), at="2019-03-19T23:59:59+08:00"),
        order("A3", line("1", "9.00", "HQ0AVMAYXP")),
    )
    await ledger.post(order("B1", line("1", "99.00", HOUSEHOLD)), platform="guinong")
    await ledger.refund(refund("R1", "A1", "7.00"))  # given on the 20th, of a line of the 18th


async def test_days_by_sale_hold_their_own_refunds(ledger: Ledger) -> None:
    """Every day is there, in order; other platforms are not; what is parked is apart."""
    await _story(ledger)
    answer = await days_of_platform(ledger.database, Question("tmall", By.SALE, "00:00", DAY, DAY + timedelta(days=2)))
    shown = [(day.day.day, day.lines, day.sales, day.refunds, day.net, day.parked) for day in answer.days]
    assert shown == [
        (18, 2, "57.00", "7.00", "50.00", "9.00"),
        (19, 1, "5.00", "0.00", "5.00", "0.00"),
        (20, 0, "0.00", "0.00", "0.00", "0.00"),
    ]


async def test_the_digest_is_the_documented_one(ledger: Ledger) -> None:
    """A platform that joins its lines as documented arrives at our digest; a day without sales has that of nothing."""
    await _story(ledger)
    answer = await days_of_platform(ledger.database, Question("tmall", By.SALE, "00:00", DAY, DAY + timedelta(days=2)))
    text = "A1\x1f1\x1f3700\x1f700\nA1\x1f2\x1f2000\x1f0\n"
    assert answer.days[0].digest == hashlib.sha256(text.encode()).hexdigest()
    assert answer.days[0].digest == "500678ac704bce0e9bbe95a849f5ece304d89609b2d5e7ade1557a03f02b9212"
    assert answer.days[2].digest == hashlib.sha256(b"").hexdigest()


async def test_by_refund_a_refund_is_on_its_own_day(ledger: Ledger) -> None:
    """The same money, on the day it was given back."""
    await _story(ledger)
    question = Question("tmall", By.REFUND, "00:00", DAY, DAY + timedelta(days=2))
    answer = await days_of_platform(ledger.database, question)
    assert [day.refunds for day in answer.days] == ["0.00", "0.00", "7.00"]


async def test_by_recorded_the_cut_off_moves_the_day(ledger: Ledger) -> None:
    """Everything was recorded now; with a cut-off just ahead of now it belongs to the day before."""
    await _story(ledger)
    now = await ledger.scalar("SELECT now() AT TIME ZONE 'Asia/Shanghai'")
    today = now.date()
    plain = await days_of_platform(ledger.database, Question("tmall", By.RECORDED, "00:00", today, today))
    if now.hour < 23:
        cut_off = f"{now.hour + 1:02d}:00"
        before = today - timedelta(days=1)
        moved = await days_of_platform(ledger.database, Question("tmall", By.RECORDED, cut_off, before, today))
        assert [day.lines for day in moved.days] == [3, 0]
    assert (plain.days[0].lines, plain.days[0].net) == (3, "55.00")


async def test_by_settlement_a_day_begins_at_the_cut_off(ledger: Ledger) -> None:
    """What happened before it is of the day before, sales and refunds alike; every amount is on one day."""
    await ledger.register(HOUSEHOLD)
    await ledger.post(
        order("A1", line("1", "10.00", HOUSEHOLD), at="2019-03-18T21:59:59+08:00"),
        order("A2", line("1", "20.00", HOUSEHOLD), at="2019-03-18T22:00:00+08:00"),
    )
    await ledger.refund(
        refund("R1", "A1", "1.00", at="2019-03-19T21:59:59+08:00"),
        refund("R2", "A2", "2.00", None, at="2019-03-19T22:00:00+08:00"),
    )
    question = Question("tmall", By.SETTLEMENT, "22:00", date(2019, 3, 16), date(2019, 3, 20))
    answer = await days_of_platform(ledger.database, question)
    assert [(day.day.day, day.lines, day.sales, day.refunds) for day in answer.days] == [
        (16, 0, "0.00", "0.00"),
        (17, 1, "10.00", "0.00"),
        (18, 1, "20.00", "1.00"),
        (19, 0, "0.00", "2.00"),
        (20, 0, "0.00", "0.00"),
    ]


async def test_what_agrees_and_what_differs_is_told_down_to_the_order(ledger: Ledger) -> None:
    """Equal figures agree, however they are written; other ones are named with both sides; orders on one side too."""
    await _story(ledger)
    good = OwnDay(day=DAY, lines=2, sales="57", refunds="7.0", orders=["A1"])
    bad = OwnDay(day=DAY + timedelta(days=1), lines=2, sales="6.00", orders=["A9"])
    answer = await compare(ledger.database, "tmall", OwnDays(days=[bad, good]))
    first, second = answer.days
    assert (answer.agrees, first.agrees, second.agrees) == (False, True, False)
    assert [(d.figure, d.theirs, d.ours) for d in second.differences] == [
        ("lines", "2", "1"),
        ("sales", "6.00", "5.00"),
    ]
    assert (second.missing_orders, second.surplus_orders) == (["A9"], ["A2"])


async def test_more_than_a_year_is_refused(ledger: Ledger) -> None:
    """A question has a limit, and says which."""
    with pytest.raises(InvalidInput, match="366"):
        await days_of_platform(ledger.database, Question("tmall", By.SALE, "00:00", DAY, DAY + timedelta(days=366)))
