"""Monitoring: what each station does by day, what passes through it, and what is sold of each product by month.

Derived from the feeds of ``sales`` and ``codes`` by two consumers of their own, so that the cube does not wait for
them; recomputed by ``monitoring/checks.py``. Everything is a sum, so windows may be cut anywhere.
"""

from sqlalchemy import Column, Date, Index, Table, Text

from services.kit.tables import mutable
from services.stats.tables.base import fen, metadata, number

station_days = Table(
    "station_days",
    metadata,
    Column("station", Text, primary_key=True),
    Column("business_day", Date, primary_key=True),
    number("verify", "Scans that count, by purpose; voided ones do not."),
    number("goods_received", "Goods taken in from a villager."),
    number("goods_sold", "Goods sold."),
    number("purchase_for_villager", "Bought online for a villager."),
    number("parcel_in", "Parcels that came."),
    number("parcel_out", "Parcels that went."),
    number("service", "Other services."),
    number("not_valid", "Of all of them: scans of a code that was not good."),
    number("offline", "Of all of them: scans that were verified without a network."),
    number("clock_corrected", "Of all of them: scans of a device whose clock was wrong."),
    fen("paid_fen", "Paid for goods taken in."),
    number("uploaded", "Scans recorded, voided ones and voids too: what the two columns below were measured on."),
    number("longest_queue_seconds", "From the oldest scan's moment to the feed: how long one waited at most."),
    number("largest_skew_ms", "By how much a device's clock was off at most, in either direction."),
    Index(None, "business_day"),
    info=mutable(),
    comment="Scans of each station by business day.",
)

station_orders = Table(
    "station_orders",
    metadata,
    Column("order_no", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("station", Text, primary_key=True),
    Column("sale_day", Date, primary_key=True),
    fen("gross_fen", "As the ledger has it."),
    fen("refund_fen", "Minus the sum of refund entries."),
    Index(None, "sale_day", "station"),
    info=mutable(),
    comment="Orders that came through a station; few beside all orders.",
)

product_months = Table(
    "product_months",
    metadata,
    Column("month", Date, primary_key=True, comment="First day of the month of the sale."),
    Column("region", Text, primary_key=True, comment="The seller's division at the sale."),
    Column("category", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("shop", Text, primary_key=True),
    Column("sku", Text, primary_key=True, comment="'' where the platform named none."),
    Column("unit", Text, primary_key=True, comment="'' where the platform named none."),
    Column("title", Text, comment="As it was called last."),
    number("lines", "Lines sold, less what was cancelled or reassigned; a line for nothing is none."),
    number("quantity_milli", "Thousandths of the unit that were sold, before refunds."),
    fen("gross_fen", "Gross sales."),
    fen("refund_fen", "Refunds of these lines, whenever they were made."),
    info=mutable(),
    comment="Sales of each product by month.",
)

buyer_months = Table(
    "buyer_months",
    metadata,
    Column("month", Date, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("buyer_province", Text, primary_key=True, comment="Its two digits; '' where the platform named none."),
    number("lines", "As in product_months."),
    fen("gross_fen", "As in product_months."),
    fen("refund_fen", "As in product_months."),
    info=mutable(),
    comment="Sales of each category by month and the buyers' province.",
)
