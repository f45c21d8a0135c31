"""The consumer that settles income: it follows the ledger and the registry, and posts differences.

An income entry says of one source, day and category how its base changed: base = floor(net sales x ratio). Who gets
the base is a pure function of the sum of entries and the member list, so members cost nothing here.
"""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.feed import Window
from services.sales.queries import batches, income
from services.sales.submission import Submission, add_batches, next_batch_id

SYSTEM = "onecode"
"""The client id of what the system does by itself."""

_CHUNK_DAYS = 20_000
"""Source days settled by one statement, so that no statement grows without bound."""

Days = dict[tuple[Any, ...], str | None]
"""By (subject, day, category), the division that the income posted so far was in, if it turned out to be another."""


async def settle_sales(connection: AsyncConnection, window: Window) -> None:
    """Settle what a window of sales' feed changed: net sales, and ratios."""
    await connection.execute(income.LOCK_SETTLEMENT)
    bounds = {"after": window.after, "upto": window.upto}
    rows = await connection.execute(income.ADD_NET_OF_WINDOW, bounds)
    days: Days = {(row.subject_id, row.sale_day, row.category): row.was_region for row in rows.all()}
    entered = (await connection.execute(batches.BATCHES_IN_WINDOW, bounds)).all()
    ratio_batches = [row.batch_id for row in entered if row.kind == "ratios"]
    if ratio_batches:
        rows = await connection.execute(income.DAYS_OF_RATIOS, {"batches": ratio_batches})
        days = dict.fromkeys((tuple(row) for row in rows.all()), None) | days
    list_position = await connection.scalar(income.LIST_POSITION)
    await _settle(connection, days, list_position=int(list_position or 0), relist=False)


async def settle_memberships(connection: AsyncConnection, window: Window) -> None:
    """Settle what a window of codes' feed changed: the member lists and terms of groups."""
    await connection.execute(income.LOCK_SETTLEMENT)
    bounds = {"after": window.after, "upto": window.upto}
    groups = (await connection.execute(income.CHANGED_GROUPS, bounds)).all()
    if not groups:
        return
    rows = await connection.execute(
        income.OPEN_DAYS_OF_GROUPS,
        {"group_id": [row.group_id for row in groups], "changed_from": [row.changed_from for row in groups]},
    )
    days: Days = dict.fromkeys((tuple(row) for row in rows.all()), None)
    await _settle(connection, days, list_position=window.upto, relist=True)


async def _settle(connection: AsyncConnection, days: Days, *, list_position: int, relist: bool) -> None:
    if not days:
        return
    batch_id = await next_batch_id(connection)
    posted = 0
    keys = sorted(days)
    for start in range(0, len(keys), _CHUNK_DAYS):
        chunk = keys[start : start + _CHUNK_DAYS]
        subject_ids, sale_days, categories = (list(column) for column in zip(*chunk, strict=True))
        result = await connection.execute(
            income.SETTLE,
            {
                "subject_id": subject_ids,
                "sale_day": sale_days,
                "category": categories,
                "was_region": [days[key] for key in chunk],
                "batch_id": batch_id,
                "list_position": list_position,
                "relist": relist,
            },
        )
        posted += result.rowcount
    if posted:
        batch: Submission[Any] = Submission("", SYSTEM, "income", "income", batch_id)
        await add_batches(connection, [batch])
