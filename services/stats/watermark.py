"""What an answer contains, and how good the data behind it are; read in the snapshot of its figures."""

from dataclasses import dataclass
from datetime import date, datetime

from services.stats.as_of import AsOf
from services.stats.queries import context
from services.stats.together import Reads


@dataclass(frozen=True, slots=True)
class Watermark:
    """The ledger up to ``position``, sealed at ``sealed_at``, its income up to ``income_position``, and the registry up
    to ``registry_position`` of its own feed.
    """

    position: int
    sealed_at: datetime | None
    income_position: int
    registry_position: int
    first_month: date | None
    """First day of the first month that the ledger has sales of."""


async def read_watermark(connection: Reads, as_of: AsOf | None = None) -> Watermark:
    """How far the cube has come, in this snapshot; or how far it had come at a position."""
    if as_of is None:
        row = (await connection.execute(context.WATERMARK)).one()
    else:
        asked = {"position": as_of.position, "registry_position": as_of.registry_position}
        row = (await connection.execute(context.WATERMARK_AT, asked)).one()
    return Watermark(row.position, row.sealed_at, row.income_position, row.registry_position, row.first_month)
