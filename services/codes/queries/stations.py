"""Stations, their versions, closures and operators."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.station import StationStatus, StationType, Version
from services.codes.territory import CodeRange

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('codes.station.' || :station, 0)), now() AS began_at")

_INSERT = text("""
    INSERT INTO codes.stations (station, registered_on, recorded_in) VALUES (:station, :registered_on, :batch_id)
    """)

_REGISTERED = text("""
    SELECT s.registered_on, v.name, v.region, v.type, v.status
    FROM codes.stations s
    JOIN codes.station_versions v ON v.station = s.station AND v.recorded_in = s.recorded_in
    WHERE s.station = :station
    """)

_VERSIONS = text("""
    SELECT station, valid_from, valid_to, name, region, type, status, reason FROM codes.station_versions
    WHERE station = ANY(CAST(:stations AS text[])) AND superseded_in IS NULL ORDER BY station, valid_from
    """)

_SUPERSEDE_VERSIONS = text("""
    UPDATE codes.station_versions SET superseded_in = :batch_id
    WHERE station = :station AND superseded_in IS NULL AND valid_from = ANY(CAST(:days AS date[]))
    """)

_INSERT_VERSIONS = text("""
    INSERT INTO codes.station_versions
        (station, valid_from, valid_to, name, region, type, status, reason, recorded_in)
    SELECT :station, new.*, :batch_id
    FROM unnest(CAST(:froms AS date[]), CAST(:tos AS date[]), CAST(:names AS text[]), CAST(:regions AS text[]),
                CAST(:types AS text[]), CAST(:statuses AS text[]), CAST(:reasons AS text[])) AS new
    """)

_STATIONS_AFTER = text("""
    SELECT v.station, v.name, v.region, v.type, v.status, v.reason, s.registered_on
    FROM codes.station_versions v JOIN codes.stations s ON s.station = v.station
    WHERE v.superseded_in IS NULL AND v.valid_from <= :today AND (v.valid_to IS NULL OR :today < v.valid_to)
        AND v.station > :after AND (CAST(:status AS text) IS NULL OR v.status = :status)
        AND (v.station = :own OR EXISTS (
            SELECT FROM unnest(CAST(:lows AS text[]), CAST(:highs AS text[])) AS tree (low, high)
            WHERE v.region >= tree.low AND v.region < tree.high
        ))
    ORDER BY v.station LIMIT :limit
    """)

_CLOSURES = text("""
    SELECT closure_id, valid_from, valid_to, reason FROM codes.station_closures
    WHERE station = :station AND superseded_in IS NULL ORDER BY valid_from, closure_id
    """)

_INSERT_CLOSURE = text("""
    INSERT INTO codes.station_closures (station, valid_from, valid_to, reason, recorded_in)
    VALUES (:station, :valid_from, :valid_to, :reason, :batch_id) RETURNING closure_id
    """)

_WITHDRAW_CLOSURE = text("""
    UPDATE codes.station_closures SET superseded_in = :batch_id
    WHERE station = :station AND closure_id = :closure_id AND superseded_in IS NULL
    """)

_OPERATORS = text("""
    SELECT operator, valid_from, valid_to FROM codes.station_operators
    WHERE station = :station AND superseded_in IS NULL ORDER BY operator, valid_from
    """)

_INSERT_OPERATOR = text("""
    INSERT INTO codes.station_operators (station, operator, valid_from, valid_to, recorded_in)
    VALUES (:station, :operator, :valid_from, :valid_to, :batch_id)
    """)

_SUPERSEDE_OPERATOR = text("""
    UPDATE codes.station_operators SET superseded_in = :batch_id
    WHERE station = :station AND operator = :operator AND valid_from = :valid_from AND superseded_in IS NULL
    """)


async def lock_station(connection: AsyncConnection, station: str) -> datetime:
    """Be the only writer of what belongs to this station, its scans too, until the transaction ends; answers when that
    began, which is what its batch says.

    What is read must be read by a later statement.
    """
    began_at: datetime = (await connection.execute(_LOCK, {"station": station})).one().began_at
    return began_at


async def insert_station(connection: AsyncConnection, batch_id: int, station: str, version: Version) -> None:
    """Write a station that is registered from its first version's first day on."""
    await connection.execute(_INSERT, {"station": station, "registered_on": version.valid_from, "batch_id": batch_id})
    await _insert_versions(connection, batch_id, station, [version])


