"""What is told beside amounts: what a platform says of a line, and which villages report together."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

LINE = text("""
INSERT INTO sales.order_lines (
    order_no, platform, line_no, occurred_at, shop, station, buyer_region, trade, category, quantity_milli, unit,
    amount_fen, content_hash, batch_id, sale_day, attributed_code, method, subject_id, kind, region
) VALUES (
    :order_no, :platform, :line_no, CAST(:day AS date), :shop, :station, :buyer, :trade, :category, :quantity, :unit,
    0, '', 0, CAST(:day AS date), '', 'line', 0, '', ''
)
""")


async def tell_line(connection: AsyncConnection, line: tuple[str, str, str], day: date, category: str) -> None:
    """What the platform says of a line; shop, station, buyer, trade and unit follow from its numbers."""
    number = sum(map(ord, "".join(line)))
    told = {
        "order_no": line[0],
        "platform": line[1],
        "line_no": line[2],
        "day": day,
        "shop": f"shop-{number % 2}",
        "station": ("ST1", None)[number % 2],
        "buyer": ("310101000000", "440300000000", None)[number % 3],
        "trade": ("retail", "wholesale")[number // 2 % 2],
        "category": category,
        "quantity": 1000 + number,
        "unit": ("kg", "box")[number // 3 % 2],
    }
    await connection.execute(LINE, told)


async def report_by(connection: AsyncConnection, batch_id: int, units: Mapping[str, Sequence[str]]) -> None:
    """Reporting units, each a list of villages."""
    for unit, villages in units.items():
        await connection.execute(text("INSERT INTO codes.reporting_units VALUES (:unit, :unit, :unit)"), {"unit": unit})
        for village in villages:
            await connection.execute(
                text(
                    "INSERT INTO codes.reporting_unit_villages (village, unit, valid_from, recorded_in) "
                    "VALUES (:village, :unit, DATE '2000-01-01', :batch)"
                ),
                {"village": village, "unit": unit, "batch": batch_id},
            )
