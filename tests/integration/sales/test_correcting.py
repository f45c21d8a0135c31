"""Corrections: one more set of entries that says why; nothing is edited, and refunds go where the line went."""

from services.sales.verify import checks
from services.sales.wire import CodeShare, Correction
from tests.integration.sales.conftest import Ledger, line, order, refund

HOUSEHOLD, OTHER, COOPERATIVE = "HRQC2R1YDV", "H7H0MRD1WC", "C2HNTN52NB"


def _reassign(number: str, order_no: str, code: str, line_no: str = "1") -> Correction:
    return Correction(number, "tmall", order_no, line_no, "reassign", "错挂 / wrong household", code)


def _cancel(number: str, order_no: str, line_no: str = "1") -> Correction:
    return Correction(number, "tmall", order_no, line_no, "cancel", "虚假交易 / not a real sale")


async def _net_of(ledger: Ledger, code: str) -> int:
    return int(
        await ledger.scalar(
            "SELECT coalesce(sum(amount_fen), 0) FROM sales.ledger_entries WHERE subject_id = :subject",
            subject=ledger.subjects[code],
        )
    )


async def _verified(ledger: Ledger) -> None:
    await ledger.settle()
    async with ledger.database.snapshot() as connection:
        assert [check for check in await checks(connection) if check.differences] == []


async def test_a_reassignment_moves_both_measures_at_their_present_totals(ledger: Ledger) -> None:
    """The old holder has nothing left of the line, the new one all that is left of it, on the line's own day."""
    for code in (HOUSEHOLD, OTHER):
        await ledger.register(code)
    await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)))
    await ledger.refund(refund("R1", "A1", "7.00"))
    assert [result.status for result in await ledger.correct(_reassign("K1", "A1", OTHER))] == ["accepted"]
    assert (await _net_of(ledger, HOUSEHOLD), await _net_of(ledger, OTHER)) == (0, 3000)
    rows = await ledger.rows(
        "SELECT measure, amount_fen FROM sales.ledger_entries WHERE cause = 'reassign' ORDER BY entry_no"
    )
    assert [tuple(row) for row in rows] == [("gross", -3700), ("refund", 700), ("gross", 3700), ("refund", -700)]
    assert await ledger.scalar("SELECT count(DISTINCT sale_day) FROM sales.ledger_entries") == 1
    await _verified(ledger)


async def test_refunds_go_where_the_correction_went(ledger: Ledger) -> None:
    """A refund after a reassignment is the new holder's."""
    for code in (HOUSEHOLD, OTHER):
        await ledger.register(code)
    await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)))
    await ledger.correct(_reassign("K1", "A1", OTHER))
    await ledger.refund(refund("R1", "A1", "7.00"))
    assert (await _net_of(ledger, HOUSEHOLD), await _net_of(ledger, OTHER)) == (0, 3000)
    await _verified(ledger)


async def test_a_cancellation_reverses_both_and_takes_no_more_refunds(ledger: Ledger) -> None:
    """Nothing is left of the line; a later refund stays parked and says why; the line, sent again, is `cancelled`."""
    await ledger.register(HOUSEHOLD)
    await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)))
    await ledger.refund(refund("R1", "A1", "7.00"))
    await ledger.correct(_cancel("K1", "A1"))
    assert await _net_of(ledger, HOUSEHOLD) == 0
    (late,) = await ledger.refund(refund("R2", "A1", "1.00"))
    assert (late.status, late.reason) == ("parked", "line_cancelled")
    (again,) = await ledger.correct(_reassign("K2", "A1", HOUSEHOLD))
    assert (again.status, again.reason) == ("rejected", "line_cancelled")
    (same,) = await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)))
    assert (same.status, same.state) == ("duplicate", "cancelled")
    await _verified(ledger)


async def test_a_correction_counts_once(ledger: Ledger) -> None:
    """The same number with the same content is a duplicate, with other content a conflict; twice in a request, one."""
    for code in (HOUSEHOLD, OTHER):
        await ledger.register(code)
    await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)))
    first = await ledger.correct(_reassign("K1", "A1", OTHER), _reassign("K1", "A1", OTHER))
    assert [result.status for result in first] == ["accepted", "duplicate"]
    again = await ledger.correct(_reassign("K1", "A1", OTHER), _reassign("K1", "A1", HOUSEHOLD))
    assert [result.status for result in again] == ["duplicate", "conflict"]
    assert await ledger.scalar("SELECT count(*) FROM sales.ledger_entries WHERE cause = 'reassign'") == 2
    await _verified(ledger)


async def test_what_cannot_be_corrected_is_refused_by_name(ledger: Ledger) -> None:
    """No such line, a code that was not in force at the sale, an unknown action, a correction without a reason."""
    await ledger.register(HOUSEHOLD)
    await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)))
    nameless = Correction("K4", "tmall", "A1", "1", "cancel", "  ")
    unknown = Correction("K5", "tmall", "A1", "1", "delete", "why")
    results = await ledger.correct(
        _cancel("K1", "A2"), _reassign("K2", "A1", OTHER), _reassign("K3", "A1", "HXXXXXXXX"), nameless, unknown
    )
    assert [(result.status, result.reason) for result in results] == [
        ("rejected", "no_line"),
        ("rejected", "code_not_in_force"),
        ("rejected", "malformed_code"),
        ("rejected", "reason"),
        ("rejected", "action"),
    ]


