"""What ``onecode verify`` recomputes of ``sales``: ledger = lines, balances = entries, income = rule, feed gapless."""

from typing import Final

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.verify import MAX_DIFFERENCES, Check
from services.sales.chain import broken_links
from services.sales.content_check import altered_lines
from services.sales.queries import checks as queries
from services.sales.queries import payment_checks as payments
from services.sales.queries.chain import LAST_POSITION
from services.sales.queries.following import MISPLACED_NOW

_CHECKS: Final[tuple[tuple[str, TextClause, TextClause], ...]] = (
    ("每行订单都在账上 / every line has its sale", queries.COUNT_LINES, queries.LINES_WITHOUT_THEIR_SALE),
    ("余额等于分录之和 / balance = sum of entries", queries.COUNT_ENTRIES, queries.BALANCES_UNLIKE_ENTRIES),
    ("归属等于分录 / holders = entries", queries.COUNT_ENTRIES, queries.HOLDERS_UNLIKE_ENTRIES),
    ("共有行分摊等于分录 / shares = entries", queries.COUNT_SHARED_LINES, queries.SHARES_UNLIKE_ENTRIES),
    ("退款等于退款分录 / refunds = refund entries", queries.COUNT_REFUNDS, queries.REFUNDS_UNLIKE_ENTRIES),
    ("退款冲回等于其合计 / refunds taken back", queries.COUNT_REFUNDS, queries.REVERSALS_UNLIKE_REFUNDS),
    ("整单退款等于其分摊 / order refunds = shares", queries.COUNT_REFUNDS, queries.SPREADS_UNLIKE_SHARES),
    ("总账等于订单减退款 / ledger = lines - refunds", queries.COUNT_ENTRIES, queries.TOTALS_UNLIKE_LEDGER),
    ("批次合计等于其内容 / batch totals = content", queries.COUNT_BATCHES, queries.BATCHES_UNLIKE_CONTENT),
    ("批次无遗漏 / no batch is lost or twice", queries.COUNT_BATCHES, queries.BATCHES_NOT_IN_ONE_PLACE),
    ("位次连续且单调 / feed is gapless, monotone", queries.COUNT_POSITIONS, queries.FEED_GAPS),
    ("归属与登记相符 / lines are where the registry has them", queries.COUNT_LINES, MISPLACED_NOW),
    ("来源日净额等于账 / source days = ledger", queries.COUNT_SOURCE_DAYS, queries.SOURCE_DAYS_UNLIKE_LEDGER),
    (
        "付款批次合计等于其内容 / payment batches = content",
        payments.COUNT_PAYMENTS,
        payments.PAYMENT_BATCHES_UNLIKE_CONTENT,
    ),
    ("作废等于其付款 / voids = voided payments", payments.COUNT_PAYMENTS, payments.VOIDS_UNLIKE_PAYMENTS),
    ("付款归属前后相接 / holders of payments", payments.COUNT_HOLDERS, payments.HOLDERS_UNLIKE_PAYMENTS),
    ("付款归属与登记相符 / payments = registry", payments.COUNT_HOLDERS, payments.PAYMENTS_UNLIKE_REGISTRY),
    ("站点收购等于付款 / purchases = payments", payments.COUNT_PAYMENTS, payments.PURCHASES_UNLIKE_PAYMENTS),
    ("收入分录等于规则 / income entries = rule", queries.COUNT_SOURCE_DAYS, queries.INCOME_UNLIKE_RULE),
)


async def checks(connection: AsyncConnection) -> list[Check]:
    """Recompute everything that sales derives, in the caller's snapshot."""
    found: list[Check] = []
    counts = {count: int(await connection.scalar(count) or 0) for count in dict.fromkeys(one for _, one, _ in _CHECKS)}
    for name, count, difference in _CHECKS:
        rows = (await connection.execute(difference, {"limit": MAX_DIFFERENCES})).mappings().all()
        found.append(Check(name, counts[count], [dict(row) for row in rows]))
    altered = await altered_lines(connection, limit=MAX_DIFFERENCES)
    found.append(Check("行内容等于其哈希 / lines = content hash", counts[queries.COUNT_LINES], altered))
    links = int(await connection.scalar(LAST_POSITION) or 0)
    broken = await broken_links(connection, limit=MAX_DIFFERENCES)
    return [*found, Check("哈希链完整 / hash chain", links, broken)]
