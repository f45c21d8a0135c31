"""What is read to divide incomes as they stood at a position of the ledger's feed: entries, never the cube's state."""

from sqlalchemy import text

_ASKED = """
    unnest(CAST(:subjects AS bigint[]), CAST(:days AS date[]), CAST(:categories AS text[]))
        AS asked (subject_id, sale_day, category)
"""

CHANGED_KEYS = text("""
SELECT DISTINCT subject_id, sale_day, category FROM sales.feed JOIN sales.incomes USING (batch_id)
WHERE feed.position > :after AND feed.position <= :upto
""")
"""What entries of a stretch of the feed are about."""

KEYS_OF_MONTHS = text("""
SELECT entry.subject_id, entry.sale_day, entry.category
FROM unnest(CAST(:groups AS bigint[]), CAST(:months AS date[])) AS asked (group_id, month)
JOIN sales.incomes AS entry ON entry.subject_id = asked.group_id
 AND entry.sale_day >= asked.month AND entry.sale_day < asked.month + interval '1 month'
UNION
SELECT asked.group_id, entry.sale_day, entry.category
FROM unnest(CAST(:groups AS bigint[]), CAST(:months AS date[])) AS asked (group_id, month)
JOIN codes.memberships AS link ON link.member_id = asked.group_id AND link.group_kind = 'enterprise'
JOIN sales.incomes AS entry ON entry.subject_id = link.group_id
 AND entry.sale_day >= asked.month AND entry.sale_day < asked.month + interval '1 month'
""")
"""What some groups may have divided in some months, of their own and of what enterprises passed on."""

KEYS_OF_MEMBERS = text(f"""
SELECT DISTINCT link.member_id AS subject_id, asked.sale_day, asked.category
FROM {_ASKED} JOIN codes.memberships AS link ON link.group_id = asked.subject_id
WHERE link.group_kind = 'enterprise' AND link.member_kind = 'cooperative'
""")
"""What cooperatives may have had of some enterprises' days."""

GIVERS = text(f"""
SELECT DISTINCT asked.subject_id, asked.sale_day, asked.category, link.group_id
FROM {_ASKED}
JOIN codes.memberships AS link ON link.member_id = asked.subject_id AND link.group_kind = 'enterprise'
JOIN sales.incomes AS entry
  ON entry.subject_id = link.group_id AND entry.sale_day = asked.sale_day AND entry.category = asked.category
""")
"""The enterprises that may have passed something on, by the cooperative's day and category."""

SOURCES_AT = text(f"""
SELECT subject_id, sale_day, category, coalesce(entry.basis, 'unknown') AS basis, min(entry.kind) AS kind,
       (array_agg(entry.region ORDER BY feed.position DESC, entry.entry_no DESC))[1] AS region,
       CAST(sum(entry.net_fen) AS bigint) AS net_fen, CAST(sum(entry.base_fen) AS bigint) AS base_fen,
       max(entry.list_position) AS list_position
FROM {_ASKED} JOIN sales.incomes AS entry USING (subject_id, sale_day, category)
JOIN sales.feed USING (batch_id)
WHERE feed.position <= :position
GROUP BY subject_id, sale_day, category, coalesce(entry.basis, 'unknown')
""")
"""Sums of income entries up to a position."""

PAID_AT = text("""
SELECT DISTINCT payment.group_id, payment.for_month AS month, payment.member_id AS subject_id
FROM sales.payments AS payment
JOIN sales.feed AS recorded ON recorded.batch_id = payment.recorded_in AND recorded.position <= :position
WHERE payment.group_id = ANY(CAST(:groups AS bigint[])) AND payment.for_month = ANY(CAST(:months AS date[]))
  AND payment.member_kind = 'household'
  AND NOT EXISTS (
      SELECT FROM sales.feed AS voided WHERE voided.batch_id = payment.superseded_in AND voided.position <= :position
  )
""")
"""Whom some groups had paid for some months by a position."""
