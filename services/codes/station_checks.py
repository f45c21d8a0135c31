"""What ``onecode verify`` recomputes of cards, scans and statements: each card of a key that signed that day, each scan
said once and still what it said, each payment by the rule, no PIN tried more often than it may be.
"""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Kind
from services.codes.pin import MAX_WRONG_IN_A_ROW
from services.codes.queries import station_checks as queries
from services.codes.scan import Key, Purpose, Scan, Verdict, Work, content_hash, is_paid_income
from services.kit.verify import MAX_DIFFERENCES, Check

_AT_ONCE = 5_000


async def station_checks(connection: AsyncConnection) -> list[Check]:
    """The checks, in the caller's snapshot."""
    limit = {"limit": MAX_DIFFERENCES}
    openings = await _rows(connection, queries.WRONG_OPENINGS, {"most": MAX_WRONG_IN_A_ROW, **limit})
    return [
        Check(
            "卡片与密钥相符 / cards are of issued codes and of keys that signed then",
            await _count(connection, "cards"),
            await _rows(connection, queries.WRONG_CARDS, limit),
        ),
        Check(
            "设备扫码在其时 / scans of devices are of their time and station",
            await _count(connection, "scan_records"),
            await _rows(connection, queries.WRONG_DEVICE_SCANS, limit),
        ),
        await _check_contents(connection),
        Check(
            "对账单依规开启 / statements were opened by the rule", await _count(connection, "pin_attempts"), openings
        ),
    ]


async def _check_contents(connection: AsyncConnection) -> Check:
    """Each scan's content hash made again from what is on record, and whether it is a payment judged again."""
    checked, wrong = 0, list[dict[str, Any]]()
    async for row in _scans(connection):
        checked += 1
        findings = []
        # Of a card only its number is kept, and its token is part of what was said.
        with_card = row.card_no is not None or row.verdict == Verdict.BAD_SIGNATURE
        if not with_card and content_hash(_said(row)) != bytes(row.content_hash):
            findings.append("not what was said")
        kind, verdict = row.kind and Kind(row.kind), row.verdict and Verdict(row.verdict)
        if is_paid_income(Purpose(row.purpose), verdict, kind, row.amount_paid_fen) != row.is_purchase:
            findings.append("a payment by one account only")
        key = {"station": row.station, "source": row.source, "scan_id": row.scan_id}
        wrong += [{**key, "finding": finding} for finding in findings]
    return Check("扫码内容如初 / recorded scans still say what was said", checked, wrong[:MAX_DIFFERENCES])


async def _scans(connection: AsyncConnection) -> AsyncIterator[Row[Any]]:
    result = await connection.stream(queries.SCANS)
    async for rows in result.partitions(_AT_ONCE):
        for row in rows:
            yield row


def _said(row: Row[Any]) -> Scan:
    return Scan(
        key=Key(row.source, row.scan_id),
        purpose=Purpose(row.purpose),
        device_time=row.device_time,
        offline=row.offline,
        code=row.code,
        work=Work(
            category=row.category,
            quantity_milli=row.quantity_milli,
            unit=row.unit,
            unit_price_fen=row.unit_price_fen,
            amount_paid_fen=row.amount_paid_fen,
            waybill=row.waybill,
            order_no=row.order_no,
            operator=row.operator,
        ),
        voids=None if row.voids_scan_id is None else Key(row.voids_source, row.voids_scan_id),
    )


async def _count(connection: AsyncConnection, table: str) -> int:
    return int(await connection.scalar(text(f"SELECT count(*) FROM codes.{table}")) or 0)  # noqa: S608 - our own names


async def _rows(connection: AsyncConnection, query: Any, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in (await connection.execute(query, parameters)).mappings()]
