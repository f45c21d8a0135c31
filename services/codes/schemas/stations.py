"""Stations and their devices on the wire."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from services.codes.schemas.base import Incoming, Outgoing, RegionCode
from services.codes.station import Alteration, StationStatus, StationType, Version

StationId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
"""A station's number with the county, as it also stands in tokens and orders."""
OperatorId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9._:@-]{0,63}$")]
"""A work number or account. It begins with a letter and takes no Chinese: it is no place for a name, an ID number or a
telephone number.
"""
Words = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x08]+$")]


class StationIn(Incoming):
    """A station to be registered."""

    station: StationId
    name: Words
    """The name over its door; public."""
    region: RegionCode
    """The village in which it stands."""
    type: StationType = StationType.SERVICE_STATION
    registered_on: date

    def version(self) -> Version:
        """What is true of it from the first day on."""
        return Version(self.registered_on, None, self.name, self.region, self.type, StationStatus.ACTIVE, None)


class AlterationIn(Incoming):
    """What becomes different at a station, from when on, and why."""

    valid_from: date | None = Field(default=None, alias="from")
    """Today, if not given."""
    reason: Reason
    name: Words | None = None
    region: RegionCode | None = None
    type: StationType | None = None
    status: StationStatus | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "AlterationIn":
        if self.name is None and self.region is None and self.type is None and self.status is None:
            raise ValueError("请给出 name、region、type 或 status / give name, region, type or status")
        return self

    def alteration(self, today: date) -> Alteration:
        """In the service's own terms."""
        return Alteration(self.valid_from or today, self.reason, self.name, self.region, self.type, self.status)


class ClosureIn(Incoming):
    """Days on which a station is closed."""

    valid_from: date
    valid_to: date
    """The first day on which it is open again."""
    reason: Reason

    @model_validator(mode="after")
    def _has_a_day(self) -> "ClosureIn":
        if self.valid_to <= self.valid_from:
            raise ValueError("valid_to 须晚于 valid_from / valid_to must be later than valid_from")
        return self


class ReasonIn(Incoming):
    """Why."""

    reason: Reason


class OperatorIn(Incoming):
    """Who works at a station, and when."""

    operator: OperatorId
    valid_from: date
    valid_to: date | None = None

    @model_validator(mode="after")
    def _has_a_day(self) -> "OperatorIn":
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("valid_to 须晚于 valid_from / valid_to must be later than valid_from")
        return self


class OperatorEndIn(Incoming):
    """The first day on which somebody works there no longer."""

    operator: OperatorId
    valid_to: date
    reason: Reason


class InvitationIn(Incoming):
    """A device that is to be enrolled."""

    label: Words
    """What it is called at the station: 柜台手机."""


class InvitationOut(Outgoing):
    """A code with which one device enrols. It is told once."""

    station: str
    code: str
    expires_at: datetime


class EnrolIn(Incoming):
    """A device enrols with the code that an officer was given."""

    code: Annotated[str, StringConstraints(min_length=8, max_length=24)]
    request_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
    """Drawn at random by the device, and kept until it is answered: sent again, it gets the same answer."""


class EnrolledOut(Outgoing):
    """A device and its credential: ``Authorization: Device <device>:<secret>``."""

    device: str
    secret: str
    station: str
    label: str
    enrolled_at: datetime


class StationOut(Outgoing):
    """A station as it is today."""

    station: str
    name: str
    region: str
    type: StationType
    status: StationStatus
    reason: str | None
    """Why it is so, if it was changed."""
    registered_on: date


class StationsOut(Outgoing):
    """A page of stations; ``next`` is the ``after`` of the next page, null at the end."""

    stations: list[StationOut]
    next: str | None


class VersionOut(Outgoing):
    """What is, was or will be true of a station."""

    valid_from: date
    valid_to: date | None
    name: str
    region: str
    type: StationType
    status: StationStatus
    reason: str | None


class ClosureOut(Outgoing):
    """A declared closure."""

    closure_id: str
    valid_from: date
    valid_to: date
    reason: str


class OperatorOut(Outgoing):
    """Somebody's time at a station."""

    operator: str
    valid_from: date
    valid_to: date | None


class DeviceOut(Outgoing):
    """A device, and how its scans have come in."""

    device: str
    label: str
    enrolled_at: datetime
    disabled_at: datetime | None
    disabled_for: str | None
    scans: int
    last_scan_at: datetime | None
    highest_sequence: int
    """The highest running number seen of its scans; 0 if it numbers none."""
    missing: int
    """How many below that have not come (yet)."""


class StationDetailOut(StationOut):
    """A station with all that belongs to it."""

    history: list[VersionOut]
    closures: list[ClosureOut]
    operators: list[OperatorOut]
    devices: list[DeviceOut]


class RegisteredStationOut(StationOut):
    """A station after registration."""

    already_registered: bool
