"""The tables of schema ``stats``: the cube. All of it is derived from the feed of ``sales`` by one consumer, ``cube``,
and can be recomputed from what ``sales`` and ``codes`` publish (``verify.py`` does).

``lines`` would be distributed on ``order_no``, tables that begin with a subject on that subject; the cells are few
and roll up from them. A region is a division code; ``level`` is how deep it lies, so that all divisions of a level
stand side by side in the key. Counts and amounts of cells carry no CHECK: PostgreSQL would hold a difference against
it before it finds the row that the difference is added to.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, Table, Text

from services.kit.feed import cursor_table
from services.kit.tables import mutable, schema_metadata

metadata = schema_metadata("stats")
cursor_table(metadata)

_LEVELS = "('province', 'prefecture', 'county', 'township', 'village')"
_KINDS = "('household', 'cooperative', 'enterprise')"


def _fen(name: str, comment: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0", comment=comment)


def _number(name: str, comment: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0", comment=comment)


def _subject(name: str) -> Column[int]:
    return Column(name, BigInteger, primary_key=True, autoincrement=False)


lines = Table(
    "lines",
    metadata,
    Column("order_no", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("line_no", Text, primary_key=True),
    _subject("subject_id"),
    Column("region", Text, primary_key=True, comment="The subject's division at the sale."),
    Column("kind", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("sale_day", Date, nullable=False),
    _fen("gross_fen", "Sum of gross entries."),
    _fen("refund_fen", "Minus the sum of refund entries; never negative."),
    info=mutable(),
    comment="What the ledger says of each line, by holder (a reassigned line has a row for each).",
)

sales_cells = Table(
    "sales_cells",
    metadata,
    Column("level", Text, primary_key=True),
    Column("kind", Text, primary_key=True, comment="Kind of subject, or * for all."),
    Column("category", Text, primary_key=True, comment="Category, or * for all."),
    Column("grain", Text, primary_key=True, comment="day or month."),
    Column("region", Text, primary_key=True),
    Column("period", Date, primary_key=True, comment="The day, or the first day of the month."),
    Column("platform", Text, primary_key=True),
    _fen("gross_fen", "Gross sales of the lines sold in the period."),
    _fen("refund_fen", "Refunds of these lines, whenever they were made."),
    _number("orders", "Distinct orders with a line of net > 0: no sum of the cells of kinds, categories or regions."),
    _number("order_lines", "Lines with net > 0."),
    CheckConstraint(f"level IN {_LEVELS}", name="level"),
    CheckConstraint("grain IN ('day', 'month')", name="grain"),
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
    _fen("refund_fen", "Refunds made on the day, whenever their lines were sold; less what was reversed on it."),
    CheckConstraint(f"level IN {_LEVELS}", name="level"),
    info=mutable(),
    comment="The cash view of refunds: by their own day. Sums are taken at the query, so there are no * cells.",
)

sellers = Table(
    "sellers",
    metadata,
    _subject("subject_id"),
    Column("grain", Text, primary_key=True, comment="day, month or year."),
    Column("period", Date, primary_key=True, comment="First day of the period."),
    Column("region", Text, primary_key=True, comment="The subject's division at the sale."),
    Column("kind", Text, nullable=False),
    _fen("net_fen", "Net sales; never negative."),
    CheckConstraint("grain IN ('day', 'month', 'year')", name="grain"),
    Index(None, "grain", "period", "region"),
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
    _number("subjects", "Distinct subjects with net > 0."),
    CheckConstraint(f"level IN {_LEVELS}", name="level"),
    info=mutable(),
    comment="How many subjects sold, for whole days, months and years.",
)

source_days = Table(
    "source_days",
    metadata,
    _subject("subject_id"),
    Column("sale_day", Date, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("basis", Text, primary_key=True, comment="contract, imputed, or unknown where no ratio is in force."),
    Column("kind", Text, nullable=False),
    Column("region", Text, nullable=False),
    _fen("net_fen", "Net sales that were settled with this basis."),
    _fen("base_fen", "Income base: the part of them that is income."),
    Column("list_position", BigInteger, nullable=False, comment="Position of codes' feed that fixes the member list."),
    CheckConstraint(f"kind IN {_KINDS}", name="kind"),
    CheckConstraint("basis IN ('contract', 'imputed', 'unknown')", name="basis"),
    Index(None, "sale_day"),
    info=mutable(),
    comment="Sum of the income entries of each source, day, category and basis: what is split among members.",
)

received_days = Table(
    "received_days",
    metadata,
    _subject("subject_id"),
    Column("sale_day", Date, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("basis", Text, primary_key=True),
    _subject("giver_id"),
    _fen("received_fen", "The cooperative's part of the giver's base."),
    Column("list_position", BigInteger, nullable=False, comment="The position with which the giver was split."),
    Index(None, "giver_id", "sale_day"),
    info=mutable(),
    comment="What a cooperative has from the enterprises it is a member of; split further with its own base.",
)

group_days = Table(
    "group_days",
    metadata,
    _subject("subject_id"),
    Column("sale_day", Date, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("basis", Text, primary_key=True),
    Column("region", Text, nullable=False, comment="The group's division on the day."),
    _fen("members_fen", "What went to members; of members that were paid for the month, what was paid counts."),
    _fen("kept_fen", "What stayed with the group (all, where it has no members): no household's income."),
    Column("list_position", BigInteger, nullable=False, comment="Position of codes' feed whose member list was used."),
    Index(None, "sale_day"),
    info=mutable(),
    comment="How each group's own and received base of a day was divided.",
)

paid_months = Table(
    "paid_months",
    metadata,
    _subject("subject_id"),
    Column("group_id", BigInteger, primary_key=True, autoincrement=False, comment="Who paid; 0: no coded group."),
    Column("month", Date, primary_key=True, comment="First day of the month that it was paid for."),
    _number("payments", "Payments that are not voided: while there are any, nothing modelled counts beside them."),
    _fen("paid_fen", "What they add up to."),
    Index(None, "group_id", "month"),
    info=mutable(),
    comment="What households were paid, by payer and month.",
)

replaced_days = Table(
    "replaced_days",
    metadata,
    _subject("subject_id"),
    Column("group_id", BigInteger, primary_key=True, autoincrement=False),
    Column("sale_day", Date, primary_key=True),
    _fen("contract_fen", "As in household_days."),
    _fen("imputed_fen", "As in household_days."),
    Index(None, "sale_day"),
    info=mutable(),
    comment="What a group's divisions would give a household on days of months for which it was paid: in no total.",
)

household_days = Table(
    "household_days",
    metadata,
    _subject("subject_id"),
    Column("sale_day", Date, primary_key=True),
    _fen("contract_fen", "Income by contract: own code, or a contracted part of a group's sales."),
    _fen("imputed_fen", "Income by a ratio for want of better knowledge."),
    _fen("paid_fen", "Income that was recorded as paid; all of a month's stands on its last day."),
    Index(None, "sale_day"),
    info=mutable(),
    comment="What reached each household, by sale day.",
)

household_months = Table(
    "household_months",
    metadata,
    _subject("subject_id"),
    Column("month", Date, primary_key=True, comment="First day of the month."),
    _fen("contract_fen", "As in household_days."),
    _fen("imputed_fen", "As in household_days."),
    _fen("paid_fen", "As in household_days."),
    Index(None, "month"),
    info=mutable(),
    comment="What reached each household, by month: the sum of its days.",
)
