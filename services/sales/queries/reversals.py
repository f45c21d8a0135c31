"""Taking back refunds, or parts of them, in a few statements for all of a transaction."""

from sqlalchemy import text

LOCK_REFUNDS = text("""
SELECT refund.order_no, refund.line_no, refund.refund_no, refund.amount_fen - refund.reversed_fen AS left_fen,
       refund.occurred_at, refund.state, refund.date_basis,
       (SELECT count(*) FROM sales.refund_reversals AS reversal
        WHERE reversal.order_no = refund.order_no AND reversal.platform = refund.platform
          AND reversal.line_no = refund.line_no AND reversal.refund_no = refund.refund_no) AS reversals
FROM sales.refunds AS refund
WHERE refund.order_no = ANY(CAST(:order_no AS text[])) AND refund.platform = :platform
  AND refund.state <> 'withdrawn' AND refund.parked_reason IS DISTINCT FROM 'exceeds_line'
  AND refund.parked_reason IS DISTINCT FROM 'line_cancelled' AND refund.amount_fen > refund.reversed_fen
ORDER BY refund.order_no, refund.line_no, refund.refund_no
FOR UPDATE OF refund
""")
"""The refunds of a platform's orders that count, or will when their line is there, with what is left of each."""

ADD_REVERSALS = text("""
INSERT INTO sales.refund_reversals (order_no, platform, line_no, refund_no, reversal_no, amount_fen, occurred_at,
                                    batch_id)
SELECT * FROM unnest(
    CAST(:order_no AS text[]), CAST(:platform AS text[]), CAST(:line_no AS text[]), CAST(:refund_no AS text[]),
    CAST(:reversal_no AS text[]), CAST(:amount_fen AS bigint[]), CAST(:occurred_at AS timestamptz[]),
    CAST(:batch_id AS bigint[]))
""")
"""Record what is taken back."""

TAKE_BACK = text("""
UPDATE sales.refunds AS refund
SET reversed_fen = refund.reversed_fen + reversal.amount_fen,
    state = CASE WHEN refund.state = 'parked' AND refund.reversed_fen + reversal.amount_fen = refund.amount_fen
                 THEN 'withdrawn' ELSE refund.state END,
    parked_reason = CASE WHEN refund.reversed_fen + reversal.amount_fen = refund.amount_fen THEN NULL
                         ELSE refund.parked_reason END
FROM unnest(
    CAST(:order_no AS text[]), CAST(:platform AS text[]), CAST(:line_no AS text[]), CAST(:refund_no AS text[]),
    CAST(:amount_fen AS bigint[]))
    AS reversal (order_no, platform, line_no, refund_no, amount_fen)
WHERE refund.order_no = reversal.order_no AND refund.platform = reversal.platform
  AND refund.line_no = reversal.line_no AND refund.refund_no = reversal.refund_no
""")
"""Say on the refunds themselves what was taken back (each at most once); one that waited and is gone is withdrawn."""
