"""Recomputations of what ``sales`` derives: each query answers the rows that differ, and none when all is well."""

from sqlalchemy import text

COUNT_LINES = text("SELECT count(*) FROM sales.order_lines")
COUNT_ENTRIES = text("SELECT count(*) FROM sales.ledger_entries")
COUNT_BATCHES = text("SELECT count(*) FROM sales.batches")
COUNT_POSITIONS = text("SELECT count(*) FROM sales.feed")
COUNT_SOURCE_DAYS = text("SELECT count(*) FROM sales.source_days")
COUNT_REFUNDS = text("SELECT count(*) FROM sales.refunds")

CONTENT_OF_LINES = text("""
SELECT order_no, platform, line_no, occurred_at, shop, station, buyer_region, trade, campaign, buyer_code, code, codes,
       sku, category, quantity_milli, unit, amount_fen, content_hash
FROM sales.order_lines
""")
"""What accepted lines say, and what it hashed to when they came."""

LINES_WITHOUT_THEIR_SALE = text("""
SELECT line.order_no, line.platform, line.line_no, line.amount_fen, entry.amount_fen AS entered_fen
FROM (SELECT * FROM sales.order_lines WHERE method <> 'split') AS line
LEFT JOIN sales.ledger_entries AS entry
  ON entry.batch_id = line.batch_id AND entry.order_no = line.order_no AND entry.platform = line.platform
 AND entry.line_no = line.line_no AND entry.entry_no = 1 AND entry.cause = 'sale'
WHERE entry.order_no IS NULL OR entry.amount_fen <> line.amount_fen OR entry.subject_id <> line.subject_id
   OR entry.region <> line.region OR entry.category <> line.category OR entry.sale_day <> line.sale_day
UNION ALL
SELECT line.order_no, line.platform, line.line_no, line.amount_fen, CAST(sum(entry.amount_fen) AS bigint)
FROM (SELECT * FROM sales.order_lines WHERE method = 'split') AS line
LEFT JOIN sales.ledger_entries AS entry
  ON entry.batch_id = line.batch_id AND entry.order_no = line.order_no AND entry.platform = line.platform
 AND entry.line_no = line.line_no AND entry.cause = 'sale' AND entry.category = line.category
 AND entry.sale_day = line.sale_day
GROUP BY line.order_no, line.platform, line.line_no, line.amount_fen
HAVING sum(entry.amount_fen) IS DISTINCT FROM line.amount_fen
LIMIT :limit
""")
"""Every accepted line has exactly its sale in the ledger; of one that several share, the parts sum to it."""

BALANCES_UNLIKE_ENTRIES = text("""
WITH entered AS (
    SELECT order_no, platform, line_no, count(*) AS entries,
           sum(amount_fen) FILTER (WHERE measure = 'gross') AS gross_fen,
           -coalesce(sum(amount_fen) FILTER (WHERE measure = 'refund'), 0) AS refunded_fen
    FROM sales.ledger_entries GROUP BY order_no, platform, line_no
)
SELECT order_no, platform, line_no, line.amount_fen, entered.gross_fen, line.refunded_fen, line.cancelled,
       entered.refunded_fen AS entered_refunded_fen, line.entry_count, entered.entries
FROM sales.order_lines AS line
FULL JOIN entered USING (order_no, platform, line_no)
WHERE CASE WHEN line.cancelled THEN 0 ELSE line.amount_fen END IS DISTINCT FROM entered.gross_fen
   OR CASE WHEN line.cancelled THEN 0 ELSE line.refunded_fen END IS DISTINCT FROM entered.refunded_fen
   OR line.entry_count IS DISTINCT FROM entered.entries
LIMIT :limit
""")
"""Every line's balance is the sum of its entries (nothing, once cancelled), and no entry is without its line."""

