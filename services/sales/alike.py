"""Payments that may be one: found, never judged. Who knows better voids one, or says that they are two."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.auth import Caller
from services.kit.database import Database
from services.sales.errors import UnknownPayment
from services.sales.payments import members_only, subject_of
from services.sales.queries import alike as queries
from services.sales.schemas.alike import DistinctionIn
from services.sales.sight import sight_of

Key = tuple[str, str]
"""Payer's code ('' of none) and the payment's number."""


async def pairs_alike(
    database: Database, caller: Caller, *, member: str | None, month: date | None, limit: int
) -> tuple[list[tuple[Any, Any]], bool]:
    """Pairs of payments to members within the caller's regions, and whether there are more of them than ``limit``.

    Raises :class:`UnknownCode` and, for a platform, ``NotAllowed``.
    """
    members_only(caller)
    async with database.snapshot() as connection:
        asked = {
            "member_id": await subject_of(connection, member),
            "month": month,
            "roots": sight_of(caller).roots,
            "limit": limit + 1,
        }
        found = (await connection.execute(queries.ALIKE, asked)).all()
        pairs = [((row.first_group, row.first_no), (row.second_group, row.second_no)) for row in found[:limit]]
        shown = await _by_key(connection, [key for pair in pairs for key in pair])
    return [(shown[first], shown[second]) for first, second in pairs], len(found) > limit


async def say_distinct(database: Database, caller: Caller, said: Sequence[DistinctionIn]) -> int:
    """Record that pairs of payments are two each; answers of how many nobody had said so.

    All or nothing. Raises :class:`UnknownPayment` for one that is not there or not in the caller's regions.
    """
    members_only(caller)
    pairs = {(min(one.first.key(), one.second.key()), max(one.first.key(), one.second.key())): one for one in said}
    async with database.transaction() as connection:
        shown = await _by_key(connection, [key for pair in pairs for key in pair])
        for key in (key for pair in pairs for key in pair):
            if key not in shown or not caller.may_see_region(shown[key].member_region):
                raise UnknownPayment(*key)
        columns = {
            "first_group": [first[0] for first, _ in pairs],
            "first_no": [first[1] for first, _ in pairs],
            "second_group": [second[0] for _, second in pairs],
            "second_no": [second[1] for _, second in pairs],
            "reason": [one.reason for one in pairs.values()],
            "client_id": [caller.client_id] * len(pairs),
        }
        return len((await connection.execute(queries.ADD_DISTINCTIONS, columns)).all())


async def _by_key(connection: AsyncConnection, keys: Sequence[Key]) -> dict[Key, Any]:
    asked = sorted(set(keys))
    parameters = {"group_code": [group for group, _ in asked], "payment_no": [number for _, number in asked]}
    rows = await connection.execute(queries.PAYMENTS_BY_KEY, parameters)
    return {(row.group_code, row.payment_no): row for row in rows}
