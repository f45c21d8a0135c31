"""Whose payments are: who is paid follows the code that was paid, as the registry knows it now.

A payment says two codes and a day. Whose they were on that day the registry may learn later: two households turn out to
be one, since before the day. Then the payment is the survivor's: the version that said otherwise ends, another begins,
and both clocks tell them apart. What was said of the payment is never touched.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.sales.queries.payment_holders import LOCK_MISPLACED_PAYMENTS, MOVE_PAYMENTS
from services.sales.settlement import SYSTEM
from services.sales.submission import add_batch, next_batch_id


async def move_payments(connection: AsyncConnection, after: int, upto: int, *, scanned: bool) -> None:
    """Move the payments that a stretch of codes' feed puts elsewhere; ``scanned``: of stations' scans too."""
    parameters = {"after": after, "upto": upto, "scanned": scanned}
    locked = (await connection.execute(LOCK_MISPLACED_PAYMENTS, parameters)).all()
    if not locked:
        return
    batch_id = await next_batch_id(connection)
    keys = {"group_code": [row.group_code for row in locked], "payment_no": [row.payment_no for row in locked]}
    # A statement of its own, after the lock: it sees who was made the holder, or what was voided, a moment ago.
    amounts = (await connection.scalars(MOVE_PAYMENTS, {**keys, "batch_id": batch_id})).all()
    await add_batch_of_payments(connection, batch_id, "payment_holders", amounts)


async def add_batch_of_payments(
    connection: AsyncConnection, batch_id: int, kind: str, amounts_fen: Sequence[int]
) -> None:
    """Record the batch of a consumer that recorded, voided or moved payments; none if it did not."""
    if amounts_fen:
        await add_batch(
            connection,
            batch_id,
            kind,
            client_id=SYSTEM,
            channel="uptake",
            accepted=len(amounts_fen),
            accepted_fen=sum(amounts_fen),
        )
