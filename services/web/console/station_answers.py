"""What the console reads of stations and objections."""

from datetime import date, timedelta

from pydantic import AwareDatetime

from services.web.schemas import Answer


class Station(Answer):
    """A station as it is today."""

    station: str
    name: str
    region: str
    type: str
    status: str
    reason: str | None = None
    registered_on: date


class Stations(Answer):
    """A page of stations."""

    stations: list[Station]
    next: str | None


class Device(Answer):
    """A device, and how its scans have come in."""

    device: str
    label: str
    enrolled_at: AwareDatetime
    disabled_at: AwareDatetime | None
    disabled_for: str | None
    scans: int
    last_scan_at: AwareDatetime | None
    missing: int


class Closure(Answer):
    """A declared closure."""

    valid_from: date
    valid_to: date
    reason: str

    @property
    def last_day(self) -> date:
        """The last day on which it is closed; ``valid_to`` is the first one after."""
        return self.valid_to - timedelta(days=1)


class Operator(Answer):
    """Somebody's time at a station."""

    operator: str
    valid_from: date
    valid_to: date | None

    @property
    def last_day(self) -> date | None:
        """Their last day there, if it is known; ``valid_to`` is the first one after."""
        return self.valid_to and self.valid_to - timedelta(days=1)


class StationDetail(Station):
    """A station with all that belongs to it."""

    closures: list[Closure]
    operators: list[Operator]
    devices: list[Device]


class Invitation(Answer):
    """A code with which one device enrols."""

    code: str
    expires_at: AwareDatetime


class Objection(Answer):
    """What a household says is wrong with its statement."""

    objection_id: str
    month: str | None
    text: str | None
    raised_at: AwareDatetime
    station: str


class Objections(Answer):
    """A page of objections."""

    objections: list[Objection]
    next: str | None
