"""Who confirmed what was paid: of the payments that count, by where the household lived at the period's end."""

from sqlalchemy import text

PAID_BY_CONFIRMATION = text("""
WITH here AS (
    SELECT coalesce(CAST(:upto AS bigint), (SELECT position FROM stats.cursors WHERE consumer = 'cube'), 0) AS position
), counted AS (
    SELECT payment.member_id, payment.confirmation, sum(payment.amount_fen) AS amount_fen
    FROM sales.payments AS payment
    JOIN sales.feed AS recorded ON recorded.batch_id = payment.recorded_in
    WHERE recorded.position <= (SELECT position FROM here) AND payment.member_kind = 'household'
      AND payment.for_month + interval '1 month' - interval '1 day' >= :first
      AND payment.for_month + interval '1 month' - interval '1 day' < :past
      AND NOT EXISTS (
          SELECT FROM sales.feed AS voided WHERE voided.batch_id = payment.superseded_in
            AND voided.position <= (SELECT position FROM here)
      )
    GROUP BY payment.member_id, payment.confirmation
)
SELECT counted.confirmation, CAST(sum(counted.amount_fen) AS bigint) AS amount_fen
FROM counted CROSS JOIN LATERAL (
    SELECT version.region FROM codes.households AS version
    WHERE version.subject_id = counted.member_id AND version.superseded_in IS NULL
    ORDER BY version.valid_from < :past DESC,
             CASE WHEN version.valid_from < :past THEN version.valid_from END DESC, version.valid_from
    LIMIT 1
) AS home
WHERE home.region BETWEEN :lowest AND :highest
GROUP BY counted.confirmation
""")
"""All of a month's payments count on its last day, as in the cube; ``:upto`` is a position, NULL the cube's."""
