"""PINs, statements and objections on the wire. No ``repr`` shows a PIN, a card, a grant or what was written."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from services.codes.schemas.base import Incoming, Outgoing
from services.codes.schemas.stations import StationId

Card = Annotated[str, StringConstraints(min_length=1, max_length=400), Field(repr=False)]
"""What was read from the card: its address, ``HTTPS://HOST/C/<CODE>/<TOKEN>``."""
Pin = Annotated[str, StringConstraints(max_length=32), Field(repr=False)]
Grant = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$"), Field(repr=False)]
Written = Annotated[
    str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00-\x08]+$"), Field(repr=False)
]


class PinIn(Incoming):
    """The PIN for a card that is handed over."""

    card: Card
    pin: Pin
    """Six digits, typed by the holder."""
    handover: Annotated[Annotated[str, StringConstraints(max_length=32)] | None, Field(repr=False)] = None
    """At a station: the card's handover code, ``7K2M-XQ4P``, from the sheet that came with the cards."""


class PinOut(Outgoing):
    """The PIN is set."""

    code: str
    set_at: datetime


class StatementIn(Incoming):
    """Card and PIN of a household that wants to see its statement."""

    card: Card
    pin: Pin
    station: StationId | None = None
    """Needed with a token that belongs to no station."""


class AccessOut(Outgoing):
    """When and where a statement was opened."""

    opened_at: datetime
    station: str


class ObjectionOut(Outgoing):
    """An objection and its answer."""

    objection_id: str
    month: str | None
    text: str
    raised_at: datetime
    station: str
    answer: str | None
    answered_at: datetime | None


class StatementOut(Outgoing):
    """An opened statement. Its figures are asked of the statistics with the grant, while it lasts."""

    code: str
    grant: str
    expires_at: datetime
    accesses: list[AccessOut]
    objections: list[ObjectionOut]


class ObjectionIn(Incoming):
    """What a household says is wrong."""

    grant: Grant
    month: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}$")] | None = None
    text: Written

    @field_validator("month")
    @classmethod
    def _exists(cls, month: str | None) -> str | None:
        if month is not None:
            date.fromisoformat(f"{month}-01")
        return month


class AnswerIn(Incoming):
    """What an officer answers."""

    text: Written


class OfficersObjectionOut(Outgoing):
    """An objection as officers see it. What is written may name people: without ``codes:person`` it is null."""

    objection_id: str
    subject_id: str
    month: str | None
    text: str | None
    raised_at: datetime
    station: str
    answered: bool
    answer: str | None
    answered_at: datetime | None


class ObjectionsOut(Outgoing):
    """A page of objections; ``next`` is the ``after`` of the next page, null at the end."""

    objections: list[OfficersObjectionOut]
    next: str | None
