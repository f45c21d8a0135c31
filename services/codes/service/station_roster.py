"""Takes a roster of stations in: there are few of them and nothing of persons, so the answer is the result."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.divisions import Level
from services.codes.errors import NotAVillage, RegionNotAllowed, RosterInFuture, UnreadableRoster
from services.codes.queries import regions, rosters, stations
from services.codes.roster.columns import UnfitHeader
from services.codes.roster.places import NamedDivision, Places
from services.codes.roster.reasons import Reason, Status, is_refusal
from services.codes.roster.sheet import UnreadableSheet
from services.codes.roster.station_sheet import StationEntry, read_stations
from services.codes.service.stations import alter_station, register_station
from services.codes.station import Alteration, StationStatus, StationType, Version
from services.codes.station_errors import StationChangedLater, StationRegisteredOtherwise, UnknownStation
from services.codes.territory import tree_of
from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.errors import Problem

_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class StationVerdict:
    """What became of a row, or will: as for the rows of any roster."""

    row_no: int
    station: str
    status: Status
    reasons: Sequence[Reason] = ()
    changed: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class StationRoster:
    """What is to be taken in."""

    content: bytes = field(repr=False)
    region: str
    as_of: date
    full: bool
    """It lists all stations of its region, so some can be missing."""
    commit: bool


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a roster."""

    verdicts: Sequence[StationVerdict]
    missing: Sequence[str]
    """Stations of the region that a full roster does not list; nothing is done to them."""
    ignored: Sequence[str]
    """Titles of the columns that were not read."""


_MEANWHILE: Final[dict[type[Problem], str]] = {
    StationRegisteredOtherwise: "registry_changed",
    StationChangedLater: "station_changed_later",
    UnknownStation: "registry_changed",
    NotAVillage: "place_not_then",
    RegionNotAllowed: "registered_elsewhere",
}
"""What a station that was fit when it was judged may be refused for when it is written; the rest is no row's fault."""


async def take_in_stations(database: Database, caller: Caller, roster: StationRoster, *, today: date) -> TakenIn:
    """Judge every row and, if it shall be committed, register what is new and alter what changed; the same file again
    changes nothing.

    Raises :class:`RegionNotAllowed`, :class:`RosterInFuture`, :class:`UnreadableRoster`.
    """
    if not caller.may_see_region(roster.region):
        raise RegionNotAllowed
    if roster.as_of > today:
        raise RosterInFuture
    async with database.transaction() as connection:
        divisions = await rosters.divisions_on(connection, roster.as_of)
        there = await _stations_there(connection, roster) if roster.full else []
    named = [NamedDivision(row.code, row.name, Level(row.level)) for row in divisions]
    try:
        entries, ignored = await asyncio.to_thread(
            lambda: read_stations(roster.content, Places(named, tree_of(roster.region)))
        )
    except (UnreadableSheet, UnfitHeader) as error:
        raise UnreadableRoster(str(error)) from None
    async with database.transaction() as connection:
        timelines = await stations.timelines(connection, [entry.station for entry in entries])
        villages = await regions.villages_on(
            connection, {(entry.region, _first_day(entry, roster.as_of)) for entry in entries if entry.region}
        )
    for entry in entries:
        place = (entry.region, _first_day(entry, roster.as_of))
        if entry.region and entry.station not in timelines and place not in villages:
            entry.reasons.append(Reason("place_not_then", "registered_on"))
    seen: dict[str, int] = {}
    verdicts = []
    for entry in entries:
        verdict = _judge(caller, entry, timelines.get(entry.station, ()), seen, roster.as_of)
        if roster.commit:
            verdict = await _write(database, caller, entry, verdict, roster, today=today)
        seen.setdefault(entry.station, entry.row_no)
        verdicts.append(verdict)
    return TakenIn(verdicts, [station for station in there if station not in seen], ignored)


