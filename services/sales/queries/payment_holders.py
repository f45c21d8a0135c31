"""Whose payments are: by both codes on the day that was paid, as the registry knows it; and what it learnt late."""

from sqlalchemy import text

HELD = """JOIN sales.payment_holders AS holder
  ON holder.group_code = payment.group_code AND holder.payment_no = payment.payment_no
 AND holder.superseded_in IS NOT DISTINCT FROM payment.superseded_in"""
"""Joins to payments whose they are as known now, or as was known when they were voided."""


def best_entry(code: str, day: str) -> str:
    """What the registry has of a code on a day: in force before anything else, else the latest state of the day."""
    return f"""
    SELECT directory.subject_id, directory.kind, directory.region, directory.state
    FROM codes.directory AS directory
    WHERE directory.code = {code} AND directory.superseded_in IS NULL
      AND directory.valid_from < CAST({day} + 1 AS timestamp) AT TIME ZONE 'Asia/Shanghai'
      AND (directory.valid_to IS NULL
           OR directory.valid_to > CAST({day} AS timestamp) AT TIME ZONE 'Asia/Shanghai')
    ORDER BY directory.state = 'in_force' DESC, directory.valid_from DESC
    LIMIT 1"""


MEMBER_CODE = """coalesce(payment.member_code, (
        SELECT scanned.code FROM codes.purchases AS scanned
        WHERE payment.group_code = '' AND scanned.station = split_part(payment.payment_no, '/', 1)
          AND scanned.source = split_part(payment.payment_no, '/', 2)
          AND scanned.scan_id = split_part(payment.payment_no, '/', 3)))"""
"""The code that was paid: as it was sent, or as the station scanned it."""

# Whose a code was is asked in whatever state it was: that it was not in force takes no payment from anybody.
# Of a code that did not begin until later, as is known now, its side of the payment stays as it is.
_DUE = f"""
SELECT payment.group_code, payment.payment_no, payment.amount_fen, holder.for_month, holder.group_kind,
       holder.member_kind, coalesce(payer.subject_id, holder.group_id) AS group_id,
       coalesce(payer.region, holder.group_region) AS group_region,
       coalesce(payee.subject_id, holder.member_id) AS member_id,
       coalesce(payee.region, holder.member_region) AS member_region
FROM asked JOIN sales.payment_records AS payment USING (group_code, payment_no)
JOIN sales.payment_holders AS holder USING (group_code, payment_no)
LEFT JOIN LATERAL ({best_entry("payment.group_code", "payment.paid_on")}) AS payer ON TRUE
LEFT JOIN LATERAL ({best_entry(MEMBER_CODE, "payment.paid_on")}) AS payee ON TRUE
WHERE holder.superseded_in IS NULL
  AND ((coalesce(payer.subject_id, holder.group_id), coalesce(payer.region, holder.group_region))
          IS DISTINCT FROM (holder.group_id, holder.group_region)
    OR (coalesce(payee.subject_id, holder.member_id), coalesce(payee.region, holder.member_region))
          IS DISTINCT FROM (holder.member_id, holder.member_region))
"""

LOCK_MISPLACED_PAYMENTS = text(f"""
WITH touched AS MATERIALIZED (
    SELECT DISTINCT entry.subject_id
    FROM codes.feed
    CROSS JOIN LATERAL (SELECT code FROM codes.directory WHERE superseded_in = feed.batch_id OFFSET 0) AS was
    CROSS JOIN LATERAL (SELECT subject_id FROM codes.directory WHERE code = was.code OFFSET 0) AS entry
    WHERE position > :after AND position <= :upto
), asked AS (
    SELECT group_code, payment_no FROM sales.payment_holders
    WHERE superseded_in IS NULL AND member_id IN (SELECT subject_id FROM touched)
    UNION
    SELECT group_code, payment_no FROM sales.payment_holders
    WHERE superseded_in IS NULL AND group_id IN (SELECT subject_id FROM touched)
)
SELECT payment.group_code, payment.payment_no FROM sales.payment_records AS payment
WHERE (payment.group_code, payment.payment_no) IN (SELECT group_code, payment_no FROM ({_DUE}) AS due)
  AND payment.superseded_in IS NULL AND (payment.group_code <> '' OR CAST(:scanned AS boolean))
ORDER BY payment.group_code, payment.payment_no
FOR UPDATE
""")
"""Lock the payments to or by whoever held a code of which a window of codes' feed says another thing, as far as they
are another's now. ``:scanned``: also what stations scanned, whose voids are the affair of one consumer.

OFFSET 0 as in MISPLACED_LINES: what the window replaced is looked up by index, and not the whole directory read for
each window of a roster."""

MOVE_PAYMENTS = text(f"""
WITH asked AS (
    SELECT * FROM unnest(CAST(:group_code AS text[]), CAST(:payment_no AS text[])) AS asked (group_code, payment_no)
), due AS MATERIALIZED ({_DUE}), ended AS (
    UPDATE sales.payment_holders AS holder SET superseded_in = CAST(:batch_id AS bigint)
    FROM due WHERE holder.group_code = due.group_code AND holder.payment_no = due.payment_no
      AND holder.superseded_in IS NULL
    RETURNING due.*
), held AS (
    INSERT INTO sales.payment_holders (
        group_code, payment_no, recorded_in, group_id, group_kind, group_region, member_id, member_kind, member_region,
        for_month)
    SELECT group_code, payment_no, CAST(:batch_id AS bigint), group_id, group_kind, group_region, member_id,
           member_kind, member_region, for_month
    FROM ended
)
SELECT amount_fen FROM ended
""")
"""End what was known of locked payments, and say whose they are; answers what each is worth."""
