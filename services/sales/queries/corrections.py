"""Putting lines right by hand."""

from sqlalchemy import text

LOCK_HELD_LINES = text("""
SELECT order_no, platform, line_no, amount_fen, refunded_fen, entry_count, cancelled, occurred_at,
       coalesce(holder_code, attributed_code) AS code, coalesce(holder_id, subject_id) AS subject_id,
       coalesce(holder_kind, kind) AS kind, coalesce(holder_region, region) AS region, split_no,
       (SELECT coalesce(max(part.split_no), 0) FROM sales.line_parts AS part
        WHERE part.order_no = line.order_no AND part.platform = line.platform AND part.line_no = line.line_no) AS splits
FROM sales.order_lines AS line
WHERE (order_no, platform, line_no) IN (
    SELECT * FROM unnest(CAST(:order_no AS text[]), CAST(:platform AS text[]), CAST(:line_no AS text[])))
ORDER BY order_no, platform, line_no
FOR UPDATE
""")
"""Lock the given lines, in the order of their keys, and say whose they are."""

ADD_CORRECTIONS = text("""
INSERT INTO sales.corrections (order_no, platform, line_no, correction_no, action, code, codes, reason,
                               client_id, content_hash, batch_id)
SELECT * FROM unnest(
    CAST(:order_no AS text[]), CAST(:platform AS text[]), CAST(:line_no AS text[]), CAST(:correction_no AS text[]),
    CAST(:action AS text[]), CAST(:code AS text[]), CAST(:codes AS text[]), CAST(:reason AS text[]),
    CAST(:client_id AS text[]), CAST(:content_hash AS bytea[]), CAST(:batch_id AS bigint[]))
    AS correction (order_no, platform, line_no, correction_no)
ORDER BY order_no, platform, line_no, correction_no
ON CONFLICT DO NOTHING
RETURNING order_no, platform, line_no, correction_no
""")
"""Record corrections; those that were there before answer no row."""

EXISTING_CORRECTIONS = text("""
SELECT order_no, platform, line_no, correction_no, content_hash
FROM sales.corrections
JOIN unnest(CAST(:order_no AS text[]), CAST(:platform AS text[]), CAST(:line_no AS text[]),
            CAST(:correction_no AS text[])) AS wanted (order_no, platform, line_no, correction_no)
  USING (order_no, platform, line_no, correction_no)
""")
"""What is recorded under the keys of corrections that were there before."""

ENTER_CORRECTIONS = text("""
INSERT INTO sales.ledger_entries (
    batch_id, order_no, platform, line_no, entry_no, cause, measure, amount_fen,
    subject_id, kind, region, category, sale_day, event_day, reference, internal)
SELECT entry.batch_id, order_no, platform, line_no, entry.entry_no, entry.cause, entry.measure, entry.amount_fen,
       entry.subject_id, entry.kind, entry.region, line.category, line.sale_day, entry.event_day, entry.reference,
       line.internal
FROM unnest(
    CAST(:batch_id AS bigint[]), CAST(:order_no AS text[]), CAST(:platform AS text[]), CAST(:line_no AS text[]),
    CAST(:entry_no AS smallint[]), CAST(:cause AS text[]), CAST(:measure AS text[]), CAST(:amount_fen AS bigint[]),
    CAST(:subject_id AS bigint[]), CAST(:kind AS text[]), CAST(:region AS text[]), CAST(:event_day AS date[]),
    CAST(:reference AS text[]))
    AS entry (batch_id, order_no, platform, line_no, entry_no, cause, measure, amount_fen, subject_id, kind, region,
              event_day, reference)
JOIN sales.order_lines AS line USING (order_no, platform, line_no)
""")
"""Enter what corrections reverse and post."""

MOVE_LINES = text("""
UPDATE sales.order_lines AS line
SET entry_count = moved.entry_count, cancelled = moved.cancelled, holder_code = moved.code,
    holder_id = moved.subject_id, holder_kind = moved.kind, holder_region = moved.region, split_no = moved.split_no
FROM unnest(
    CAST(:order_no AS text[]), CAST(:platform AS text[]), CAST(:line_no AS text[]), CAST(:entry_count AS smallint[]),
    CAST(:cancelled AS boolean[]), CAST(:code AS text[]), CAST(:subject_id AS bigint[]), CAST(:kind AS text[]),
    CAST(:region AS text[]), CAST(:split_no AS smallint[]))
    AS moved (order_no, platform, line_no, entry_count, cancelled, code, subject_id, kind, region, split_no)
WHERE line.order_no = moved.order_no AND line.platform = moved.platform AND line.line_no = moved.line_no
""")
"""Say on the lines themselves whose they are now."""

LINES_TO_ATTRIBUTE_AGAIN = text("""
SELECT line.order_no, line.line_no, bound.code
FROM sales.order_lines AS line
CROSS JOIN LATERAL (
    SELECT coalesce(
        (SELECT binding.code FROM sales.listing_bindings AS binding
         WHERE binding.platform = line.platform AND binding.shop = line.shop AND binding.sku = line.sku
           AND binding.superseded_in IS NULL AND binding.valid_from <= line.sale_day
           AND (binding.valid_to IS NULL OR line.sale_day < binding.valid_to) LIMIT 1),
        (SELECT binding.code FROM sales.shop_bindings AS binding
         WHERE binding.platform = line.platform AND binding.shop = line.shop AND binding.superseded_in IS NULL
           AND binding.valid_from <= line.sale_day
           AND (binding.valid_to IS NULL OR line.sale_day < binding.valid_to) LIMIT 1)) AS code
) AS bound
WHERE line.platform = :platform AND line.shop = :shop AND line.sale_day >= :from_day AND line.sale_day < :to_day
  AND line.method IN ('listing', 'shop') AND NOT line.cancelled
  AND bound.code IS NOT NULL AND bound.code <> coalesce(line.holder_code, line.attributed_code)
  AND (line.order_no, line.line_no) > (:after_order, :after_line)
ORDER BY line.order_no, line.line_no
LIMIT :limit
""")
"""Lines of a shop and period whose binding, as known now, names another code than the one they have."""