async def _stations_there(connection: AsyncConnection, roster: StationRoster) -> list[str]:
    """The stations in the roster's region on its day, but those that closed for good."""
    rows, after = list[Row[Any]](), ""
    while True:
        page = await stations.stations_after(
            connection, after, trees=[tree_of(roster.region)], own=None, status=None, today=roster.as_of, limit=_PAGE
        )
        rows += page
        if len(page) < _PAGE:
            return [row.station for row in rows if row.status != StationStatus.CLOSED.value]
        after = page[-1].station


async def _write(
    database: Database,
    caller: Caller,
    entry: StationEntry,
    verdict: StationVerdict,
    roster: StationRoster,
    *,
    today: date,
) -> StationVerdict:
    """Register or alter a station as was judged; both look again, under its lock. One that cannot be written any more,
    because somebody else changed the station or the divisions meanwhile, says so and stops no other.
    """
    try:
        if verdict.status is Status.NEW:
            first = _first_version(entry, roster.as_of)
            await register_station(database, caller, entry.station, first, today=today)
        elif verdict.status is Status.CHANGED:
            alteration = Alteration(roster.as_of, "名册 / roster", entry.name, entry.region, entry.type)
            await alter_station(database, caller, entry.station, alteration)
    except tuple(_MEANWHILE) as error:
        reason = Reason(_MEANWHILE[type(error)])
        status = Status.INVALID if is_refusal(reason) else Status.HELD
        return replace(verdict, status=status, reasons=[*verdict.reasons, reason])
    return verdict


def _first_day(entry: StationEntry, as_of: date) -> date:
    return entry.registered_on or as_of


def _first_version(entry: StationEntry, as_of: date) -> Version:
    if entry.name is None or entry.region is None:
        raise AssertionError("a new station has a name and a village")
    kind = entry.type or StationType.SERVICE_STATION
    return Version(_first_day(entry, as_of), None, entry.name, entry.region, kind, StationStatus.ACTIVE, None)


def _judge(
    caller: Caller, entry: StationEntry, timeline: Sequence[Version], seen: dict[str, int], as_of: date
) -> StationVerdict:
    reasons = [*entry.reasons, *(() if timeline else _lacking(entry, as_of))]
    status, why, changed = Status.HELD, reasons, list[str]()
    if any(is_refusal(reason) for reason in reasons):
        status = Status.INVALID
    elif entry.station in seen:
        status, why = Status.DUPLICATE_IN_FILE, [Reason("repeats_external_id", row=seen[entry.station])]
    elif not reasons:
        status, why, changed = _compare(caller, entry, timeline, as_of)
    return StationVerdict(entry.row_no, entry.station, status, why, changed)


def _lacking(entry: StationEntry, as_of: date) -> list[Reason]:
    """What a new station's row lacks."""
    reasons = []
    if entry.name is None:
        reasons.append(Reason("name_missing", "name"))
    if entry.region is None and not any(reason.field == "place" for reason in entry.reasons):
        reasons.append(Reason("place_missing", "place"))
    if entry.registered_on is not None and entry.registered_on > as_of:
        reasons.append(Reason("registered_after", "registered_on"))
    return reasons


def _compare(
    caller: Caller, entry: StationEntry, timeline: Sequence[Version], as_of: date
) -> tuple[Status, list[Reason], list[str]]:
    """How a row that nothing speaks against stands to what is registered: status, reasons, fields that differ."""
    if not timeline:
        return Status.NEW, [], []
    last = timeline[-1]
    if not caller.may_see_region(last.region):
        return Status.HELD, [Reason("registered_elsewhere")], []
    said = {"name": entry.name, "region": entry.region, "type": entry.type}
    changed = [name for name, value in said.items() if value is not None and value != getattr(last, name)]
    if changed and as_of < last.valid_from:
        return Status.INVALID, [Reason("station_changed_later")], changed
    return Status.CHANGED if changed else Status.UNCHANGED, [], changed
