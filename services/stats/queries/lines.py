"""What single lines say of sales: any filter, and any position of the ledger's feed.

The cells answer common questions at once; these statements answer the others, and cost as much as there are lines in
the region and period. A line is as it was at a position if one leaves out what became of it later (``line_changes``),
and was not there before its first entry.
"""

from sqlalchemy import TextClause, text

from services.stats.question import By

_PERIODS = """
    unnest(CAST(:labels AS text[]), CAST(:firsts AS date[]), CAST(:pasts AS date[])) AS asked (label, first, past)
"""

KEYS = {
    None: "CAST('' AS text)",
    By.REGION: "rpad(left(line.region, :digits), 12, '0')",
    By.KIND: "line.kind",
    By.PLATFORM: "line.platform",
    By.CATEGORY: "line.category",
    By.STATION: "line.station",
    By.BUYER_PROVINCE: "line.buyer_province",
    By.TRADE: "line.trade",
    By.UNIT: "line.unit",
}

_TREE = """
    line.region BETWEEN :lowest AND :highest AND substr(line.region, :first_digit, :width) ~ '[^0]'
    AND (CAST(:places AS text[]) IS NULL OR line.region = ANY(CAST(:places AS text[])))
"""

_FILTERS = """
    (CAST(:kind AS text) IS NULL OR line.kind = :kind)
    AND (CAST(:platform AS text) IS NULL OR line.platform = :platform)
    AND (CAST(:category AS text) IS NULL OR line.category = :category)
    AND (CAST(:station AS text) IS NULL OR line.station = :station)
    AND (CAST(:buyer_province AS text) IS NULL OR line.buyer_province = :buyer_province)
    AND (CAST(:trade AS text) IS NULL OR line.trade = :trade)
"""

_KNOWN = f"""
    later AS MATERIALIZED (
        SELECT order_no, platform, line_no, subject_id, region, CAST(sum(gross_fen) AS bigint) AS gross_fen,
               CAST(sum(refund_fen) AS bigint) AS refund_fen
        FROM stats.line_changes WHERE position > :position
        GROUP BY order_no, platform, line_no, subject_id, region
    ), known AS (
        SELECT line.order_no, line.platform, line.line_no, line.sale_day, line.subject_id, line.region, line.kind,
               line.category, line.shop, line.station, line.buyer_province, line.trade, line.unit, line.quantity_milli,
               line.shares_order, line.gross_fen - coalesce(later.gross_fen, 0) AS gross_fen,
               line.refund_fen - coalesce(later.refund_fen, 0) AS refund_fen
        FROM stats.lines AS line LEFT JOIN later USING (order_no, platform, line_no, subject_id, region)
        WHERE line.since <= :position AND line.sale_day >= :earliest AND line.sale_day < :latest
          AND {_TREE} AND {_FILTERS}
    )
"""
"""The lines of the region and filters, as they stood at ``:position``."""


_SHARED = "CASE WHEN gross_fen > refund_fen AND shares_order THEN {column} END AS shared_{column}"
_SHARED_COLUMNS = ("order_no", "platform", "sale_day", "line_no")


def sales_of_lines(by: By | None) -> TextClause:
    """Gross, refunds, orders, lines and sellers at ``:position``, by period and key."""
    shared = ", ".join(f"shared_{column}" for column in _SHARED_COLUMNS)
    return text(f"""
    WITH {_KNOWN}
    SELECT label, key, CAST(sum(gross_fen) AS bigint) AS gross_fen, CAST(sum(refund_fen) AS bigint) AS refund_fen,
           CAST(sum(single_lines) AS bigint) + count(DISTINCT ({shared}))
               FILTER (WHERE shared_order_no IS NOT NULL) AS order_lines,
           CAST(sum(single_lines) AS bigint) + count(DISTINCT (shared_order_no, shared_platform, shared_sale_day))
               FILTER (WHERE shared_order_no IS NOT NULL) AS orders,
           count(DISTINCT subject_id) FILTER (WHERE is_sold) AS subjects
    FROM (
        -- By subject first: that takes one pass by hashing, where DISTINCT would sort all lines. An order of a single
        -- row counts as the row does; of others, and of lines that several subjects share, each counts once.
        SELECT asked.label, {KEYS[by]} AS key, subject_id, gross_fen > refund_fen AS is_sold,
               {", ".join(_SHARED.format(column=column) for column in _SHARED_COLUMNS)},
               sum(gross_fen) AS gross_fen, sum(refund_fen) AS refund_fen,
               count(*) FILTER (WHERE gross_fen > refund_fen AND NOT shares_order) AS single_lines
        FROM {_PERIODS} JOIN known AS line ON line.sale_day >= asked.first AND line.sale_day < asked.past
        GROUP BY asked.label, key, subject_id, is_sold, {shared}
    ) AS sold
    GROUP BY label, key
    """)


