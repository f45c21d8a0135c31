"""The consumer that takes up what was parked, when what it lacked appears: a code, a binding, an order."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.feed import Window
from services.sales.following import follow_what_crossed, follow_what_payments_crossed
from services.sales.queries import batches, lines, refunds
from services.sales.queries.incoming import CONTENT
from services.sales.recording import record_rows
from services.sales.refunding import apply_waiting_refunds
from services.sales.settlement import SYSTEM
from services.sales.submission import add_batch, next_batch_id

_CHUNK_LINES = 5_000
_BATCH_COLUMN = [name for name, _ in CONTENT].index("batch_id")
_PLATFORM_COLUMN = [name for name, _ in CONTENT].index("platform")
_AMOUNT_COLUMN = [name for name, _ in CONTENT].index("amount_fen")


async def take_up_after_sales(connection: AsyncConnection, window: Window) -> None:
    """After new bindings, and once after they were parked: judge parked lines anew. After new lines or refunds: apply
    refunds that waited. After new lines and payments: see whether the registry changed while they were on their way.
    """
    entered = (await connection.execute(batches.BATCHES_IN_WINDOW, _bounds(window))).all()
    bindings = [row.batch_id for row in entered if row.kind in ("shops", "listings")]
    with_parked = [row.batch_id for row in entered if row.kind == "orders" and row.parked]
    if bindings or with_parked:
        await _judge_again(connection, sales_batches=bindings, own_batches=with_parked)
    if any(row.kind == "orders" for row in entered):
        await follow_what_crossed(connection, window)
    if any(row.kind == "payments" for row in entered):
        await follow_what_payments_crossed(connection, window)
    moved = [row.batch_id for row in entered if row.kind in ("orders", "refunds", "corrections")]
    if moved:
        await _apply_ready_refunds(connection, moved)


async def take_up_after_codes(connection: AsyncConnection, window: Window) -> None:
    """After new codes, or codes in force again: judge parked lines anew."""
    rows = await connection.scalars(batches.CODES_BATCHES_IN_WINDOW, _bounds(window))
    await _judge_again(connection, codes_batches=list(rows.all()))


def _bounds(window: Window) -> dict[str, int]:
    return {"after": window.after, "upto": window.upto}


async def _judge_again(
    connection: AsyncConnection,
    *,
    codes_batches: Sequence[int] = (),
    sales_batches: Sequence[int] = (),
    own_batches: Sequence[int] = (),
) -> None:
    await connection.execute(lines.LOCK_UPTAKE)
    found = await connection.execute(
        lines.RESOLVABLE_PARKED,
        {
            "codes_batches": list(codes_batches),
            "sales_batches": list(sales_batches),
            "own_batches": list(own_batches),
        },
    )
    by_platform: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in found.all():
        by_platform[row.platform].append(tuple(row))
    for platform, rows in sorted(by_platform.items()):
        batch_id = await next_batch_id(connection)
        accepted: list[int] = []
        for start in range(0, len(rows), _CHUNK_LINES):
            chunk = [((*row[:_BATCH_COLUMN], batch_id), row[-1]) for row in rows[start : start + _CHUNK_LINES]]
            amounts = {(row[0], row[_PLATFORM_COLUMN], row[2]): row[_AMOUNT_COLUMN] for row, _ in chunk}
            alone = [row for row, codes in chunk if codes is None]
            several = [(row, codes) for row, codes in chunk if codes is not None]
            outcomes = await record_rows(connection, alone, several, again=True)
            accepted += [amounts[outcome[:3]] for outcome in outcomes if outcome[3] == "accepted"]
        if accepted:
            await add_batch(
                connection,
                batch_id,
                "orders",
                client_id=SYSTEM,
                channel="uptake",
                platform=platform,
                accepted=len(accepted),
                accepted_fen=sum(accepted),
            )


async def _apply_ready_refunds(connection: AsyncConnection, moved: list[int]) -> None:
    ready = await connection.execute(refunds.ORDERS_WITH_READY_REFUNDS, {"batches": moved})
    by_platform: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in ready.all():
        by_platform[row.platform].append((row.order_no, row.platform))
    for platform, orders in sorted(by_platform.items()):
        batch_id = await next_batch_id(connection)
        applied = await apply_waiting_refunds(connection, dict.fromkeys(orders, batch_id))
        if applied:
            await add_batch(
                connection,
                batch_id,
                "refunds",
                client_id=SYSTEM,
                channel="uptake",
                platform=platform,
                accepted=len(applied),
                accepted_fen=sum(applied),
            )
