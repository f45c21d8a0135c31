"""Reading what is parked, lines and refunds together, within what the caller may see."""

from sqlalchemy import text

_IN_SIGHT = """
(CAST(:own_platform AS text) IS NULL OR waiting.platform = :own_platform)
  AND (CAST(:platform AS text) IS NULL OR waiting.platform = :platform)
  AND (CAST(:roots AS text[]) IS NULL
       OR (place.region IS NULL AND :whole_province)
       OR EXISTS (SELECT FROM unnest(CAST(:roots AS text[])) AS root (prefix)
                  WHERE starts_with(place.region, root.prefix)))"""

PARKED_PAGE = text(f"""
WITH lines AS (
    SELECT 'line' AS what, waiting.order_no, waiting.platform, waiting.line_no, '' AS refund_no, waiting.reason,
           waiting.amount_fen, waiting.occurred_at, waiting.shop, waiting.sku, waiting.category, waiting.code,
           waiting.batch_id
    FROM sales.parked_lines AS waiting
    LEFT JOIN LATERAL (
        SELECT entry.region FROM codes.directory AS entry
        WHERE entry.code = waiting.code AND entry.superseded_in IS NULL ORDER BY entry.valid_from DESC LIMIT 1
    ) AS place ON TRUE
    WHERE (waiting.order_no, waiting.platform, waiting.line_no) > (:after_order, :after_platform, :after_line)
      AND (CAST(:reason AS text) IS NULL OR waiting.reason = :reason) AND {_IN_SIGHT}
    ORDER BY waiting.order_no, waiting.platform, waiting.line_no LIMIT :limit
), refunds AS (
    SELECT 'refund' AS what, waiting.order_no, waiting.platform, waiting.line_no, waiting.refund_no,
           waiting.parked_reason AS reason, waiting.amount_fen, waiting.occurred_at, CAST(NULL AS text) AS shop,
           CAST(NULL AS text) AS sku, CAST(NULL AS text) AS category, CAST(NULL AS text) AS code, waiting.batch_id
    FROM sales.refunds AS waiting
    LEFT JOIN sales.order_lines AS place USING (order_no, platform, line_no)
    WHERE waiting.state = 'parked'
      AND (waiting.order_no, waiting.platform, waiting.line_no, waiting.refund_no)
          > (:after_order, :after_platform, :after_line, :after_refund)
      AND (CAST(:reason AS text) IS NULL OR waiting.parked_reason = :reason) AND {_IN_SIGHT}
    ORDER BY waiting.order_no, waiting.platform, waiting.line_no, waiting.refund_no LIMIT :limit
)
SELECT parked.*, batch.recorded_at
FROM (SELECT * FROM lines UNION ALL SELECT * FROM refunds) AS parked
JOIN sales.batches AS batch USING (batch_id)
ORDER BY order_no, platform, line_no, refund_no LIMIT :limit
""")
"""A page of parked lines and refunds, by their keys. A line belongs to the division of the code on it, a refund to its
line's; what belongs to none yet is seen by whoever may see a whole province."""
