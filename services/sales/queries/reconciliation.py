"""Reconciliation: a platform's days, added up from the ledger, with a digest that both sides can compute."""

from sqlalchemy import text

_DAY_OF = {
    "sale": "entry.sale_day",
    "refund": "entry.event_day",
    "recorded": "CAST((batch.recorded_at AT TIME ZONE 'Asia/Shanghai') - CAST(:cut_off AS interval) AS date)",
    "settlement": """
        CASE WHEN entry.cause = 'sale'
             THEN CAST((line.occurred_at AT TIME ZONE 'Asia/Shanghai') - CAST(:cut_off AS interval) AS date)
             WHEN refund.event_day = entry.event_day
             THEN CAST((refund.occurred_at AT TIME ZONE 'Asia/Shanghai') - CAST(:cut_off AS interval) AS date)
             ELSE entry.event_day END""",
}
"""By what an entry belongs to a day: its line's business day; its own (refunds on the day they were given); the day on
which we committed it, beginning at the cut-off; or the day that the platform settles it on, by when sale and refund
happened, beginning at the cut-off too (what we put right later: on its own day)."""

_JOINS = {
    "recorded": "JOIN sales.batches AS batch USING (batch_id)",
    "settlement": """
        JOIN sales.order_lines AS line USING (order_no, platform, line_no)
        LEFT JOIN LATERAL (
            SELECT given.occurred_at, CAST(given.occurred_at AT TIME ZONE 'Asia/Shanghai' AS date) AS event_day
            FROM sales.refunds AS given
            WHERE entry.cause = 'refund' AND given.order_no = entry.order_no AND given.platform = entry.platform
              AND given.line_no IN (entry.line_no, '') AND given.refund_no = entry.reference
            ORDER BY given.line_no DESC LIMIT 1
        ) AS refund ON TRUE""",
}


def _days(by: str) -> str:
    day = _DAY_OF[by]
    # A range on the plain column lets the block range index skip what lies outside.
    column = {"sale": "entry.sale_day", "refund": "entry.event_day"}.get(by)
    near = f"AND {column} BETWEEN :first AND :last" if column else ""
    if by == "settlement":  # a cut-off moves by less than a day
        near = "AND entry.event_day BETWEEN CAST(:first AS date) AND CAST(:last AS date) + 1"
    return f"""
    WITH moved AS (
        SELECT {day} AS day, entry.order_no, entry.line_no,
               sum(entry.amount_fen) FILTER (WHERE entry.measure = 'gross') AS gross_fen,
               -sum(entry.amount_fen) FILTER (WHERE entry.measure = 'refund') AS refund_fen
        FROM sales.ledger_entries AS entry {_JOINS.get(by, "")}
        WHERE entry.platform = :platform {near} AND {day} BETWEEN :first AND :last
        GROUP BY 1, 2, 3
    )
    """


DAYS = {
    by: text(f"""
    {_days(by)}
    SELECT day, count(*) FILTER (WHERE gross_fen > 0) AS lines, coalesce(sum(gross_fen), 0) AS sales_fen,
           coalesce(sum(refund_fen), 0) AS refunds_fen,
           sha256(convert_to(string_agg(
               concat(order_no, E'\\x1f', line_no, E'\\x1f', coalesce(gross_fen, 0), E'\\x1f', coalesce(refund_fen, 0),
                      E'\\n'),
               '' ORDER BY order_no COLLATE "C", line_no COLLATE "C"), 'UTF8')) AS digest
    FROM moved GROUP BY day ORDER BY day
    """)
    for by in _DAY_OF
}
"""A platform's days: lines, sales, refunds, and the digest of what moved on each line."""

ORDERS_OF_DAY = {
    by: text(f"""
    {_days(by)}
    SELECT order_no, coalesce(sum(gross_fen), 0) - coalesce(sum(refund_fen), 0) AS net_fen
    FROM moved GROUP BY order_no
    """)
    for by in _DAY_OF
}
"""The orders that moved on a day (given as first and last), with what moved."""

PARKED_DAYS = text("""
SELECT CAST(occurred_at AT TIME ZONE 'Asia/Shanghai' AS date) AS day, count(*) AS lines, sum(amount_fen) AS amount_fen
FROM sales.parked_lines
WHERE platform = :platform AND CAST(occurred_at AT TIME ZONE 'Asia/Shanghai' AS date) BETWEEN :first AND :last
GROUP BY 1
""")
"""What is parked of a platform, by the business day of its lines."""
