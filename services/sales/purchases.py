"""The consumer that makes payments of what stations scanned: goods received from a household, with an amount paid.

The station pays, and who stands behind it is nobody with a code: such a payment has no group, so it replaces nothing
that is modelled, and counts as what it is, paid.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.feed import Window
from services.sales.queries import batches
from services.sales.queries.purchases import ADD_PURCHASES, VOID_PURCHASES
from services.sales.settlement import SYSTEM


async def take_over_purchases(connection: AsyncConnection, window: Window) -> None:
    """Record the purchases of a window of codes' feed, then void those whose scans it voids."""
    for kind, statement in (("payments", ADD_PURCHASES), ("payment_voids", VOID_PURCHASES)):
        batch_id = int(await connection.scalar(batches.NEXT_BATCH_IDS, {"count": 1}) or 0)
        parameters = {"after": window.after, "upto": window.upto, "batch_id": batch_id, "client_id": SYSTEM}
        amounts = (await connection.scalars(statement, parameters)).all()
        if amounts:
            await _add_batch(connection, batch_id, kind, accepted=len(amounts), accepted_fen=sum(amounts))


async def _add_batch(
    connection: AsyncConnection, batch_id: int, kind: str, *, accepted: int, accepted_fen: int
) -> None:
    row = {
        "batch_id": batch_id,
        "platform": None,
        "channel": "uptake",
        "kind": kind,
        "client_id": SYSTEM,
        "accepted": accepted,
        "parked": 0,
        "duplicate": 0,
        "conflict": 0,
        "rejected": 0,
        "accepted_fen": accepted_fen,
        "parked_fen": 0,
        "digest": None,
        "import_id": None,
    }
    await connection.execute(batches.ADD_BATCHES, {name: [value] for name, value in row.items()})
