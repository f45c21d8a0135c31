"""Recomputations of payments: each query answers the rows that differ, and none when all is well."""

from sqlalchemy import text

COUNT_PAYMENTS = text("SELECT count(*) FROM sales.payment_records")

PAYMENT_BATCHES_UNLIKE_CONTENT = text("""
WITH content AS (
    SELECT recorded_in AS batch_id, 'payments' AS kind, amount_fen FROM sales.payment_records
    UNION ALL
    SELECT void.recorded_in, 'payment_voids', payment.amount_fen
    FROM sales.payment_voids AS void LEFT JOIN sales.payment_records AS payment USING (group_code, payment_no)
), found AS (
    SELECT batch_id, kind, count(*) AS payments, sum(amount_fen) AS amount_fen FROM content GROUP BY batch_id, kind
)
SELECT batch_id, kind, batch.accepted, found.payments, batch.accepted_fen, found.amount_fen
FROM (SELECT * FROM sales.batches WHERE kind IN ('payments', 'payment_voids')) AS batch
FULL JOIN found USING (batch_id, kind)
WHERE coalesce(batch.accepted, 0) <> coalesce(found.payments, 0)
   OR coalesce(batch.accepted_fen, 0) <> coalesce(found.amount_fen, 0)
LIMIT :limit
""")
"""The control totals of batches of payments and of voids are those of what they brought."""

VOIDS_UNLIKE_PAYMENTS = text("""
SELECT group_code, payment_no, payment.superseded_in, void.recorded_in AS voided_in
FROM sales.payment_records AS payment
FULL JOIN sales.payment_voids AS void USING (group_code, payment_no)
WHERE payment.superseded_in IS DISTINCT FROM void.recorded_in
LIMIT :limit
""")
"""A payment counts exactly while it has no void, and every void has its payment."""

PURCHASES_UNLIKE_PAYMENTS = text("""
WITH here AS (
    SELECT coalesce((SELECT position FROM sales.cursors WHERE consumer = 'payments.codes'), 0) AS position
), taken AS (
    SELECT batch_id FROM codes.feed JOIN here ON feed.position <= here.position
), purchased AS (
    SELECT concat_ws('/', station, source, scan_id) AS payment_no, subject_id AS member_id, amount_fen, paid_on,
           coalesce(superseded_in IN (SELECT batch_id FROM taken), FALSE) AS voided
    FROM codes.purchases WHERE recorded_in IN (SELECT batch_id FROM taken)
), paid AS (
    SELECT payment_no, member_id, amount_fen, paid_on, superseded_in IS NOT NULL AS voided
    FROM sales.payment_records WHERE group_code = ''
)
SELECT coalesce(purchased.payment_no, paid.payment_no) AS payment_no, purchased.amount_fen,
       paid.amount_fen AS paid_fen, purchased.voided, paid.voided AS paid_voided
FROM purchased FULL JOIN paid ON paid.payment_no = purchased.payment_no
WHERE (purchased.member_id, purchased.amount_fen, purchased.paid_on, purchased.voided)
      IS DISTINCT FROM (paid.member_id, paid.amount_fen, paid.paid_on, paid.voided)
LIMIT :limit
""")
"""Every purchase that a station scanned, as far as scans are taken over, is one payment, voided if the scan is."""
