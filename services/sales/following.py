"""The consumer that follows the registry: what it learnt late moves lines to whom, and where, they belong.

Which code a line belongs to was decided when it came in, and stays. Whose that code was, and where its subject lived,
the registry may learn later: a household joined another one in spring, and it is recorded in autumn. Then the lines
since spring are reassigned, as by hand: reversed and posted again, with a correction that says why.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.clock import business_day
from services.kit.feed import Window
from services.sales.correcting import Correcting, lock_held_lines
from services.sales.correction import Action, JudgedCorrection, content_hash_of
from services.sales.parts import Holding
from services.sales.payment_holders import move_payments
from services.sales.queries.following import MISPLACED_LINES, POSITIONS_BEFORE
from services.sales.settlement import SYSTEM
from services.sales.submission import Submission, add_batches, next_batch_id

_CHUNK_LINES = 1_000
_REASON = "登记信息有追溯变更 / The registry learnt late whose code this was, or where"
LineKey = tuple[str, str, str]
"""platform, order_no, line_no."""


async def follow_registry(connection: AsyncConnection, window: Window) -> None:
    """Reassign the lines that a window of codes' feed puts elsewhere."""
    await _reassign(connection, window.after, window.upto, number=f"registry-{window.upto}", today=_day_of(window))


async def follow_what_crossed(connection: AsyncConnection, window: Window) -> None:
    """After new lines: reassign those that were on their way while the registry changed. Their transaction began before
    it knew, and was committed after the registry had been followed.
    """
    recent = (await connection.execute(POSITIONS_BEFORE, {"sealed_at": window.sealed_at})).one()
    if recent.upto is not None:
        number = f"registry-{recent.upto}-{window.upto}"
        await _reassign(connection, recent.after, recent.upto, number=number, today=_day_of(window))


async def follow_what_payments_crossed(connection: AsyncConnection, window: Window) -> None:
    """After new payments: move those that were on their way while the registry changed."""
    recent = (await connection.execute(POSITIONS_BEFORE, {"sealed_at": window.sealed_at})).one()
    if recent.upto is not None:
        await move_payments(connection, recent.after, recent.upto, scanned=False)


def _day_of(window: Window) -> date:
    return business_day(window.sealed_at)


async def _reassign(connection: AsyncConnection, after: int, upto: int, *, number: str, today: date) -> None:
    rows = await connection.execute(MISPLACED_LINES, {"after": after, "upto": upto})
    keys: list[LineKey] = [(row.platform, row.order_no, row.line_no) for row in rows]
    for platform, lines in _chunks(keys):
        batch_id = await next_batch_id(connection)
        correcting = Correcting(connection, today, lambda _region: True)
        holdings = await _holdings(connection, platform, lines)
        submission: Submission[JudgedCorrection] = Submission(platform, SYSTEM, "uptake", "corrections", batch_id)
        for _, order_no, line_no in lines:
            named = tuple((holder.code, holder.weight) for holder in holdings[order_no, platform, line_no])
            alone = named[0][0] if len(named) == 1 else None
            codes = None if alone else tuple(sorted(named))
            submission.take(
                JudgedCorrection(
                    correction_no=number,
                    order_no=order_no,
                    line_no=line_no,
                    action=Action.REASSIGN,
                    code=alone,
                    reason=_REASON,
                    content_hash=content_hash_of(Action.REASSIGN, alone, codes, _REASON),
                    codes=codes,
                )
            )
        await correcting.record(submission)
        await add_batches(connection, [submission])


async def _holdings(
    connection: AsyncConnection, platform: str, lines: Sequence[LineKey]
) -> dict[tuple[str, str, str], Holding]:
    """Who holds each line now; locked, so that it stays so."""
    keys = {
        "order_no": [order_no for _, order_no, _ in lines],
        "platform": [platform] * len(lines),
        "line_no": [line_no for *_, line_no in lines],
    }
    found = await lock_held_lines(connection, keys)
    return {(row.order_no, row.platform, row.line_no): holding for row, holding in found}


def _chunks(keys: Sequence[LineKey]) -> Iterator[tuple[str, Sequence[LineKey]]]:
    for platform, of_platform in groupby(keys, key=lambda key: key[0]):
        lines = list(of_platform)
        for first in range(0, len(lines), _CHUNK_LINES):
            yield platform, lines[first : first + _CHUNK_LINES]
