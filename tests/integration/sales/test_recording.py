"""Order lines: attributed, counted once, parked with a reason, taken up when what they lacked appears."""

import asyncio
from datetime import date

from tests.integration.sales.conftest import Ledger, line, order

HOUSEHOLD, OTHER_HOUSEHOLD, COOPERATIVE = "HRQC2R1YDV", "H7H0MRD1WC", "C2HNTN52NB"


async def test_a_line_with_a_code_in_force_is_in_the_ledger(ledger: Ledger) -> None:
    """The line is accepted and one gross entry says whose it is, where, when, and why."""
    subject_id = await ledger.register(HOUSEHOLD)
    results = await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD.lower())))
    assert [result.status for result in results] == ["accepted"]
    (entry,) = await ledger.rows("SELECT * FROM sales.ledger_entries")
    assert (entry.cause, entry.measure, entry.amount_fen) == ("sale", "gross", 3700)
    assert (entry.subject_id, entry.kind, entry.sale_day) == (subject_id, "household", date(2019, 3, 18))
    assert entry.reference == f"line {HOUSEHOLD}"


async def test_the_same_line_again_is_a_duplicate_and_other_content_a_conflict(ledger: Ledger) -> None:
    """Neither changes anything, and a duplicate answers the line's current state."""
    await ledger.register(HOUSEHOLD)
    await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)))
    again = await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)), order("A1", line("1", "38.00", HOUSEHOLD)))
    assert [result.status for result in again] == ["duplicate", "conflict"]
    assert (again[0].state, again[0].refunded) == ("accepted", "0.00")
    assert await ledger.scalar("SELECT sum(amount_fen) FROM sales.ledger_entries") == 3700


async def test_a_key_twice_in_one_request_counts_once(ledger: Ledger) -> None:
    """Within one request, too, the first line has the key."""
    await ledger.register(HOUSEHOLD)
    twice = await ledger.post(order("A1", line("1", "1.00", HOUSEHOLD), line("1", "1.00", HOUSEHOLD)))
    assert [result.status for result in twice] == ["accepted", "duplicate"]


async def test_two_identical_batches_at_once_have_one_effect_and_two_true_answers(ledger: Ledger) -> None:
    """Whoever commits first is accepted; the other waits and answers duplicate."""
    await ledger.register(HOUSEHOLD)
    orders = [order(f"A{number}", line("1", "1.00", HOUSEHOLD)) for number in range(200)]
    answers = await asyncio.gather(ledger.post(*orders), ledger.post(*reversed(orders)))
    statuses = sorted(result.status for results in answers for result in results)
    assert statuses == ["accepted"] * 200 + ["duplicate"] * 200
    assert await ledger.scalar("SELECT count(*) FROM sales.ledger_entries") == 200


async def test_reasons_for_parking(ledger: Ledger) -> None:
    """Unknown, not yet in force, suspended, revoked, unbound: each is parked by its own name and not counted."""
    await ledger.register(HOUSEHOLD, since=date(2019, 6, 1))
    subject_id = await ledger.register(OTHER_HOUSEHOLD)
    batch_id = await ledger.codes_batch()
    async with ledger.codes.transaction() as connection:
        await connection.exec_driver_sql(
            "UPDATE codes.directory_entries SET superseded_in = $1 WHERE code = $2", (batch_id, OTHER_HOUSEHOLD)
        )
        for state, since, until in (("suspended", "2019-01-01", "2019-04-01"), ("revoked", "2019-04-01", None)):
            await connection.exec_driver_sql(
                "INSERT INTO codes.directory_entries (code, valid_from, valid_to, recorded_in, state, subject_id, kind,"
                " region) VALUES ($1, CAST($2::text AS timestamptz), CAST($3::text AS timestamptz), $4, $5, $6,"
                " 'household', '522701102201')",
                (OTHER_HOUSEHOLD, since, until, batch_id, state, subject_id),
            )
    results = await ledger.post(
        order("unknown", line("1", "1.00", "HQ0AVMAYXP")),
        order("early", line("1", "1.00", HOUSEHOLD)),
        order("suspended", line("1", "1.00", OTHER_HOUSEHOLD)),
        order("revoked", line("1", "1.00", OTHER_HOUSEHOLD), at="2019-05-01T10:00:00+08:00"),
        order("unbound", line("1", "1.00")),
    )
    assert {result.status for result in results} == {"parked"}
    assert [result.reason for result in results] == [
        "unknown_code", "code_not_in_force", "code_suspended", "code_revoked", "no_binding",
    ]  # fmt: skip
    assert await ledger.scalar("SELECT count(*) FROM sales.ledger_entries") == 0


