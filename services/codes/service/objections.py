"""What a household says is wrong with its statement, and what an officer answers. Both are kept like person data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.credential import digest_of
from services.codes.privacy import PersonKeys
from services.codes.queries import statements as queries
from services.codes.queries.statements import Reach
from services.codes.reporter import Reporter
from services.codes.station_errors import AlreadyAnswered, GrantOver, UnknownObjection
from services.codes.territory import trees_of
from services.kit.auth import Caller
from services.kit.database import Database

_OBJECTION, _ANSWER = "objection", "objection_answer"
"""Names of the encrypted fields."""


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection and its answer, if there is one."""

    objection_id: int
    subject_id: int
    month: date | None
    text: str = field(repr=False)
    raised_at: datetime
    station: str
    answer: str | None = field(repr=False)
    answered_at: datetime | None


async def raise_objection(
    database: Database,
    keys: PersonKeys,
    reporter: Reporter,
    grant: str,
    *,
    month: date | None,
    text: str,
    now: datetime,
) -> tuple[Objection, bool]:
    """Write down what the household objects to while its statement is open; the same twice is one.

    Answers the objection, and whether it is new. Raises :class:`GrantOver`.
    """
    async with database.transaction() as connection:
        opened = await queries.grant(connection, digest_of(grant))
        if opened is None or opened.expires_at <= now or reporter.station not in {None, opened.station}:
            raise GrantOver
        await queries.lock_pin(connection, opened.code)
        for one in _objections_of(keys, await queries.objections_of(connection, opened.subject_id)):
            if (one.month, one.text) == (month, text):
                return one, False
        objection_id = await queries.insert_objection(
            connection,
            subject_id=opened.subject_id,
            attempt_id=opened.attempt_id,
            month=month,
            text_cipher=keys.seal(_OBJECTION, opened.subject_id, text),
            raised_at=now,
        )
    return Objection(objection_id, opened.subject_id, month, text, now, opened.station, None, None), True


async def objections_of(database: Database, keys: PersonKeys, subject_id: int) -> list[Objection]:
    """All objections of a household, with their answers; for who has opened its statement."""
    async with database.transaction() as connection:
        rows = await queries.objections_of(connection, subject_id)
    return _objections_of(keys, rows)


def _objections_of(keys: PersonKeys, rows: Sequence[Row[Any]]) -> list[Objection]:
    return [
        Objection(
            objection_id=row.objection_id,
            subject_id=row.subject_id,
            month=row.month,
            text=keys.open(_OBJECTION, row.subject_id, row.text_cipher),
            raised_at=row.raised_at,
            station=row.station,
            answer=row.answer_cipher and keys.open(_ANSWER, row.subject_id, row.answer_cipher),
            answered_at=row.answered_at,
        )
        for row in rows
    ]


async def list_objections(
    database: Database,
    keys: PersonKeys,
    caller: Caller,
    *,
    only_open: bool,
    after: int,
    limit: int,
    today: date,
) -> tuple[list[Objection], bool]:
    """The next objections of households in the caller's regions, and whether there are more."""
    reach = Reach(trees_of(caller.regions), today)
    async with database.transaction() as connection:
        rows = await queries.objections_after(connection, after, reach=reach, only_open=only_open, limit=limit + 1)
    return _objections_of(keys, rows[:limit]), len(rows) > limit


async def answer_objection(
    database: Database,
    keys: PersonKeys,
    caller: Caller,
    objection_id: int,
    text: str,
    *,
    now: datetime,
    today: date,
) -> Objection:
    """Answer an objection, once; the same answer again changes nothing.

    Raises :class:`UnknownObjection`, :class:`AlreadyAnswered`.
    """
    reach = Reach(trees_of(caller.regions), today)
    async with database.transaction() as connection:
        row = await queries.objection(connection, objection_id, reach=reach)
        if row is None:
            raise UnknownObjection
        await queries.insert_answer(
            connection,
            objection_id=objection_id,
            subject_id=row.subject_id,
            actor=caller.client_id,
            text_cipher=keys.seal(_ANSWER, row.subject_id, text),
            answered_at=now,
        )
        (answered,) = _objections_of(keys, [await _again(connection, objection_id, reach)])
    if answered.answer != text:
        raise AlreadyAnswered
    return answered


async def _again(connection: AsyncConnection, objection_id: int, reach: Reach) -> Row[Any]:
    row = await queries.objection(connection, objection_id, reach=reach)
    if row is None:
        raise UnknownObjection
    return row
