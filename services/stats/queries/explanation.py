"""From a figure back to what it is made of: cells, lines with their entries, and what a line was attributed and
settled by. ``:upto`` is the position that the cube has come to, or the earlier one that is asked about.
"""

from sqlalchemy import TextClause, text

_SPANS = """
    unnest(CAST(:labels AS text[]), CAST(:grains AS text[]), CAST(:firsts AS date[]), CAST(:pasts AS date[]))
        AS asked (label, grain, first, past)
"""

_SALES_CELLS = f"""
SELECT cell.grain, cell.period, CASE WHEN :whole AND CAST(:kind AS text) IS NULL THEN '*' ELSE cell.kind END AS kind,
       cell.category, cell.platform, CAST(sum(gross_fen) AS bigint) AS gross_fen,
       CAST(sum(refund_fen) AS bigint) AS refund_fen, CAST(sum(gross_fen - refund_fen) AS bigint) AS net_fen,
       CAST(sum(orders) AS bigint) AS orders, CAST(sum(order_lines) AS bigint) AS order_lines
FROM {_SPANS}
JOIN stats.sales_cells AS cell
  ON cell.grain = asked.grain AND cell.period >= asked.first AND cell.period < asked.past
WHERE cell.level = :level AND cell.region = :lowest
  AND (CASE WHEN CAST(:kind AS text) IS NULL THEN :whole OR cell.kind <> '*' ELSE cell.kind = :kind END)
  AND (CASE WHEN CAST(:category AS text) IS NULL THEN (cell.category = '*') = :whole
            ELSE cell.category = :category END)
  AND (CAST(:platform AS text) IS NULL OR cell.platform = :platform)
GROUP BY 1, 2, 3, 4, 5
ORDER BY 2, 1, 3, 4, 5
"""
"""The cells that a figure of sales sums. ``whole``: those of all kinds and categories, for what does not add up over
these: an order of two categories is in both cells.
"""

_REFUND_CELLS = """
SELECT 'day' AS grain, cell.event_day AS period, cell.kind, cell.category, cell.platform, cell.refund_fen
FROM unnest(CAST(:day_firsts AS date[]), CAST(:day_pasts AS date[])) AS asked (first, past)
JOIN stats.refund_cells AS cell ON cell.event_day >= asked.first AND cell.event_day < asked.past
WHERE cell.level = :level AND cell.region = :lowest
  AND (CAST(:kind AS text) IS NULL OR cell.kind = :kind)
  AND (CAST(:category AS text) IS NULL OR cell.category = :category)
  AND (CAST(:platform AS text) IS NULL OR cell.platform = :platform)
ORDER BY cell.event_day, cell.kind, cell.category, cell.platform
"""
"""The cells that the refunds by their own day sum."""

_OF_CELLS = """
    line.region BETWEEN :lowest AND :highest
    AND (CAST(:kind AS text) IS NULL OR line.kind = :kind)
    AND (CAST(:category AS text) IS NULL OR line.category = :category)
    AND (CAST(:platform AS text) IS NULL OR line.platform = :platform)
"""
"""What a region's cells are made of, by the filters that cells have."""

_IN_SIGHT = f"""
    {_OF_CELLS} AND (CAST(:places AS text[]) IS NULL OR line.region = ANY(CAST(:places AS text[])))
    AND (CAST(:station AS text) IS NULL OR line.station = :station)
    AND (CAST(:buyer_province AS text) IS NULL OR line.buyer_province = :buyer_province)
    AND (CAST(:trade AS text) IS NULL OR line.trade = :trade)
    AND (CAST(:unit AS text) IS NULL OR line.unit = :unit)
    AND (CAST(:subject AS bigint) IS NULL OR line.subject_id = :subject)
"""

_LINE_KEY = "order_no, platform, line_no, subject_id, region"


def known_lines(*, as_of: bool) -> str:
    """The lines as they stand, or as they stood at ``:upto``. A relation to select from."""
    if not as_of:
        return "stats.lines"
    return f"""(
        SELECT {_LINE_KEY}, line.kind, line.category, line.sale_day, line.station, line.buyer_province, line.trade,
               line.unit, line.shares_order, line.gross_fen - coalesce(later.gross_fen, 0) AS gross_fen,
               line.refund_fen - coalesce(later.refund_fen, 0) AS refund_fen
        FROM stats.lines AS line
        LEFT JOIN (
            SELECT {_LINE_KEY}, CAST(sum(gross_fen) AS bigint) AS gross_fen,
                   CAST(sum(refund_fen) AS bigint) AS refund_fen
            FROM stats.line_changes WHERE position > :upto GROUP BY {_LINE_KEY}
        ) AS later USING ({_LINE_KEY})
        WHERE line.since <= :upto
    )"""


