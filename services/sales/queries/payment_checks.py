"""Recomputations of payments: each query answers the rows that differ, and none when all is well."""

from sqlalchemy import text

COUNT_PAYMENTS = text("SELECT count(*) FROM sales.payment_records")

COUNT_HOLDERS = text("SELECT count(*) FROM sales.payment_holders")

PAYMENT_BATCHES_UNLIKE_CONTENT = text("""
WITH content AS (
    SELECT recorded_in AS batch_id, 'payments' AS kind, amount_fen FROM sales.payment_records
    UNION ALL
    SELECT void.recorded_in, 'payment_voids', payment.amount_fen
    FROM sales.payment_voids AS void LEFT JOIN sales.payment_records AS payment USING (group_code, payment_no)
    UNION ALL
    SELECT holder.recorded_in, 'payment_holders', payment.amount_fen
    FROM sales.payment_holders AS holder LEFT JOIN sales.payment_records AS payment USING (group_code, payment_no)
    WHERE holder.recorded_in <> payment.recorded_in
), found AS (
    SELECT batch_id, kind, count(*) AS payments, sum(amount_fen) AS amount_fen FROM content GROUP BY batch_id, kind
)
SELECT batch_id, kind, batch.accepted, found.payments, batch.accepted_fen, found.amount_fen
FROM (SELECT * FROM sales.batches WHERE kind IN ('payments', 'payment_voids', 'payment_holders')) AS batch
FULL JOIN found USING (batch_id, kind)
WHERE coalesce(batch.accepted, 0) <> coalesce(found.payments, 0)
   OR coalesce(batch.accepted_fen, 0) <> coalesce(found.amount_fen, 0)
LIMIT :limit
""")
"""The control totals of batches of payments, of voids and of moves are those of what they brought."""

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
    SELECT concat_ws('/', station, source, scan_id) AS payment_no, amount_fen, paid_on,
           coalesce(superseded_in IN (SELECT batch_id FROM taken), FALSE) AS voided
    FROM codes.purchases WHERE recorded_in IN (SELECT batch_id FROM taken)
), paid AS (
    SELECT payment_no, payment.amount_fen, payment.paid_on, payment.superseded_in IS NOT NULL AS voided,
           void.client_id <> batch.client_id AS by_hand
    FROM sales.payment_records AS payment JOIN sales.batches AS batch ON batch.batch_id = payment.recorded_in
    LEFT JOIN sales.payment_voids AS void USING (group_code, payment_no)
    WHERE group_code = ''
)
SELECT coalesce(purchased.payment_no, paid.payment_no) AS payment_no, purchased.amount_fen,
       paid.amount_fen AS paid_fen, purchased.voided, paid.voided AS paid_voided
FROM purchased FULL JOIN paid ON paid.payment_no = purchased.payment_no
WHERE (purchased.amount_fen, purchased.paid_on) IS DISTINCT FROM (paid.amount_fen, paid.paid_on)
   OR (purchased.voided IS DISTINCT FROM paid.voided AND NOT coalesce(paid.by_hand, FALSE))
LIMIT :limit
""")
"""Every purchase that a station scanned, as far as scans are taken over, is one payment, voided if the scan is. The
payment of a scan that stands may have been voided by somebody, as the same as another."""

HOLDERS_UNLIKE_PAYMENTS = text("""
WITH known AS (
    SELECT group_code, payment_no, count(*) FILTER (WHERE superseded_in IS NULL) AS current,
           count(*) AS versions,
           array_agg(recorded_in ORDER BY recorded_in) AS beginnings,
           array_agg(superseded_in ORDER BY superseded_in) FILTER (WHERE superseded_in IS NOT NULL) AS ends,
           min(for_month) AS first_month, max(for_month) AS last_month
    FROM sales.payment_holders GROUP BY group_code, payment_no
)
SELECT group_code, payment_no, known.beginnings, known.ends, payment.recorded_in, payment.superseded_in
FROM sales.payment_records AS payment FULL JOIN known USING (group_code, payment_no)
WHERE known.versions IS NULL OR payment.recorded_in IS NULL
   OR known.current <> CASE WHEN payment.superseded_in IS NULL THEN 1 ELSE 0 END
   OR known.first_month <> payment.for_month OR known.last_month <> payment.for_month
   OR (SELECT array_agg(batch ORDER BY batch) FROM unnest(known.ends || payment.recorded_in) AS batch)
      IS DISTINCT FROM
      (SELECT array_agg(batch ORDER BY batch) FROM unnest(known.beginnings || payment.superseded_in) AS batch
       WHERE batch IS NOT NULL)
LIMIT :limit
""")
"""Of every payment it is known at each time whose it is: one version begins where another ends, the first with the
payment, and the last ends with its void."""

PAYMENTS_UNLIKE_REGISTRY = text("""
WITH followed AS (
    SELECT coalesce((SELECT position FROM sales.cursors WHERE consumer = 'payments.codes'), 0) AS position
), entries AS (
    SELECT entry.code, entry.subject_id, entry.region, entry.state = 'in_force' AS in_force,
           CAST(entry.valid_from AT TIME ZONE 'Asia/Shanghai' AS date) AS first_day,
           CAST((entry.valid_to - interval '1 microsecond') AT TIME ZONE 'Asia/Shanghai' AS date) AS last_day
    FROM codes.directory AS entry JOIN codes.feed AS recorded ON recorded.batch_id = entry.recorded_in
    WHERE entry.superseded_in IS NULL AND recorded.position <= (SELECT position FROM followed)
), said AS (
    SELECT group_code, payment_no, payment.paid_on, unnest(ARRAY['payer', 'member']) AS side,
           unnest(ARRAY[payment.group_code, coalesce(payment.member_code, scanned.code)]) AS code,
           unnest(ARRAY[holder.group_id, holder.member_id]) AS subject_id,
           unnest(ARRAY[holder.group_region, holder.member_region]) AS region
    FROM sales.payment_holders AS holder JOIN sales.payment_records AS payment USING (group_code, payment_no)
    LEFT JOIN codes.purchases AS scanned
      ON group_code = '' AND concat_ws('/', scanned.station, scanned.source, scanned.scan_id) = payment_no
    WHERE holder.superseded_in IS NULL
)
SELECT DISTINCT ON (group_code, payment_no, side) group_code, payment_no, side, said.code, said.subject_id,
       said.region, entries.subject_id AS registered_id, entries.region AS registered_region
FROM said JOIN entries ON entries.code = said.code AND said.paid_on >= entries.first_day
 AND (entries.last_day IS NULL OR said.paid_on <= entries.last_day)
WHERE (said.subject_id, said.region) IS DISTINCT FROM (entries.subject_id, entries.region)
  AND NOT EXISTS (
      SELECT FROM entries AS better WHERE better.code = said.code
        AND (better.in_force, better.first_day) > (entries.in_force, entries.first_day)
        AND said.paid_on >= better.first_day AND (better.last_day IS NULL OR said.paid_on <= better.last_day))
LIMIT :limit
""")
"""Payments that are not whose the registry says both codes were on their day, as far as it was followed."""
