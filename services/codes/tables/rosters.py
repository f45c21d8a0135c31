"""Roster files on their way into the registry. Of a file only whitelisted columns are kept, and only encrypted."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.codes.tables.batches import metadata
from services.kit.tables import mutable

rosters = Table(
    "rosters",
    metadata,
    Column("roster_id", BigInteger, Identity(), primary_key=True),
    Column("kind", Text, nullable=False, comment="Whom it lists: household, cooperative, enterprise."),
    Column("region", Text, nullable=False, comment="The division that it covers; rows outside are invalid."),
    Column("as_of", Date, nullable=False, comment="The day of which it speaks: changed values are true from then on."),
    Column("mode", Text, nullable=False, comment="full: lists everybody of its region and kind; delta: some."),
    Column(
        "corrections",
        ARRAY(Text),
        nullable=False,
        comment="Fields whose changed values were wrong before; other changes are events of as_of.",
    ),
    Column("layout", Text, nullable=False, comment="What a row of the file is: household or person."),
    Column("file_index", LargeBinary, nullable=False, comment="Keyed index of the file's bytes."),
    Column("fields", ARRAY(Text), nullable=False, comment="Fields of the columns that were read."),
    Column("stage", Text, nullable=False, comment="What is being done, or was done last."),
    Column("rows_total", Integer, nullable=False),
    Column("rows_validated", Integer, nullable=False, server_default=text("0")),
    Column("actor", Text, nullable=False, comment="Client id of who asked for the present stage."),
    Column("regions", ARRAY(Text), nullable=False, comment="The region roots of who asked for it."),
    Column("uploaded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("kind IN ('household', 'cooperative', 'enterprise')", name="kind"),
    CheckConstraint("mode IN ('full', 'delta')", name="mode"),
    CheckConstraint("layout IN ('household', 'person')", name="layout"),
    CheckConstraint("stage IN ('validating', 'previewed', 'committing', 'committed', 'discarded')", name="stage"),
    info=mutable(),
    comment="Uploaded roster files and how far each has come.",
)

roster_parts = Table(
    "roster_parts",
    metadata,
    Column("roster_id", BigInteger, primary_key=True, autoincrement=False),
    Column("part_no", Integer, primary_key=True, autoincrement=False, comment="From 1, in the order of rows."),
    Column("first_row", Integer, nullable=False),
    Column("last_row", Integer, nullable=False),
    Column("validated", Boolean, nullable=False, server_default=text("false")),
    Column("sealed", LargeBinary, nullable=False, comment="What its rows say, encrypted with the keys of persons."),
    info=mutable(),
    comment="What a roster says, thousands of rows at a time. Of a row that is in the registry, nothing stays here.",
)

roster_rows = Table(
    "roster_rows",
    metadata,
    Column("roster_id", BigInteger, primary_key=True, autoincrement=False),
    Column("row_no", Integer, primary_key=True, autoincrement=False, comment="As a spreadsheet shows it."),
    Column("status", Text, nullable=False),
    Column("subject_id", BigInteger, comment="The registered subject that the row is about, or resembles."),
    Column("reasons", JSONB, comment="Names of reasons, with other rows, subjects, villages; no person data."),
    Column("changed", ARRAY(Text), comment="Fields in which the row differs from what is registered."),
    Column("decision", Text, comment="What a person decided."),
    Column("committed_in", BigInteger, comment="The batch that wrote it into the registry."),
    CheckConstraint(
        "status IN ('new', 'changed', 'unchanged', 'duplicate_in_file', 'duplicate_of_registered', 'invalid', 'held')",
        name="status",
    ),
    CheckConstraint("decision IN ('same', 'different', 'by_external_id', 'by_id_card')", name="decision"),
    info=mutable(),
    comment="The rows of a roster with their verdicts.",
)
