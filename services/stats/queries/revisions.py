"""What was recorded between two positions about a region and period, by cause."""

from sqlalchemy import TextClause, text

from services.stats.queries.uplift import known_home

_IN_SIGHT = """
    {table}.region BETWEEN :lowest AND :highest
    AND (CAST(:places AS text[]) IS NULL OR {table}.region = ANY(CAST(:places AS text[])))
    AND (CAST(:kind AS text) IS NULL OR {table}.kind = :kind)
    AND (CAST(:category AS text) IS NULL OR {table}.category = :category)
    AND (CAST(:platform AS text) IS NULL OR {table}.platform = :platform)
"""


def amounts_by_cause(*, by_event_day: bool) -> TextClause:
    """Gross and refunds that were entered between the positions, by the cause of the entry and the channel."""
    day = "entry.event_day" if by_event_day else "entry.sale_day"
    return text(f"""
    SELECT entry.cause, batch.channel,
           CAST(coalesce(sum(amount_fen) FILTER (WHERE measure = 'gross'), 0) AS bigint) AS gross_fen,
           -CAST(coalesce(sum(amount_fen) FILTER (WHERE measure = 'refund'), 0) AS bigint) AS refund_fen
    FROM sales.feed JOIN sales.entries AS entry USING (batch_id) JOIN sales.batch_totals AS batch USING (batch_id)
    WHERE feed.position > :after AND feed.position <= :upto AND NOT entry.internal
      AND {day} >= :first AND {day} < :past AND {_IN_SIGHT.format(table="entry")}
    GROUP BY entry.cause, batch.channel
    """)


_COUNTED = {
    "order_lines": "order_no, platform, line_no",
    "orders": "order_no, platform",
    "codes_with_sales": "subject_id",
}
"""What a count counts."""

_LINE = """
    concerned.order_no, concerned.platform, concerned.line_no, concerned.subject_id, concerned.region,
    concerned.sale_day
"""


def nets_by_cause(counted: str) -> TextClause:
    """Net sales of each line that may change a count: before the positions, and between them by cause and channel.

    These are the lines that were touched, with all that share a line, an order or a holder with them.
    """
    return text(f"""
    WITH touched AS (
        SELECT DISTINCT {_LINE.replace("concerned.", "entry.")}
        FROM sales.feed JOIN sales.entries AS entry USING (batch_id)
        WHERE feed.position > :after AND feed.position <= :upto AND NOT entry.internal
          AND entry.sale_day >= :first AND entry.sale_day < :past AND {_IN_SIGHT.format(table="entry")}
    ), concerned AS MATERIALIZED (
        SELECT line.order_no, line.platform, line.line_no, line.subject_id, line.region, line.sale_day
        FROM (SELECT DISTINCT {_COUNTED[counted]} FROM touched) AS asked
        JOIN stats.lines AS line USING ({_COUNTED[counted]})
        WHERE line.sale_day >= :first AND line.sale_day < :past AND {_IN_SIGHT.format(table="line")}
    )
    SELECT {_LINE}, feed.position <= :after AS is_before, entry.cause, batch.channel,
           CAST(sum(entry.amount_fen) AS bigint) AS net_fen
    FROM concerned
    JOIN sales.entries AS entry USING (order_no, platform, line_no, subject_id, region, sale_day)
    JOIN sales.feed USING (batch_id) JOIN sales.batch_totals AS batch USING (batch_id)
    WHERE feed.position <= :upto AND NOT entry.internal
    GROUP BY {_LINE}, is_before, entry.cause, batch.channel
    """)


_ASKED = """
    unnest(CAST(:subjects AS bigint[]), CAST(:days AS date[]), CAST(:categories AS text[]))
        AS asked (subject_id, sale_day, category)
"""

HOMES_OF = text(f"""
SELECT subject_id, persons, status FROM stats.homes AS home
WHERE subject_id = ANY(CAST(:subjects AS bigint[])) AND valid_from < :past AND valid_to >= :past
  AND {known_home(as_of=True)} AND region BETWEEN :lowest AND :highest
  AND (CAST(:places AS text[]) IS NULL OR region = ANY(CAST(:places AS text[])))
""")
"""Some households of a division on the last day of a period, by the registry of a position."""

SETTLED_BY_CAUSE = text(f"""
SELECT subject_id, sale_day, category, entry.cause, batch.channel, CAST(sum(entry.amount_fen) AS bigint) AS net_fen
FROM {_ASKED} JOIN sales.entries AS entry USING (subject_id, sale_day, category)
JOIN sales.feed USING (batch_id) JOIN sales.batch_totals AS batch USING (batch_id)
WHERE NOT entry.internal AND feed.position > :after AND feed.position <= :upto
GROUP BY subject_id, sale_day, category, entry.cause, batch.channel
""")
"""What was entered of some sources' days between two positions, by cause and channel."""

RATIOS_AT = text(f"""
SELECT DISTINCT ON (subject_id, sale_day, entry.category) subject_id, sale_day, entry.category,
       coalesce(entry.basis, 'unknown') AS basis, coalesce(ratio.ratio_bp, 0) AS ratio_bp
FROM {_ASKED} JOIN sales.incomes AS entry USING (subject_id, sale_day, category)
JOIN sales.feed USING (batch_id) LEFT JOIN sales.ratios AS ratio USING (ratio_id)
WHERE feed.position <= :position
ORDER BY subject_id, sale_day, entry.category, feed.position DESC, entry.entry_no DESC
""")
"""The ratio that each source's day was settled with last, by a position; 0 where there was none."""
