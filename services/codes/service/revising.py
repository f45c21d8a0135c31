"""The one way in which what is registered of a subject changes: versions, person data, numbers, incomes, directory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.privacy import PersonKeys
from services.codes.purpose import Purpose
from services.codes.queries import batches, codes, revisions
from services.codes.queries.revisions import IncomeRow, PersonRow
from services.codes.sealing import likeness_of, seal_person
from services.codes.versions import Change, Values, revise


@dataclass(frozen=True, slots=True)
class Person:
    """All that is to be registered of a household's head from now on."""

    name: str = field(repr=False)
    id_card: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    details: Mapping[str, str] = field(repr=False)
    region: str
    """The village by which the household is told apart from others of its name."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """All that is to be registered of an organisation's name from now on."""

    name: str
    uscc: str | None


@dataclass(frozen=True, slots=True)
class Revision:
    """What changes for one subject. ``events`` became true on ``day``; ``corrections`` were always so."""

    subject_id: int
    day: date
    events: Values = field(default_factory=Values)
    corrections: Values = field(default_factory=Values)
    person: Person | None = None
    organisation: Organisation | None = None
    numbers: Mapping[str, bytes] = field(default_factory=dict)
    """Blind indexes that shall lead to the subject from now on too, by field."""
    income: IncomeRow | None = None


async def lock_for_revision(connection: AsyncConnection, subject_ids: Sequence[int]) -> None:
    """Be the only one who revises these subjects until the transaction ends; read them after this."""
    if subject_ids:
        await batches.lock_subjects(connection, subject_ids)


async def revise_subjects(
    connection: AsyncConnection, keys: PersonKeys, batch_id: int, changes: Sequence[Revision]
) -> None:
    """Write revisions of subjects that :func:`lock_for_revision` has locked.

    Raises :class:`~services.codes.versions.NoVersionOnDay` for a day before a subject's registration.
    """
    moved = await _revise_versions(connection, batch_id, [one for one in changes if one.events or one.corrections])
    people = [(one.subject_id, one.person) for one in changes if one.person is not None]
    if people:
        await batches.say_purpose(connection, Purpose.REGISTRATION)
        await revisions.replace_persons(connection, batch_id, [_person_row(keys, *one) for one in people])
    organisations = [(one.subject_id, one.organisation) for one in changes if one.organisation is not None]
    if organisations:
        rows = [(subject_id, one.name, one.uscc) for subject_id, one in organisations]
        await revisions.replace_organisations(connection, batch_id, rows)
    numbers = [(index, one.subject_id, field) for one in changes for field, index in one.numbers.items()]
    if numbers:
        await revisions.add_identities(connection, batch_id, numbers)
    incomes = [one.income for one in changes if one.income is not None]
    if incomes:
        await revisions.record_incomes(connection, batch_id, incomes)
    if moved:
        await codes.derive_directory(connection, batch_id, await revisions.codes_of(connection, moved))


async def _revise_versions(connection: AsyncConnection, batch_id: int, changes: Sequence[Revision]) -> list[int]:
    if not changes:
        return []
    known = await revisions.versions_of(connection, [one.subject_id for one in changes])
    made = [
        (one.subject_id, revise(known[one.subject_id], one.day, events=one.events, corrections=one.corrections))
        for one in changes
    ]
    return await write_versions(connection, batch_id, made)


async def write_versions(connection: AsyncConnection, batch_id: int, made: Sequence[tuple[int, Change]]) -> list[int]:
    """Replace versions (subject, change) of locked subjects; answers who moved, whose codes are to be derived anew."""
    wrong = [(subject_id, version) for subject_id, change in made for version in change.wrong]
    right = [(subject_id, version) for subject_id, change in made for version in change.right]
    await revisions.replace_versions(connection, batch_id, wrong=wrong, right=right)
    return [subject_id for subject_id, change in made if _moves(change)]


def _moves(change: Change) -> bool:
    return len({version.region for version in (*change.wrong, *change.right)}) > 1


def _person_row(keys: PersonKeys, subject_id: int, person: Person) -> PersonRow:
    ciphers = seal_person(
        keys,
        subject_id,
        name=person.name,
        id_card=person.id_card,
        phone=person.phone,
        details=person.details,
    )
    return PersonRow(subject_id, ciphers, likeness_of(keys, person.name, person.region, person.phone))
