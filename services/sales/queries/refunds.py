"""Recording and applying refunds, in a few statements for all refunds of a transaction."""

from sqlalchemy import text

LOCK_LINES = text("""
WITH orders AS (
    SELECT DISTINCT * FROM unnest(CAST(:order_no AS text[]), CAST(:platform AS text[])) AS wanted (order_no, platform)
)
SELECT order_no, platform, line_no, amount_fen, refunded_fen, entry_count
FROM sales.order_lines WHERE (order_no, platform) IN (SELECT order_no, platform FROM orders)
ORDER BY order_no, platform, line_no
FOR UPDATE
""")
"""Lock all lines of the given orders, in the order of their keys, so that two transactions never wait in a circle."""

ADD_REFUNDS = text("""
INSERT INTO sales.refunds (order_no, platform, line_no, refund_no, amount_fen, occurred_at, reason, date_basis,
                           content_hash, batch_id, state, parked_reason)
SELECT *, 'parked', 'no_order' FROM unnest(
    CAST(:order_no AS text[]), CAST(:platform AS text[]), CAST(:line_no AS text[]), CAST(:refund_no AS text[]),
    CAST(:amount_fen AS bigint[]), CAST(:occurred_at AS timestamptz[]), CAST(:reason AS text[]),
    CAST(:date_basis AS text[]), CAST(:content_hash AS bytea[]), CAST(:batch_id AS bigint[]))
    AS refund (order_no, platform, line_no, refund_no)
ORDER BY order_no, platform, line_no, refund_no
ON CONFLICT DO NOTHING
RETURNING order_no, platform, line_no, refund_no
""")
"""Record refunds as waiting; those that were there before answer no row."""

EXISTING_REFUNDS = text("""
SELECT order_no, platform, line_no, refund_no, content_hash, state, parked_reason
FROM sales.refunds AS refund
JOIN unnest(CAST(:order_no AS text[]), CAST(:platform AS text[]), CAST(:line_no AS text[]), CAST(:refund_no AS text[]))
    AS wanted (order_no, platform, line_no, refund_no) USING (order_no, platform, line_no, refund_no)
WHERE NOT refund.of_order
""")
"""What is recorded under the keys of refunds that were there before."""

PENDING_REFUNDS = text("""
SELECT order_no, platform, line_no, refund_no, amount_fen, occurred_at, date_basis
FROM sales.refunds
WHERE state = 'parked' AND order_no = ANY(CAST(:order_no AS text[]))
""")
"""The waiting refunds of the given orders (of any platform: the caller drops those of others)."""

APPLY_REFUNDS = text("""
WITH applied AS (
    SELECT * FROM unnest(
        CAST(:order_no AS text[]), CAST(:platform AS text[]), CAST(:line_no AS text[]), CAST(:refund_no AS text[]),
        CAST(:amount_fen AS bigint[]), CAST(:entry_no AS smallint[]), CAST(:event_day AS date[]),
        CAST(:batch_id AS bigint[]))
        AS application (order_no, platform, line_no, refund_no, amount_fen, entry_no, event_day, batch_id)
), balances AS (
    UPDATE sales.order_lines AS line
    SET refunded_fen = line.refunded_fen + of_line.amount_fen, entry_count = of_line.entry_no
    FROM (
        SELECT order_no, platform, line_no, sum(amount_fen) AS amount_fen, max(entry_no) AS entry_no
        FROM applied GROUP BY order_no, platform, line_no
    ) AS of_line
    WHERE line.order_no = of_line.order_no AND line.platform = of_line.platform AND line.line_no = of_line.line_no
    RETURNING line.order_no, line.platform, line.line_no, line.subject_id, line.kind, line.region, line.category,
              line.sale_day
)
INSERT INTO sales.ledger_entries (
    batch_id, order_no, platform, line_no, entry_no, cause, measure, amount_fen,
    subject_id, kind, region, category, sale_day, event_day, reference)
SELECT applied.batch_id, order_no, platform, line_no, applied.entry_no, 'refund', 'refund', -applied.amount_fen,
       balances.subject_id, balances.kind, balances.region, balances.category, balances.sale_day, applied.event_day,
       applied.refund_no
FROM applied JOIN balances USING (order_no, platform, line_no)
""")
"""Move the balances of lines and enter the refunds in the ledger."""

SETTLE_STATES = text("""
UPDATE sales.refunds AS refund
SET state = outcome.state, parked_reason = outcome.parked_reason, applied_in = outcome.applied_in
FROM unnest(
    CAST(:order_no AS text[]), CAST(:platform AS text[]), CAST(:line_no AS text[]), CAST(:refund_no AS text[]),
    CAST(:state AS text[]), CAST(:parked_reason AS text[]), CAST(:applied_in AS bigint[]))
    AS outcome (order_no, platform, line_no, refund_no, state, parked_reason, applied_in)
WHERE refund.order_no = outcome.order_no AND refund.platform = outcome.platform
  AND refund.line_no = outcome.line_no AND refund.refund_no = outcome.refund_no
""")
"""Write down what became of waiting refunds."""

ADD_SHARES = text("""
INSERT INTO sales.refunds (order_no, platform, line_no, refund_no, amount_fen, occurred_at, reason, date_basis,
                           content_hash, batch_id, of_order, state, applied_in)
SELECT whole.order_no, whole.platform, share.line_no, whole.refund_no, share.amount_fen, whole.occurred_at,
       whole.reason, whole.date_basis, whole.content_hash, whole.batch_id, TRUE, 'applied', share.applied_in
FROM unnest(
    CAST(:order_no AS text[]), CAST(:platform AS text[]), CAST(:line_no AS text[]), CAST(:refund_no AS text[]),
    CAST(:amount_fen AS bigint[]), CAST(:applied_in AS bigint[]))
    AS share (order_no, platform, line_no, refund_no, amount_fen, applied_in)
JOIN sales.refunds AS whole
  ON whole.order_no = share.order_no AND whole.platform = share.platform AND whole.line_no = ''
 AND whole.refund_no = share.refund_no
""")
"""Record the shares of refunds of whole orders, line by line."""

ORDERS_WITH_READY_REFUNDS = text("""
SELECT DISTINCT refund.order_no, refund.platform FROM sales.refunds AS refund
JOIN sales.ledger_entries AS entry
  ON entry.order_no = refund.order_no AND entry.platform = refund.platform AND entry.cause = 'sale'
WHERE entry.batch_id = ANY(CAST(:batches AS bigint[])) AND refund.state = 'parked'
  AND refund.parked_reason = 'no_order' AND refund.line_no IN ('', entry.line_no)
UNION
SELECT DISTINCT refund.order_no, refund.platform FROM sales.refunds AS refund
JOIN sales.order_lines AS line
  ON line.order_no = refund.order_no AND line.platform = refund.platform AND refund.line_no IN ('', line.line_no)
WHERE refund.batch_id = ANY(CAST(:batches AS bigint[])) AND refund.state = 'parked'
  AND refund.parked_reason = 'no_order'
""")
"""Orders with refunds that waited for a line which is there now: the line came in one of these batches, or the refund
did and its line was committed while it was being parked."""
