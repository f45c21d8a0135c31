"""Lines that several codes share, from the request to the income of each: one line, one balance, entries for each."""

import asyncio
from datetime import date

from services.kit.feed import Window, consume, seal
from services.sales.uptake import take_up_after_codes, take_up_after_sales
from services.sales.verify import checks
from services.sales.wire import CodeShare, Correction, Line
from tests.integration.sales.conftest import Ledger, line, order, refund

FIRST, SECOND, THIRD = "HRQC2R1YDV", "H7H0MRD1WC", "C2HNTN52NB"


def shared(amount: str, *weights: tuple[str, int], line_no: str = "1", category: str = "tea") -> Line:
    """A line that several codes share by weights."""
    return Line(line_no, amount, category=category, codes=[CodeShare(code, weight) for code, weight in weights])


async def nets(ledger: Ledger) -> dict[str, int]:
    """What each code has of everything."""
    rows = await ledger.rows("SELECT subject_id, sum(amount_fen)::bigint FROM sales.ledger_entries GROUP BY 1")
    found = {row[0]: row[1] for row in rows}
    return {code: found.get(subject, 0) for code, subject in ledger.subjects.items()}


async def verified(ledger: Ledger) -> None:
    """Whatever happened, the books recompute."""
    await ledger.settle()
    async with ledger.database.snapshot() as connection:
        assert [check for check in await checks(connection) if check.differences] == []


async def test_each_code_has_its_part_and_its_income(ledger: Ledger) -> None:
    """37.00 by 2 to 1 is 24.67 and 12.33: entries, source days and bases of each; the line is there once."""
    for code in (FIRST, SECOND):
        await ledger.register(code)
    await ledger.ratio("*", 5_000)
    (result,) = await ledger.post(order("A1", shared("37.00", (FIRST, 2), (SECOND, 1))))
    assert result.status == "accepted"
    assert await nets(ledger) == {FIRST: 2467, SECOND: 1233}
    await verified(ledger)
    bases = await ledger.rows("SELECT subject_id, sum(base_fen)::bigint FROM sales.income_entries GROUP BY 1")
    assert {row[0]: row[1] for row in bases} == {ledger.subjects[FIRST]: 1233, ledger.subjects[SECOND]: 616}
    assert await ledger.scalar("SELECT count(*) FROM sales.order_lines") == 1
    (again,) = await ledger.post(order("A1", shared("37.00", (SECOND, 1), (FIRST, 2))))
    assert again.status == "duplicate"
    (other,) = await ledger.post(order("A1", shared("37.00", (SECOND, 2), (FIRST, 1))))
    assert other.status == "conflict"


async def test_parts_named_in_yuan_are_what_each_code_has(ledger: Ledger) -> None:
    """30.00 and 7.00 of 37.00 to the fen; a refund takes from each in the same proportion; other parts conflict."""
    for code in (FIRST, SECOND):
        await ledger.register(code)

    def by_amounts(first: str, second: str) -> Line:
        codes = [CodeShare(FIRST, amount=first), CodeShare(SECOND, amount=second)]
        return Line("1", "37.00", category="tea", codes=codes)

    (result,) = await ledger.post(order("A1", by_amounts("30.00", "7.00")))
    assert result.status == "accepted"
    assert await nets(ledger) == {FIRST: 3000, SECOND: 700}
    (again,) = await ledger.post(order("A1", by_amounts("30.00", "7.00")))
    (other,) = await ledger.post(order("A1", by_amounts("29.00", "8.00")))
    assert (again.status, other.status) == ("duplicate", "conflict")
    await ledger.refund(refund("R1", "A1", "18.50"))
    assert await nets(ledger) == {FIRST: 1500, SECOND: 350}
    (wrong,) = await ledger.post(order("A2", by_amounts("30.00", "6.99")))
    assert wrong.status == "rejected"
    await verified(ledger)


