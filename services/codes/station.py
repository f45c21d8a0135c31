"""What a station is, and what becomes of its timeline when something about it changes. Pure.

A timeline is the list of a station's versions as known now: half-open, without gaps, the last one open.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum


class StationType(StrEnum):
    """What kind of place it is."""

    SERVICE_STATION = "service_station"
    """村级电商服务站"""
    CONVENIENCE_CENTRE = "convenience_centre"
    """便民服务中心, as at resettlement sites"""
    LOGISTICS_POINT = "logistics_point"
    """物流网点"""
    COUNTY_CENTRE = "county_centre"
    """县级运营中心"""
    OTHER = "other"


class StationStatus(StrEnum):
    """Whether it may report."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Version:
    """What is true of a station from ``valid_from`` until before ``valid_to`` (``None``: open)."""

    valid_from: date
    valid_to: date | None
    name: str
    region: str
    type: StationType
    status: StationStatus
    reason: str | None

    def holds_on(self, day: date) -> bool:
        """Whether the day lies within."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Alteration:
    """What becomes different from ``valid_from`` on, and why; ``None`` leaves a part as it was."""

    valid_from: date
    reason: str
    name: str | None = None
    region: str | None = None
    type: StationType | None = None
    status: StationStatus | None = None


class ChangedLater(ValueError):
    """Something is recorded from a later day on already; ``since`` is that day."""

    def __init__(self, since: date) -> None:
        super().__init__("the station was changed from a later day on")
        self.since = since


def alter(timeline: Sequence[Version], alteration: Alteration) -> list[Version]:
    """The timeline after an alteration; equal to the old one if it says nothing new.

    Raises :class:`ChangedLater` for a day before the last version begins: what came after would be put in question.
    """
    last = timeline[-1]
    if alteration.valid_from < last.valid_from:
        raise ChangedLater(last.valid_from)
    altered = Version(
        valid_from=alteration.valid_from,
        valid_to=None,
        name=last.name if alteration.name is None else alteration.name,
        region=last.region if alteration.region is None else alteration.region,
        type=last.type if alteration.type is None else alteration.type,
        status=last.status if alteration.status is None else alteration.status,
        reason=alteration.reason,
    )
    if replace(altered, valid_from=last.valid_from, reason=last.reason) == last:
        return list(timeline)
    if last.valid_from == alteration.valid_from:
        return [*timeline[:-1], altered]
    return [*timeline[:-1], replace(last, valid_to=alteration.valid_from), altered]


def version_on(timeline: Sequence[Version], day: date) -> Version | None:
    """The version that holds on ``day``, or None before the station was registered."""
    return next((version for version in timeline if version.holds_on(day)), None)