PLATFORMS_OF_LINES = text(f"""
SELECT known.platform
FROM (SELECT DISTINCT platform FROM stats.sales_cells WHERE level = 'province' AND grain = 'year') AS known
CROSS JOIN LATERAL (
    SELECT FROM stats.lines AS line
    WHERE line.platform = known.platform AND line.since <= :position
      AND line.sale_day >= :earliest AND line.sale_day < :latest AND {_TREE}
      AND line.gross_fen > coalesce((
          SELECT sum(later.gross_fen) FROM stats.line_changes AS later
          WHERE later.position > :position AND later.order_no = line.order_no AND later.platform = line.platform
            AND later.line_no = line.line_no AND later.subject_id = line.subject_id AND later.region = line.region
      ), 0)
    LIMIT 1
) AS sold
ORDER BY known.platform
""")
"""The platforms that had sold something by a position: of each one line is looked for, not all added up."""


def units_of_lines(by: By | None) -> TextClause:
    """Quantities of lines with net > 0 at ``:position``, by period and key."""
    return text(f"""
    WITH {_KNOWN}
    SELECT label, key, CAST(sum(quantity_milli) AS bigint) AS quantity_milli
    FROM (
        -- A line that several subjects share counts once wherever any of them is.
        SELECT DISTINCT asked.label, {KEYS[by]} AS key, order_no, platform, line_no, quantity_milli
        FROM {_PERIODS} JOIN known AS line ON line.sale_day >= asked.first AND line.sale_day < asked.past
        WHERE gross_fen > refund_fen AND (CAST(:unit AS text) IS NULL OR line.unit = :unit)
    ) AS sold
    GROUP BY label, key
    """)


_COMPARED = """
    unnest(
        CAST(:labels AS text[]), CAST(:firsts AS date[]), CAST(:pasts AS date[]), CAST(:are_prior AS boolean[])
    ) AS asked (label, first, past, is_prior)
"""


def _panel(sold: str) -> str:
    return f"""
    SELECT label, key, CAST(sum(now_fen) AS bigint) AS now_fen, CAST(sum(prior_fen) AS bigint) AS prior_fen
    FROM (
        SELECT label, key, sum(net_fen) FILTER (WHERE NOT is_prior) AS now_fen,
               sum(net_fen) FILTER (WHERE is_prior) AS prior_fen
        FROM ({sold}) AS sold
        GROUP BY label, key, subject_id, platform, shop
    ) AS pair
    WHERE now_fen > 0 AND prior_fen > 0
    GROUP BY label, key
    """


def panel_of_lines(by: By | None) -> TextClause:
    """Net sales of each subject in each shop where it sold in both periods, at ``:position``."""
    sold = f"""
        SELECT asked.label, asked.is_prior, {KEYS[by]} AS key, subject_id, platform, shop,
               gross_fen - refund_fen AS net_fen
        FROM {_COMPARED} JOIN known AS line ON line.sale_day >= asked.first AND line.sale_day < asked.past
    """
    return text(f"WITH {_KNOWN} {_panel(sold)}")


def panel_of_months(by: By | None) -> TextClause:
    """The same for periods of whole months, from what is kept by month."""
    return text(
        _panel(f"""
        SELECT asked.label, asked.is_prior, {KEYS[by]} AS key, subject_id, platform, shop, net_fen
        FROM {_COMPARED} JOIN stats.panel_months AS line ON line.month >= asked.first AND line.month < asked.past
        WHERE {_TREE} AND (CAST(:kind AS text) IS NULL OR line.kind = :kind)
          AND (CAST(:platform AS text) IS NULL OR line.platform = :platform)
        """)
    )


def refunds_of_lines(by: By | None) -> TextClause:
    """Refunds by their own day at ``:position``, by period and key."""
    return text(f"""
    SELECT asked.label, {KEYS[by]} AS key, CAST(sum(change.refund_fen) AS bigint) AS refund_fen
    FROM {_PERIODS}
    JOIN stats.line_changes AS change ON change.event_day >= asked.first AND change.event_day < asked.past
    JOIN stats.lines AS line USING (order_no, platform, line_no, subject_id, region)
    WHERE change.position <= :position AND {_TREE.replace("line.", "change.")} AND {_FILTERS}
    GROUP BY asked.label, key
    """)
