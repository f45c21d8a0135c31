"""Income: what each source has to divide, what groups gave to whom, and what reached each household."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, Table, Text

from services.kit.tables import mutable
from services.stats.tables.base import KINDS, fen, metadata, number, subject

source_days = Table(
    "source_days",
    metadata,
    subject("subject_id"),
    Column("sale_day", Date, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("basis", Text, primary_key=True, comment="contract, imputed, or unknown where no ratio is in force."),
    Column("kind", Text, nullable=False),
    Column("region", Text, nullable=False),
    fen("net_fen", "Net sales that were settled with this basis."),
    fen("base_fen", "Income base: the part of them that is income."),
    Column("list_position", BigInteger, nullable=False, comment="Position of codes' feed that fixes the member list."),
    CheckConstraint(f"kind IN {KINDS}", name="kind"),
    CheckConstraint("basis IN ('contract', 'imputed', 'unknown')", name="basis"),
    Index(None, "sale_day"),
    info=mutable(),
    comment="Sum of the income entries of each source, day, category and basis: what is split among members.",
)

received_days = Table(
    "received_days",
    metadata,
    subject("subject_id"),
    Column("sale_day", Date, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("basis", Text, primary_key=True),
    subject("giver_id"),
    fen("received_fen", "The cooperative's part of the giver's base."),
    Column("list_position", BigInteger, nullable=False, comment="The position with which the giver was split."),
    Index(None, "giver_id", "sale_day"),
    info=mutable(),
    comment="What a cooperative has from the enterprises it is a member of; split further with its own base.",
)

group_days = Table(
    "group_days",
    metadata,
    subject("subject_id"),
    Column("sale_day", Date, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("basis", Text, primary_key=True),
    Column("region", Text, nullable=False, comment="The group's division on the day."),
    fen("members_fen", "What went to members; of members that were paid for the month, what was paid counts."),
    fen("kept_fen", "What stayed with the group (all, where it has no members): no household's income."),
    Column("list_position", BigInteger, nullable=False, comment="Position of codes' feed whose member list was used."),
    Index(None, "sale_day"),
    info=mutable(),
    comment="How each group's own and received base of a day was divided.",
)

paid_months = Table(
    "paid_months",
    metadata,
    subject("subject_id"),
    Column("group_id", BigInteger, primary_key=True, autoincrement=False, comment="Who paid; 0: no coded group."),
    Column("month", Date, primary_key=True, comment="First day of the month that it was paid for."),
    number("payments", "Payments that are not voided: while there are any, nothing modelled counts beside them."),
    fen("paid_fen", "What they add up to."),
    Index(None, "group_id", "month"),
    info=mutable(),
    comment="What households were paid, by payer and month.",
)

replaced_days = Table(
    "replaced_days",
    metadata,
    subject("subject_id"),
    Column("group_id", BigInteger, primary_key=True, autoincrement=False),
    Column("sale_day", Date, primary_key=True),
    fen("contract_fen", "As in household_days."),
    fen("imputed_fen", "As in household_days."),
    Index(None, "sale_day"),
    info=mutable(),
    comment="What a group's divisions would give a household on days of months for which it was paid: in no total.",
)

household_days = Table(
    "household_days",
    metadata,
    subject("subject_id"),
    Column("sale_day", Date, primary_key=True),
    fen("contract_fen", "Income by contract: own code, or a contracted part of a group's sales."),
    fen("imputed_fen", "Income by a ratio for want of better knowledge."),
    fen("paid_fen", "Income that was recorded as paid; all of a month's stands on its last day."),
    Index(None, "sale_day"),
    info=mutable(),
    comment="What reached each household, by sale day.",
)

household_months = Table(
    "household_months",
    metadata,
    subject("subject_id"),
    Column("month", Date, primary_key=True, comment="First day of the month."),
    fen("contract_fen", "As in household_days."),
    fen("imputed_fen", "As in household_days."),
    fen("paid_fen", "As in household_days."),
    Index(None, "month"),
    info=mutable(),
    comment="What reached each household, by month: the sum of its days.",
)
