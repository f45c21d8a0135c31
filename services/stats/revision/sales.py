"""A movement of sales figures, divided by cause: amounts by the entries between the positions, counts by a ladder."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.queries import revisions
from services.stats.question import Question
from services.stats.revision.causes import Cause, Net, cause_of, count_by_cause

AMOUNTS: Mapping[str, Callable[[Any], int]] = {
    "sales_gross": lambda row: row.gross_fen,
    "refunds": lambda row: row.refund_fen,
    "sales_net": lambda row: row.gross_fen - row.refund_fen,
    "refunds_by_refund_day": lambda row: row.refund_fen,
}
"""What of the entries an amount sums."""
COUNTED: Mapping[str, Callable[[Any], tuple[object, ...]]] = {
    "order_lines": lambda row: (row.order_no, row.platform, row.line_no, row.sale_day),
    "orders": lambda row: (row.order_no, row.platform, row.sale_day),
    "codes_with_sales": lambda row: (row.subject_id,),
}
"""What a count counts, where a line of it has net > 0."""


async def divide_sales(
    connection: AsyncConnection, question: Question, indicator: str, *, after: int, upto: int
) -> Mapping[Cause, int]:
    """The parts of a movement between two positions, for the one period of the question."""
    [period] = question.periods
    stretch = {"after": after, "upto": upto, "first": period.first, "past": period.past}
    asked = question.place() | stretch
    if indicator in AMOUNTS:
        statement = revisions.amounts_by_cause(by_event_day=indicator == "refunds_by_refund_day")
        found: Counter[Cause] = Counter()
        for row in (await connection.execute(statement, asked)).all():
            found[cause_of(row.cause, row.channel)] += AMOUNTS[indicator](row)
        return found
    nets: dict[tuple[object, ...], Net] = {}
    for row in (await connection.execute(revisions.nets_by_cause(indicator), asked)).all():
        line = (row.order_no, row.platform, row.line_no, row.subject_id, row.region)
        net = nets.setdefault(line, Net(COUNTED[indicator](row)))
        if row.is_before:
            net.before_fen += row.net_fen
        else:
            cause = cause_of(row.cause, row.channel)
            net.since_fen[cause] = net.since_fen.get(cause, 0) + row.net_fen
    return count_by_cause(nets.values())
