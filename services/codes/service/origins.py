"""What a consumer is told who scans a product: which cooperative it comes from, and from where, no nearer than twenty
households live. Nothing of whose the code is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Kind
from services.codes.divisions import Level
from services.codes.errors import UnknownCode
from services.codes.queries import codes, origins
from services.codes.service.codes import read_code
from services.codes.service.nearest import nearest_place
from services.kit.database import Database


@dataclass(frozen=True, slots=True)
class Group:
    """A cooperative or enterprise by its public name and its code."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something comes from; of a code that is not in force, only the place."""

    code: str
    level: Level
    place: str
    """The division's name, with all that it lies in."""
    own: Group | None
    """If the code is a cooperative's or an enterprise's own."""
    cooperatives: Sequence[Group]


async def describe_origin(database: Database, text: str, *, moment: datetime, today: date) -> Origin:
    """What anybody may know of whence a code's products are. Raises :class:`CodeMalformed`, :class:`UnknownCode`."""
    code = await read_code(database, text)
    async with database.snapshot() as connection:
        entries = await codes.directory(connection, code, position=None)
        if not entries:
            raise UnknownCode
        entry = next((one for one in entries if _holds(one, moment)), None)
        seen = entry or entries[-1]
        level, place = await nearest_place(connection, seen.region, moment=moment, today=today)
        own, cooperatives = None, list[Group]()
        if entry is not None and entry.state == "in_force":
            own = await _own(connection, code, entry)
            found = await origins.cooperatives_of(connection, entry.subject_id, moment=moment, today=today)
            cooperatives = [Group(row.name, row.code) for row in found]
    return Origin(code, level, place, own, cooperatives)


def _holds(entry: Row[Any], moment: datetime) -> bool:
    return bool(entry.valid_from <= moment and (entry.valid_to is None or moment < entry.valid_to))


async def _own(connection: AsyncConnection, code: str, entry: Row[Any]) -> Group | None:
    if Kind(entry.kind) is Kind.HOUSEHOLD:
        return None
    name = await codes.organisation_name(connection, entry.subject_id)
    return None if name is None else Group(name, code)
