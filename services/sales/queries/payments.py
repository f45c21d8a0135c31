"""Payments: recorded once, voided once, read page by page."""

from sqlalchemy import text

from services.sales.queries.payment_holders import HELD, best_entry

KEYS = """
unnest(CAST(:group_code AS text[]), CAST(:payment_no AS text[])) AS asked (group_code, payment_no)"""
"""Keys of payments, as two arrays."""

EXISTING_PAYMENTS = text(f"""
SELECT payment_no, group_code, payment.content_hash,
       CASE WHEN payment.superseded_in IS NULL THEN 'accepted' ELSE 'voided' END AS state
FROM {KEYS} JOIN sales.payment_records AS payment USING (group_code, payment_no)
""")
"""What is recorded under the keys of payments that were there before."""

RESOLVE_CODES = text(f"""
SELECT asked.code, asked.paid_on, entry.subject_id, entry.kind, entry.region,
       CASE
           WHEN entry.state = 'in_force' THEN NULL
           WHEN entry.state = 'suspended' THEN 'code_suspended'
           WHEN entry.state = 'revoked' THEN 'code_revoked'
           WHEN EXISTS (SELECT FROM codes.directory AS any_time WHERE any_time.code = asked.code)
               THEN 'code_not_in_force'
           ELSE 'unknown_code'
       END AS reason
FROM unnest(CAST(:code AS text[]), CAST(:paid_on AS date[])) AS asked (code, paid_on)
LEFT JOIN LATERAL ({best_entry("asked.code", "asked.paid_on")}) AS entry ON TRUE
""")
"""Whose a code was on a day, if it was in force in any part of it (a payment knows its day, not its hour), or why it
cannot be taken."""

ADD_PAYMENTS = text("""
WITH said AS MATERIALIZED (
    SELECT * FROM unnest(
        CAST(:group_code AS text[]), CAST(:payment_no AS text[]), CAST(:recorded_in AS bigint[]),
        CAST(:group_id AS bigint[]), CAST(:group_kind AS text[]), CAST(:group_region AS text[]),
        CAST(:member_id AS bigint[]), CAST(:member_kind AS text[]), CAST(:member_region AS text[]),
        CAST(:member_code AS text[]), CAST(:method AS text[]), CAST(:amount_fen AS bigint[]),
        CAST(:paid_on AS date[]), CAST(:for_month AS date[]), CAST(:evidence AS text[]),
        CAST(:confirmation AS text[]), CAST(:client_id AS text[]), CAST(:content_hash AS bytea[]))
    AS payment (group_code, payment_no, recorded_in, group_id, group_kind, group_region, member_id, member_kind,
                member_region, member_code, method, amount_fen, paid_on, for_month, evidence, confirmation, client_id,
                content_hash)
), added AS (
    INSERT INTO sales.payment_records (
        group_code, payment_no, recorded_in, member_code, method, amount_fen, paid_on, for_month, evidence,
        confirmation, client_id, content_hash)
    SELECT group_code, payment_no, recorded_in, member_code, method, amount_fen, paid_on, for_month, evidence,
           confirmation, client_id, content_hash
    FROM said ORDER BY group_code, payment_no
    ON CONFLICT DO NOTHING
    RETURNING group_code, payment_no
), held AS (
    INSERT INTO sales.payment_holders (
        group_code, payment_no, recorded_in, group_id, group_kind, group_region, member_id, member_kind, member_region,
        for_month)
    SELECT group_code, payment_no, recorded_in, group_id, group_kind, group_region, member_id, member_kind,
           member_region, for_month
    FROM said JOIN added USING (group_code, payment_no)
)
SELECT group_code, payment_no FROM added
""")
"""Record payments and whose they are; those whose key is taken answer no row."""

IS_LINKED = """
EXISTS (
    SELECT FROM codes.memberships AS link
    WHERE link.group_id = holder.group_id AND link.member_id = holder.member_id AND link.superseded_in IS NULL
      AND link.valid_from < holder.for_month + interval '1 month'
      AND (link.valid_to IS NULL OR link.valid_to > holder.for_month))"""
"""Whether the member was in the group on a day of the month, as is known now."""

UNLINKED = text(f"""
SELECT payment_no, group_code FROM {KEYS} JOIN sales.payment_holders AS holder USING (group_code, payment_no)
WHERE holder.superseded_in IS NULL AND NOT {IS_LINKED}
""")
"""Payments whose member was in the group on no day of the month, as the registry knows it now."""

