"""The consumers that keep the tables of monitoring: one follows the ledger, one the registry with its scans.

They are not the cube's: a station's dashboard may be some seconds behind, and nothing that is published waits for it.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.database import Database
from services.kit.feed import Window, consume
from services.stats.cube.folding import CONSUMER as CUBE
from services.stats.queries import fold
from services.stats.queries.monitoring_fold import FOLD_SALES, FOLD_SCANS

PRODUCTS = "monitoring.sales"
STATIONS = "monitoring.scans"


async def follow_sales(database: Database) -> int:
    """Take the next window of the ledger, if there is one; answers how many positions were taken."""
    return await consume(database, schema="stats", source="sales", consumer=PRODUCTS, effect=fold_sales, behind=CUBE)


async def follow_scans(database: Database) -> int:
    """Take the next window of the registry, if there is one; answers how many positions were taken."""
    return await consume(database, schema="stats", source="codes", consumer=STATIONS, effect=fold_scans)


async def fold_sales(connection: AsyncConnection, window: Window) -> None:
    """Add a window of the ledger to products, buyers and station orders."""
    await connection.execute(fold.BE_READY)
    await connection.execute(FOLD_SALES, {"after": window.after, "upto": window.upto})


async def fold_scans(connection: AsyncConnection, window: Window) -> None:
    """Add a window of scans to the days of stations."""
    await connection.execute(fold.BE_READY)
    await connection.execute(FOLD_SCANS, {"after": window.after, "upto": window.upto})
