"""Releases: what was frozen, and by whom it was compiled and approved. All of it rows of record: a release that could
be changed would be none, so nothing here is ever updated or deleted, and the grants say so.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, DateTime, Identity, Index, Table, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.kit.tables import rows_of_record
from services.stats.tables.base import LEVELS, metadata, number

DIMENSIONS = "('', 'kind', 'platform', 'category')"
PART_LEVELS = LEVELS.replace(")", ", 'reporting_unit')")
"""Parts are also of reporting units, which stand beside prefectures."""
STAGES = "('preliminary', 'revised', 'final')"


def _release() -> Column[int]:
    return Column("release_id", BigInteger, primary_key=True, autoincrement=False)


def _part() -> list[Column[str]]:
    return [
        Column("period", Text, primary_key=True, comment="As the API writes it: 2020, 2020-Q1, 2020-02."),
        Column("level", Text, primary_key=True, comment="The level whose divisions the rows are of."),
        Column("dimension", Text, primary_key=True, comment="What figures are narrowed by; empty: by nothing."),
        Column("key", Text, primary_key=True, comment="To which of its values."),
    ]


releases = Table(
    "releases",
    metadata,
    Column("release_id", BigInteger, Identity(), primary_key=True),
    Column("region", Text, nullable=False, comment="Everything in its tree, down to the villages, is in the release."),
    Column("period", Text, nullable=False, comment="With the months, quarters and years in it."),
    Column("first", Date, nullable=False),
    Column("past", Date, nullable=False),
    Column("stage", Text, nullable=False),
    Column("calendar", Text, nullable=False, comment="The entry of the bureau's calendar of releases that this is."),
    Column("compiler", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("publish_at", DateTime(timezone=True), comment="Nobody else sees it before; NULL: once it is approved."),
    Column("down_to", Text, nullable=False, comment="The lowest level whose divisions are in it."),
    Column("supersedes", BigInteger, comment="The release in whose place it stands."),
    Column("reason", Text, comment="Why."),
    Column(
        "rules", JSONB, comment="By which its figures are protected, for ever; NULL: drafted before they were kept."
    ),
    Column("drafted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint(f"stage IN {STAGES}", name="stage"),
    CheckConstraint(f"down_to IN {LEVELS}", name="down_to"),
    CheckConstraint("first < past", name="period"),
    CheckConstraint("(supersedes IS NULL) = (reason IS NULL)", name="reason"),
    Index(None, "region", "period"),
    info=rows_of_record(),
    comment="What was to be frozen, and by whom.",
)

started_releases = Table(
    "started_releases",
    metadata,
    _release(),
    Column("position", BigInteger, nullable=False, comment="Of sales' feed, at which all of it is computed."),
    Column("registry_position", BigInteger, nullable=False, comment="Of codes' feed, likewise."),
    Column("income_position", BigInteger, nullable=False, comment="How far income was settled."),
    Column("sealed_at", DateTime(timezone=True), nullable=False, comment="Of the position."),
    Column("first_month", Date, comment="The first month the ledger had sales of."),
    Column("sources", ARRAY(Text), nullable=False, comment="Of the sources of figures, those that it holds."),
    Column("started_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    info=rows_of_record(),
    comment="The position of each release, fixed by who began to compute it.",
)

release_parts = Table(
    "release_parts",
    metadata,
    _release(),
    *_part(),
    number("part_no", "The order in which parts are frozen."),
    CheckConstraint(f"level IN {PART_LEVELS}", name="level"),
    CheckConstraint(f"dimension IN {DIMENSIONS}", name="dimension"),
    info=rows_of_record(),
    comment="The parts of a release, each of which is computed and committed by itself: planned when it is started.",
)

release_rows = Table(
    "release_rows",
    metadata,
    _release(),
    *_part(),
    Column("region", Text, primary_key=True),
    Column("source", Text, primary_key=True, comment="Of the sources of figures; or quality, for that block."),
    Column("figures", JSONB, nullable=False, comment="By indicator: fen, a count, ten-thousandths, or why none."),
    info=rows_of_record(),
    comment="The figures. Where there is no row, all of a source's indicators are nought.",
)

frozen_parts = Table(
    "frozen_parts",
    metadata,
    _release(),
    *_part(),
    number("row_count", "How many rows it has."),
    Column("digest", Text, nullable=False, comment="SHA-256 over its rows."),
    Column("frozen_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    info=rows_of_record(),
    comment="The parts that are done, each written in the transaction of its rows.",
)

frozen_releases = Table(
    "frozen_releases",
    metadata,
    _release(),
    number("row_count", "How many rows it has."),
    Column("digest", Text, nullable=False, comment="SHA-256 over what it says of itself and the digests of its parts."),
    Column("frozen_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    info=rows_of_record(),
    comment="The releases whose parts are all done.",
)

shown_divisions = Table(
    "shown_divisions",
    metadata,
    _release(),
    Column("table_name", Text, primary_key=True, comment="The protected table: sales, sales by category, reach …"),
    Column("period", Text, primary_key=True),
    Column("divisions", ARRAY(Text), nullable=False, comment="Those whose figures may be shown; no other may."),
    info=rows_of_record(),
    comment="Which figures of a release may be shown to everybody: decided once, when it is frozen.",
)

release_decisions = Table(
    "release_decisions",
    metadata,
    _release(),
    Column("decision", Text, nullable=False),
    Column("reviewer", Text, nullable=False, comment="Never the compiler, where it is approved."),
    Column("note", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("decision IN ('approved', 'rejected')", name="decision"),
    info=rows_of_record(),
    comment="What became of drafts.",
)
