"""Subjects on the wire."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, StringConstraints, Tag, TypeAdapter, model_validator

from services.codes.code import Kind
from services.codes.schemas.base import Counts, Incoming, Outgoing, Problem, RegionCode
from services.codes.subject import Baseline, Registration, Status, number_in, read_id_card, read_uscc
from services.kit.money import parse_yuan

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
"""The number under which the sender's own register holds the subject (户编号): by it a subject without ID card or USCC
is found again when it is sent twice. One shorter than ten characters is a county's own running number, and known
together with the county of ``region``, as in a roster; all others are one namespace for the province.
"""


def _number_in(region: str, number: str | None) -> str | None:
    return None if number is None else number_in(region[:6], number)


def _income(text: str) -> str:
    if parse_yuan(text) < 0:
        raise ValueError("不得为负 / must not be negative")
    return text


Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 -]{4,18}[0-9]$")]
BaselineIncome = Annotated[str, AfterValidator(_income)]
"""Yuan per head and year, as in ``"3120.00"``."""


class HouseholdIn(Incoming):
    """A household, poor or not, to be registered."""

    kind: Literal["household"]
    region: RegionCode
    name: Name
    """The head of the household."""
    id_card: Annotated[str, AfterValidator(read_id_card)] | None = None
    phone: Phone | None = None
    external_id: ExternalId | None = None
    persons: int = Field(ge=1, le=100, strict=True)
    status: Status
    baseline_income: BaselineIncome | None = None
    baseline_year: int | None = Field(default=None, ge=1990, le=2100, strict=True)
    """The accounting year (核算年度) of ``baseline_income``."""
    registered_on: date

    @model_validator(mode="after")
    def _baseline_is_whole(self) -> "HouseholdIn":
        if (self.baseline_income is None) != (self.baseline_year is None):
            raise ValueError(
                "baseline_income 与 baseline_year 须同时给出 / baseline_income and baseline_year belong together"
            )
        return self

    def registration(self) -> Registration:
        """What it says, in the service's own terms."""
        numbers = {"id_card": self.id_card, "external_id": _number_in(self.region, self.external_id)}
        baseline = None
        if self.baseline_income is not None and self.baseline_year is not None:
            baseline = Baseline(self.baseline_year, parse_yuan(self.baseline_income))
        return Registration(
            kind=Kind.HOUSEHOLD,
            region=self.region,
            registered_on=self.registered_on,
            name=self.name,
            numbers={field: number for field, number in numbers.items() if number is not None},
            phone=self.phone,
            persons=self.persons,
            status=self.status,
            baseline=baseline,
        )


class OrganisationIn(Incoming):
    """A cooperative or an enterprise to be registered."""

    kind: Literal["cooperative", "enterprise"]
    region: RegionCode
    name: Name
    uscc: Annotated[str, AfterValidator(read_uscc)] | None = None
    external_id: ExternalId | None = None
    members_bp: int = Field(default=10000, ge=0, le=10000, strict=True)
    """The part of its income base that goes to its members, in ten-thousandths."""
    registered_on: date

    def registration(self) -> Registration:
        """What it says, in the service's own terms."""
        numbers = {"uscc": self.uscc, "external_id": _number_in(self.region, self.external_id)}
        return Registration(
            kind=Kind(self.kind),
            region=self.region,
            registered_on=self.registered_on,
            name=self.name,
            numbers={field: number for field, number in numbers.items() if number is not None},
            members_bp=self.members_bp,
        )


SubjectIn = Annotated[HouseholdIn | OrganisationIn, Field(discriminator="kind")]
SUBJECT_IN: TypeAdapter[HouseholdIn | OrganisationIn] = TypeAdapter(SubjectIn)


class SubjectsIn(Incoming):
    """Up to 1,000 subjects; each is judged by itself, so they are read one by one."""

    subjects: list[dict[str, Any]]


def _one_or_many(body: Any) -> str:
    return "many" if isinstance(body, SubjectsIn) or (isinstance(body, dict) and "subjects" in body) else "one"


SubjectBody = Annotated[
    Annotated[SubjectIn, Tag("one")] | Annotated[SubjectsIn, Tag("many")], Discriminator(_one_or_many)
]


class RegisteredOut(Outgoing):
    """A subject and its code after registration."""

    subject_id: str
    code: str
    kind: Kind
    region: str
    status: Status | None
    already_registered: bool
    """It was registered with this very content before; nothing was changed."""


class RegistrationResult(Outgoing):
    """How one of several registrations fared."""

    index: int
    status: Literal["registered", "already_registered", "conflict", "rejected"]
    subject: RegisteredOut | None = None
    problem: Problem | None = None


class RegistrationsOut(Outgoing):
    """The results of a request with several subjects, in its order."""

    counts: Counts
    results: list[RegistrationResult]


class SubjectOut(Outgoing):
    """A subject as it is known to be today. ``id_card`` and ``phone`` are there only for ``codes:person``."""

    subject_id: str
    code: str
    kind: Kind
    region: str
    name: str
    """A household's name is masked (张**) unless the caller holds ``codes:person``."""
    registered_on: date
    status: Status | None = None
    persons: int | None = None
    baseline_income: str | None = None
    baseline_year: int | None = None
    uscc: str | None = None
    members_bp: int | None = None
    id_card: str | None = None
    phone: str | None = None
    joined: str | None = None
    """The household that it joined; its codes reach that one since ``joined_on``."""
    joined_on: date | None = None


class SubjectSearchIn(Incoming):
    """Whom to look for. What names a person is sent in the body, so that no address and no log has it."""

    code: Annotated[str, StringConstraints(max_length=64)] | None = None
    external_id: ExternalId | None = None
    """户编号. One shorter than ten characters is a county's own running number: it is looked for in every county of
    ``region``, or of the token's regions.
    """
    id_card: Annotated[str, AfterValidator(read_id_card)] | None = None
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    """A part of it: of a household's head, or of a cooperative or enterprise."""
    phone: Phone | None = None
    kind: Kind | None = None
    region: RegionCode | None = None
    """Needed to look for households by name or phone (a township or a village), or by a county's own running number."""
    after: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}$")] = "0"
    limit: int = Field(default=50, ge=1, le=500, strict=True)


class SubjectsOut(Outgoing):
    """A page of subjects; ``next`` is the ``after`` of the next page, null at the end."""

    subjects: list[SubjectOut]
    next: str | None
