"""Reading the ledger: by code, by order, by batch; each page begins where the last one ended."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import TextClause

from services.kit.auth import Caller
from services.kit.database import Database
from services.sales.errors import UnknownCode
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


async def entries_of_code(database: Database, caller: Caller, code: str, *, after: str | None, limit: int) -> Page:
    """Entries of the subject that holds, or held, a code, by sale day; whichever of its codes they came by.

    Raises :class:`UnknownCode` and :class:`InvalidCursor`.
    """
    day, *key = (BEGINNING_OF_TIME, *_FIRST) if after is None else read_cursor(after, _DAY_KEY)
    async with database.transaction() as connection:
        subject_id = await connection.scalar(ledger.SUBJECT_OF_CODE, {"code": code})
    if subject_id is None:
        raise UnknownCode([code])
    parameters = {"subject_id": subject_id, "after_day": day, **dict(zip(_AFTER_NAMES, key, strict=True))}
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
