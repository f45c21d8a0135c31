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
      AND payment.for_month >= :first_month AND payment.for_month < :past_month
      AND NOT EXISTS (
          SELECT FROM sales.feed AS voided WHERE voided.batch_id = payment.superseded_in
            AND voided.position <= (SELECT position FROM here)
      )
    GROUP BY payment.member_id, payment.confirmation
)
SELECT counted.confirmation, CAST(sum(counted.amount_fen) AS bigint) AS amount_fen
FROM counted JOIN stats.homes AS home
  ON home.subject_id = counted.member_id AND home.valid_from < :past AND home.valid_to >= :past
 AND home.known_from <= :registry_position AND (home.known_to IS NULL OR home.known_to > :registry_position)
WHERE home.region BETWEEN :lowest AND :highest
  AND (CAST(:places AS text[]) IS NULL OR home.region = ANY(CAST(:places AS text[])))
GROUP BY counted.confirmation
""")
"""All of a month's payments count on its last day, as in the cube: so those of the months that end in the period.
``:past_month`` is the first that does not. ``:upto`` is a position, NULL the cube's.
"""