HOLDERS_UNLIKE_ENTRIES = text("""
WITH entered AS (
    SELECT order_no, platform, line_no, subject_id, sum(amount_fen) AS net_fen
    FROM sales.ledger_entries GROUP BY order_no, platform, line_no, subject_id
)
SELECT order_no, platform, line_no, entered.subject_id, entered.net_fen, line.holder_id
FROM (SELECT * FROM sales.order_lines WHERE split_no IS NULL) AS line
JOIN entered USING (order_no, platform, line_no)
WHERE entered.net_fen <> CASE
    WHEN line.cancelled OR entered.subject_id <> coalesce(line.holder_id, line.subject_id) THEN 0
    ELSE line.amount_fen - line.refunded_fen END
LIMIT :limit
""")
"""Whoever holds a line has all of its net, and everybody else has nothing of it."""

COUNT_SHARED_LINES = text("SELECT count(*) FROM sales.order_lines WHERE split_no IS NOT NULL")

SHARES_UNLIKE_ENTRIES = text("""
WITH shared AS (
    SELECT order_no, platform, line_no, split_no,
           CAST(CASE WHEN cancelled THEN 0 ELSE amount_fen - refunded_fen END AS numeric) AS net_fen
    FROM sales.order_lines WHERE split_no IS NOT NULL
), weighed AS (
    SELECT shared.*, part.part_no, part.subject_id, part.weight,
           sum(part.weight) OVER (PARTITION BY order_no, platform, line_no) AS whole
    FROM shared JOIN sales.line_parts AS part USING (order_no, platform, line_no, split_no)
), ranked AS (
    SELECT weighed.*, div(net_fen * weight, whole) AS floor_fen,
           net_fen - sum(div(net_fen * weight, whole)) OVER (PARTITION BY order_no, platform, line_no) AS left_fen,
           row_number() OVER (
               PARTITION BY order_no, platform, line_no ORDER BY mod(net_fen * weight, whole) DESC, part_no) AS place
    FROM weighed
), ruled AS (
    SELECT order_no, platform, line_no, subject_id, sum(floor_fen + CAST(place <= left_fen AS int)) AS net_fen
    FROM ranked GROUP BY order_no, platform, line_no, subject_id
), entered AS (
    SELECT entry.order_no, entry.platform, entry.line_no, entry.subject_id, sum(entry.amount_fen) AS net_fen
    FROM sales.ledger_entries AS entry JOIN shared USING (order_no, platform, line_no)
    GROUP BY entry.order_no, entry.platform, entry.line_no, entry.subject_id
)
SELECT order_no, platform, line_no, subject_id, ruled.net_fen, entered.net_fen AS entered_fen
FROM ruled FULL JOIN entered USING (order_no, platform, line_no, subject_id)
WHERE coalesce(ruled.net_fen, 0) <> coalesce(entered.net_fen, 0)
LIMIT :limit
""")
"""Those who share a line have of its net what the rule says, found here by another way: floors, then one fen each to
the largest remainders."""

REFUNDS_UNLIKE_ENTRIES = text("""
WITH applied AS (
    SELECT order_no, platform, line_no, refund_no, sum(amount_fen) AS amount_fen FROM (
        SELECT order_no, platform, line_no, refund_no, amount_fen - reversed_fen AS amount_fen
        FROM sales.refunds WHERE state = 'applied'
        UNION ALL
        SELECT order_no, platform, line_no, refund_no, amount_fen FROM sales.refund_shares
    ) AS parts GROUP BY order_no, platform, line_no, refund_no
), entered AS (
    SELECT order_no, platform, line_no, reference AS refund_no, -sum(amount_fen) AS amount_fen
    FROM sales.ledger_entries WHERE cause = 'refund' GROUP BY order_no, platform, line_no, reference
)
SELECT order_no, platform, line_no, refund_no, applied.amount_fen, entered.amount_fen AS entered_fen
FROM applied FULL JOIN entered USING (order_no, platform, line_no, refund_no)
WHERE coalesce(applied.amount_fen, 0) <> coalesce(entered.amount_fen, 0)
LIMIT :limit
""")
"""Every applied refund (less what was taken back), and every share of one, is the sum of its entries; no refund entry
is without one."""

