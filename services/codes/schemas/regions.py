"""Divisions and reporting units on the wire."""

from services.codes.divisions import Level
from services.codes.schemas.base import Outgoing


class RegionOut(Outgoing):
    """A division."""

    code: str
    name: str
    level: Level
    parent: str | None


class RegionsOut(Outgoing):
    """A page of divisions; ``next`` is the ``after`` of the next page, null at the end."""

    regions: list[RegionOut]
    next: str | None


class RegionDetailOut(RegionOut):
    """A division, what it belongs to (the province first), and how many divisions of each level lie in it."""

    full_name: str
    path: list[RegionOut]
    children: dict[Level, int]


class ReportingUnitOut(Outgoing):
    """A unit the plan reports by."""

    unit: str
    name: str
    name_en: str
    villages: int


class ReportingUnitsOut(Outgoing):
    """All reporting units; together they are the province."""

    reporting_units: list[ReportingUnitOut]


class VillageOut(Outgoing):
    """A village of a reporting unit."""

    code: str
    name: str


class ReportingUnitDetailOut(Outgoing):
    """A reporting unit and its villages."""

    unit: str
    name: str
    name_en: str
    villages: list[VillageOut]
