"""Goods that a station received against money are payments of their own: once each, and voided with their scans."""

from datetime import UTC, date, datetime

from sqlalchemy import text

from services.sales.verify import checks
from tests.integration.sales.conftest import VILLAGE, Ledger

HOUSEHOLD = "HRQC2R1YDV"


async def scan(
    ledger: Ledger,
    scan_id: str,
    fen: int,
    *,
    purpose: str = "goods_received",
    code: str = HOUSEHOLD,
    day: date = date(2019, 4, 30),
    subject_id: int | None = None,
) -> None:
    """A scan of 30 April 2019 unless told otherwise, as codes would record it."""
    batch_id = await ledger.codes_batch()
    async with ledger.codes.transaction() as connection:
        await connection.execute(
            text("""
            INSERT INTO codes.scan_records (
                station, source, scan_id, recorded_in, content_hash, purpose, code, verdict, subject_id, kind, region,
                device_time, scanned_at, business_day, clock, offline, amount_paid_fen)
            VALUES ('S1', 'device:D1', :scan_id, :batch_id, '', :purpose, :code, 'valid', :subject_id, 'household',
                    :region, :at, :at, :day, 'as_told', FALSE, :fen)
            """),
            {
                "scan_id": scan_id,
                "batch_id": batch_id,
                "purpose": purpose,
                "code": code,
                "subject_id": subject_id or ledger.subjects[code],
                "region": VILLAGE,
                "at": datetime(day.year, day.month, day.day, 4, tzinfo=UTC),
                "day": day,
                "fen": fen,
            },
        )


async def void_scan(ledger: Ledger, scan_id: str) -> None:
    """The scan turns out not to be so."""
    batch_id = await ledger.codes_batch()
    async with ledger.codes.transaction() as connection:
        await connection.execute(
            text("UPDATE codes.scan_records SET superseded_in = :batch_id WHERE scan_id = :scan_id"),
            {"batch_id": batch_id, "scan_id": scan_id},
        )


async def _payments(ledger: Ledger) -> list[tuple[object, ...]]:
    rows = await ledger.rows(
        "SELECT payment_no, holder.group_id, holder.member_id, amount_fen, payment.for_month, "
        "payment.superseded_in IS NULL FROM sales.payment_records AS payment "
        "JOIN sales.payment_holders AS holder USING (group_code, payment_no) ORDER BY payment_no"
    )
    return [tuple(row) for row in rows]


async def test_a_purchase_becomes_a_payment_of_no_group(ledger: Ledger) -> None:
    """Once, however often the feed is looked at; other scans, and goods that were not paid for, become none."""
    household = await ledger.register(HOUSEHOLD)
    await scan(ledger, "1", 4_500)
    await scan(ledger, "2", 0)
    await scan(ledger, "3", 900, purpose="goods_sold")
    await ledger.settle()
    await ledger.settle()
    assert await _payments(ledger) == [("S1/device:D1/1", None, household, 4_500, date(2019, 4, 1), True)]
    batch = await ledger.rows("SELECT kind, accepted, accepted_fen FROM sales.batches WHERE kind = 'payments'")
    assert [tuple(row) for row in batch] == [("payments", 1, 4_500)]


async def test_a_voided_scan_voids_its_payment(ledger: Ledger) -> None:
    """Whether the void comes later, or before anybody had looked at the scan; and verify agrees."""
    await ledger.register(HOUSEHOLD)
    await scan(ledger, "1", 4_500)
    await ledger.settle()
    await void_scan(ledger, "1")
    await scan(ledger, "2", 700)
    await void_scan(ledger, "2")
    await scan(ledger, "3", 300)
    await ledger.settle()
    assert [(row[0], row[-1]) for row in await _payments(ledger)] == [
        ("S1/device:D1/1", False),
        ("S1/device:D1/2", False),
        ("S1/device:D1/3", True),
    ]
    async with ledger.database.snapshot() as connection:
        assert [check for check in await checks(connection) if check.differences] == []
