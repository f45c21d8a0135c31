"""Income: what each source has to divide, what groups gave to whom, and what reached each household."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, DateTime, Index, Table, Text, UniqueConstraint, text

from services.kit.tables import mutable, rows_of_record
from services.stats.kinds import KINDS
from services.stats.tables.base import ROOM, fen, metadata, number, subject

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
    Index("source_days_unknown_idx", "sale_day", postgresql_where=text("basis = 'unknown'")),
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
    # What the quality of figures is told by is a small part of the rows, and is asked with each summary.
    Index(
        "group_days_kept_idx",
        "sale_day",
        postgresql_include=["region", "category", "kept_fen"],
        postgresql_where=text("kept_fen <> 0"),
    ),
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
    Column("block", BigInteger, primary_key=True, autoincrement=False, comment="The block that made this difference."),
    fen("contract_fen", "Income by contract: own code, or a contracted part of a group's sales."),
    fen("imputed_fen", "Income by a ratio for want of better knowledge."),
    fen("paid_fen", "Income that was recorded as paid; all of a month's stands on its last day."),
    Index(None, "sale_day"),
    # Blocks grow with time, and so lie together: next to nothing finds the later ones.
    Index(None, "block", postgresql_using="brin"),
    info=mutable(),
    comment="What reached each household, by sale day: the sum of what each block of the feed changed.",
)

blocks = Table(
    "blocks",
    metadata,
    Column("block", BigInteger, primary_key=True, autoincrement=False, comment="1, 2, …; the last one is open."),
    Column("after", BigInteger, nullable=False, comment="It holds the positions after this one …"),
    Column("upto", BigInteger, nullable=False, comment="… up to this one."),
    Column("began_at", DateTime(timezone=True), nullable=False, comment="When its first income was sealed."),
    number("entries", "Income entries and payments in it: so much work it is to look into the midst of it."),
    UniqueConstraint("upto"),
    info=mutable(),
    comment="Stretches of the ledger's feed whose effect on households' days is kept apart (0060).",
)

settled_positions = Table(
    "settled_positions",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("income_position", BigInteger, nullable=False),
    info=rows_of_record(),
    comment="How far income was settled by what stood in the ledger at a position; a row where that moved.",
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
    postgresql_with=ROOM,
    info=mutable(),
    comment="What reached each household, by month: the sum of its days.",
)
