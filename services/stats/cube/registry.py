"""The consumer ``registry``: takes each window of the registry's feed, so that homes stand beside incomes, and
counts who has a code.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.database import Database
from services.kit.feed import Window, consume
from services.stats.cube.reach import count_registry
from services.stats.queries import fold, registry

CONSUMER = "registry"


async def follow_registry(database: Database) -> int:
    """Take the next window, if there is one; answers how many positions were taken."""
    return await consume(database, schema="stats", source="codes", consumer=CONSUMER, effect=fold_registry)


async def fold_registry(connection: AsyncConnection, window: Window) -> None:
    """Add a window to what is known of households, in the transaction that moves the cursor."""
    await connection.execute(fold.BE_READY)
    await connection.execute(registry.FOLD_HOMES, {"after": window.after, "upto": window.upto})
    await count_registry(connection, window.after, window.upto)
