"""Register stations, change what is true of them, and read them. One writer at a time for a station."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.errors import NotAVillage, RegionNotAllowed, RegisteredInFuture
from services.codes.queries import batches, devices, regions, stations
from services.codes.reporter import Reporter
from services.codes.service.scans import timeline_for
from services.codes.station import Alteration, ChangedLater, Version, alter, version_on
from services.codes.station_errors import (
    OperatorOverlaps,
    StationChangedLater,
    StationRegisteredOtherwise,
    UnknownClosure,
    UnknownOperator,
    UnknownStation,
)
from services.codes.territory import trees_of
from services.kit.auth import Caller
from services.kit.database import Database


@dataclass(frozen=True, slots=True)
class Station:
    """A station as known now."""

    station: str
    registered_on: date
    timeline: Sequence[Version]
    closures: Sequence[Row[Any]]
    operators: Sequence[Row[Any]]
    devices: Sequence[Row[Any]]

    def version(self, day: date) -> Version:
        """What is true of it on ``day``; before its first day, what is true on that."""
        return version_on(self.timeline, day) or self.timeline[0]


async def register_station(database: Database, caller: Caller, station: str, version: Version, *, today: date) -> bool:
    """Register a station; False if it was registered with this very content before.

    Raises :class:`RegionNotAllowed`, :class:`NotAVillage`, :class:`RegisteredInFuture`,
    :class:`StationRegisteredOtherwise`.
    """
    if not caller.may_see_region(version.region):
        raise RegionNotAllowed
    if version.valid_from > today:
        raise RegisteredInFuture
    async with database.transaction() as connection:
        await _require_village(connection, version.region, version.valid_from)
        await stations.lock_station(connection, station)
        row = await stations.as_registered(connection, station)
        if row is not None:
            said = {"registered_on": version.valid_from, "name": version.name, "region": version.region}
            said |= {"type": version.type.value}
            differing = [field for field, value in said.items() if value != getattr(row, field)]
            if differing:
                raise StationRegisteredOtherwise(differing)
            return False
        batch_id = await batches.open_batch(connection, actor=caller.client_id, operation="register_station")
        await stations.insert_station(connection, batch_id, station, version)
    return True


async def _require_village(connection: AsyncConnection, region: str, day: date) -> None:
    if not await regions.villages_on(connection, [(region, day)]):
        raise NotAVillage


async def alter_station(database: Database, caller: Caller, station: str, alteration: Alteration) -> bool:
    """Let something become different at a station from a day on; False if it was so already.

    Raises :class:`UnknownStation`, :class:`RegionNotAllowed`, :class:`NotAVillage`, :class:`StationChangedLater`.
    """
    async with database.transaction() as connection:
        before = await _lock_for(connection, caller, station)
        if alteration.region is not None:
            if not caller.may_see_region(alteration.region):
                raise RegionNotAllowed
            await _require_village(connection, alteration.region, alteration.valid_from)
        try:
            after = alter(before, alteration)
        except ChangedLater as error:
            raise StationChangedLater(error.since) from None
        if after == before:
            return False
        batch_id = await batches.open_batch(
            connection, actor=caller.client_id, operation="alter_station", reason=alteration.reason
        )
        await stations.replace_versions(
            connection,
            batch_id,
            station,
            wrong=[version for version in before if version not in after],
            right=[version for version in after if version not in before],
        )
    return True


async def _lock_for(connection: AsyncConnection, caller: Caller, station: str) -> list[Version]:
    """Be the only writer of a station that lies in the caller's regions; answers its versions."""
    await stations.lock_station(connection, station)
    timeline = await stations.timeline(connection, station)
    if not timeline or not caller.may_see_region(timeline[-1].region):
        raise UnknownStation
    return timeline


