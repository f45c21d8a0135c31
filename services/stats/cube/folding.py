"""The consumer ``cube``: takes each window of the ledger's feed into the cells, once."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.database import Database
from services.kit.feed import Window, consume
from services.stats.cube.blocks import Block, Work, cut
from services.stats.cube.membership import MemberBook
from services.stats.cube.payments import fold_payments
from services.stats.cube.settlement import Settlement, SourceDay
from services.stats.cube.stored import (
    read_links,
    read_paid_members,
    read_received_days,
    read_source_days,
    read_terms,
    source_days,
    store_outcome,
)
from services.stats.queries import blocks, context, fold, income

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
    after = window.after
    for block in await _cut_into_blocks(connection, window):
        await connection.execute(blocks.STORE_BLOCK, asdict(block))
        stretch = {"after": after, "upto": block.upto}
        if block.upto > after:
            await _fold_income(connection, stretch)
            await fold_payments(connection, stretch)
        after = block.upto
    await connection.execute(context.NOTE_SETTLED, {"upto": window.upto})


async def _cut_into_blocks(connection: AsyncConnection, window: Window) -> list[Block]:
    known = (await connection.execute(blocks.OPEN_BLOCK)).one_or_none()
    rows = (await connection.execute(blocks.INCOME_WORK, {"after": window.after, "upto": window.upto})).all()
    return cut(
        Block(**known._mapping) if known else None,  # noqa: SLF001 - SQLAlchemy's public name
        [Work(**row._mapping) for row in rows],  # noqa: SLF001
        after=window.after,
        upto=window.upto,
        sealed_at=window.sealed_at,
    )


async def _fold_income(connection: AsyncConnection, positions: Mapping[str, int]) -> None:
    changes = source_days((await connection.execute(income.INCOME_CHANGES, positions)).all())
    if not changes:
        return
    before = await read_source_days(connection, changes)
    after = {key: _add(before.get(key, {}), bases) for key, bases in changes.items()}
    sources = {key.subject_id for key in after}
    # Members of enterprises are groups too; their lists are needed in the second step.
    links = await read_links(connection, sources)
    members = {link.member_id for link in links if link.member_kind == "cooperative"} - sources
    links += await read_links(connection, members)
    terms = await read_terms(connection, sources | members)
    paid = await read_paid_members(connection, after, sources | members)
    settlement = Settlement(before, after, MemberBook(links, terms), paid)
    # In threads of their own: a window may be a second's work, and requests are answered in this loop.
    await asyncio.to_thread(settlement.settle_households)
    concerned = await asyncio.to_thread(settlement.settle_enterprises)
    cooperatives = concerned | {key for key in after if next(iter(after[key].values())).kind == "cooperative"}
    own = await read_source_days(connection, cooperatives)
    received = await read_received_days(connection, cooperatives)
    await asyncio.to_thread(settlement.settle_cooperatives, concerned, own, received)
    await store_outcome(connection, after, settlement.outcome)


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
