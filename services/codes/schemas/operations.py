"""What is done with subjects over time, on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from services.codes.counting import LaterCounts
from services.codes.schemas.base import Incoming, Outgoing, RegionCode
from services.codes.schemas.subjects import BaselineIncome, ExternalId, Name, Phone
from services.codes.service.heads import Head
from services.codes.service.splitting import LinkDivision, Part
from services.codes.subject import Status, read_id_card

Reason = Annotated[str, StringConstraints(min_length=1, max_length=500)]
SubjectId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}$")]
MAX_PARTS = 20


class HeadIn(Incoming):
    """Who heads a household."""

    name: Name
    id_card: Annotated[str, AfterValidator(read_id_card)] | None = None
    phone: Phone | None = None

    def head(self) -> Head:
        """What it says, in the service's own terms."""
        return Head(self.name, self.id_card, self.phone)


class PartIn(Incoming):
    """One of the households that there are after a split."""

    keeps_code: bool = False
    persons: int = Field(ge=1, le=100, strict=True)
    head: HeadIn | None = None
    """Needed of a new household; of the one that keeps the code only if another heads it now."""
    external_id: ExternalId | None = None
    region: RegionCode | None = None
    """Of a new household; by default where the household lives on that day."""
    status: Status | None = None
    """Of a new household; by default the household's on that day."""

    @model_validator(mode="after")
    def _is_whole(self) -> "PartIn":
        if self.keeps_code and (self.region is not None or self.status is not None):
            raise ValueError("保留识别码的一户如有变化,请另行变更 / who keeps the code is moved or changed by itself")
        if not self.keeps_code and self.head is None:
            raise ValueError("新户须有户主 / a new household needs its head")
        return self

    def part(self) -> Part:
        """What it says, in the service's own terms."""
        head = None if self.head is None else self.head.head()
        return Part(self.persons, head, self.external_id, self.region, self.status)


class LinkDivisionIn(Incoming):
    """How one link of the household is divided. What is not named here stays with whoever keeps the code."""

    link_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}$")]
    weights: list[Annotated[int, Field(ge=0, le=1_000_000_000, strict=True)]]
    """The weight of each part, in the order of ``parts``; 0: it has none of it."""
    new_total: int | None = Field(default=None, ge=0, le=10_000_000_000, strict=True)
    """What they sum to, if it is not what the link's weight was."""


class SplitIn(Incoming):
    """A household divides from a day on."""

    on: date
    reason: Reason
    parts: list[PartIn] = Field(min_length=2, max_length=MAX_PARTS)
    links: list[LinkDivisionIn] = Field(default_factory=list, max_length=1000)
    later_counts: LaterCounts = LaterCounts.AS_REGISTERED
    """What counts of persons mean that are dated after ``on`` and registered already: ``as_registered``: all of the
    household as if it had not divided (the default); ``as_lived``: only those who keep the code.
    """

    @model_validator(mode="after")
    def _fits(self) -> "SplitIn":
        if sum(part.keeps_code for part in self.parts) != 1:
            raise ValueError("须有且仅有一户保留识别码(keeps_code) / exactly one part keeps the code")
        if any(len(link.weights) != len(self.parts) for link in self.links):
            raise ValueError("weights 须与 parts 一一对应 / weights must have one number for each of parts")
        if len({link.link_id for link in self.links}) != len(self.links):
            raise ValueError("同一联结只可列一次 / a link can be named once")
        return self

    def keeper(self) -> int:
        """The place of the part that keeps the code."""
        return next(place for place, part in enumerate(self.parts) if part.keeps_code)

    def divisions(self) -> list[LinkDivision]:
        """The divided links, with the weight of whoever keeps the code in front."""
        keeper = self.keeper()
        return [
            LinkDivision(
                int(link.link_id),
                [link.weights[keeper], *(weight for place, weight in enumerate(link.weights) if place != keeper)],
                link.new_total,
            )
            for link in self.links
        ]


class CountOut(Outgoing):
    """So many persons from a day on."""

    since: date
    persons: int


class SuccessorOut(Outgoing):
    """A household that came out of another, with its own code."""

    subject_id: str
    code: str
    persons: int


class SplitOut(Outgoing):
    """Who came out of the household. The parts that are new, in the order of the request."""

    subject_id: str
    on: date
    successors: list[SuccessorOut]
    counts: list[CountOut]
    """Persons of the part that keeps the code, from ``on`` to this day."""
    already_recorded: bool