LOCK_PAYMENTS = text(f"""
SELECT payment.group_code, payment.payment_no FROM sales.payment_records AS payment
WHERE (payment.group_code, payment.payment_no) IN (SELECT group_code, payment_no FROM {KEYS})
ORDER BY payment.group_code, payment.payment_no
FOR UPDATE
""")
"""Lock payments, in the order of their keys: who holds them stays as it is until the transaction ends."""

HELD_PAYMENTS = text(f"""
SELECT payment.group_code, payment.payment_no, payment.amount_fen, holder.group_region, holder.member_region
FROM {KEYS} JOIN sales.payment_records AS payment USING (group_code, payment_no) {HELD}
""")
"""Payments that are locked, with where those live whose they are."""

EXISTING_VOIDS = text(f"""
SELECT payment_no, group_code, void.content_hash, 'voided' AS state
FROM {KEYS} JOIN sales.payment_voids AS void USING (group_code, payment_no)
""")
"""What is recorded of the voids of these payments."""

ADD_VOIDS = text("""
WITH added AS (
    INSERT INTO sales.payment_voids (group_code, payment_no, reason, client_id, content_hash, recorded_in)
    SELECT * FROM unnest(
        CAST(:group_code AS text[]), CAST(:payment_no AS text[]), CAST(:reason AS text[]), CAST(:client_id AS text[]),
        CAST(:content_hash AS bytea[]), CAST(:recorded_in AS bigint[]))
    RETURNING group_code, payment_no, recorded_in
), held AS (
    UPDATE sales.payment_holders AS holder SET superseded_in = added.recorded_in
    FROM added WHERE holder.group_code = added.group_code AND holder.payment_no = added.payment_no
      AND holder.superseded_in IS NULL
)
UPDATE sales.payment_records AS payment SET superseded_in = added.recorded_in
FROM added WHERE payment.group_code = added.group_code AND payment.payment_no = added.payment_no
""")
"""Record voids of payments that are locked, and say on the payments that they no longer count."""

SHOWN = """
SELECT payment.*, batch.recorded_at, feed.position, void.reason AS void_reason, void_batch.recorded_at AS voided_at,
       coalesce(payment.member_code, newest.code) AS shown_member
FROM {rows} AS payment
JOIN sales.batches AS batch ON batch.batch_id = payment.recorded_in
LEFT JOIN sales.feed AS feed ON feed.batch_id = payment.recorded_in
LEFT JOIN sales.payment_voids AS void
  ON void.group_code = payment.group_code AND void.payment_no = payment.payment_no
LEFT JOIN sales.batches AS void_batch ON void_batch.batch_id = payment.superseded_in
LEFT JOIN LATERAL (
    SELECT directory.code FROM codes.directory AS directory
    WHERE directory.subject_id = payment.member_id AND directory.superseded_in IS NULL
    ORDER BY directory.valid_from DESC, directory.code LIMIT 1
) AS newest ON TRUE
"""
"""Payments as they are shown."""

PAYMENTS_PAGE = text(f"""
WITH page AS MATERIALIZED (
    SELECT payment.*, holder.group_id, holder.member_id, holder.member_kind, {IS_LINKED} AS linked
    FROM sales.payment_records AS payment {HELD}
    WHERE (CAST(:member_id AS bigint) IS NULL OR holder.member_id = :member_id)
      AND (CAST(:group_id AS bigint) IS NULL OR holder.group_id = :group_id)
      AND (CAST(:month AS date) IS NULL OR payment.for_month = :month)
      AND (CAST(:linked AS boolean) IS NULL OR {IS_LINKED} = CAST(:linked AS boolean))
      AND (payment.for_month, payment.group_code, payment.payment_no) > (:after_month, :after_group, :after_payment)
      AND EXISTS (
          SELECT FROM unnest(CAST(:roots AS text[])) AS root (prefix)
          WHERE starts_with(holder.member_region, root.prefix))
    ORDER BY payment.for_month, payment.group_code, payment.payment_no LIMIT :limit
)
{SHOWN.format(rows="page")}
ORDER BY payment.for_month, payment.group_code, payment.payment_no
""")
"""A page of payments, voided ones too, of members within the caller's regions: by month, payer and number."""
