"""Lines that are with somebody else than the registry says since it learnt something late."""

from sqlalchemy import text

MISPLACED_LINES = text("""
WITH changed AS MATERIALIZED (
    SELECT was.code, was.subject_id AS was_id, was.region AS was_region, is_now.subject_id, is_now.region,
           greatest(was.valid_from, is_now.valid_from) AS since, least(was.valid_to, is_now.valid_to) AS past
    FROM codes.feed
    CROSS JOIN LATERAL (SELECT * FROM codes.directory WHERE superseded_in = feed.batch_id OFFSET 0) AS was
    CROSS JOIN LATERAL (
        SELECT * FROM codes.directory WHERE code = was.code AND superseded_in IS NULL AND state = 'in_force' OFFSET 0
    ) AS is_now
    WHERE position > :after AND position <= :upto
      AND (is_now.subject_id <> was.subject_id OR is_now.region <> was.region)
      AND (was.valid_to IS NULL OR is_now.valid_from < was.valid_to)
      AND (is_now.valid_to IS NULL OR was.valid_from < is_now.valid_to)
), entered AS (
    SELECT DISTINCT entry.order_no, entry.platform, entry.line_no, changed.*
    FROM changed JOIN sales.ledger_entries AS entry
      ON entry.subject_id = changed.was_id
     AND entry.sale_day >= CAST(changed.since AT TIME ZONE 'Asia/Shanghai' AS date)
     AND (changed.past IS NULL OR entry.sale_day <= CAST(changed.past AT TIME ZONE 'Asia/Shanghai' AS date))
)
SELECT DISTINCT line.platform, line.order_no, line.line_no
FROM entered JOIN sales.order_lines AS line USING (order_no, platform, line_no)
WHERE NOT line.cancelled AND line.occurred_at >= entered.since
  AND (entered.past IS NULL OR line.occurred_at < entered.past)
  AND CASE WHEN line.split_no IS NULL
      THEN coalesce(line.holder_code, line.attributed_code) = entered.code
           AND (coalesce(line.holder_id, line.subject_id), coalesce(line.holder_region, line.region))
               <> (entered.subject_id, entered.region)
      ELSE EXISTS (
          SELECT FROM sales.line_parts AS part
          WHERE part.order_no = line.order_no AND part.platform = line.platform AND part.line_no = line.line_no
            AND part.split_no = line.split_no AND part.code = entered.code
            AND (part.subject_id, part.region) <> (entered.subject_id, entered.region))
      END
ORDER BY platform, order_no, line_no
""")
"""Accepted lines of codes that, when they were sold, were another subject's, or in another division, than it was known
until a window of codes' feed. Of a code that was not in force then, as is known now, they stay where they are.

OFFSET 0 has what the window replaced looked up by index, whatever the planner believes of a directory that a roster is
filling: it would compare all entries with each other, for each window.
"""

POSITIONS_BEFORE = text("""
SELECT min(position) - 1 AS after, max(position) AS upto FROM codes.feed
WHERE sealed_at > CAST(:sealed_at AS timestamptz) - interval '2 minutes'
  AND position > (SELECT coalesce(max(position), 0) - 5000 FROM codes.feed)
""")
"""The latest positions of codes' feed: longer than two minutes no transaction of ours records lines."""

MISPLACED_NOW = text("""
SELECT line.order_no, line.platform, line.line_no, coalesce(line.holder_code, line.attributed_code) AS code,
       coalesce(line.holder_id, line.subject_id) AS subject_id, entry.subject_id AS registered_id,
       coalesce(line.holder_region, line.region) AS region, entry.region AS registered_region
FROM sales.order_lines AS line
JOIN codes.directory AS entry
  ON entry.code = coalesce(line.holder_code, line.attributed_code) AND entry.state = 'in_force'
 AND entry.valid_from <= line.occurred_at AND (entry.valid_to IS NULL OR line.occurred_at < entry.valid_to)
JOIN codes.feed AS recorded ON recorded.batch_id = entry.recorded_in
LEFT JOIN codes.feed AS superseded ON superseded.batch_id = entry.superseded_in
CROSS JOIN (SELECT coalesce((SELECT position FROM sales.cursors WHERE consumer = 'following.codes'), 0) AS position)
    AS followed
WHERE line.split_no IS NULL AND NOT line.cancelled AND recorded.position <= followed.position
  AND (superseded.position IS NULL OR superseded.position > followed.position)
  AND (coalesce(line.holder_id, line.subject_id), coalesce(line.holder_region, line.region))
      <> (entry.subject_id, entry.region)
LIMIT :limit
""")
"""Lines that are not where the registry has them, as far as it was followed."""
