"""Income as it is stored: rows read into the values that ``settlement.py`` works on, and these written back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.cube.gains import GainRows, Gains
from services.stats.cube.membership import Link, MemberBook, Terms
from services.stats.cube.reach import count_gains
from services.stats.cube.settlement import (
    Key,
    Outcome,
    PaidMembers,
    Received,
    ReceivedDays,
    SourceDay,
    SourceDays,
)
from services.stats.queries import income, payments


def source_days(rows: Iterable[Any]) -> SourceDays:
    """Rows of source days, or of changes of them, by key and basis."""
    found: SourceDays = {}
    for row in rows:
        source = SourceDay(row.kind, row.region, row.net_fen, row.base_fen, row.list_position)
        found.setdefault(Key(row.subject_id, row.sale_day, row.category), {})[row.basis] = source
    return found


def received_days(rows: Iterable[Any]) -> ReceivedDays:
    """Rows of received days by the cooperative's key, then giver and basis."""
    found: ReceivedDays = {}
    for row in rows:
        key = Key(row.subject_id, row.sale_day, row.category)
        found.setdefault(key, {})[row.giver_id, row.basis] = Received(row.received_fen, row.list_position)
    return found


async def about(
    connection: AsyncConnection, statement: TextClause, keys: Iterable[Key], **parameters: int
) -> list[Any]:
    """The rows of a statement that asks about some keys."""
    return list((await connection.execute(statement, {**_columns(keys), **parameters})).all())


async def read_source_days(connection: AsyncConnection, keys: Iterable[Key]) -> SourceDays:
    """What is stored of some keys."""
    return source_days(await about(connection, income.SOURCE_DAYS, keys))


async def read_received_days(connection: AsyncConnection, keys: Iterable[Key]) -> ReceivedDays:
    """What is stored of what some cooperatives' keys received."""
    return received_days(await about(connection, income.RECEIVED_DAYS, keys))


async def read_links(connection: AsyncConnection, groups: Iterable[int]) -> list[Link]:
    """All links of some groups, as they were ever known."""
    rows = await connection.execute(income.LINKS, {"groups": sorted(groups)})
    return [Link(**row._mapping) for row in rows.all()]  # noqa: SLF001 - SQLAlchemy's public name


async def read_terms(connection: AsyncConnection, groups: Iterable[int]) -> list[Terms]:
    """All terms of some groups, as they were ever known."""
    rows = await connection.execute(income.TERMS, {"groups": sorted(groups)})
    return [Terms(**row._mapping) for row in rows.all()]  # noqa: SLF001


async def read_member_book(connection: AsyncConnection, groups: Iterable[int]) -> MemberBook:
    """The lists of some groups."""
    wanted = set(groups)
    return MemberBook(await read_links(connection, wanted), await read_terms(connection, wanted))


async def read_paid_members(connection: AsyncConnection, keys: Iterable[Key], groups: Iterable[int]) -> PaidMembers:
    """Whom ``groups`` have paid for the months in which the days of ``keys`` lie."""
    months = sorted({key.sale_day.replace(day=1) for key in keys})
    rows = await connection.execute(payments.PAID_MEMBERS, {"groups": sorted(groups), "months": months})
    found: dict[tuple[int, date], set[int]] = {}
    for row in rows.all():
        found.setdefault((row.group_id, row.month), set()).add(row.subject_id)
    return found


async def store_outcome(connection: AsyncConnection, sources: SourceDays, outcome: Outcome) -> None:
    """Store what a settlement changed."""
    await connection.execute(income.CLEAR_RECEIVED_DAYS, _columns(outcome.givers))
    await connection.execute(income.CLEAR_GROUP_DAYS, _columns(outcome.groups))
    await _store_rows(
        connection,
        income.STORE_SOURCE_DAYS,
        ("subject_id", "sale_day", "category", "basis", "kind", "region", "net_fen", "base_fen", "list_position"),
        [
            (*key, basis, day.kind, day.region, day.net_fen, day.base_fen, day.list_position)
            for key, bases in sorted(sources.items())
            for basis, day in sorted(bases.items())
        ],
    )
    await _store_rows(
        connection,
        income.STORE_RECEIVED_DAYS,
        ("subject_id", "sale_day", "category", "basis", "giver_id", "received_fen", "list_position"),
        [
            (*key, basis, giver, part.received_fen, part.list_position)
            for key, parts in sorted(outcome.received.items())
            for (giver, basis), part in sorted(parts.items())
        ],
    )
    await _store_rows(
        connection,
        income.STORE_GROUP_DAYS,
        ("subject_id", "sale_day", "category", "basis", "region", "members_fen", "kept_fen", "list_position"),
        [
            (*key, basis, day.region, day.members_fen, day.kept_fen, day.list_position)
            for key, bases in sorted(outcome.groups.items())
            for basis, day in sorted(bases.items())
        ],
    )
    await add_to_households(connection, outcome.gains)
    await add_to_replaced(connection, outcome.replaced)


async def add_to_households(connection: AsyncConnection, gains: Gains) -> None:
    """Add gains and losses to households' days and to their months, which are counted; and to what reached them in a
    year by way and category.
    """
    days = gains.days()
    if days.households:
        await connection.execute(income.ADD_TO_DAYS, {**_amounts(days), "day": days.times})
    months = gains.months()
    if months.households:
        columns = {**_amounts(months), "month": months.times}
        await connection.execute(income.ADD_TO_MONTHS, columns)
        await count_gains(connection, columns)
    ways = gains.ways()
    if ways.households:
        years, names, categories = (list(column) for column in zip(*ways.times, strict=True))
        came = {"year": years, "way": names, "category": categories}
        await connection.execute(income.ADD_TO_YEARS, {**_amounts(ways), **came})


def _amounts(rows: GainRows[Any]) -> dict[str, list[Any]]:
    return {
        "household": rows.households,
        "contract_fen": rows.contract_fen,
        "imputed_fen": rows.imputed_fen,
        "paid_fen": rows.paid_fen,
    }


async def add_to_replaced(
    connection: AsyncConnection, gains: Mapping[tuple[int, int, date], Mapping[str, int]]
) -> None:
    """Add gains and losses, in fen by (household, group, day) and basis, to what payments replace."""
    await _store_rows(
        connection,
        payments.ADD_TO_REPLACED_DAYS,
        ("household", "group", "day", "contract_fen", "imputed_fen"),
        [(*day, fen.get("contract", 0), fen.get("imputed", 0)) for day, fen in sorted(gains.items())],
    )


def _columns(keys: Iterable[Key]) -> dict[str, list[Any]]:
    ordered = sorted(keys)
    return {
        "subjects": [key.subject_id for key in ordered],
        "days": [key.sale_day for key in ordered],
        "categories": [key.category for key in ordered],
    }


async def _store_rows(
    connection: AsyncConnection,
    statement: TextClause,
    names: Sequence[str],
    rows: Sequence[tuple[int | str | date, ...]],
) -> None:
    if rows:
        columns = zip(*rows, strict=True)
        await connection.execute(statement, dict(zip(names, map(list, columns), strict=True)))
