"""What changes of one subject on a day: where it lives, who heads it, what is registered of it from year to year."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Kind
from services.codes.errors import NotAVillage, RegionNotAllowed, UnknownSubject
from services.codes.privacy import PersonKeys
from services.codes.queries import batches, regions, revisions, subjects, successions
from services.codes.queries.revisions import IncomeRow
from services.codes.service.heads import Head, person_of, present_person
from services.codes.service.registration import ATTEMPTS, UNIQUE_VIOLATION
from services.codes.service.revising import Person, Revision, revise_subjects
from services.codes.subject import Baseline
from services.codes.subject_errors import InFuture, NotAHousehold, NothingIsSaid, NotThereThen, NumberTaken
from services.codes.versions import Values, Version, revise, version_on
from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.errors import Unavailable

_OF_GROUPS = {"members_bp", "region"}
_OF_HOUSEHOLDS = {"persons", "status", "region"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be said of a subject. ``events`` are true from ``on``; ``corrections`` were wrong on that day."""

    operation: str
    on: date
    reason: str
    events: Values = field(default_factory=Values)
    corrections: Values = field(default_factory=Values)
    head: Head | None = field(default=None, repr=False)
    income: Baseline | None = None
    income_persons: int | None = None
    """By how many persons the income was divided; by default those of ``on``."""


@dataclass(frozen=True, slots=True)
class Altered:
    """A subject as it is on the day of the change; ``changed`` is False if all that was so already.

    ``came_out_later`` are the households that came out of it after that day, ``joined_later`` those that joined it:
    what is said of it is not said of them, and their persons are not counted anew.
    """

    subject_id: int
    version: Version
    changed: bool
    came_out_later: Sequence[int]
    joined_later: Sequence[int]


async def alter_subject(
    database: Database, keys: PersonKeys, caller: Caller, subject_id: int, wanted: Wanted, *, today: date
) -> Altered:
    """Record what became true of a subject on a day, or what was wrong of it; the same again changes nothing.

    Raises :class:`InFuture`, :class:`UnknownSubject`, :class:`RegionNotAllowed`, :class:`NotAVillage`,
    :class:`NotAHousehold`, :class:`NotThereThen`, :class:`NothingIsSaid`, :class:`NumberTaken`.
    """
    if wanted.on > today:
        raise InFuture
    for _ in range(ATTEMPTS):
        try:
            async with database.transaction() as connection:
                return await _alter(connection, keys, caller, subject_id, wanted)
        except IntegrityError as error:
            if getattr(error.orig, "sqlstate", None) != UNIQUE_VIOLATION:
                raise
            # Somebody took the new head's number since we looked: look again.
    raise Unavailable("登记繁忙,请稍后重试 / Registration is busy; try again in a moment", retry_after_seconds=1)


async def _alter(
    connection: AsyncConnection, keys: PersonKeys, caller: Caller, subject_id: int, wanted: Wanted
) -> Altered:
    await batches.lock_subjects(connection, [subject_id])
    kind = (await revisions.kinds_of(connection, [subject_id])).get(subject_id)
    if kind is None:
        raise UnknownSubject
    versions = (await revisions.versions_of(connection, [subject_id])).get(subject_id)
    if not versions:  # it came out of a split that was undone
        raise UnknownSubject
    if not caller.may_see_region(versions[-1].region):
        raise RegionNotAllowed
    _check_fields(Kind(kind), wanted)
    held = version_on(versions, wanted.on)
    if held is None:
        raise NotThereThen(subject_id, versions[0].valid_from, versions[-1].valid_to)
    await _check_place(connection, caller, wanted)
    change = revise(versions, wanted.on, events=wanted.events, corrections=wanted.corrections)
    after = sorted([one for one in versions if one not in change.wrong] + list(change.right), key=_first_day)
    region = after[-1].region
    person = await person_of(connection, keys, subject_id, wanted.head, region)
    if person is None and region != versions[-1].region and kind == Kind.HOUSEHOLD:
        person = await present_person(connection, keys, subject_id, region)
    income = await _income(connection, subject_id, wanted, held)
    changed = bool(change.wrong or income or person)
    if changed:
        numbers = await _numbers(connection, keys, subject_id, person, wanted)
        batch_id = await batches.open_batch(
            connection, actor=caller.client_id, operation=wanted.operation, reason=wanted.reason
        )
        revision = Revision(
            subject_id,
            wanted.on,
            events=wanted.events,
            corrections=wanted.corrections,
            person=person,
            numbers=numbers,
            income=income,
        )
        await revise_subjects(connection, keys, batch_id, [revision])
        await successions.add_operation(
            connection, batch_id, operation=wanted.operation, on_day=wanted.on, concerned=[subject_id]
        )
    found = version_on(after, wanted.on)
    if found is None:
        raise AssertionError("a change leaves no gap on its day")
    came_out, joined = await successions.others_after(connection, subject_id, wanted.on)
    return Altered(subject_id, found, changed, came_out, joined)


def _first_day(version: Version) -> date:
    return version.valid_from


def _check_fields(kind: Kind, wanted: Wanted) -> None:
    said = {*wanted.events, *wanted.corrections}
    fitting = _OF_HOUSEHOLDS if kind is Kind.HOUSEHOLD else _OF_GROUPS
    if kind is not Kind.HOUSEHOLD and wanted.head is not None:
        raise NotAHousehold
    wrong = said - fitting
    if kind is not Kind.HOUSEHOLD and wanted.income is not None:
        wrong |= {"baseline_income"}
    if wrong or not (said or wanted.head or wanted.income):
        raise NothingIsSaid(sorted(wrong))


async def _check_place(connection: AsyncConnection, caller: Caller, wanted: Wanted) -> None:
    region = wanted.events.get("region") or wanted.corrections.get("region")
    if region is None:
        return
    if not caller.may_see_region(region):
        raise RegionNotAllowed
    if not await regions.villages_on(connection, [(region, wanted.on)]):
        raise NotAVillage


async def _income(connection: AsyncConnection, subject_id: int, wanted: Wanted, held: Version) -> IncomeRow | None:
    """The income to be recorded; None if none is said, or it is registered so."""
    if wanted.income is None:
        return None
    said = wanted.income
    known = (await revisions.incomes_of(connection, [subject_id])).get(subject_id, ())
    newest = next((one for one in reversed(known) if one.year == said.year), None)
    persons = wanted.income_persons or (newest.persons if newest else None) or held.persons or 1
    if newest is not None and (newest.per_head_fen, newest.persons) == (said.per_head_fen, persons):
        return None
    return IncomeRow(subject_id, said.year, said.per_head_fen, persons)


async def _numbers(
    connection: AsyncConnection, keys: PersonKeys, subject_id: int, person: Person | None, wanted: Wanted
) -> dict[str, bytes]:
    if person is None or wanted.head is None or person.id_card is None:
        return {}
    index = keys.index("id_card", person.id_card)
    holder = (await subjects.holders_of_numbers(connection, [index])).get(index, subject_id)
    if holder != subject_id:
        raise NumberTaken(["id_card"])
    return {"id_card": index}