REVERSALS_UNLIKE_REFUNDS = text("""
WITH taken_back AS (
    SELECT order_no, platform, line_no, refund_no, sum(amount_fen) AS amount_fen
    FROM sales.refund_reversals GROUP BY order_no, platform, line_no, refund_no
)
SELECT order_no, platform, line_no, refund_no, refund.reversed_fen, taken_back.amount_fen AS reversals_fen
FROM (SELECT * FROM sales.refunds WHERE reversed_fen > 0) AS refund
FULL JOIN taken_back USING (order_no, platform, line_no, refund_no)
WHERE refund.reversed_fen IS DISTINCT FROM taken_back.amount_fen
LIMIT :limit
""")
"""What was taken back of a refund is the sum of its reversals; no reversal is without its refund."""

SPREADS_UNLIKE_SHARES = text("""
SELECT whole.order_no, whole.platform, whole.refund_no, whole.amount_fen, whole.reversed_fen,
       sum(share.amount_fen) AS shares_fen
FROM sales.refunds AS whole
LEFT JOIN sales.refund_shares AS share
  ON share.order_no = whole.order_no AND share.platform = whole.platform AND share.refund_no = whole.refund_no
WHERE whole.state = 'spread'
GROUP BY whole.order_no, whole.platform, whole.refund_no, whole.amount_fen, whole.reversed_fen
HAVING sum(share.amount_fen) IS DISTINCT FROM whole.amount_fen - whole.reversed_fen
LIMIT :limit
""")
"""The shares of a refund of an order sum to it, less what was taken back."""

TOTALS_UNLIKE_LEDGER = text("""
SELECT lines.amount_fen AS lines_fen, refunds.amount_fen AS refunds_fen, cancelled.net_fen AS cancelled_fen,
       entries.amount_fen AS entries_fen
FROM (SELECT coalesce(sum(amount_fen), 0) AS amount_fen FROM sales.order_lines) AS lines,
     (SELECT coalesce(sum(amount_fen - reversed_fen), 0) AS amount_fen FROM sales.refunds
      WHERE state IN ('applied', 'spread')) AS refunds,
     (SELECT coalesce(sum(amount_fen - refunded_fen), 0) AS net_fen
      FROM sales.order_lines WHERE cancelled) AS cancelled,
     (SELECT coalesce(sum(amount_fen), 0) AS amount_fen FROM sales.ledger_entries) AS entries
WHERE entries.amount_fen <> lines.amount_fen - refunds.amount_fen - cancelled.net_fen
LIMIT :limit
""")
"""The whole ledger is lines less refunds, less what was left of cancelled lines."""

BATCHES_UNLIKE_CONTENT = text("""
WITH lines AS (
    SELECT line.batch_id, count(*) AS lines, sum(line.amount_fen) AS amount_fen
    FROM sales.order_lines AS line
    LEFT JOIN sales.batches AS batch ON batch.batch_id = line.batch_id AND batch.kind = 'corrections'
    WHERE batch.batch_id IS NULL GROUP BY line.batch_id
)
SELECT batch_id, batch.accepted, lines.lines, batch.accepted_fen, lines.amount_fen
FROM (SELECT * FROM sales.batches WHERE kind = 'orders') AS batch
FULL JOIN lines USING (batch_id)
WHERE coalesce(batch.accepted, 0) <> coalesce(lines.lines, 0)
   OR coalesce(batch.accepted_fen, 0) <> coalesce(lines.amount_fen, 0)
LIMIT :limit
""")
"""The control totals of every batch are those of the lines it brought."""

BATCHES_NOT_IN_ONE_PLACE = text("""
SELECT batch.batch_id, feed.position, unsealed.batch_id AS unsealed
FROM sales.batches AS batch
LEFT JOIN sales.feed AS feed USING (batch_id)
LEFT JOIN sales.unsealed AS unsealed USING (batch_id)
WHERE (feed.position IS NULL) = (unsealed.batch_id IS NULL)
LIMIT :limit
""")
"""Every batch is in the feed or waits for it, never both and never neither."""

