"""Reading the ledger: by code, order, batch or day; each page begins where the last one ended, whatever was added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import TextClause

from services.kit.auth import Caller
from services.kit.database import Database
from services.sales.errors import OneFilter, UnknownCode
from services.sales.paging import BEGINNING_OF_TIME, BigInt, Page, SmallInt, Text, page_of, read_cursor
from services.sales.queries import ledger
from services.sales.sight import sight_of

_Key = tuple[BigInt, Text, Text, Text, SmallInt]
_KEY: TypeAdapter[_Key] = TypeAdapter(_Key)
_KEY_NAMES = ("batch_id", "order_no", "platform", "line_no", "entry_no")
_DayKey = tuple[date, BigInt, Text, Text, Text, SmallInt]
_DAY_KEY: TypeAdapter[_DayKey] = TypeAdapter(_DayKey)
_AFTER_NAMES = ("after_batch", "after_order", "after_platform", "after_line", "after_entry")
_FIRST: _Key = (0, "", "", "", 0)


@dataclass(frozen=True, slots=True)
class Question:
    """Which entries: of a code (on a day, or on all), an order, a batch, or a day."""

    code: str | None = None
    order_no: str | None = None
    batch_id: int | None = None
    day: date | None = None

    def __post_init__(self) -> None:
        """Raise :class:`OneFilter` unless exactly one of them is asked for."""
        given = 3 - [self.code, self.order_no, self.batch_id].count(None)
        if given > 1 or (given == 0 and self.day is None) or (given and self.day is not None and self.code is None):
            raise OneFilter


async def read_entries(
    database: Database, caller: Caller, question: Question, *, after: str | None, limit: int
) -> Page:
    """A page of the entries asked for. Raises :class:`UnknownCode` and :class:`InvalidCursor`."""
    if question.code is not None:
        return await entries_of_code(database, caller, question.code, day=question.day, after=after, limit=limit)
    if question.order_no is not None:
        return await entries_of_order(database, caller, question.order_no, after=after, limit=limit)
    if question.batch_id is not None:
        return await entries_of_batch(database, caller, question.batch_id, after=after, limit=limit)
    return await entries_of_day(database, caller, question.day or BEGINNING_OF_TIME, after=after, limit=limit)


async def entries_of_batch(database: Database, caller: Caller, batch_id: int, *, after: str | None, limit: int) -> Page:
    """Entries that a batch wrote, in the order of their keys. Raises :class:`InvalidCursor`."""
    key = _FIRST if after is None else read_cursor(after, _KEY)
    parameters = {"batch_id": batch_id, **dict(zip(_AFTER_NAMES, key, strict=True))}
    return await _page(database, caller, ledger.ENTRIES_OF_BATCH, parameters, limit=limit, key=_KEY_NAMES)


async def entries_of_order(database: Database, caller: Caller, order_no: str, *, after: str | None, limit: int) -> Page:
    """Entries about an order's lines, in the order of their keys. Raises :class:`InvalidCursor`."""
    key = _FIRST if after is None else read_cursor(after, _KEY)
    parameters = {"order_no": order_no, **dict(zip(_AFTER_NAMES, key, strict=True))}
    return await _page(database, caller, ledger.ENTRIES_OF_ORDER, parameters, limit=limit, key=_KEY_NAMES)


async def entries_of_day(database: Database, caller: Caller, day: date, *, after: str | None, limit: int) -> Page:
    """Entries that count on a business day, in the order of their keys. Raises :class:`InvalidCursor`."""
    key = _FIRST if after is None else read_cursor(after, _KEY)
    parameters = {"day": day, **dict(zip(_AFTER_NAMES, key, strict=True))}
    return await _page(database, caller, ledger.ENTRIES_OF_DAY, parameters, limit=limit, key=_KEY_NAMES)


async def entries_of_code(
    database: Database, caller: Caller, code: str, *, day: date | None, after: str | None, limit: int
) -> Page:
    """Entries of the subject that holds, or held, a code, by sale day; whichever of its codes they came by.

    Raises :class:`UnknownCode` and :class:`InvalidCursor`.
    """
    after_day, *key = (BEGINNING_OF_TIME, *_FIRST) if after is None else read_cursor(after, _DAY_KEY)
    async with database.transaction() as connection:
        subject_id = await connection.scalar(ledger.SUBJECT_OF_CODE, {"code": code})
    if subject_id is None:
        raise UnknownCode([code])
    parameters = {
        "subject_id": subject_id,
        "day": day,
        "after_day": after_day,
        **dict(zip(_AFTER_NAMES, key, strict=True)),
    }
    return await _page(
        database, caller, ledger.ENTRIES_OF_SUBJECT, parameters, limit=limit, key=("sale_day", *_KEY_NAMES)
    )


async def _page(
    database: Database,
    caller: Caller,
    statement: TextClause,
    parameters: dict[str, Any],
    *,
    limit: int,
    key: Sequence[str],
) -> Page:
    async with database.transaction() as connection:
        found = await connection.execute(statement, {**parameters, **sight_of(caller).limits(), "limit": limit + 1})
        rows = list(found.all())
    return page_of(rows, limit, key)
