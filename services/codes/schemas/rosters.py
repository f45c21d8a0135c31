"""Rosters on the wire."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from services.codes.code import Kind
from services.codes.roster.reasons import Status
from services.codes.roster.verdict import Decision
from services.codes.schemas.base import Incoming, Outgoing, RegionCode

Stage = Literal["validating", "previewed", "committing", "committed", "discarded"]


class RosterKind(StrEnum):
    """Whom a roster can list: who can hold a code, and stations."""

    HOUSEHOLD = Kind.HOUSEHOLD.value
    COOPERATIVE = Kind.COOPERATIVE.value
    ENTERPRISE = Kind.ENTERPRISE.value
    STATION = "station"


class Mode(StrEnum):
    """Whom a roster lists."""

    FULL = "full"
    """Everybody of its region and kind: who is registered and not in it is listed as missing."""
    DELTA = "delta"
    """Some."""


class DatedField(StrEnum):
    """Values with a validity, of which a roster says whether a change is an event or an error correction."""

    REGION = "region"
    PERSONS = "persons"
    STATUS = "status"
    MEMBERS_BP = "members_bp"
    ALL = "all"


class RosterCounts(Outgoing):
    """Rows by status."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    duplicate_in_file: int = 0
    duplicate_of_registered: int = 0
    invalid: int = 0
    held: int = 0


class RosterOut(Outgoing):
    """How a roster stands."""

    roster_id: str
    kind: Kind
    region: str
    as_of: date
    mode: Mode
    corrections: list[str]
    """Fields whose changed values are error corrections; all others are events of ``as_of``."""
    layout: Literal["household", "person"]
    stage: Stage
    rows: int
    """Households or organisations in the file."""
    validated: int
    committed: int
    waiting: int
    """Rows that the next commit writes, or that the present one has yet to write."""
    counts: RosterCounts
    uploaded_at: datetime


class UploadedOut(RosterOut):
    """A roster after its upload."""

    already_uploaded: bool
    """The same file with the same terms is there already and not committed; it was not taken in again."""
    ignored_columns: list[str]
    """Titles of columns that are not read."""


class RostersOut(Outgoing):
    """The latest rosters; ``next`` is the ``before`` of the next page, null at the end."""

    rosters: list[RosterOut]
    next: str | None


class ReasonOut(Outgoing):
    """Why a row is what it is."""

    code: str
    message: str
    field: str | None = None
    row: int | None = None
    """The other row that it is about."""
    subject_id: str | None = None
    """The registered subject that it is about."""
    regions: list[str] | None = None
    """The villages that an ambiguous place may be."""


class ChangeOut(Outgoing):
    """A value that the row changes."""

    registered: str | None
    said: str | None


class RosterRowOut(Outgoing):
    """A row with its verdict."""

    row: int
    """As a spreadsheet shows it; with one row per person, that of the head."""
    status: Status
    reasons: list[ReasonOut]
    changed: list[str]
    """Fields in which it differs from what is registered."""
    changes: dict[str, ChangeOut]
    """The values of ``changed`` that the caller may see, until the row is committed."""
    decision: Decision | None
    decisions: list[Decision]
    """What may be decided about it as it stands; of an ambiguous place, one of ``regions`` of its reason."""
    committed: bool
    subject_id: str | None
    code: str | None
    name: str | None
    """Masked unless the caller holds ``codes:person``; null once the row is in the registry."""


class RosterRowsOut(Outgoing):
    """A page of rows; ``next`` is the ``after`` of the next page, null at the end."""

    rows: list[RosterRowOut]
    next: int | None


class DecisionIn(Incoming):
    """What a person decides about a row: one of the two."""

    decision: Decision | None = None
    """Of a suspected duplicate, or one that is registered elsewhere: ``same`` or ``different``. Of a row whose numbers
    lead to two subjects: ``by_external_id`` or ``by_id_card``, whichever it is about."""
    region: RegionCode | None = None
    """Of an ambiguous place: which of the candidates is meant."""


class DecidedOut(Outgoing):
    """The row's status after the decision; if it is ``new`` or ``changed``, the next commit writes it."""

    row: int
    status: Status


class StationRowOut(Outgoing):
    """What became of a row of a roster of stations, or will; ``changed`` are the fields that differ."""

    row: int
    station: str
    status: Status
    reasons: list[ReasonOut]
    changed: list[str]


class StationRosterOut(Outgoing):
    """A roster of stations, committed or only looked at."""

    kind: Literal["station"]
    committed: bool
    counts: RosterCounts
    rows: list[StationRowOut]
    missing: list[str]
    """Of a full roster: stations that are in its region on its day and not closed, and stand in no row."""
    ignored_columns: list[str]


class MissingOut(Outgoing):
    """A registered subject that the full roster does not list."""

    subject_id: str
    code: str
    region: str


class MissingPageOut(Outgoing):
    """A page of missing subjects; nothing is done to them. ``next`` is the ``after`` of the next page."""

    missing: list[MissingOut]
    next: str | None = Field(default=None)
