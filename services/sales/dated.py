"""Writing facts with both clocks: bindings and ratios are recorded, ended and withdrawn in the same way.

A fact is never edited. One that ends earlier than was said gives way to a version with that end; both rows stay, with
the batches that wrote and superseded them, so that what was known at any position can be asked again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.auth import Caller
from services.sales.errors import EndNotWithin
from services.sales.queries.bindings import LOCK_WRITERS, DatedTable
from services.sales.submission import add_batch, next_batch_id
from services.sales.validity import Dated, pick_new


class Change(StrEnum):
    """What a request did to a fact."""

    RECORDED = "recorded"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Changes:
    """What a request did to each fact it named, and the batch that says so (``None`` if all is as it was)."""

    facts: list[tuple[Dated, Change]]
    batch_id: int | None = None
    recorded_at: datetime | None = None


async def lock_writers(connection: AsyncConnection, table: DatedTable, keys: Iterable[tuple[str, ...]]) -> None:
    """Let nobody else write facts that could overlap those of ``keys`` until the transaction ends.

    One lock for all keys that begin alike (of one platform, of one category): a request may name a thousand shops,
    and the server's table of locks is small. What is read after this includes what the last writer committed.
    """
    names = sorted({f"onecode.sales.{table.kind} {key[0]}" for key in keys})
    await connection.execute(LOCK_WRITERS, {"names": names})


async def record_facts(
    connection: AsyncConnection, caller: Caller, table: DatedTable, wanted: Sequence[Dated]
) -> Changes:
    """Record what is new among ``wanted``, in one batch. The writers of their keys must be locked.

    Raises :class:`Overlap`; then nothing may be committed.
    """
    arrays = table.as_arrays(wanted)
    keys = {name: arrays[name] for name, _ in table.key}
    current = [table.fact(row) for row in (await connection.execute(table.current, keys)).all()]
    picked = pick_new(wanted, current)
    facts = [(fact, Change.RECORDED if new else Change.UNCHANGED) for fact, new in zip(wanted, picked, strict=True)]
    added = [fact for fact, change in facts if change is Change.RECORDED]
    if not added:
        return Changes(facts)
    batch_id, recorded_at = await _add_batch(
        connection, caller, table.kind, recorded=len(added), unchanged=len(facts) - len(added)
    )
    await connection.execute(table.add, {**table.as_arrays(added), "batch_id": batch_id})
    return Changes(facts, batch_id, recorded_at)


async def newest_version(
    connection: AsyncConnection, table: DatedTable, key: tuple[str, ...], valid_from: date
) -> tuple[Dated, bool] | None:
    """The fact of ``key`` that begins on ``valid_from``, and whether it still stands; ``None`` if there never was one.

    Of several versions it is the one that stands, else the one that gave way last.
    """
    parameters = {**_named(table, key), "valid_from": valid_from}
    row = (await connection.execute(table.newest_version, parameters)).one_or_none()
    return None if row is None else (table.fact(row), row.superseded_in is None)


async def end_fact(
    connection: AsyncConnection, caller: Caller, table: DatedTable, standing: Dated, valid_to: date
) -> Changes:
    """Let a standing fact end before ``valid_to``; on its own first day: withdraw it, as never true.

    Raises :class:`EndNotWithin` for an end before its first day, or after the end it has.
    """
    if valid_to < standing.valid_from or (standing.valid_to is not None and valid_to > standing.valid_to):
        raise EndNotWithin
    if valid_to == standing.valid_to:
        return Changes([(standing, Change.UNCHANGED)])
    batch_id, recorded_at = await _add_batch(connection, caller, table.kind, recorded=1, unchanged=0)
    parameters = {**_named(table, standing.key), "valid_from": standing.valid_from, "batch_id": batch_id}
    await connection.execute(table.supersede, parameters)
    if valid_to == standing.valid_from:
        return Changes([(standing, Change.WITHDRAWN)], batch_id, recorded_at)
    shorter = Dated(standing.key, standing.said, standing.valid_from, valid_to)
    await connection.execute(table.add, {**table.as_arrays([shorter]), "batch_id": batch_id})
    return Changes([(shorter, Change.ENDED)], batch_id, recorded_at)


def _named(table: DatedTable, key: tuple[str, ...]) -> dict[str, str]:
    return {name: value for (name, _), value in zip(table.key, key, strict=True)}


async def _add_batch(
    connection: AsyncConnection, caller: Caller, kind: str, *, recorded: int, unchanged: int
) -> tuple[int, datetime]:
    batch_id = await next_batch_id(connection)
    recorded_at = await add_batch(
        connection,
        batch_id,
        kind,
        client_id=caller.client_id,
        channel="api",
        accepted=recorded,
        duplicate=unchanged,
    )
    return batch_id, recorded_at
