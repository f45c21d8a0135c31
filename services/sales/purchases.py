"""The consumer that makes payments of what stations scanned: goods received from a household, with an amount paid.

The station pays, and who stands behind it is nobody with a code: such a payment has no group, so it replaces nothing
that is modelled, and counts as what it is, paid.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.feed import Window
from services.sales.payment_holders import add_batch_of_payments, move_payments
from services.sales.queries.purchases import ADD_PURCHASES, VOID_PURCHASES
from services.sales.settlement import SYSTEM
from services.sales.submission import next_batch_id


async def take_over_purchases(connection: AsyncConnection, window: Window) -> None:
    """Record the purchases of a window of codes' feed, void those whose scans it voids, then move payments to whom it
    says their codes were on their days.
    """
    for kind, statement in (("payments", ADD_PURCHASES), ("payment_voids", VOID_PURCHASES)):
        batch_id = await next_batch_id(connection)
        parameters = {"after": window.after, "upto": window.upto, "batch_id": batch_id, "client_id": SYSTEM}
        amounts = (await connection.scalars(statement, parameters)).all()
        await add_batch_of_payments(connection, batch_id, kind, amounts)
    await move_payments(connection, window.after, window.upto, scanned=True)
