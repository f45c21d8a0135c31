"""Incomes by way and category as they were at a moment: what was moved since is worked out, and left out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.as_of import AsOf, as_of_moment
from services.stats.cube.replay import replay_ways
from services.stats.cube.settlement import Ways
from services.stats.watermark import read_watermark

_COLUMNS = ("subjects", "years", "ways", "categories", "contract_fen", "imputed_fen", "paid_fen")


@dataclass(frozen=True, slots=True)
class Then:
    """An earlier state: its positions, and what statements take to read it."""

    as_of: AsOf
    parameters: dict[str, Any]


async def read_then(connection: AsyncConnection, moment: datetime) -> Then:
    """The state at a moment. The further back, the more has to be worked out: all that came since.

    Raises :class:`InvalidMoment` and :class:`NotYetCounted`.
    """
    as_of = await as_of_moment(connection, moment)
    here = await read_watermark(connection)
    moved = await replay_ways(connection, as_of.position, here.position)
    return Then(as_of, {"registry_position": as_of.registry_position, **_columns(moved)})


def _columns(moved: Ways) -> dict[str, list[Any]]:
    rows = [
        (*came, fen.get("contract", 0), fen.get("imputed", 0), fen.get("paid", 0))
        for came, fen in moved.items()
        if any(fen.values())
    ]
    columns = map(list, zip(*rows, strict=True)) if rows else ([] for _ in _COLUMNS)
    return {f"moved_{name}": column for name, column in zip(_COLUMNS, columns, strict=True)}
