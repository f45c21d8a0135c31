"""Whom income reached, kept with every change of what it follows from: households' months, homes and baselines.

What each household counts as stands in ``standings``, so that the cells are always the sum of what follows from these
and from the months, whichever feed moved last. A change takes out what it changes and puts in what is true now.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.queries import codes, reach
from services.stats.queries import standings as standing

Columns = Mapping[str, Sequence[int | date]]
"""What households gained or lost by month, each month once, in columns: household, month, and fen by basis."""

_NOTHING: Columns = {"household": (), "month": (), "contract_fen": (), "imputed_fen": (), "paid_fen": ()}
_STANDING = ("subject_id", "valid_from", "valid_to", "region", "persons", "status", "baseline_fen", "first_year")
_AT_ONCE = 20_000
"""Households with new standings that are counted together: bounds what is held in memory."""


async def count_gains(connection: AsyncConnection, gains: Columns) -> None:
    """Count what households gained or lost; their months have it already."""
    await connection.execute(standing.TAKE_TURNS)
    renewed = (await connection.scalars(standing.BEGUN_ANEW, gains)).all()
    apart = {*renewed, *(await connection.scalars(standing.MOVED, {"household": gains["household"]})).all()}
    settled = _of(gains, lambda household: household not in apart)
    if settled["household"]:
        await connection.execute(reach.FOLD_GAINS, settled)
    if apart:
        position = await connection.scalar(standing.REGISTRY_POSITION)
        await _count(connection, _of(gains, apart.__contains__), renewed, int(position or 0))


def _of(gains: Columns, wanted: Callable[[Any], bool]) -> Columns:
    rows = [row for row in zip(*gains.values(), strict=True) if wanted(row[0])]
    return dict(zip(gains, map(list, zip(*rows, strict=True)), strict=True)) if rows else _NOTHING


async def count_registry(connection: AsyncConnection, after: int, upto: int) -> None:
    """Count what a window of the registry's feed changes; the homes have it already."""
    window = {"after": after, "upto": upto}
    await connection.execute(codes.FOLD_CODES, window)
    await connection.execute(standing.TAKE_TURNS)
    changed = (await connection.scalars(standing.CHANGED_HOUSEHOLDS, window)).all()
    for start in range(0, len(changed), _AT_ONCE):
        await _count(connection, _NOTHING, changed[start : start + _AT_ONCE], upto)


async def _count(connection: AsyncConnection, gains: Columns, renewed: Sequence[int], registry_position: int) -> None:
    standings: dict[str, list[Any]] = {name: [] for name in _STANDING}
    if renewed:
        asked = {"subjects": renewed, "registry_position": registry_position}
        rows = (await connection.execute(standing.STANDINGS, asked)).all()
        standings = dict(zip(_STANDING, map(list, zip(*rows, strict=True)), strict=True)) if rows else standings
    changes = {**gains, **standings, "renewed": renewed}
    del changes["first_year"]
    await connection.execute(reach.FOLD_REACH, changes)
    await connection.execute(reach.FOLD_UPLIFT, changes)
    if renewed:
        await connection.execute(standing.FORGET_STANDINGS, {"renewed": renewed})
        await connection.execute(standing.STORE_STANDINGS, standings)
