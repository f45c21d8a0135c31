"""Payments that may be one, since two households turned out to be one."""

from sqlalchemy import text

from services.sales.queries.payment_holders import HELD, MEMBER_CODE
from services.sales.queries.payments import IS_LINKED, KEYS, SHOWN

ALIKE = text(f"""
WITH joined AS MATERIALIZED (
    SELECT DISTINCT successor_id FROM codes.successions WHERE kind = 'merge' AND superseded_in IS NULL
), paid AS MATERIALIZED (
    SELECT payment.group_code, payment.payment_no, payment.paid_on, payment.method, payment.amount_fen,
           payment.for_month, holder.group_id, holder.member_id, {MEMBER_CODE} AS code, was.member_id AS was_id
    FROM sales.payment_records AS payment {HELD}
    JOIN sales.payment_holders AS was
      ON was.group_code = payment.group_code AND was.payment_no = payment.payment_no
     AND was.recorded_in = payment.recorded_in
    WHERE payment.superseded_in IS NULL AND holder.member_kind = 'household'
      AND holder.member_id IN (SELECT successor_id FROM joined)
      AND (CAST(:member_id AS bigint) IS NULL OR holder.member_id = :member_id)
      AND (CAST(:month AS date) IS NULL OR payment.for_month = :month)
      AND EXISTS (
          SELECT FROM unnest(CAST(:roots AS text[])) AS root (prefix)
          WHERE starts_with(holder.member_region, root.prefix))
)
SELECT a.group_code AS first_group, a.payment_no AS first_no, b.group_code AS second_group, b.payment_no AS second_no
FROM paid AS a JOIN paid AS b USING (member_id, paid_on, method, amount_fen)
WHERE (a.group_code, a.payment_no) < (b.group_code, b.payment_no)
  AND (a.code <> b.code OR a.was_id <> b.was_id)
  AND (a.group_id = b.group_id OR a.group_code = '' OR b.group_code = '')
  AND NOT EXISTS (
      SELECT FROM sales.payment_distinctions AS two
      WHERE (two.first_group, two.first_no, two.second_group, two.second_no)
          = (a.group_code, a.payment_no, b.group_code, b.payment_no))
ORDER BY paid_on, first_group, first_no, second_group, second_no
LIMIT :limit
""")
"""Pairs of standing payments to households that others joined, of one day, amount and method, by one payer or one of
them by a station, sent under different codes or for different households, that nobody has said to be two."""

PAYMENTS_BY_KEY = text(f"""
WITH chosen AS MATERIALIZED (
    SELECT payment.*, holder.group_id, holder.member_id, holder.member_kind, holder.member_region,
           {IS_LINKED} AS linked
    FROM {KEYS} JOIN sales.payment_records AS payment USING (group_code, payment_no) {HELD}
)
{SHOWN.format(rows="chosen")}
""")
"""Payments by their keys, as they are shown."""

ADD_DISTINCTIONS = text("""
INSERT INTO sales.payment_distinctions (first_group, first_no, second_group, second_no, reason, client_id)
SELECT * FROM unnest(
    CAST(:first_group AS text[]), CAST(:first_no AS text[]), CAST(:second_group AS text[]), CAST(:second_no AS text[]),
    CAST(:reason AS text[]), CAST(:client_id AS text[]))
ORDER BY 1, 2, 3, 4
ON CONFLICT DO NOTHING
RETURNING first_no
""")
"""Say of payments that they are two; what was said before stays. In the order of their keys: two requests that
say the same cannot wait for each other in a circle."""
