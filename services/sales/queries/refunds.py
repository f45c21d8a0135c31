"""Recording and applying refunds, in a few statements for all refunds of a transaction."""

from sqlalchemy import text

LOCK_LINES = text("""
WITH orders AS (
    SELECT DISTINCT * FROM unnest(CAST(:order_no AS text[]), CAST(:platform AS text[])) AS wanted (order_no, platform)
)
SELECT order_no, platform, line_no, amount_fen, refunded_fen, entry_count, cancelled, split_no
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
""")
"""What is recorded under the keys of refunds that were there before."""

REFUNDS_OF_ORDERS = text("""
SELECT order_no, platform, line_no, refund_no, amount_fen - reversed_fen AS amount_fen, occurred_at, state
FROM sales.refunds WHERE order_no = ANY(CAST(:order_no AS text[])) AND state <> 'withdrawn'
""")
"""All refunds of the given orders (of any platform: the caller drops those of others), less what was taken back."""

SHARES_OF_ORDERS = text("""
SELECT order_no, platform, line_no, refund_no, amount_fen
FROM sales.refund_shares WHERE order_no = ANY(CAST(:order_no AS text[]))
""")
"""How refunds of the given orders as a whole are spread over their lines."""

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
    RETURNING line.order_no, line.platform, line.line_no, line.category, line.sale_day, line.internal, line.split_no,
              coalesce(line.holder_id, line.subject_id) AS subject_id, coalesce(line.holder_kind, line.kind) AS kind,
              coalesce(line.holder_region, line.region) AS region
)
INSERT INTO sales.ledger_entries (
    batch_id, order_no, platform, line_no, entry_no, cause, measure, amount_fen,
    subject_id, kind, region, category, sale_day, event_day, reference, internal)
SELECT applied.batch_id, order_no, platform, line_no, applied.entry_no, 'refund', 'refund', -applied.amount_fen,
       balances.subject_id, balances.kind, balances.region, balances.category, balances.sale_day, applied.event_day,
       applied.refund_no, balances.internal
FROM applied JOIN balances USING (order_no, platform, line_no)
WHERE balances.split_no IS NULL
""")
"""Move the balances of lines and enter the refunds in the ledger, for whoever holds the lines now; where several do,
what each part changes by is entered apart."""

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

PUT_SHARES = text("""
INSERT INTO sales.refund_shares (order_no, platform, line_no, refund_no, amount_fen)
SELECT * FROM unnest(
    CAST(:order_no AS text[]), CAST(:platform AS text[]), CAST(:line_no AS text[]), CAST(:refund_no AS text[]),
    CAST(:amount_fen AS bigint[]))
ON CONFLICT (order_no, platform, line_no, refund_no) DO UPDATE SET amount_fen = excluded.amount_fen
""")
"""Write down how refunds of whole orders are spread now."""

NOTE_SPREADS = text("""
INSERT INTO sales.order_spreads (order_no, platform, batch_id)
SELECT DISTINCT * FROM unnest(CAST(:order_no AS text[]), CAST(:platform AS text[]), CAST(:batch_id AS bigint[]))
ON CONFLICT DO NOTHING
""")
"""Say which batches entered shares of refunds of whole orders: shares also move when none of these is new."""

ORDERS_WITH_READY_REFUNDS = text("""
SELECT DISTINCT refund.order_no, refund.platform FROM sales.refunds AS refund
JOIN sales.ledger_entries AS entry
  ON entry.order_no = refund.order_no AND entry.platform = refund.platform AND entry.cause = 'sale'
WHERE entry.batch_id = ANY(CAST(:batches AS bigint[]))
  AND (refund.line_no = '' OR (refund.line_no = entry.line_no AND refund.state = 'parked'))
UNION
SELECT DISTINCT refund.order_no, refund.platform FROM sales.refunds AS refund
JOIN sales.order_lines AS line
  ON line.order_no = refund.order_no AND line.platform = refund.platform AND refund.line_no IN ('', line.line_no)
WHERE refund.batch_id = ANY(CAST(:batches AS bigint[])) AND refund.state = 'parked'
""")
"""Orders in which a line that came in one of these batches changes what becomes of a refund: one that waited for it,
or one of the whole order, which is spread anew; and refunds of these batches whose line was committed while they
parked."""