async def test_refunds_take_from_each_part_what_its_share_of_the_rest_shrinks_by(ledger: Ledger) -> None:
    """Of 1.00 by three thirds, refund after refund of one fen, and one of the whole order: always the shares of what
    is left; once all is refunded, nobody has anything.
    """
    for code in (FIRST, SECOND, THIRD):
        await ledger.register(code, "cooperative" if code[0] == "C" else "household")
    await ledger.post(order("A1", shared("1.00", (FIRST, 1), (SECOND, 1), (THIRD, 1)), line("2", "1.00", FIRST)))
    for number in range(3):
        await ledger.refund(refund(f"R{number}", "A1", "0.01"))
        parts = await ledger.rows(
            "SELECT sum(amount_fen)::bigint FROM sales.ledger_entries WHERE line_no = '1' "
            "GROUP BY subject_id ORDER BY 1"
        )
        left = 99 - number
        assert [row[0] for row in parts] == [(left + place) // 3 for place in range(3)]
    await ledger.refund(refund("W", "A1", "1.97", None))
    assert set((await nets(ledger)).values()) == {0}
    await verified(ledger)


async def test_one_code_that_is_not_good_parks_the_whole_line_until_it_is(ledger: Ledger) -> None:
    """Nothing is counted before, everything after; a refund that came meanwhile is divided with it."""
    await ledger.register(FIRST)
    (result,) = await ledger.post(order("A1", shared("10.00", (FIRST, 1), (SECOND, 1), (THIRD, 2))))
    assert (result.status, result.reason) == ("parked", "unknown_code")
    await ledger.refund(refund("R1", "A1", "2.00"))
    await ledger.register(SECOND)
    await ledger.settle()
    assert await nets(ledger) == {FIRST: 0, SECOND: 0}
    (parked,) = await ledger.rows("SELECT code, reason FROM sales.parked_lines")
    assert tuple(parked) == (THIRD, "unknown_code")
    (again,) = await ledger.post(order("A1", shared("10.00", (FIRST, 1), (SECOND, 1), (THIRD, 2))))
    assert (again.status, again.state) == ("duplicate", "parked")
    await ledger.register(THIRD, "cooperative")
    await verified(ledger)
    assert await nets(ledger) == {FIRST: 200, SECOND: 200, THIRD: 400}
    assert await ledger.scalar("SELECT code FROM sales.order_lines") is None


async def test_a_line_parked_under_its_next_code_is_not_forgotten(ledger: Ledger) -> None:
    """Two connections: one consumer parks it under the second code, and has not committed, when the other looks whom
    the second code helps.
    """
    await ledger.settle()
    sent = order("A1", shared("9.00", (SECOND, 1), (FIRST, 2)))
    async with ledger.database.transaction() as connection:
        await ledger.hold(connection, sent)
        await ledger.register(SECOND)
        await ledger.settle()
    await seal(ledger.database, "sales")
    (newest,) = await ledger.rows("SELECT position, sealed_at FROM sales.feed ORDER BY position DESC LIMIT 1")
    window = Window("sales", newest.position - 1, newest.position, newest.sealed_at)
    async with ledger.database.transaction() as connection:
        await take_up_after_sales(connection, window)
        await ledger.register(FIRST)
        await seal(ledger.codes, "codes")
        other = asyncio.create_task(
            consume(
                ledger.database, schema="sales", source="codes", consumer="uptake.codes", effect=take_up_after_codes
            )
        )
        while not await ledger.scalar("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
            assert not other.done()
    await other
    assert await nets(ledger) == {FIRST: 600, SECOND: 300}
    (again,) = await ledger.post(sent)
    assert (again.status, again.state) == ("duplicate", "accepted")


async def test_corrections_move_all_parts_and_may_divide_anew(ledger: Ledger) -> None:
    """To one, to several by other weights, and out of the books; each time both measures at what they are."""
    for code in (FIRST, SECOND, THIRD):
        await ledger.register(code, "cooperative" if code[0] == "C" else "household")
    await ledger.post(order("A1", shared("9.00", (FIRST, 1), (SECOND, 2)), line("2", "5.00", FIRST)))
    await ledger.refund(refund("R1", "A1", "3.00"))
    assert await nets(ledger) == {FIRST: 200 + 500, SECOND: 400, THIRD: 0}

    async def correct(
        number: str, action: str, code: str | None = None, *weights: tuple[str, int], line_no: str = "1"
    ) -> str:
        codes = [CodeShare(name, weight) for name, weight in weights] or None
        (result,) = await ledger.correct(Correction(number, "tmall", "A1", line_no, action, "test", code, codes))
        return result.status

    assert await correct("K1", "reassign", None, (FIRST, 1), (THIRD, 1)) == "accepted"
    assert await nets(ledger) == {FIRST: 300 + 500, SECOND: 0, THIRD: 300}
    await ledger.refund(refund("R2", "A1", "2.00"))
    assert await nets(ledger) == {FIRST: 200 + 500, SECOND: 0, THIRD: 200}
    assert await correct("K2", "reassign", SECOND) == "accepted"
    assert await nets(ledger) == {FIRST: 500, SECOND: 400, THIRD: 0}
    await ledger.refund(refund("R3", "A1", "1.00"))
    assert await correct("K3", "reassign", None, (SECOND, 4), (THIRD, 1), line_no="2") == "accepted"
    assert await nets(ledger) == {FIRST: 0, SECOND: 300 + 400, THIRD: 100}
    assert await correct("K4", "cancel", line_no="2") == "accepted"
    assert await correct("K5", "reassign", FIRST, line_no="2") == "rejected"
    assert await nets(ledger) == {FIRST: 0, SECOND: 300, THIRD: 0}
    await verified(ledger)


async def test_a_parked_line_of_several_is_answered_by_hand(ledger: Ledger) -> None:
    """An officer gives it to one, or divides it anew; and divides one that named nobody."""
    for code in (FIRST, SECOND):
        await ledger.register(code)
    unknown = [("HGP1XF3A71", 1), (FIRST, 1)]
    await ledger.post(
        order("A1", shared("9.00", *unknown), shared("6.00", *unknown, line_no="2"), line("3", "3.00")),
    )
    fix = [CodeShare(FIRST, 1), CodeShare(SECOND, 2)]
    answered = await ledger.correct(
        Correction("K1", "tmall", "A1", "1", "reassign", "test", SECOND),
        Correction("K2", "tmall", "A1", "2", "reassign", "test", None, fix),
        Correction("K3", "tmall", "A1", "3", "reassign", "test", None, fix),
    )
    assert [result.status for result in answered] == ["accepted"] * 3
    assert await nets(ledger) == {FIRST: 200 + 100, SECOND: 900 + 400 + 200}
    assert await ledger.scalar("SELECT count(*) FROM sales.parked_lines") == 0
    await verified(ledger)


async def test_a_part_of_a_suspended_code_waits_for_its_day(ledger: Ledger) -> None:
    """A code that was not in force when the line was sold parks it, as it does a line of one code."""
    await ledger.register(FIRST)
    await ledger.register(SECOND, since=date(2020, 1, 1))
    (result,) = await ledger.post(order("A1", shared("9.00", (FIRST, 1), (SECOND, 1))))
    assert (result.status, result.reason) == ("parked", "code_not_in_force")
