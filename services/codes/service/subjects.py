"""Read subjects, with person data only for those who may see it."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import Row

from services.codes.code import Kind
from services.codes.errors import UnknownSubject
from services.codes.privacy import PersonKeys
from services.codes.purpose import Purpose
from services.codes.queries import batches, subjects
from services.codes.subject import Baseline, Status, mask_name
from services.codes.territory import trees_of
from services.kit.auth import Caller
from services.kit.database import Database

PERSON_SCOPE = "codes:person"


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject as it is known to be on a day. For callers who may not see persons a household's name is masked, and
    ``id_card`` and ``phone`` are None.
    """

    subject_id: int
    code: str
    kind: Kind
    region: str
    registered_on: date
    name: str = field(repr=False)
    status: Status | None
    persons: int | None
    baseline: Baseline | None
    uscc: str | None
    members_bp: int | None
    id_card: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    may_see_person: bool
    joined: tuple[int, date] | None = None
    """The household that it joined, and the first day on which it is no more itself."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some subjects, and whether there are more."""

    subjects: list[Subject]
    more: bool


async def read_subject(
    database: Database, keys: PersonKeys, caller: Caller, subject_id: int, *, today: date
) -> Subject:
    """One subject. Raises :class:`UnknownSubject`, also for one outside the caller's regions."""
    async with database.transaction() as connection:
        await batches.say_purpose(connection, Purpose.READING)
        row = await subjects.subject(connection, subject_id, trees=trees_of(caller.regions), today=today)
        joined = await subjects.whom_it_joined(connection, subject_id)
    if row is None:
        raise UnknownSubject
    shown = subject_of(keys, caller, row)
    return shown if joined is None else replace(shown, joined=(joined.successor_id, joined.on_day))


async def list_subjects(
    database: Database,
    keys: PersonKeys,
    caller: Caller,
    *,
    region: str | None,
    kind: Kind | None,
    after: int,
    limit: int,
    today: date,
) -> Page:
    """The next subjects of a region (by default all the caller's) and kind, by ascending id."""
    trees = trees_of(caller.regions, within=region)
    async with database.transaction() as connection:
        await batches.say_purpose(connection, Purpose.READING)
        rows = await subjects.subjects_after(connection, after, trees=trees, kind=kind, today=today, limit=limit + 1)
    return Page([subject_of(keys, caller, row) for row in rows[:limit]], more=len(rows) > limit)


def subject_of(keys: PersonKeys, caller: Caller, row: Row[Any]) -> Subject:
    """A row of the queries of subjects as the caller may see it."""
    name, id_card, phone = row.name, None, None
    may_see_person = PERSON_SCOPE in caller.scopes
    if row.name_cipher is not None:
        name = keys.open("name", row.subject_id, row.name_cipher)
        if not may_see_person:
            name = mask_name(name)
        else:
            id_card = row.id_card_cipher and keys.open("id_card", row.subject_id, row.id_card_cipher)
            phone = row.phone_cipher and keys.open("phone", row.subject_id, row.phone_cipher)
    return Subject(
        subject_id=row.subject_id,
        code=row.code,
        kind=Kind(row.kind),
        region=row.region,
        registered_on=row.registered_on,
        name=name,
        status=None if row.status is None else Status(row.status),
        persons=row.persons,
        baseline=None if row.year is None else Baseline(row.year, row.per_head_fen),
        uscc=row.uscc,
        members_bp=row.members_bp,
        id_card=id_card,
        phone=phone,
        may_see_person=may_see_person,
    )
