"""The use case of taking refunds back: a later statement says that less was refunded than is recorded.

Nothing is edited: a reversal is a row of record of its own and posts the opposite of the refund's entry, for whoever
holds the line now, on the day of the statement. Which refunds are taken back is a choice that must be the same however
often it is made: those known from exports first, then those that the platform stated; the newest of each first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.clock import business_day
from services.sales.queries import reversals as queries
from services.sales.refund import DateBasis, KnownRefund, LineBalance, post
from services.sales.refunding import apply_waiting_refunds, enter_postings, lock_lines
from services.sales.submission import Submission
from services.sales.wire import Result


@dataclass(frozen=True, slots=True)
class CountedRefund:
    """A refund that counts, or waits for its line, and what is left of it."""

    order_no: str
    line_no: str
    refund_no: str
    left_fen: int
    occurred_at: datetime
    state: str
    date_basis: str
    reversals: int


@dataclass(frozen=True, slots=True)
class Reversal:
    """What is taken back of one refund."""

    order_no: str
    line_no: str
    refund_no: str
    reversal_no: str
    amount_fen: int
    state: str


ReversalSubmission = Submission[Reversal]


def choose_reversals(refunds: Iterable[CountedRefund], amount_fen: int, reversal_no: str) -> list[Reversal]:
    """Take ``amount_fen`` back from refunds of one line; less if they are not that much together."""
    newest_first = sorted(refunds, key=lambda refund: (refund.occurred_at, refund.refund_no), reverse=True)
    chosen: list[Reversal] = []
    for refund in sorted(newest_first, key=lambda refund: refund.date_basis != DateBasis.IMPUTED):
        taken = min(refund.left_fen, amount_fen)
        if taken:
            amount_fen -= taken
            number = f"{reversal_no}-{refund.reversals + 1}"
            chosen.append(Reversal(refund.order_no, refund.line_no, refund.refund_no, number, taken, refund.state))
    return chosen


async def lock_refunds(
    connection: AsyncConnection, platform: str, order_nos: Sequence[str]
) -> dict[str, list[CountedRefund]]:
    """The refunds of orders that count or wait, by order; locked, so that what is left of them stays so."""
    rows = await connection.execute(queries.LOCK_REFUNDS, {"platform": platform, "order_no": list(order_nos)})
    found: dict[str, list[CountedRefund]] = {}
    for row in rows.all():
        found.setdefault(row.order_no, []).append(CountedRefund(*row))
    return found


async def record_reversals(connection: AsyncConnection, submission: ReversalSubmission, moment: datetime) -> None:
    """Record the reversals of a submission, all of which are accepted. The caller holds the refunds (``lock_refunds``)
    and has chosen no more than is left of them, each refund once.
    """
    if not submission.items:
        return
    items = submission.items
    columns = {
        "order_no": [item.order_no for item in items],
        "platform": [submission.platform] * len(items),
        "line_no": [item.line_no for item in items],
        "refund_no": [item.refund_no for item in items],
        "amount_fen": [item.amount_fen for item in items],
    }
    record = {
        "reversal_no": [item.reversal_no for item in items],
        "occurred_at": [moment] * len(items),
        "batch_id": [submission.batch_id] * len(items),
    }
    orders = {(item.order_no, submission.platform): submission.batch_id for item in items}
    balances = {(line.order_no, line.line_no): line for line in await lock_lines(connection, orders)}
    await connection.execute(queries.ADD_REVERSALS, {**columns, **record})
    await connection.execute(queries.TAKE_BACK, columns)
    await _enter(connection, submission, balances, moment)
    # Refunds of whole orders are spread anew with what is left of them; and what exceeded a line may fit now.
    await apply_waiting_refunds(connection, orders)
    for index, item in enumerate(items):
        submission.decide(index, Result(item.order_no, item.line_no, "accepted", refund_no=item.refund_no))


async def _enter(
    connection: AsyncConnection,
    submission: ReversalSubmission,
    balances: Mapping[tuple[str, str], LineBalance],
    moment: datetime,
) -> None:
    postings = [
        post(
            balances[item.order_no, item.line_no],
            KnownRefund(item.line_no, item.refund_no, item.amount_fen, moment, item.state),
            -item.amount_fen,
        )
        for item in submission.items
        if item.state == "applied"
    ]
    days = [business_day(moment)] * len(postings)
    await enter_postings(connection, postings, days, [submission.batch_id] * len(postings))
