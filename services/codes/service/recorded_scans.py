"""Read the scans of a station."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from services.codes.queries import scans as queries
from services.codes.reporter import Reporter
from services.codes.scan import Key
from services.codes.service.scans import timeline_for
from services.codes.station import version_on
from services.codes.station_errors import UnknownScan
from services.kit.database import Database


async def list_scans(
    database: Database,
    reporter: Reporter,
    station: str,
    after: tuple[datetime, str, str],
    *,
    since: datetime,
    until: datetime,
    limit: int,
) -> tuple[Sequence[Row[Any]], bool]:
    """The next scans of a station from ``since`` until before ``until``, and whether there are more.

    Raises :class:`UnknownStation`.
    """
    async with database.snapshot() as connection:
        await timeline_for(connection, reporter, station)
        rows = await queries.scans_after(connection, station, after, since=since, until=until, limit=limit + 1)
    return rows[:limit], len(rows) > limit


async def read_scan(database: Database, reporter: Reporter, station: str, key: Key) -> tuple[Row[Any], str]:
    """One scan, and the station's name on its day. Raises :class:`UnknownStation`, :class:`UnknownScan`."""
    async with database.snapshot() as connection:
        timeline = await timeline_for(connection, reporter, station)
        row = await queries.scan(connection, station, key)
    if row is None:
        raise UnknownScan
    return row, (version_on(timeline, row.business_day) or timeline[-1]).name
