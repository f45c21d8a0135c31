"""Where a roster's rows are read and encrypted: in a thread, and of a large roster in a second process as well."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import structlog

from services.codes.privacy import PersonKeys
from services.codes.queries.rosters import Part
from services.codes.roster.desk import Desk, ReadPart, Terms
from services.codes.roster.second_desk import DeskGone, SecondDesk
from services.codes.subject import NewSubject

ROWS_FOR_A_SECOND: Final = 5_000
"""Rows from which on a second process is worth its start, which costs a core as much as reading some thousands."""

_log = structlog.get_logger(__name__)


class Desks:
    """The desk in this process, and the second one while it lives; a part that comes before it has started, or that it
    did not answer, is done here.
    """

    def __init__(self, keys: PersonKeys, terms: Terms, second: SecondDesk | None) -> None:
        self._own = Desk(keys, terms)
        self._second = second

    async def read(self, part: Part) -> ReadPart:
        """As :meth:`Desk.read`."""
        if self._second is not None and self._second.is_ready:
            try:
                return await self._second.read(part.part_no, part.sealed)
            except DeskGone:
                self._go_on_alone()
        return await asyncio.to_thread(self._own.read, part.part_no, part.sealed)

    async def prepare(self, part: Part, ids: Mapping[int, int]) -> list[NewSubject]:
        """As :meth:`Desk.prepare`."""
        if not ids:
            return []
        if self._second is not None and self._second.is_ready:
            try:
                return await self._second.prepare(part.part_no, part.sealed, ids)
            except DeskGone:
                self._go_on_alone()
        return await asyncio.to_thread(self._own.prepare, part.part_no, part.sealed, ids)

    def _go_on_alone(self) -> None:
        if self._second is None:  # another part noticed first
            return
        self._second = None
        _log.warning("the second process of a roster ended; its rows are read and encrypted here")


@asynccontextmanager
async def open_desks(keys: PersonKeys, terms: Terms, *, rows: int) -> AsyncIterator[Desks]:
    """The desks for work on so many ``rows``; the second process ends with the block."""
    second = None
    if rows >= ROWS_FOR_A_SECOND and _cores() > 1:
        try:
            second = await SecondDesk.open(keys, terms)
        except (OSError, DeskGone):
            _log.warning("no second process for a roster; its rows are read and encrypted here")
    try:
        yield Desks(keys, terms, second)
    finally:
        if second is not None:
            await second.close()


def _cores() -> int:
    """How many this process may use; where the system does not say that (macOS), how many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
