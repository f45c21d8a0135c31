"""The plan: what it asks of whom, what was reported, and which category belongs to which featured industry.

These are facts that people state, not figures that follow from others: rows of record with both clocks. The record
clock is a batch of this schema, in the order in which batches were written (one writer at a time; see ADR 0073).
"""

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Column, Date, DateTime, Identity, Integer, Table, Text

from services.kit.tables import rows_of_record, updatable
from services.stats.tables.base import metadata

plan_batches = Table(
    "plan_batches",
    metadata,
    Column("batch_id", BigInteger, Identity(), primary_key=True),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False, comment="Client id of who did it; system for what comes with the package."),
    Column("operation", Text, nullable=False, comment="load_plan, set_targets, report, map_industries, set_seasons."),
    info=rows_of_record(),
    comment="One row for each change of what is planned and reported; recorded_at grows with batch_id.",
)

plan_targets = Table(
    "plan_targets",
    metadata,
    Column("indicator", Text, primary_key=True),
    Column("unit", Text, primary_key=True, comment="A reporting unit, or province."),
    Column("year", Integer, primary_key=True, autoincrement=False, comment="To be reached by its end."),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("superseded_in", BigInteger),
    Column(
        "target_value",
        BigInteger,
        comment="Count, fen or ten-thousandths; NULL: all there are, such as every township.",
    ),
    Column("lead_department", Text, comment="NULL: still to be filled in."),
    Column("responsible_departments", ARRAY(Text), nullable=False),
    Column("source", Text, nullable=False),
    CheckConstraint("target_value >= 0", name="target_value"),
    info=updatable("superseded_in"),
    comment="What the plan asks of each unit, and who answers for it.",
)

reported_figures = Table(
    "reported_figures",
    metadata,
    Column("indicator", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("audience", Text, primary_key=True, comment="Of trainings: whom they were for; '' for all."),
    Column("first_day", Date, primary_key=True),
    Column("past_day", Date, primary_key=True, comment="The first day after the period."),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("superseded_in", BigInteger, comment="The batch of the report that corrects it."),
    Column("value", BigInteger, nullable=False, comment="Count, fen or ten-thousandths, as the indicator's unit says."),
    Column("source", Text, nullable=False, comment="The document or list it was taken from."),
    Column("reporter", Text, nullable=False, comment="The office that reports."),
    Column("reported_on", Date, nullable=False),
    CheckConstraint("first_day < past_day", name="period"),
    info=updatable("superseded_in"),
    comment="Figures that departments report: what the system cannot count, or counts otherwise.",
)

industry_categories = Table(
    "industry_categories",
    metadata,
    Column("category", Text, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", Date),
    Column("superseded_in", BigInteger),
    Column("industry", Text, comment="One of the plan's featured industries; NULL: agricultural, but of none of them."),
    info=updatable("superseded_in"),
    comment="Which categories are agricultural, and to which of the plan's featured industries they belong.",
)

quiet_seasons = Table(
    "quiet_seasons",
    metadata,
    Column("region", Text, primary_key=True, comment="The division in whose tree it holds."),
    Column("valid_from", Date, primary_key=True),
    Column("recorded_in", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", Date, nullable=False, comment="The first day on which stations should be heard of again."),
    Column("superseded_in", BigInteger),
    Column("reason", Text, nullable=False),
    CheckConstraint("valid_from < valid_to", name="validity"),
    info=updatable("superseded_in"),
    comment="Seasons without harvest: days on which nobody should wonder why the stations of a place are silent.",
)
