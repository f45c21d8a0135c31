"""How a window's payments enter the cube: what was paid is added, what is modelled beside it is put aside, or back."""

from sqlalchemy import text

PAYMENT_CHANGES = text("""
SELECT subject_id, group_id, month, min(group_kind) AS group_kind, CAST(sum(payments) AS bigint) AS payments,
       CAST(sum(paid_fen) AS bigint) AS paid_fen
FROM (
    SELECT payment.member_id AS subject_id, coalesce(payment.group_id, 0) AS group_id, payment.for_month AS month,
           coalesce(payment.group_kind, 'uncoded') AS group_kind, 1 AS payments, payment.amount_fen AS paid_fen
    FROM sales.feed JOIN sales.payments AS payment ON payment.recorded_in = feed.batch_id
    WHERE feed.position > :after AND feed.position <= :upto AND payment.member_kind = 'household'
    UNION ALL
    SELECT payment.member_id, coalesce(payment.group_id, 0), payment.for_month,
           coalesce(payment.group_kind, 'uncoded'), -1, -payment.amount_fen
    FROM sales.feed JOIN sales.payments AS payment ON payment.superseded_in = feed.batch_id
    WHERE feed.position > :after AND feed.position <= :upto AND payment.member_kind = 'household'
) AS changed
GROUP BY subject_id, group_id, month
""")
"""Payments that the window records, less those that it voids. What a cooperative was paid is no household's income."""

ADD_TO_PAID_MONTHS = text("""
INSERT INTO stats.paid_months AS known (subject_id, group_id, month, payments, paid_fen)
SELECT * FROM unnest(
    CAST(:household AS bigint[]), CAST(:group AS bigint[]), CAST(:month AS date[]), CAST(:payments AS bigint[]),
    CAST(:paid_fen AS bigint[])
)
ON CONFLICT (subject_id, group_id, month) DO UPDATE
SET payments = known.payments + excluded.payments, paid_fen = known.paid_fen + excluded.paid_fen
RETURNING subject_id, group_id, month, payments
""")
"""Add to what is known of each household, payer and month; answers how many payments there are now."""

PAID_MEMBERS = text("""
SELECT group_id, month, subject_id FROM stats.paid_months
WHERE group_id = ANY(CAST(:groups AS bigint[])) AND month = ANY(CAST(:months AS date[])) AND payments > 0
""")
"""Whom some groups have paid for some months."""

SOURCE_DAYS_OF_MONTHS = text("""
SELECT subject_id, sale_day, category, basis, kind, region, net_fen, base_fen, list_position
FROM unnest(CAST(:groups AS bigint[]), CAST(:months AS date[])) AS asked (subject_id, month)
JOIN stats.source_days USING (subject_id)
WHERE sale_day >= month AND sale_day < month + interval '1 month'
""")
"""What some groups sold on the days of some months."""

RECEIVED_DAYS_OF_MONTHS = text("""
SELECT subject_id, sale_day, category, basis, giver_id, received_fen, list_position
FROM unnest(CAST(:groups AS bigint[]), CAST(:months AS date[])) AS asked (subject_id, month)
JOIN stats.received_days USING (subject_id)
WHERE sale_day >= month AND sale_day < month + interval '1 month'
""")
"""What some cooperatives had from enterprises on the days of some months."""

ADD_TO_REPLACED_DAYS = text("""
INSERT INTO stats.replaced_days AS known (subject_id, group_id, sale_day, contract_fen, imputed_fen)
SELECT * FROM unnest(
    CAST(:household AS bigint[]), CAST(:group AS bigint[]), CAST(:day AS date[]), CAST(:contract_fen AS bigint[]),
    CAST(:imputed_fen AS bigint[])
)
ON CONFLICT (subject_id, group_id, sale_day) DO UPDATE
SET contract_fen = known.contract_fen + excluded.contract_fen, imputed_fen = known.imputed_fen + excluded.imputed_fen
""")
"""Put aside what is modelled of households that were paid."""

DROP_REPLACED_DAYS = text("""
DELETE FROM stats.replaced_days AS known
USING unnest(CAST(:household AS bigint[]), CAST(:group AS bigint[]), CAST(:month AS date[]))
    AS asked (subject_id, group_id, month)
WHERE known.subject_id = asked.subject_id AND known.group_id = asked.group_id
  AND known.sale_day >= asked.month AND known.sale_day < asked.month + interval '1 month'
""")
"""Forget what was put aside of households whose payments for a month are all voided."""
