"""What ``onecode verify`` recomputes of monitoring: every table, at the position that its consumer has come to."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.verify import Check
from services.stats.monitoring.folding import PRODUCTS, STATIONS
from services.stats.queries import monitoring_checks as recompute
from services.stats.queries.monitoring_fold import COUNTED
from services.stats.verify import Comparison, compare_table

_SUMS = ("gross_fen", "refund_fen")

_TABLES: Sequence[tuple[str, Comparison]] = (
    (
        PRODUCTS,
        (
            "product_months",
            recompute.PRODUCT_MONTHS,
            ("month", "region", "category", "platform", "shop", "sku", "unit"),
            ("lines", "quantity_milli", *_SUMS),
        ),
    ),
    (
        PRODUCTS,
        (
            "buyer_months",
            recompute.BUYER_MONTHS,
            ("month", "region", "category", "buyer_province"),
            ("lines", *_SUMS),
        ),
    ),
    (
        PRODUCTS,
        ("station_orders", recompute.STATION_ORDERS, ("order_no", "platform", "station", "sale_day"), _SUMS),
    ),
    (
        STATIONS,
        (
            "station_days",
            recompute.STATION_DAYS,
            ("station", "business_day"),
            (*COUNTED, "uploaded", "longest_queue_seconds", "largest_skew_ms"),
        ),
    ),
)

_POSITION = text("SELECT position FROM stats.cursors WHERE consumer = :consumer")


async def checks(connection: AsyncConnection) -> list[Check]:
    """Every check of monitoring, in the caller's snapshot."""
    found = []
    for consumer, comparison in _TABLES:
        upto = await connection.scalar(_POSITION, {"consumer": consumer}) or 0
        found.append(await compare_table(connection, upto, comparison))
    return found
