"""Everything that was ever known of a subject, on both clocks."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from services.codes.code import Kind
from services.codes.errors import UnknownSubject
from services.codes.privacy import PersonKeys
from services.codes.purpose import Purpose
from services.codes.queries import batches, revisions, successions
from services.codes.service.subjects import PERSON_SCOPE
from services.kit.auth import Caller
from services.kit.database import Database


@dataclass(frozen=True, slots=True)
class FormerHead:
    """Someone who heads a household, or did; ``since`` is None for the one it was registered with."""

    name: str = field(repr=False)
    id_card: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    since: date | None
    recorded_at: datetime
    superseded_at: datetime | None


@dataclass(frozen=True, slots=True)
class History:
    """Rows in the order in which they were recorded; ``heads`` is None for callers who may not see persons."""

    subject_id: int
    operations: Sequence[Row[Any]]
    successions: Sequence[Row[Any]]
    versions: Sequence[Row[Any]]
    incomes: Sequence[Row[Any]]
    heads: Sequence[FormerHead] | None


async def read_history(database: Database, keys: PersonKeys, caller: Caller, subject_id: int) -> History:
    """A subject's history. Raises :class:`UnknownSubject`, also where it lives outside the caller's regions."""
    async with database.snapshot() as connection:
        kind = (await revisions.kinds_of(connection, [subject_id])).get(subject_id)
        if kind is None:
            raise UnknownSubject
        versions = await successions.versions_ever(connection, subject_id)
        # Of who came out of a split that was undone, nothing is known any more.
        known = [one for one in versions if one.superseded_at is None] or versions
        if not caller.may_see_region(max(known, key=lambda one: one.valid_from).region):
            raise UnknownSubject
        heads = None
        if PERSON_SCOPE in caller.scopes and kind == Kind.HOUSEHOLD:
            await batches.say_purpose(connection, Purpose.READING)
            heads = _heads(keys, subject_id, await successions.heads_ever(connection, subject_id))
        return History(
            subject_id,
            await successions.operations_of(connection, subject_id),
            await successions.successions_of(connection, subject_id),
            versions,
            await successions.incomes_ever(connection, subject_id),
            heads,
        )


def _heads(keys: PersonKeys, subject_id: int, rows: Sequence[Row[Any]]) -> list[FormerHead]:
    """The heads in turn. A row of person data is written anew for other reasons, too, such as a move: one head's rows
    are one.
    """
    heads: list[FormerHead] = []
    for head in (_head(keys, subject_id, row) for row in rows):
        last = heads[-1] if heads else None
        if last is not None and (last.name, last.id_card, last.phone) == (head.name, head.id_card, head.phone):
            heads[-1] = replace(last, superseded_at=head.superseded_at)
        else:
            heads.append(head)
    return heads


def _head(keys: PersonKeys, subject_id: int, row: Row[Any]) -> FormerHead:
    return FormerHead(
        name=keys.open("name", subject_id, row.name_cipher),
        id_card=row.id_card_cipher and keys.open("id_card", subject_id, row.id_card_cipher),
        phone=row.phone_cipher and keys.open("phone", subject_id, row.phone_cipher),
        since=row.on_day,
        recorded_at=row.recorded_at,
        superseded_at=row.superseded_at,
    )
