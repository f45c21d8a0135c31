"""What is sold of each category and product, by month; months are whole, regions are trees of divisions."""

from sqlalchemy import TextClause, text

_WHERE = """
    region BETWEEN :lowest AND :highest
    AND (CAST(:places AS text[]) IS NULL OR region = ANY(CAST(:places AS text[])))
    AND (CAST(:category AS text) IS NULL OR category = :category)
"""
_PLATFORM = "AND (CAST(:platform AS text) IS NULL OR platform = :platform)"

_SUMS = """
    CAST(sum(quantity_milli) AS bigint) AS quantity_milli, CAST(sum(lines) AS bigint) AS lines,
    CAST(sum(gross_fen) AS bigint) AS gross_fen, CAST(sum(refund_fen) AS bigint) AS refund_fen
"""

_SPANS = """
    asked AS (
        SELECT * FROM unnest(CAST(:labels AS text[]), CAST(:firsts AS date[]), CAST(:pasts AS date[]))
            AS asked (label, first, past)
    )
"""


def _products(key: str, title: str) -> TextClause:
    return text(f"""
    WITH {_SPANS}
    SELECT label, {key} AS key, {title} AS title, unit, {_SUMS}
    FROM asked JOIN stats.product_months AS product ON product.month >= first AND product.month < past
    WHERE {_WHERE} {_PLATFORM}
    GROUP BY label, {key}, unit
    """)


BY_CATEGORY = _products("ARRAY[category]", "CAST(NULL AS text)")
BY_SKU = _products("ARRAY[platform, shop, sku, category]", "max(title)")
"""Sums by key and unit, for each of the spans asked."""

MONTHS = text(f"""
SELECT month, unit, {_SUMS} FROM stats.product_months
WHERE {_WHERE} {_PLATFORM} AND month < :past GROUP BY month, unit ORDER BY month, unit
""")
"""All months up to a day, for the season and the forecast."""

BUYERS = text(f"""
SELECT buyer_province, CAST(sum(gross_fen) AS bigint) AS gross_fen, CAST(sum(refund_fen) AS bigint) AS refund_fen
FROM stats.buyer_months
WHERE {_WHERE} AND month >= :first AND month < :past
GROUP BY buyer_province HAVING sum(gross_fen) <> 0 ORDER BY sum(gross_fen - refund_fen) DESC, buyer_province
""")