async def declare_closure(
    database: Database, reporter: Reporter, station: str, *, valid_from: date, valid_to: date, reason: str
) -> tuple[int, bool]:
    """Declare that a station is closed for some days, by itself or an officer; repeating it changes nothing.

    Answers the closure's id, and whether it is new. Raises :class:`UnknownStation`.
    """
    async with database.transaction() as connection:
        await stations.lock_station(connection, station)
        await timeline_for(connection, reporter, station)
        for row in await stations.closures(connection, station):
            if (row.valid_from, row.valid_to, row.reason) == (valid_from, valid_to, reason):
                return row.closure_id, False
        batch_id = await batches.open_batch(
            connection, actor=reporter.actor, operation="declare_closure", reason=reason
        )
        closure_id = await stations.insert_closure(
            connection, batch_id, station, valid_from=valid_from, valid_to=valid_to, reason=reason
        )
    return closure_id, True


async def withdraw_closure(
    database: Database, reporter: Reporter, station: str, closure_id: int, *, reason: str
) -> None:
    """Take a declared closure back. Raises :class:`UnknownStation`, :class:`UnknownClosure`."""
    async with database.transaction() as connection:
        await stations.lock_station(connection, station)
        await timeline_for(connection, reporter, station)
        batch_id = await batches.open_batch(
            connection, actor=reporter.actor, operation="withdraw_closure", reason=reason
        )
        if not await stations.withdraw_closure(connection, batch_id, station, closure_id):
            raise UnknownClosure


async def assign_operator(
    database: Database, caller: Caller, station: str, operator: str, *, valid_from: date, valid_to: date | None
) -> bool:
    """Let somebody work at a station for a time; False if that is known. Raises :class:`OperatorOverlaps`."""
    async with database.transaction() as connection:
        await _lock_for(connection, caller, station)
        for row in await stations.operators(connection, station):
            if row.operator != operator:
                continue
            if (row.valid_from, row.valid_to) == (valid_from, valid_to):
                return False
            if (row.valid_to is None or valid_from < row.valid_to) and (valid_to is None or row.valid_from < valid_to):
                raise OperatorOverlaps
        batch_id = await batches.open_batch(connection, actor=caller.client_id, operation="assign_operator")
        await stations.insert_operator(
            connection, batch_id, station, operator, valid_from=valid_from, valid_to=valid_to
        )
    return True


async def release_operator(
    database: Database, caller: Caller, station: str, operator: str, *, valid_to: date, reason: str
) -> None:
    """Let an operator's time at a station end before ``valid_to``. Raises :class:`UnknownOperator`."""
    async with database.transaction() as connection:
        await _lock_for(connection, caller, station)
        rows = [row for row in await stations.operators(connection, station) if row.operator == operator]
        if any(row.valid_to == valid_to for row in rows):
            return
        held = next((row for row in rows if row.valid_to is None and row.valid_from < valid_to), None)
        if held is None:
            raise UnknownOperator
        batch_id = await batches.open_batch(
            connection, actor=caller.client_id, operation="release_operator", reason=reason
        )
        await stations.supersede_operator(connection, batch_id, station, operator, held.valid_from)
        await stations.insert_operator(
            connection, batch_id, station, operator, valid_from=held.valid_from, valid_to=valid_to
        )


async def read_station(database: Database, reporter: Reporter, station: str) -> Station:
    """One station with all that belongs to it. Raises :class:`UnknownStation`, also for one out of reach."""
    async with database.snapshot() as connection:
        timeline = await timeline_for(connection, reporter, station)
        return Station(
            station=station,
            registered_on=timeline[0].valid_from,
            timeline=timeline,
            closures=await stations.closures(connection, station),
            operators=await stations.operators(connection, station),
            devices=await devices.devices(connection, station),
        )


async def list_stations(
    database: Database,
    reporter: Reporter,
    *,
    region: str | None,
    status: str | None,
    after: str,
    limit: int,
    today: date,
) -> tuple[Sequence[Row[Any]], bool]:
    """The next stations by number (those of a region, by default all within reach), and whether there are more."""
    roots = reporter.caller.regions if reporter.caller is not None and reporter.station is None else ()
    async with database.transaction() as connection:
        rows = await stations.stations_after(
            connection,
            after,
            trees=trees_of(roots, within=region),
            own=reporter.station,
            status=status,
            today=today,
            limit=limit + 1,
        )
    return rows[:limit], len(rows) > limit