async def as_registered(connection: AsyncConnection, station: str) -> Row[Any] | None:
    """What was said of a station when it was registered."""
    return (await connection.execute(_REGISTERED, {"station": station})).one_or_none()


async def timeline(connection: AsyncConnection, station: str) -> list[Version]:
    """A station's versions as known now; empty if there is no such station."""
    return (await timelines(connection, [station])).get(station, [])


async def timelines(connection: AsyncConnection, stations: Sequence[str]) -> dict[str, list[Version]]:
    """The versions, as known now, of those of these stations that there are."""
    found: dict[str, list[Version]] = {}
    for row in await connection.execute(_VERSIONS, {"stations": list(stations)}):
        version = Version(
            row.valid_from,
            row.valid_to,
            row.name,
            row.region,
            StationType(row.type),
            StationStatus(row.status),
            row.reason,
        )
        found.setdefault(row.station, []).append(version)
    return found


async def replace_versions(
    connection: AsyncConnection, batch_id: int, station: str, *, wrong: Sequence[Version], right: Sequence[Version]
) -> None:
    """Replace some versions by others, keeping what was known before."""
    days = [version.valid_from for version in wrong]
    await connection.execute(_SUPERSEDE_VERSIONS, {"batch_id": batch_id, "station": station, "days": days})
    await _insert_versions(connection, batch_id, station, right)


async def _insert_versions(
    connection: AsyncConnection, batch_id: int, station: str, versions: Sequence[Version]
) -> None:
    await connection.execute(
        _INSERT_VERSIONS,
        {
            "batch_id": batch_id,
            "station": station,
            "froms": [version.valid_from for version in versions],
            "tos": [version.valid_to for version in versions],
            "names": [version.name for version in versions],
            "regions": [version.region for version in versions],
            "types": [version.type.value for version in versions],
            "statuses": [version.status.value for version in versions],
            "reasons": [version.reason for version in versions],
        },
    )


async def stations_after(
    connection: AsyncConnection,
    after: str,
    *,
    trees: Sequence[CodeRange],
    own: str | None,
    status: str | None,
    today: date,
    limit: int,
) -> Sequence[Row[Any]]:
    """The next stations in the trees, and the caller's own, by ascending number, as they are known to be today."""
    parameters = {
        "after": after,
        "lows": [tree.low for tree in trees],
        "highs": [tree.high for tree in trees],
        "own": own,
        "status": status,
        "today": today,
        "limit": limit,
    }
    return (await connection.execute(_STATIONS_AFTER, parameters)).all()


async def closures(connection: AsyncConnection, station: str) -> Sequence[Row[Any]]:
    """The declared closures that were not withdrawn."""
    return (await connection.execute(_CLOSURES, {"station": station})).all()


async def insert_closure(
    connection: AsyncConnection, batch_id: int, station: str, *, valid_from: date, valid_to: date, reason: str
) -> int:
    """Declare a closure; answers its id."""
    parameters = {"valid_from": valid_from, "valid_to": valid_to, "reason": reason}
    closure_id = await connection.scalar(_INSERT_CLOSURE, {"batch_id": batch_id, "station": station, **parameters})
    return int(closure_id or 0)


async def withdraw_closure(connection: AsyncConnection, batch_id: int, station: str, closure_id: int) -> bool:
    """Withdraw a closure; False if there is none of this id that stands."""
    parameters = {"batch_id": batch_id, "station": station, "closure_id": closure_id}
    return (await connection.execute(_WITHDRAW_CLOSURE, parameters)).rowcount == 1


async def operators(connection: AsyncConnection, station: str) -> Sequence[Row[Any]]:
    """Who works, worked or will work at a station."""
    return (await connection.execute(_OPERATORS, {"station": station})).all()


async def insert_operator(
    connection: AsyncConnection, batch_id: int, station: str, operator: str, *, valid_from: date, valid_to: date | None
) -> None:
    """Let somebody work at a station for a time."""
    parameters = {"station": station, "operator": operator, "valid_from": valid_from, "valid_to": valid_to}
    await connection.execute(_INSERT_OPERATOR, {"batch_id": batch_id, **parameters})


async def supersede_operator(
    connection: AsyncConnection, batch_id: int, station: str, operator: str, valid_from: date
) -> None:
    """Take back what was known of an operator's time that began on this day."""
    parameters = {"station": station, "operator": operator, "valid_from": valid_from}
    await connection.execute(_SUPERSEDE_OPERATOR, {"batch_id": batch_id, **parameters})