_SALES_CELLS_THEN = f"""
    SELECT grain, period, kind, category, platform, CAST(sum(gross_fen) AS bigint) AS gross_fen,
           CAST(sum(refund_fen) AS bigint) AS refund_fen, CAST(sum(gross_fen - refund_fen) AS bigint) AS net_fen,
           count(DISTINCT (order_no, sale_day)) FILTER (WHERE gross_fen > refund_fen) AS orders,
           count(DISTINCT (order_no, line_no, sale_day)) FILTER (WHERE gross_fen > refund_fen) AS order_lines
    FROM (
        SELECT asked.grain,
               CASE asked.grain WHEN 'month' THEN CAST(date_trunc('month', line.sale_day) AS date)
                                ELSE line.sale_day END AS period,
               CASE WHEN :whole AND CAST(:kind AS text) IS NULL THEN '*' ELSE line.kind END AS kind,
               CASE WHEN :whole AND CAST(:category AS text) IS NULL THEN '*' ELSE line.category END AS category,
               line.platform, line.order_no, line.line_no, line.sale_day, line.gross_fen, line.refund_fen
        FROM {_SPANS}
        JOIN {known_lines(as_of=True)} AS line ON line.sale_day >= asked.first AND line.sale_day < asked.past
        WHERE {_OF_CELLS}
    ) AS sold
    GROUP BY grain, period, kind, category, platform ORDER BY period, grain, kind, category, platform
"""
"""The same cells, as they were at ``:upto``: summed from the lines."""

_REFUND_CELLS_THEN = f"""
SELECT 'day' AS grain, change.event_day AS period, line.kind, line.category, line.platform,
       CAST(sum(change.refund_fen) AS bigint) AS refund_fen
FROM unnest(CAST(:day_firsts AS date[]), CAST(:day_pasts AS date[])) AS asked (first, past)
JOIN stats.line_changes AS change ON change.event_day >= asked.first AND change.event_day < asked.past
JOIN stats.lines AS line USING ({_LINE_KEY})
WHERE change.position <= :upto AND {_OF_CELLS}
GROUP BY change.event_day, line.kind, line.category, line.platform
ORDER BY change.event_day, line.kind, line.category, line.platform
"""


def cells(*, by_refund_day: bool, as_of: bool) -> TextClause:
    """The cells that a figure sums, as they are or as they were at ``:upto``."""
    if by_refund_day:
        return text(_REFUND_CELLS_THEN if as_of else _REFUND_CELLS)
    return text(_SALES_CELLS_THEN if as_of else _SALES_CELLS)


def _sold(*, as_of: bool) -> str:
    """The lines that were sold in the period."""
    return f"""
    SELECT {_LINE_KEY}, kind, category, sale_day, gross_fen, refund_fen
    FROM {known_lines(as_of=as_of)} AS line WHERE line.sale_day >= :first AND line.sale_day < :past AND {_IN_SIGHT}
    """


_REFUNDED = f"""
    SELECT {_LINE_KEY}, min(line.kind) AS kind, min(line.category) AS category,
           min(line.sale_day) AS sale_day, 0 AS gross_fen, CAST(sum(change.refund_fen) AS bigint) AS refund_fen
    FROM stats.line_changes AS change JOIN stats.lines AS line USING ({_LINE_KEY})
    WHERE change.refund_fen <> 0 AND change.event_day >= :first AND change.event_day < :past
      AND change.position <= :upto AND {_IN_SIGHT}
    GROUP BY {_LINE_KEY}
"""
"""The lines that were refunded in the period, whenever they were sold, with what was refunded of them then."""


def line_totals(*, by_refund_day: bool, as_of: bool) -> TextClause:
    """What all lines of a region, period and filters add up to: each of them as the cells say."""
    return text(f"""
    SELECT CAST(coalesce(sum(gross_fen), 0) AS bigint) AS gross_fen,
           CAST(coalesce(sum(refund_fen), 0) AS bigint) AS refund_fen,
           count(DISTINCT (order_no, platform, line_no, sale_day)) FILTER (WHERE gross_fen > refund_fen) AS order_lines,
           count(DISTINCT (order_no, platform, sale_day)) FILTER (WHERE gross_fen > refund_fen) AS orders,
           count(*) AS lines
    FROM ({_REFUNDED if by_refund_day else _sold(as_of=as_of)}) AS line
    """)


def lines(*, by_refund_day: bool, as_of: bool) -> TextClause:
    """A page of them, by division and day."""
    return text(f"""
    SELECT * FROM ({_REFUNDED if by_refund_day else _sold(as_of=as_of)}) AS line
    WHERE (region, sale_day, order_no, platform, line_no, subject_id)
          > (:after_region, :after_day, :after_order, :after_platform, :after_line, :after_subject)
    ORDER BY region, sale_day, order_no, platform, line_no, subject_id LIMIT :limit
    """)