async def test_a_bad_code_on_the_line_never_falls_through_to_the_shop(ledger: Ledger) -> None:
    """A line whose own code is unknown is parked although its shop is bound."""
    await ledger.register(COOPERATIVE, "cooperative")
    await ledger.bind_shop("guizhou-tea", COOPERATIVE)
    results = await ledger.post(order("A1", line("1", "1.00", "HQ0AVMAYXP")), order("A2", line("1", "1.00")))
    assert [(result.status, result.reason) for result in results] == [("parked", "unknown_code"), ("accepted", None)]


async def test_a_listing_goes_before_its_shop(ledger: Ledger) -> None:
    """A line without a code belongs to the listing's code if its SKU is bound, else to the shop's."""
    await ledger.register(COOPERATIVE, "cooperative")
    await ledger.register(HOUSEHOLD)
    await ledger.bind_shop("guizhou-tea", COOPERATIVE)
    await ledger.execute(
        "INSERT INTO sales.listing_bindings (platform, shop, sku, valid_from, recorded_in, code) "
        "VALUES ('tmall', 'guizhou-tea', 'DY-500', DATE '2019-01-01', 1, :code)",
        code=HOUSEHOLD,
    )
    await ledger.post(order("A1", line("1", "1.00", sku="DY-500"), line("2", "2.00", sku="other"), line("3", "4.00")))
    rows = await ledger.rows("SELECT line_no, method, attributed_code FROM sales.order_lines ORDER BY line_no")
    assert [tuple(row) for row in rows] == [
        ("1", "listing", HOUSEHOLD),
        ("2", "shop", COOPERATIVE),
        ("3", "shop", COOPERATIVE),
    ]


async def test_a_parked_line_is_taken_up_when_its_code_appears(ledger: Ledger) -> None:
    """The line counts on its own day once the code is registered, and is no longer parked."""
    await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)))
    await ledger.settle()
    assert await ledger.scalar("SELECT count(*) FROM sales.parked_lines") == 1
    await ledger.register(HOUSEHOLD)
    await ledger.settle()
    assert await ledger.scalar("SELECT count(*) FROM sales.parked_lines") == 0
    (entry,) = await ledger.rows("SELECT amount_fen, sale_day FROM sales.ledger_entries")
    assert tuple(entry) == (3700, date(2019, 3, 18))


async def test_a_parked_line_is_taken_up_when_its_shop_is_bound(ledger: Ledger) -> None:
    """Later bindings act on parked lines, and on parked lines only."""
    await ledger.register(COOPERATIVE, "cooperative")
    await ledger.post(order("A1", line("1", "37.00")))
    await ledger.bind_shop("guizhou-tea", COOPERATIVE)
    await ledger.settle()
    assert await ledger.scalar("SELECT attributed_code FROM sales.order_lines") == COOPERATIVE


async def test_a_parked_line_may_be_resent_with_more(ledger: Ledger) -> None:
    """The key is kept; the same line with a good code is accepted and leaves the parked ones."""
    await ledger.register(HOUSEHOLD)
    await ledger.post(order("A1", line("1", "37.00")))
    same = await ledger.post(order("A1", line("1", "37.00")))
    assert [(result.status, result.state) for result in same] == [("duplicate", "parked")]
    more = await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)))
    assert [result.status for result in more] == ["accepted"]
    assert await ledger.scalar("SELECT count(*) FROM sales.parked_lines") == 0


async def test_one_bad_line_never_blocks_the_others(ledger: Ledger) -> None:
    """Malformed code, amount, category, quantity and a line in the future are rejected by name; the good one counts."""
    await ledger.register(HOUSEHOLD)
    bad_quantity = line("5", "1.00", HOUSEHOLD)
    bad_quantity.quantity = "-1"
    results = await ledger.post(
        order(
            "A1",
            line("1", "37.00", HOUSEHOLD),
            line("2", "37.00", "HRQC2R1YDW"),
            line("3", "37.005", HOUSEHOLD),
            line("4", "37.00", HOUSEHOLD, category="nonsense"),
            bad_quantity,
        ),
        order("A2", line("1", "1.00", HOUSEHOLD), at="2030-01-01T00:00:00+08:00"),
    )
    assert [(result.status, result.reason) for result in results] == [
        ("accepted", None),
        ("rejected", "malformed_code"),
        ("rejected", "amount"),
        ("rejected", "unknown_category"),
        ("rejected", "quantity"),
        ("rejected", "in_future"),
    ]
    retry = await ledger.post(order("A1", line("3", "37.00", HOUSEHOLD)))
    assert [result.status for result in retry] == ["accepted"], "a rejected line takes no key"
