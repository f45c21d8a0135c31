"""Whom income reached, counted ahead: what each household counts as, and the cells that follow from it and its months.

Named periods are running sums. Within a ``grain`` a household's income adds up from the first month of a month, a
quarter or a year; the cell of a month holds what that month changes in amounts and counts. So the sum of a year's cells
from January to any month is the cumulative figure of those months, and all twelve are the year.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Integer, Table, Text

from services.kit.tables import mutable
from services.stats.tables.base import LEVELS, ROOM, fen, metadata, number, subject

standings = Table(
    "standings",
    metadata,
    subject("subject_id"),
    Column("valid_from", Date, primary_key=True, comment="-infinity for the first."),
    Column("valid_to", Date, nullable=False, comment="First day no longer; infinity for the last."),
    Column("region", Text, nullable=False),
    Column("persons", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("baseline_fen", BigInteger, comment="Of all its persons at baseline; NULL: there is none."),
    Column("first_year", Integer, comment="Of its own first income, from which the baseline follows."),
    info=mutable(),
    comment="What each household that has income counts as: its home, and the baseline it reckons with.",
)

reach_cells = Table(
    "reach_cells",
    metadata,
    Column("level", Text, primary_key=True),
    Column("grain", Text, primary_key=True, comment="month, quarter or year: within which income adds up."),
    Column("region", Text, primary_key=True),
    Column("month", Date, primary_key=True, comment="The month that makes the difference; its first day."),
    fen("contract_fen", "As in household_days."),
    fen("imputed_fen", "As in household_days."),
    fen("paid_fen", "As in household_days."),
    number("households", "Households with income."),
    number("households_reached", "Of 1.00 yuan at least."),
    number("households_reached_100", "Of 100.00 yuan at least."),
    number("households_reached_1000", "Of 1,000.00 yuan at least."),
    number("people_reached", "Persons of households_reached."),
    number("registered", "Of them, in households of this status."),
    number("out_of_poverty", "Of them, in households of this status."),
    number("monitored", "Of them, in households of this status."),
    number("without_baseline", "Households with income and no positive baseline."),
    CheckConstraint(f"level IN {LEVELS}", name="level"),
    CheckConstraint("grain IN ('month', 'quarter', 'year')", name="grain"),
    info=mutable(),
    postgresql_with=ROOM,
    comment="Income and whom it reached by where households live at a period's end: a running sum over its months.",
)

uplift_cells = Table(
    "uplift_cells",
    metadata,
    Column("level", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    fen("income_fen", "Income of the year of households with a positive baseline."),
    fen("baseline_fen", "Their baselines."),
    number("people_with_increase", "Persons of households with more income than in the year before."),
    CheckConstraint(f"level IN {LEVELS}", name="level"),
    info=mutable(),
    postgresql_with=ROOM,
    comment="What calendar years compare, by where households live on the year's last day.",
)

code_cells = Table(
    "code_cells",
    metadata,
    Column("level", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("grain", Text, primary_key=True, comment="month or day: all of a month together, or each day."),
    Column("region", Text, primary_key=True),
    Column("past", Date, primary_key=True, comment="First day before whose beginning they count, or its month."),
    number("codes", "Codes that came into force, less those that went out of it."),
    CheckConstraint(f"level IN {LEVELS}", name="level"),
    CheckConstraint("grain IN ('day', 'month')", name="grain"),
    info=mutable(),
    comment="Codes in force by their subjects' divisions: a running sum over all time.",
)
