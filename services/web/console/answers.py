"""What the console reads of the registry's answers; what no page shows is left out."""

from datetime import date

from pydantic import AwareDatetime, Field

from services.web.schemas import Answer, Region

DECIDABLE = ("duplicate_of_registered", "duplicate_in_file", "held")


class Roster(Answer):
    """``GET /v1/rosters/{id}``."""

    roster_id: str
    kind: str
    region: str
    as_of: date
    mode: str
    stage: str
    rows: int
    validated: int
    committed: int
    waiting: int
    counts: dict[str, int]
    uploaded_at: AwareDatetime
    already_uploaded: bool = False
    ignored_columns: list[str] = Field(default_factory=list)

    @property
    def works(self) -> bool:
        """Whether the service is at it: the page then asks again by itself."""
        return self.stage in {"validating", "committing"}

    @property
    def worked(self) -> int:
        """Rows that are done of what the service is at."""
        return self.validated if self.stage == "validating" else self.committed

    @property
    def undecided(self) -> int:
        """Rows that a person may have to decide."""
        return sum(self.counts.get(status, 0) for status in DECIDABLE)


class Rosters(Answer):
    """``GET /v1/rosters``."""

    rosters: list[Roster]


class Reason(Answer):
    """Why a row is what it is."""

    message: str
    row: int | None = None
    regions: list[str] | None = None


class Change(Answer):
    """A value that a row changes."""

    registered: str | None
    said: str | None


class Row(Answer):
    """A row of a roster."""

    row: int
    status: str
    reasons: list[Reason]
    changed: list[str]
    changes: dict[str, Change]
    decisions: list[str]
    committed: bool
    code: str | None
    name: str | None

    @property
    def places(self) -> list[str]:
        """The villages of which one has to be chosen, if its place is ambiguous."""
        if self.status != "held":
            return []
        return next((reason.regions for reason in self.reasons if reason.regions), [])

    @property
    def divisions(self) -> list[str]:
        """All divisions that have to be named to show it."""
        moved = self.changes.get("region")
        return [*self.places, *(code for code in (moved.registered, moved.said) if code)] if moved else self.places


class Rows(Answer):
    """A page of rows."""

    rows: list[Row]
    next: int | None


class Missing(Answer):
    """Who is registered and stands in no row of a full roster."""

    code: str
    region: str


class MissingPage(Answer):
    """A page of them."""

    missing: list[Missing]
    next: str | None


class Subject(Answer):
    """A household, a cooperative or an enterprise, as the registry knows it today."""

    code: str
    kind: str
    region: str
    name: str
    registered_on: date
    status: str | None = None
    persons: int | None = None
    baseline_income: str | None = None
    baseline_year: int | None = None
    joined: str | None = None


class Subjects(Answer):
    """A page of subjects."""

    subjects: list[Subject]
    next: str | None


class HeldCode(Answer):
    """``GET /v1/codes/{code}`` as who may read the registry sees it."""

    code: str
    state: str
    since: AwareDatetime | None = None
    place: str
    replaced_by: str | None = None
    replaces: str | None = None


class Card(Answer):
    """A card of a code."""

    card_no: str
    issued_on: date
    revoked_at: AwareDatetime | None = None
    reason: str | None = None


class Cards(Answer):
    """Every card of a code, the oldest first."""

    cards: list[Card]


class Handover(Answer):
    """The code by which a station sets the PIN of a card."""

    handover: str


class Issued(Answer):
    """After which code to go on issuing cards."""

    next: str | None


class Divisions(Answer):
    """``GET /v1/regions``."""

    regions: list[Region]
