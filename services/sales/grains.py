"""Orders that both a file and the API tell: they count once, though the two may number their lines differently.

A file may know an order as one line for the whole; the API then brings its items: the whole gives way. A file may know
the items, and the API bring lines under numbers of its own: they are refused as ``grain_differs``.

Nearly every request is of a platform that imports no files, and pays nothing: whether it does is said by the statement
that writes the batch (exact, because the first import of a platform waits for the transactions that did not see it).
Only then are the orders looked up, behind the lock under which the pieces of files are recorded; and only where one of
them is known by file, and got a line that is new, is the transaction undone and done again by the rules below.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit import clock
from services.sales.correction import JudgedCorrection
from services.sales.formats.row import Grain
from services.sales.queries import imports as queries
from services.sales.recording import LineSubmission, record_lines
from services.sales.replacing import cancel_replaced, drop_replaced
from services.sales.reversing import Reversal, record_reversals
from services.sales.statement import REASONS, RecordedLine, RecordedOrder, compare_numbers
from services.sales.submission import Submission, add_batches, next_batch_id
from services.sales.wire import Result


class GrainClash(Exception):
    """A line that was recorded belongs to an order that a file told: the transaction is to be undone and done again."""


async def look_for_clashes(connection: AsyncConnection, submissions: Sequence[LineSubmission]) -> None:
    """Raise :class:`GrainClash` if a line that is new belongs to an order that a file told. For platforms that import
    files only; the lines have been recorded in this transaction.
    """
    for platform, orders in sorted(_orders_with_new_lines(submissions).items()):
        await connection.execute(queries.BESIDE_FILES, {"platform": platform})
        parameters = {"platform": platform, "order_no": sorted(orders)}
        if (await connection.execute(queries.GRAINS, parameters)).first() is not None:
            raise GrainClash


def _orders_with_new_lines(submissions: Sequence[LineSubmission]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for submission in submissions:
        results = (result for result in submission.results if result is not None)
        new = {result.order_no for result in results if result.status in ("accepted", "parked")}
        if new:
            found[submission.platform] |= new
    return found


async def record_beside_files(connection: AsyncConnection, submissions: Sequence[LineSubmission]) -> None:
    """As :func:`record_lines`, where files told some of the orders: one request after the other."""
    for platform in sorted({submission.platform for submission in submissions}):
        await connection.execute(queries.ONE_AT_A_TIME, {"platform": platform})
    for submission in submissions:
        refused = await _make_room(connection, submission)
        await record_lines(connection, [submission], beside=refused)


async def _make_room(connection: AsyncConnection, submission: LineSubmission) -> set[int]:
    """Let whole orders give way to their items; answers the lines that are refused, which are decided."""
    stated: dict[str, dict[str, int]] = defaultdict(dict)
    for index, item in enumerate(submission.items):
        stated[item.order_no].setdefault(item.line_no, index)
    recorded = await recorded_orders(connection, submission.platform, sorted(stated))
    refused: set[int] = set()
    replaced: list[tuple[str, RecordedLine]] = []
    for order_no, order in recorded.items():
        reason, gives_way = compare_numbers(set(stated[order_no]), order)
        replaced += [(order_no, line) for line in gives_way]
        if reason is None:
            continue
        for index, item in enumerate(submission.items):
            if item.order_no == order_no and item.line_no not in order.lines:
                refused.add(index)
                detail = REASONS[reason]
                submission.decide(index, Result(order_no, item.line_no, "conflict", reason=reason, detail=detail))
    if replaced:
        await _give_way(connection, submission, replaced)
    return refused


async def _give_way(
    connection: AsyncConnection, submission: LineSubmission, replaced: Sequence[tuple[str, RecordedLine]]
) -> None:
    moment = clock.now()
    number = f"items-{submission.batch_id}"
    written: list[Submission[Any]] = []
    if any(line.accepted for _, line in replaced):
        corrections: Submission[JudgedCorrection] = await _beside(connection, submission, "corrections")
        await cancel_replaced(connection, corrections, replaced, number, clock.business_day(moment))
        written.append(corrections)
    taken_back = await drop_replaced(connection, submission.platform, replaced, number)
    if taken_back:
        reversals: Submission[Reversal] = await _beside(connection, submission, "reversals")
        for reversal in taken_back:
            reversals.take(reversal)
        await record_reversals(connection, reversals, moment)
        written.append(reversals)
    await add_batches(connection, written)
    orders = sorted({order_no for order_no, _ in replaced})
    await connection.execute(queries.TOLD_BY_API, {"platform": submission.platform, "order_no": orders})


async def _beside(connection: AsyncConnection, submission: LineSubmission, kind: str) -> Submission[Any]:
    batch_id = await next_batch_id(connection)
    return Submission(submission.platform, submission.client_id, submission.channel, kind, batch_id)


async def recorded_orders(
    connection: AsyncConnection, platform: str, order_nos: Sequence[str]
) -> dict[str, RecordedOrder]:
    """What is recorded of each of these orders, locked."""
    found = {order_no: RecordedOrder() for order_no in order_nos}
    keys = {"order_no": list(order_nos), "platform": platform}
    for row in (await connection.execute(queries.LOCK_LINES, keys)).all():
        line = RecordedLine(row.line_no, row.amount_fen, row.refunded_fen, accepted=True, cancelled=row.cancelled)
        found[row.order_no].lines[row.line_no] = line
    for row in (await connection.execute(queries.LOCK_PARKED, keys)).all():
        line = RecordedLine(row.line_no, row.amount_fen, 0, accepted=False, cancelled=False)
        found[row.order_no].lines[row.line_no] = line
    for row in (await connection.execute(queries.GRAINS, keys)).all():
        found[row.order_no].grain = Grain(row.grain)
    return found
