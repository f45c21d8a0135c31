"""What an answer contains, and how good the data behind it are; read in the snapshot of its figures."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.queries import context


@dataclass(frozen=True, slots=True)
class Watermark:
    """The ledger up to ``position``, sealed at ``sealed_at``, and its income up to ``income_position``."""

    position: int
    sealed_at: datetime | None
    income_position: int
    first_month: date | None
    """First day of the first month that the ledger has sales of."""


async def read_watermark(connection: AsyncConnection) -> Watermark:
    """How far the cube has come, in this snapshot."""
    row = (await connection.execute(context.WATERMARK)).one()
    return Watermark(row.position, row.sealed_at, row.income_position, row.first_month)