async def test_a_parked_line_can_be_answered_by_hand(ledger: Ledger) -> None:
    """A reassignment gives it the code it lacked; it counts, by hand, and its waiting refund is applied."""
    await ledger.register(HOUSEHOLD)
    await ledger.post(order("A1", line("1", "37.00")))
    await ledger.refund(refund("R1", "A1", "7.00"))
    assert [result.status for result in await ledger.correct(_reassign("K1", "A1", HOUSEHOLD))] == ["accepted"]
    await ledger.settle()
    assert await _net_of(ledger, HOUSEHOLD) == 3000
    assert await ledger.scalar("SELECT method FROM sales.order_lines") == "hand"
    same = await ledger.post(order("A1", line("1", "37.00")))
    assert [result.status for result in same] == ["duplicate"]
    await _verified(ledger)


async def test_a_parked_line_of_one_code_that_is_given_to_several_keeps_what_it_said(ledger: Ledger) -> None:
    """The code that the platform named stays in the line, as its content hash has it."""
    await ledger.register(HOUSEHOLD)
    await ledger.register(OTHER)
    unknown = "C2HNTN52NB"
    await ledger.post(order("A1", line("1", "37.00", unknown)))
    shares = [CodeShare(HOUSEHOLD, 1), CodeShare(OTHER, 1)]
    await ledger.correct(Correction("K1", "tmall", "A1", "1", "reassign", "两户合卖 / of two", None, shares))
    assert (await _net_of(ledger, HOUSEHOLD), await _net_of(ledger, OTHER)) == (1850, 1850)
    assert await ledger.scalar("SELECT code FROM sales.order_lines") == unknown
    await _verified(ledger)


async def test_the_income_base_follows_a_correction(ledger: Ledger) -> None:
    """The old source's base of that day is reversed, the new one's posted, each by its rule."""
    for code, kind in ((HOUSEHOLD, "household"), (COOPERATIVE, "cooperative")):
        await ledger.register(code, kind)
    await ledger.ratio("*", 3333)
    await ledger.post(order("A1", line("1", "10.00", HOUSEHOLD)), order("A2", line("1", "0.01", HOUSEHOLD)))
    await ledger.settle()
    await ledger.correct(_reassign("K1", "A1", COOPERATIVE))
    await ledger.settle()
    rows = await ledger.rows(
        "SELECT kind, sum(net_fen)::bigint, sum(base_fen)::bigint FROM sales.income_entries GROUP BY kind ORDER BY kind"
    )
    assert [tuple(row) for row in rows] == [("cooperative", 1000, 333), ("household", 1, 0)]
    await _verified(ledger)


async def test_a_sale_between_coded_subjects_is_in_no_income(ledger: Ledger) -> None:
    """It is in the ledger, marked internal, and settles no base."""
    for code, kind in ((HOUSEHOLD, "household"), (COOPERATIVE, "cooperative")):
        await ledger.register(code, kind)
    await ledger.ratio("*", 5000)
    internal = order("A1", line("1", "10.00", HOUSEHOLD))
    internal.buyer_code = COOPERATIVE
    await ledger.post(internal)
    await ledger.settle()
    assert await ledger.scalar("SELECT internal FROM sales.ledger_entries") is True
    assert await ledger.scalar("SELECT count(*) FROM sales.income_entries") == 0
    await _verified(ledger)


async def test_a_refund_of_the_order_is_spread_anew_when_a_line_joins(ledger: Ledger) -> None:
    """Refund before its second line, or after: the shares end up the same, and entries say the difference."""
    await ledger.register(HOUSEHOLD)
    await ledger.post(order("A1", line("1", "10.00", HOUSEHOLD)))
    await ledger.refund(refund("R1", "A1", "6.00", line_no=None))
    await ledger.post(order("A1", line("2", "20.00", HOUSEHOLD)))
    await ledger.settle()
    await ledger.post(order("B1", line("1", "10.00", HOUSEHOLD), line("2", "20.00", HOUSEHOLD)))
    await ledger.refund(refund("R1", "B1", "6.00", line_no=None))
    shares = await ledger.rows("SELECT order_no, line_no, amount_fen FROM sales.refund_shares ORDER BY 1, 2")
    assert [tuple(row) for row in shares] == [("A1", "1", 200), ("A1", "2", 400), ("B1", "1", 200), ("B1", "2", 400)]
    await _verified(ledger)


async def test_a_line_parked_while_its_binding_was_being_taken_up_is_not_forgotten(ledger: Ledger) -> None:
    """The binding's batch is consumed while the order's transaction, which did not see it, is still open."""
    await ledger.register(COOPERATIVE, "cooperative")
    await ledger.settle()
    async with ledger.database.transaction() as connection:
        await ledger.hold(connection, order("A1", line("1", "37.00")))
        await ledger.bind_shop("guizhou-tea", COOPERATIVE)
        await ledger.settle()
    await ledger.settle()
    assert await ledger.scalar("SELECT attributed_code FROM sales.order_lines") == COOPERATIVE
