"""What stations paid households for goods, as ``codes`` publishes it, taken over as payments."""

from sqlalchemy import text

_NUMBER = "purchase.station || '/' || purchase.source || '/' || purchase.scan_id"
"""Neither a station's nor a scan's number has a slash, so no two scans share one."""

_IN_WINDOW = "SELECT batch_id FROM codes.feed WHERE position > :after AND position <= :upto"

ADD_PURCHASES = text(f"""
INSERT INTO sales.payment_records (
    group_code, payment_no, recorded_in, member_id, member_kind, member_region, method, amount_fen, paid_on, for_month,
    evidence, client_id, content_hash)
SELECT '', {_NUMBER}, CAST(:batch_id AS bigint), purchase.subject_id, 'household', home.region, 'purchase',
       purchase.amount_fen, purchase.paid_on, CAST(date_trunc('month', purchase.paid_on) AS date),
       'scan ' || {_NUMBER}, :client_id,
       sha256(convert_to(concat_ws('|', purchase.subject_id, purchase.amount_fen, purchase.paid_on), 'UTF8'))
FROM codes.purchases AS purchase
CROSS JOIN LATERAL (
    SELECT version.region FROM codes.households AS version
    WHERE version.subject_id = purchase.subject_id AND version.superseded_in IS NULL
    ORDER BY version.valid_from <= purchase.paid_on DESC,
             CASE WHEN version.valid_from <= purchase.paid_on THEN version.valid_from END DESC, version.valid_from
    LIMIT 1
) AS home
WHERE purchase.recorded_in IN ({_IN_WINDOW})
ORDER BY 2
ON CONFLICT DO NOTHING
RETURNING amount_fen
""")
"""Take over the purchases of a window; one that was taken over before answers no row."""

VOID_PURCHASES = text(f"""
WITH voided AS (
    UPDATE sales.payment_records AS payment SET superseded_in = CAST(:batch_id AS bigint)
    FROM codes.purchases AS purchase
    WHERE purchase.superseded_in IN ({_IN_WINDOW})
      AND payment.group_code = '' AND payment.payment_no = {_NUMBER} AND payment.superseded_in IS NULL
    RETURNING payment.group_code, payment.payment_no, payment.amount_fen
), added AS (
    INSERT INTO sales.payment_voids (group_code, payment_no, reason, client_id, content_hash, recorded_in)
    SELECT group_code, payment_no, 'scan voided', :client_id, '', CAST(:batch_id AS bigint) FROM voided
)
SELECT amount_fen FROM voided
""")
"""Void the payments of scans that the window voids."""