class MergeIn(Incoming):
    """Households join the one that the path names, from a day on."""

    on: date
    reason: Reason
    merged: list[SubjectId] = Field(min_length=1, max_length=MAX_PARTS)
    later_counts: LaterCounts = LaterCounts.AS_REGISTERED
    """What counts of persons mean that are dated after ``on`` and registered already: ``as_registered``: each household
    by itself, so they are summed (the default); ``as_lived``: this household's included those who had joined it.
    """


class MergeOut(Outgoing):
    """The household that goes on, its persons on that day, and all codes that reach it now."""

    subject_id: str
    on: date
    merged: list[str]
    persons: int
    counts: list[CountOut]
    """Its persons from ``on`` to this day."""
    codes: list[str]
    already_recorded: bool


class UndoIn(Incoming):
    """A split or merge was recorded by mistake."""

    operation_id: SubjectId
    """As the history lists it."""
    reason: Reason


class UndoOut(Outgoing):
    """What was taken back, and whom it concerned."""

    subject_id: str
    operation_id: str
    operation: Literal["split", "merge"]
    on: date
    concerned: list[str]
    already_undone: bool


class MoveIn(Incoming):
    """A household, or a group's seat, moves to another village."""

    on: date
    reason: Reason
    region: RegionCode
    resettlement: bool = False
    """Whether it moved under the programme of resettlement (易地扶贫搬迁)."""


class ChangeHeadIn(Incoming):
    """Another person heads the household."""

    on: date
    reason: Reason
    head: HeadIn


class ReviseIn(Incoming):
    """What is registered of a subject from year to year."""

    on: date
    """The day on which it became true, or any day on which the registry says it wrongly."""
    kind: Literal["event", "correction"] = "event"
    """``event``: true from ``on``, until something else is recorded. ``correction``: it was never as recorded."""
    reason: Reason
    persons: int | None = Field(default=None, ge=1, le=100, strict=True)
    status: Status | None = None
    region: RegionCode | None = None
    """Only as a correction; a move has its own path."""
    members_bp: int | None = Field(default=None, ge=0, le=10000, strict=True)
    baseline_income: BaselineIncome | None = None
    baseline_year: int | None = Field(default=None, ge=1990, le=2100, strict=True)
    baseline_persons: int | None = Field(default=None, ge=1, le=100, strict=True)
    """By how many persons the income was divided; by default those of ``on``."""

    @model_validator(mode="after")
    def _fits(self) -> "ReviseIn":
        if (self.baseline_income is None) != (self.baseline_year is None):
            raise ValueError(
                "baseline_income 与 baseline_year 须同时给出 / baseline_income and baseline_year belong together"
            )
        if self.region is not None and self.kind == "event":
            raise ValueError("搬迁请用 /move / a move has its own path, /move")
        return self


class AlteredOut(Outgoing):
    """A subject on the day of the change; ``changed`` is false if all that was so already."""

    subject_id: str
    on: date
    region: str
    persons: int | None
    status: str | None
    members_bp: int | None
    changed: bool
    came_out_later: list[str]
    """Households that came out of it after that day: what was said now is not said of them."""
    joined_later: list[str]
    """Households that joined it after that day: its persons since then are not counted anew."""


class VersionOut(Outgoing):
    """What was true from day to day, since when it is known, and until when it was thought so (null: still)."""

    valid_from: date
    valid_to: date | None
    region: str
    persons: int | None
    status: str | None
    members_bp: int | None
    known_from: datetime
    known_to: datetime | None


class IncomeOut(Outgoing):
    """A registered income per head of an accounting year, and from when to when the household reckons with it."""

    year: int
    per_head: str
    persons: int
    valid_from: date | None
    valid_to: date | None
    known_from: datetime
    known_to: datetime | None


class OperationOut(Outgoing):
    """What was done, on which day it is true, by whom, when and why; ``others`` it concerned too."""

    operation_id: str
    operation: str
    on: date
    recorded_at: datetime
    actor: str
    reason: str | None
    others: list[str]
    undone_at: datetime | None
    """When it was taken back, as recorded by mistake."""


class HeadOut(Outgoing):
    """A head that the household had; only for ``codes:person``."""

    name: str
    id_card: str | None
    phone: str | None
    since: date | None
    known_from: datetime
    known_to: datetime | None


class SuccessionOut(Outgoing):
    """Who came out of whom (split), or went on in whom (merge)."""

    kind: Literal["split", "merge", "undone"]
    """``undone``: it came out of a split that was taken back; what led to it leads to the successor."""
    on: date
    predecessor: str
    successor: str
    persons: int


class HistoryOut(Outgoing):
    """Everything that was ever known of a subject."""

    subject_id: str
    operations: list[OperationOut]
    successions: list[SuccessionOut]
    versions: list[VersionOut]
    incomes: list[IncomeOut]
    heads: list[HeadOut] | None = None
