"""Whose a code is, for callers who may act on it."""

from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.errors import RegionNotAllowed, UnknownCode
from services.codes.queries import codes
from services.kit.auth import Caller


async def holder_for(connection: AsyncConnection, caller: Caller, code: str) -> Row[Any]:
    """The latest subject of a code (canonical), with kind, registration day and division.

    Raises :class:`UnknownCode` if it was never issued, :class:`RegionNotAllowed` if it is outside the caller's regions.
    """
    holder = (await codes.holders(connection, [code])).get(code)
    if holder is None:
        raise UnknownCode
    if not caller.may_see_region(holder.region):
        raise RegionNotAllowed
    return holder
