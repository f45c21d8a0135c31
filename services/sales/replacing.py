"""Lines of a whole order give way to finer ones: cancelled by a correction if they are booked, dropped if they wait."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.sales.correcting import Correcting, judge_corrections
from services.sales.correction import Action, JudgedCorrection
from services.sales.queries import imports as queries
from services.sales.reversing import Reversal, choose_reversals, lock_refunds
from services.sales.statement import RecordedLine
from services.sales.submission import Submission
from services.sales.wire import Correction

Replaced = Sequence[tuple[str, RecordedLine]]
"""Order numbers, each with a line that gives way."""
_REPLACED = "明细取代整单 / the items of the order take the place of its whole"


async def cancel_replaced(
    connection: AsyncConnection, submission: Submission[JudgedCorrection], replaced: Replaced, number: str, today: date
) -> None:
    """Cancel the booked ones of the lines that give way; ``submission`` is their batch."""
    corrections = [
        Correction(number, submission.platform, order_no, line.line_no, str(Action.CANCEL), _REPLACED)
        for order_no, line in replaced
        if line.accepted
    ]
    judge_corrections(submission, corrections, [])
    await Correcting(connection, today, lambda _region: True).record(submission)


async def drop_replaced(connection: AsyncConnection, platform: str, replaced: Replaced, number: str) -> list[Reversal]:
    """Drop the parked ones of the lines that give way; answers what to take back of refunds that wait for them."""
    parked = [(order_no, line.line_no) for order_no, line in replaced if not line.accepted]
    if not parked:
        return []
    keys: dict[str, list[Any]] = {"order_no": [key[0] for key in parked], "line_no": [key[1] for key in parked]}
    await connection.execute(queries.DROP_PARKED, {"platform": platform, **keys})
    refunds = await lock_refunds(connection, platform, keys["order_no"])
    reversals: list[Reversal] = []
    for order_no, line_no in parked:
        waiting = [refund for refund in refunds.get(order_no, []) if refund.line_no == line_no]
        reversals += choose_reversals(waiting, sum(refund.left_fen for refund in waiting), number)
    return reversals