def holders(*, as_of: bool) -> TextClause:
    """Whom one line counted for; a line that was reassigned has several."""
    return text(f"""
    SELECT {_LINE_KEY}, kind, category, sale_day, gross_fen, refund_fen
    FROM {known_lines(as_of=as_of)} AS line
    WHERE order_no = :order_no AND platform = :platform AND line_no = :line_no
    ORDER BY subject_id, region
    """)


ENTRIES = text("""
SELECT entry.order_no, entry.platform, entry.line_no, entry.subject_id, entry.region, entry.entry_no, entry.cause,
       entry.measure, entry.amount_fen, entry.event_day, entry.reference, entry.batch_id, feed.position,
       batch.recorded_at, batch.channel
FROM unnest(
    CAST(:orders AS text[]), CAST(:platforms AS text[]), CAST(:lines AS text[]), CAST(:subjects AS bigint[]),
    CAST(:days AS date[]), CAST(:regions AS text[])
) AS asked (order_no, platform, line_no, subject_id, sale_day, region)
JOIN sales.entries AS entry USING (subject_id, sale_day, order_no, platform, line_no, region)
JOIN sales.feed USING (batch_id)
JOIN sales.batch_totals AS batch USING (batch_id)
WHERE NOT entry.internal AND feed.position <= :upto
  AND (CAST(:refunds_from AS date) IS NULL
       OR (entry.measure = 'refund' AND entry.event_day >= :refunds_from AND entry.event_day < :refunds_to))
ORDER BY feed.position, entry.order_no, entry.platform, entry.line_no, entry.entry_no
""")
"""The entries of some lines and holders: all of them, or the refunds of some days."""

LINE = text("""
SELECT order_no, platform, line_no, occurred_at, sale_day, shop, station, buyer_region, trade, sku, title, category,
       quantity_milli, unit, amount_fen, attributed_code, method, batch_id, internal
FROM sales.lines WHERE order_no = :order_no AND platform = :platform AND line_no = :line_no
""")
"""What the platform said of a line, and what it was attributed to: both are facts from then on."""

REFUNDED = text("""
SELECT -CAST(coalesce(sum(amount_fen), 0) AS bigint) FROM sales.entries AS entry JOIN sales.feed USING (batch_id)
WHERE order_no = :order_no AND platform = :platform AND line_no = :line_no AND cause = 'refund'
  AND feed.position <= :upto
""")
"""What was refunded of a line, whoever had it then."""

BINDING = text("""
WITH known AS (SELECT position FROM sales.feed WHERE batch_id = :batch_id), bound AS (
    SELECT 'listing' AS binding, platform, shop, sku, code, valid_from, valid_to, recorded_in, superseded_in
    FROM sales.bound_listings WHERE platform = :platform AND shop = :shop AND sku = :sku
    UNION ALL
    SELECT 'shop', platform, shop, NULL, code, valid_from, valid_to, recorded_in, superseded_in
    FROM sales.bound_shops WHERE platform = :platform AND shop = :shop
)
SELECT bound.binding, bound.shop, bound.sku, bound.code, bound.valid_from, bound.valid_to,
       recorded.position AS recorded_position
FROM bound CROSS JOIN known
JOIN sales.feed AS recorded ON recorded.batch_id = bound.recorded_in AND recorded.position <= known.position
LEFT JOIN sales.feed AS superseded ON superseded.batch_id = bound.superseded_in
WHERE bound.binding = :method AND bound.valid_from <= :sale_day AND coalesce(bound.valid_to, 'infinity') > :sale_day
  AND coalesce(superseded.position, known.position + 1) > known.position
ORDER BY recorded.position DESC LIMIT 1
""")
"""The binding by which a line found its code, in the version that was known when the line was recorded."""

INCOME_ENTRIES = text("""
SELECT entry.batch_id, feed.position, entry.entry_no, entry.net_fen, entry.base_fen,
       coalesce(entry.basis, 'unknown') AS basis, entry.list_position,
       ratio.ratio_bp, ratio.category AS ratio_category, ratio.region AS ratio_region,
       ratio.valid_from AS ratio_valid_from, ratio.source AS ratio_source, entry.ratio_id
FROM sales.incomes AS entry
JOIN sales.feed USING (batch_id)
LEFT JOIN sales.ratios AS ratio USING (ratio_id)
WHERE entry.subject_id = :subject AND entry.sale_day = :day AND entry.category = :category
  AND feed.position <= :upto
ORDER BY feed.position, entry.entry_no
""")
"""The entries by which it was settled, each with the version of its ratio."""
