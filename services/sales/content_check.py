"""Whether accepted lines still say what the platform said: their content hashed again, as ``verify`` asks for it."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.sales.line import JudgedLine, content_hash
from services.sales.parts import read_codes
from services.sales.queries.checks import CONTENT_OF_LINES

_CHUNK_LINES = 5_000


async def altered_lines(connection: AsyncConnection, *, limit: int) -> list[dict[str, object]]:
    """Lines whose content is not the one that was hashed when they came, the first ``limit`` of them."""
    altered: list[dict[str, object]] = []
    async with connection.stream(CONTENT_OF_LINES) as lines:
        async for chunk in lines.partitions(_CHUNK_LINES):
            for row in chunk:
                if content_hash(_line(row)) != bytes(row.content_hash) and len(altered) < limit:
                    altered.append({"order_no": row.order_no, "platform": row.platform, "line_no": row.line_no})
    return altered


def _line(row: Any) -> JudgedLine:
    return JudgedLine(
        order_no=row.order_no,
        line_no=row.line_no,
        occurred_at=row.occurred_at,
        shop=row.shop,
        station=row.station,
        buyer_region=row.buyer_region,
        trade=row.trade,
        campaign=row.campaign,
        buyer_code=row.buyer_code,
        code=row.code,
        sku=row.sku,
        title=None,
        category=row.category,
        quantity_milli=row.quantity_milli,
        unit=row.unit,
        amount_fen=row.amount_fen,
        content_hash=b"",
        codes=None if row.codes is None else read_codes(row.codes),
    )
