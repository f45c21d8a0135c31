"""Sales: what the ledger says of each line, the cells by region and period, and who sold."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Date, Index, Table, Text

from services.kit.tables import mutable, rows_of_record
from services.stats.tables.base import LEVELS, ROOM, fen, metadata, number, subject

lines = Table(
    "lines",
    metadata,
    Column("order_no", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("line_no", Text, primary_key=True),
    subject("subject_id"),
    Column("region", Text, primary_key=True, comment="The subject's division at the sale."),
    Column("kind", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("sale_day", Date, nullable=False),
    Column("shop", Text, nullable=False, comment="As the platform names it; '' where it is not known."),
    Column("station", Text, nullable=False, comment="The station that took part in the sale; '' for none."),
    Column("buyer_province", Text, nullable=False, comment="The buyer's province; '' where it is not known."),
    Column("trade", Text, nullable=False, comment="retail, wholesale, group, downlink; '' where it is not known."),
    Column("unit", Text, nullable=False, comment="Unit of the quantity; '' where it is not known."),
    number("quantity_milli", "Thousandths of the unit."),
    fen("gross_fen", "Sum of gross entries."),
    fen("refund_fen", "Minus the sum of refund entries; never negative."),
    Column("since", BigInteger, nullable=False, comment="Position of the line's first entry under this holder."),
    Column("shares_order", Boolean, nullable=False, comment="Its order has other rows: it must be counted with them."),
    Index(None, "region", "sale_day"),
    Index(None, "sale_day", "since", postgresql_using="brin"),
    info=mutable(),
    comment="What the ledger says of each line, by holder (a reassigned line has a row for each).",
)

line_changes = Table(
    "line_changes",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("order_no", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("line_no", Text, primary_key=True),
    subject("subject_id"),
    Column("region", Text, primary_key=True),
    Column("event_day", Date, primary_key=True, comment="The business day of the refund or correction itself."),
    fen("gross_fen", "Difference in gross sales; not the line's first."),
    fen("refund_fen", "Difference in refunds."),
    Index(None, "event_day"),
    info=rows_of_record(),
    comment="What became of lines after their first entry, by position: without the later ones a line is as it was.",
)

sales_cells = Table(
    "sales_cells",
    metadata,
    Column("level", Text, primary_key=True),
    Column("kind", Text, primary_key=True, comment="Kind of subject; *: what all together differ from their sum by."),
    Column("category", Text, primary_key=True, comment="Category, or * for all."),
    Column("grain", Text, primary_key=True, comment="day, month or year."),
    Column("region", Text, primary_key=True),
    Column("period", Date, primary_key=True, comment="The day, or the first day of the month or year."),
    Column("platform", Text, primary_key=True),
    fen("gross_fen", "Gross sales of the lines sold in the period."),
    fen("refund_fen", "Refunds of these lines, whenever they were made."),
    number("orders", "Distinct orders with a line of net > 0: no sum of the cells of kinds, categories or regions."),
    number("order_lines", "Lines with net > 0."),
    CheckConstraint(f"level IN {LEVELS}", name="level"),
    CheckConstraint("grain IN ('day', 'month', 'year')", name="grain"),
    postgresql_with=ROOM,
    info=mutable(),
    comment="Sales by region at every level of the tree, kind, category, platform and sale day or month.",
)

refund_cells = Table(
    "refund_cells",
    metadata,
    Column("level", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("event_day", Date, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    fen("refund_fen", "Refunds made on the day, whenever their lines were sold; less what was reversed on it."),
    CheckConstraint(f"level IN {LEVELS}", name="level"),
    postgresql_with=ROOM,
    info=mutable(),
    comment="The cash view of refunds: by their own day. Sums are taken at the query, so there are no * cells.",
)

sellers = Table(
    "sellers",
    metadata,
    subject("subject_id"),
    Column("grain", Text, primary_key=True, comment="day, month or year."),
    Column("period", Date, primary_key=True, comment="First day of the period."),
    Column("region", Text, primary_key=True, comment="The subject's division at the sale."),
    Column("kind", Text, nullable=False),
    fen("net_fen", "Net sales; never negative."),
    CheckConstraint("grain IN ('day', 'month', 'year')", name="grain"),
    Index(None, "grain", "period", "region"),
    postgresql_with=ROOM,
    info=mutable(),
    comment="Net sales of each subject, so that distinct subjects can be counted in any period.",
)

seller_cells = Table(
    "seller_cells",
    metadata,
    Column("level", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("grain", Text, primary_key=True, comment="day, month or year."),
    Column("region", Text, primary_key=True),
    Column("period", Date, primary_key=True),
    number("subjects", "Distinct subjects with net > 0."),
    CheckConstraint(f"level IN {LEVELS}", name="level"),
    postgresql_with=ROOM,
    info=mutable(),
    comment="How many subjects sold, for whole days, months and years.",
)

unit_cells = Table(
    "unit_cells",
    metadata,
    Column("level", Text, primary_key=True),
    Column("grain", Text, primary_key=True, comment="day, month or year."),
    Column("region", Text, primary_key=True),
    Column("period", Date, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("unit", Text, primary_key=True, comment="As the platforms write it; never summed with another."),
    number("quantity_milli", "Thousandths of the unit, of lines with net > 0."),
    CheckConstraint(f"level IN {LEVELS}", name="level"),
    postgresql_with=ROOM,
    info=mutable(),
    comment="Quantities sold, by unit.",
)

panel_months = Table(
    "panel_months",
    metadata,
    subject("subject_id"),
    Column("month", Date, primary_key=True, comment="First day of the month."),
    Column("platform", Text, primary_key=True),
    Column("shop", Text, primary_key=True),
    Column("region", Text, primary_key=True, comment="The subject's division at the sale."),
    Column("kind", Text, nullable=False),
    fen("net_fen", "Net sales; never negative."),
    Index(None, "month", "region"),
    postgresql_with=ROOM,
    info=mutable(),
    comment="Net sales of each subject in each shop, so that those present in two periods can be compared.",
)
