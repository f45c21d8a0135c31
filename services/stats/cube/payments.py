"""What a window's payments do to the cube.

What a household was paid by a group for a month counts on the month's last day, and in place of whatever the group's
divisions give it on the days of that month: the first payment puts that aside, and the void of the last one puts it
back. While there is a payment, ``settlement.py`` lets what changes of the divisions go aside as well. So the state is
the same whichever came first, and what is modelled never adds to what was paid.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.cube.gains import Gains
from services.stats.cube.settlement import KNOWN_BASES, Key, by_basis, divide_key
from services.stats.cube.stored import (
    add_to_households,
    add_to_replaced,
    read_member_book,
    received_days,
    source_days,
)
from services.stats.queries import payments as queries

PaidMonth = tuple[int, int, date]
"""Household, group (0: none that is coded), first day of the month."""


async def fold_payments(connection: AsyncConnection, positions: Mapping[str, int]) -> None:
    """Add the payments and voids of a window whose income entries are in the cube already."""
    rows = (await connection.execute(queries.PAYMENT_CHANGES, positions)).all()
    if not rows:
        return
    changes = {(row.subject_id, row.group_id, row.month): row for row in rows}
    months = sorted(changes)
    parameters = {
        **_columns(months),
        "payments": [changes[month].payments for month in months],
        "paid_fen": [changes[month].paid_fen for month in months],
    }
    stored = (await connection.execute(queries.ADD_TO_PAID_MONTHS, parameters)).all()
    now = {(row.subject_id, row.group_id, row.month): row.payments for row in stored}
    before = {month: now[month] - changes[month].payments for month in months}
    gains = Gains()
    for (household, _, month), change in changes.items():
        gains.add(household, last_day(month), (change.group_kind, ""), "paid", change.paid_fen)
    # Who is no coded group (0) divides nothing, so there is nothing to put aside.
    kinds = {row.group_id: row.group_kind for row in rows}
    await _put_aside(
        connection, [month for month in months if before[month] <= 0 < now[month] and month[1]], kinds, gains
    )
    await _put_back(
        connection, [month for month in months if now[month] <= 0 < before[month] and month[1]], kinds, gains
    )
    await add_to_households(connection, gains)


async def _put_aside(
    connection: AsyncConnection, months: Sequence[PaidMonth], kinds: Mapping[int, str], gains: Gains
) -> None:
    """Move what the groups' divisions, as they stand, give the households from their days to what is replaced."""
    replaced: dict[tuple[int, int, date], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for household, key, basis, fen in await _divided(connection, months):
        gains.add(household, key.sale_day, (kinds[key.subject_id], key.category), basis, -fen)
        replaced[household, key.subject_id, key.sale_day][basis] += fen
    await add_to_replaced(connection, replaced)


async def _put_back(
    connection: AsyncConnection, months: Sequence[PaidMonth], kinds: Mapping[int, str], gains: Gains
) -> None:
    """Move what was replaced back to the households' days: what the divisions give them, as it was put aside."""
    if not months:
        return
    await connection.execute(queries.DROP_REPLACED_DAYS, _columns(months))
    for household, key, basis, fen in await _divided(connection, months):
        gains.add(household, key.sale_day, (kinds[key.subject_id], key.category), basis, fen)


async def _divided(connection: AsyncConnection, months: Sequence[PaidMonth]) -> list[tuple[int, Key, str, int]]:
    """What the groups' divisions, as they stand, give the households in the months: household, key, basis and fen."""
    paid: dict[tuple[int, date], list[int]] = defaultdict(list)
    for household, group, month in months:
        paid[group, month].append(household)
    if not paid:
        return []
    asked = {"groups": [group for group, _ in paid], "months": [month for _, month in paid]}
    sources = source_days((await connection.execute(queries.SOURCE_DAYS_OF_MONTHS, asked)).all())
    received = received_days((await connection.execute(queries.RECEIVED_DAYS_OF_MONTHS, asked)).all())
    book = await read_member_book(connection, {group for group, _ in paid})
    found: list[tuple[int, Key, str, int]] = []
    for key in sorted(sources.keys() | received.keys()):
        divided = divide_key(key, sources.get(key, {}), by_basis(received.get(key, {})), book)
        for household in paid[key.subject_id, key.sale_day.replace(day=1)]:
            for basis in KNOWN_BASES:
                fen = divided.amounts.get((household, "household", basis), 0)
                if fen:
                    found.append((household, key, basis, fen))
    return found


def _columns(months: Iterable[PaidMonth]) -> dict[str, list[Any]]:
    households, groups, firsts = (list(column) for column in zip(*months, strict=True))
    return {"household": households, "group": groups, "month": firsts}


def last_day(month: date) -> date:
    """The day on which what was paid for a month counts."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)
