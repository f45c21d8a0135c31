"""Take back a split or merge that was recorded by mistake: from then on it is known that it never was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.errors import RegionNotAllowed
from services.codes.purpose import Purpose
from services.codes.queries import batches, codes, revisions, successions, undoing
from services.codes.subject_errors import DependedOn, NotToBeUndone, UnknownOperation
from services.kit.auth import Caller
from services.kit.database import Database

_NAMED_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Undone:
    """An operation that was taken back; ``already``: it had been before."""

    operation: str
    on: date
    concerned: Sequence[int]
    already: bool


async def undo_operation(
    database: Database, caller: Caller, subject_id: int, operation_id: int, *, reason: str
) -> Undone:
    """Take back a split or merge of ``subject_id``; again, it changes nothing.

    What is registered of everybody whom it concerned becomes what it was; a household that came out of the split never
    was, and its code, card and numbers lead to the one that it came out of. Raises :class:`UnknownOperation`,
    :class:`NotToBeUndone`, :class:`RegionNotAllowed`, and :class:`DependedOn` if something was recorded of any of them
    since.
    """
    async with database.transaction() as connection:
        rows = await undoing.operation(connection, operation_id)
        concerned = [row.subject_id for row in rows]
        if subject_id not in concerned:
            raise UnknownOperation
        await batches.lock_subjects(connection, concerned)
        found = (await undoing.operation(connection, operation_id))[0]
        await _check_regions(connection, caller, concerned)
        if found.operation not in ("split", "merge"):
            raise NotToBeUndone(found.operation)
        if found.undone_in is None:
            await batches.say_purpose(connection, Purpose.REGISTRATION)
            await _refuse_if_depended_on(connection, operation_id, found, concerned)
            undo_id = await batches.open_batch(
                connection, actor=caller.client_id, operation=f"undo_{found.operation}", reason=reason
            )
            await _undo(connection, operation_id, undo_id, found, concerned)
    return Undone(found.operation, found.on_day, concerned, found.undone_in is not None)


async def _check_regions(connection: AsyncConnection, caller: Caller, concerned: Sequence[int]) -> None:
    for versions in (await revisions.versions_of(connection, concerned)).values():
        if not caller.may_see_region(versions[-1].region):
            raise RegionNotAllowed


async def _refuse_if_depended_on(
    connection: AsyncConnection, operation_id: int, found: Row[Any], concerned: Sequence[int]
) -> None:
    persons_of = concerned if found.operation == "split" else ()
    later = await undoing.later_batches(
        connection, operation_id, concerned, persons_of=persons_of, limit=_NAMED_AT_MOST
    )
    if later:
        raise DependedOn([(row.batch_id, row.operation, row.recorded_at) for row in later])


async def _undo(
    connection: AsyncConnection, operation_id: int, undo_id: int, found: Row[Any], concerned: Sequence[int]
) -> None:
    is_split = found.operation == "split"
    gone = await successions.successions_of_batch(connection, operation_id) if is_split else ()
    reached = await revisions.codes_of(connection, concerned)
    await undoing.take_back(connection, operation_id, undo_id, concerned, split=is_split)
    if gone:
        # Labels, cards and rosters may have been made of who never was: all that leads there leads back.
        keeper = gone[0].predecessor_id
        rows = [(row.successor_id, keeper, row.persons) for row in gone]
        await successions.add_successions(connection, undo_id, "undone", found.on_day, rows)
        numbers = await successions.numbers_of(connection, [row.successor_id for row in gone])
        await successions.transfer_numbers(connection, undo_id, [(index, keeper) for index in numbers])
    await successions.add_operation(connection, undo_id, operation="undo", on_day=found.on_day, concerned=concerned)
    await codes.derive_directory(connection, undo_id, reached)