FEED_GAPS = text("""
SELECT position, previous FROM (
    SELECT position, lag(position, 1, 0::bigint) OVER (ORDER BY position) AS previous,
           sealed_at, lag(sealed_at) OVER (ORDER BY position) AS before
    FROM sales.feed
) AS steps
WHERE position <> previous + 1 OR sealed_at < before
LIMIT :limit
""")
"""Positions are gapless from 1, and time never runs backwards along them."""

SOURCE_DAYS_UNLIKE_LEDGER = text("""
WITH ledger AS (
    SELECT entry.subject_id, entry.sale_day, entry.category, sum(entry.amount_fen) AS net_fen
    FROM sales.ledger_entries AS entry
    JOIN sales.feed AS feed USING (batch_id)
    WHERE NOT entry.internal AND feed.position <= (SELECT position FROM sales.cursors WHERE consumer = 'income.sales')
    GROUP BY entry.subject_id, entry.sale_day, entry.category
)
SELECT subject_id, sale_day, category, day.net_fen, ledger.net_fen AS ledger_fen
FROM sales.source_days AS day FULL JOIN ledger USING (subject_id, sale_day, category)
WHERE coalesce(day.net_fen, 0) <> coalesce(ledger.net_fen, 0)
LIMIT :limit
""")
"""Net sales of every source, day and category, as far as income is settled, are those of the ledger."""

INCOME_UNLIKE_RULE = text("""
WITH entered AS (
    SELECT subject_id, sale_day, category, sum(net_fen) AS net_fen, sum(base_fen) AS base_fen
    FROM sales.income_entries GROUP BY subject_id, sale_day, category
), ruled AS (
    SELECT day.subject_id, day.sale_day, day.category, day.net_fen,
           coalesce(div(day.net_fen::numeric * best.ratio_bp, 10000), 0) AS base_fen
    FROM sales.source_days AS day
    LEFT JOIN LATERAL (
        SELECT ratio.ratio_bp FROM sales.income_ratios AS ratio
        WHERE ratio.superseded_in IS NULL AND ratio.category IN (day.category, '*')
          AND daterange(ratio.valid_from, ratio.valid_to) @> day.sale_day
          AND ratio.region IN (
              rpad(left(day.region, 2), 12, '0'), rpad(left(day.region, 4), 12, '0'),
              rpad(left(day.region, 6), 12, '0'), rpad(left(day.region, 9), 12, '0'), day.region)
        ORDER BY (ratio.category <> '*') DESC,
                 array_position(ARRAY[day.region, rpad(left(day.region, 9), 12, '0'),
                     rpad(left(day.region, 6), 12, '0'), rpad(left(day.region, 4), 12, '0'),
                     rpad(left(day.region, 2), 12, '0')], ratio.region)
        LIMIT 1
    ) AS best ON TRUE
), unsettled AS (
    SELECT ratio.category, daterange(ratio.valid_from, ratio.valid_to) AS days
    FROM sales.income_ratios AS ratio
    JOIN LATERAL unnest(ARRAY[ratio.recorded_in, ratio.superseded_in]) AS change(batch_id) ON batch_id IS NOT NULL
    WHERE NOT EXISTS (
        SELECT FROM sales.feed AS feed
        WHERE feed.batch_id = change.batch_id
          AND feed.position <= (SELECT position FROM sales.cursors WHERE consumer = 'income.sales'))
)
SELECT subject_id, sale_day, category, ruled.net_fen, entered.net_fen AS entered_net_fen,
       ruled.base_fen, entered.base_fen AS entered_base_fen
FROM ruled FULL JOIN entered USING (subject_id, sale_day, category) AS source
WHERE coalesce(ruled.net_fen, 0) <> coalesce(entered.net_fen, 0)
   OR (coalesce(ruled.base_fen, 0) <> coalesce(entered.base_fen, 0) AND NOT EXISTS (
       SELECT FROM unsettled WHERE unsettled.category IN (source.category, '*') AND unsettled.days @> source.sale_day))
LIMIT :limit
""")
"""The sum of income entries of every source, day and category is the rule, found here by another way. Days on which a
ratio bears that was written or replaced since income was last settled are between two rules, and not compared."""
