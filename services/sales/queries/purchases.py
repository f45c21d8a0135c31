"""What stations paid households for goods, as ``codes`` publishes it, taken over as payments."""

from sqlalchemy import text

from services.sales.queries.payment_holders import best_entry

_NUMBER = "purchase.station || '/' || purchase.source || '/' || purchase.scan_id"
"""Neither a station's nor a scan's number has a slash, so no two scans share one."""

_IN_WINDOW = "SELECT batch_id FROM codes.feed WHERE position > :after AND position <= :upto"

ADD_PURCHASES = text(f"""
WITH purchase AS MATERIALIZED (
    SELECT {_NUMBER} AS payment_no, purchase.subject_id AS scanned_id, purchase.amount_fen, purchase.paid_on,
           CAST(date_trunc('month', purchase.paid_on) AS date) AS for_month,
           coalesce(payee.subject_id, purchase.subject_id) AS member_id,
           coalesce(payee.region, purchase.region) AS member_region
    FROM codes.purchases AS purchase
    LEFT JOIN LATERAL ({best_entry("purchase.code", "purchase.paid_on")}) AS payee ON TRUE
    WHERE purchase.recorded_in IN ({_IN_WINDOW})
), added AS (
    INSERT INTO sales.payment_records (
        group_code, payment_no, recorded_in, method, amount_fen, paid_on, for_month, evidence, client_id, content_hash)
    SELECT '', payment_no, CAST(:batch_id AS bigint), 'purchase', amount_fen, paid_on, for_month,
           'scan ' || payment_no, :client_id,
           sha256(convert_to(concat_ws('|', scanned_id, amount_fen, paid_on), 'UTF8'))
    FROM purchase ORDER BY payment_no
    ON CONFLICT DO NOTHING
    RETURNING payment_no, amount_fen
), held AS (
    INSERT INTO sales.payment_holders (
        group_code, payment_no, recorded_in, member_id, member_kind, member_region, for_month)
    SELECT '', payment_no, CAST(:batch_id AS bigint), member_id, 'household', member_region, for_month
    FROM purchase JOIN added USING (payment_no)
)
SELECT amount_fen FROM added
""")
"""Take over the purchases of a window; one that was taken over before answers no row."""

VOID_PURCHASES = text(f"""
WITH voided AS (
    UPDATE sales.payment_records AS payment SET superseded_in = CAST(:batch_id AS bigint)
    FROM codes.purchases AS purchase
    WHERE purchase.superseded_in IN ({_IN_WINDOW})
      AND payment.group_code = '' AND payment.payment_no = {_NUMBER} AND payment.superseded_in IS NULL
    RETURNING payment.group_code, payment.payment_no, payment.amount_fen
), held AS (
    UPDATE sales.payment_holders AS holder SET superseded_in = CAST(:batch_id AS bigint)
    FROM voided WHERE holder.group_code = voided.group_code AND holder.payment_no = voided.payment_no
      AND holder.superseded_in IS NULL
), added AS (
    INSERT INTO sales.payment_voids (group_code, payment_no, reason, client_id, content_hash, recorded_in)
    SELECT group_code, payment_no, 'scan voided', :client_id, '', CAST(:batch_id AS bigint) FROM voided
)
SELECT amount_fen FROM voided
""")
"""Void the payments of scans that the window voids, unless somebody voided them before."""
