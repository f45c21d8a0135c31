"""The consumer ``cube``: takes each window of the ledger's feed into the cells, once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.database import Database
from services.kit.feed import Window, consume
from services.stats.membership import Link, MemberBook, Terms
from services.stats.queries import context, fold, income
from services.stats.settlement import Key, Outcome, Received, ReceivedDays, Settlement, SourceDay, SourceDays

CONSUMER = "cube"


async def follow_ledger(database: Database) -> int:
    """Take the next window, if there is one; answers how many positions were taken."""
    return await consume(database, schema="stats", source="sales", consumer=CONSUMER, effect=fold_window)


async def fold_window(connection: AsyncConnection, window: Window) -> None:
    """Add a window to the cube, in the transaction that moves the cursor."""
    await connection.execute(fold.BE_READY)
    positions = {"after": window.after, "upto": window.upto}
    for statement in (fold.FOLD_SALES, fold.FOLD_REFUNDS, fold.FOLD_SELLERS):
        await connection.execute(statement, positions)
    await _fold_income(connection, positions)
    await connection.execute(context.NOTE_SETTLED, {"upto": window.upto})


async def _fold_income(connection: AsyncConnection, positions: Mapping[str, int]) -> None:
    changes = _source_days((await connection.execute(income.INCOME_CHANGES, positions)).all())
    if not changes:
        return
    before = await _read_source_days(connection, changes)
    after = {key: _add(before.get(key, {}), bases) for key, bases in changes.items()}
    sources = {key.subject_id for key in after}
    # Members of enterprises are groups too; their lists are needed in the second step.
    links = await _read_links(connection, sources)
    members = {link.member_id for link in links if link.member_kind == "cooperative"} - sources
    links += await _read_links(connection, members)
    terms = await _read_terms(connection, sources | members)
    settlement = Settlement(before, after, MemberBook(links, terms))
    settlement.settle_households()
    concerned = settlement.settle_enterprises()
    cooperatives = concerned | {key for key in after if next(iter(after[key].values())).kind == "cooperative"}
    own = await _read_source_days(connection, cooperatives)
    received = await _read_received_days(connection, cooperatives)
    settlement.settle_cooperatives(concerned, own, received)
    await _store(connection, after, settlement.outcome)


def _source_days(rows: Iterable[Any]) -> SourceDays:
    found: SourceDays = {}
    for row in rows:
        source = SourceDay(row.kind, row.region, row.net_fen, row.base_fen, row.list_position)
        found.setdefault(Key(row.subject_id, row.sale_day, row.category), {})[row.basis] = source
    return found


def _add(before: Mapping[str, SourceDay], changes: Mapping[str, SourceDay]) -> dict[str, SourceDay]:
    after = dict(before)
    for basis, change in changes.items():
        known = before.get(basis)
        after[basis] = SourceDay(
            kind=change.kind,
            region=change.region,
            net_fen=change.net_fen + (known.net_fen if known else 0),
            base_fen=change.base_fen + (known.base_fen if known else 0),
            list_position=max(change.list_position, known.list_position if known else 0),
        )
    return after


def _columns(keys: Iterable[Key]) -> dict[str, list[Any]]:
    ordered = sorted(keys)
    return {
        "subjects": [key.subject_id for key in ordered],
        "days": [key.sale_day for key in ordered],
        "categories": [key.category for key in ordered],
    }


async def _read_source_days(connection: AsyncConnection, keys: Iterable[Key]) -> SourceDays:
    return _source_days((await connection.execute(income.SOURCE_DAYS, _columns(keys))).all())


async def _read_received_days(connection: AsyncConnection, keys: Iterable[Key]) -> ReceivedDays:
    found: ReceivedDays = {}
    for row in (await connection.execute(income.RECEIVED_DAYS, _columns(keys))).all():
        key = Key(row.subject_id, row.sale_day, row.category)
        found.setdefault(key, {})[row.giver_id, row.basis] = Received(row.received_fen, row.list_position)
    return found


async def _read_links(connection: AsyncConnection, groups: Iterable[int]) -> list[Link]:
    rows = await connection.execute(income.LINKS, {"groups": sorted(groups)})
    return [Link(**row._mapping) for row in rows.all()]  # noqa: SLF001 - SQLAlchemy's public name


async def _read_terms(connection: AsyncConnection, groups: Iterable[int]) -> list[Terms]:
    rows = await connection.execute(income.TERMS, {"groups": sorted(groups)})
    return [Terms(**row._mapping) for row in rows.all()]  # noqa: SLF001


async def _store(connection: AsyncConnection, sources: SourceDays, outcome: Outcome) -> None:
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
    await _store_rows(
        connection,
        income.ADD_TO_HOUSEHOLDS,
        ("household", "day", "contract_fen", "imputed_fen"),
        [
            (household, day, gains.get("contract", 0), gains.get("imputed", 0))
            for (household, day), gains in sorted(outcome.households.items())
        ],
    )


async def _store_rows(
    connection: AsyncConnection,
    statement: TextClause,
    names: Sequence[str],
    rows: Sequence[tuple[int | str | date, ...]],
) -> None:
    if rows:
        columns = zip(*rows, strict=True)
        await connection.execute(statement, dict(zip(names, map(list, columns), strict=True)))
