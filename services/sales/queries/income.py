"""Settling income: bases by source, day and category, posted as differences."""

from sqlalchemy import text

LOCK_SETTLEMENT = text("SELECT pg_advisory_xact_lock(hashtextextended('onecode.sales.settlement', 0))")
"""One settlement at a time: the consumers of both feeds post to the same rows."""

ADD_NET_OF_WINDOW = text("""
WITH changed AS (
    SELECT entry.subject_id, entry.sale_day, entry.category, min(entry.kind) AS kind,
           (array_agg(entry.region ORDER BY entry.batch_id DESC, entry.entry_no DESC))[1] AS region,
           sum(entry.amount_fen) AS net_fen
    FROM sales.ledger_entries AS entry
    WHERE entry.batch_id IN (
        SELECT batch_id FROM sales.feed WHERE position > :after AND position <= :upto
    ) AND NOT entry.internal
    GROUP BY entry.subject_id, entry.sale_day, entry.category
), moved AS (
    SELECT day.subject_id, day.sale_day, day.category, day.region AS was_region
    FROM changed JOIN sales.source_days AS day USING (subject_id, sale_day, category)
    WHERE day.region <> changed.region
), added AS (
    INSERT INTO sales.source_days AS day (subject_id, sale_day, category, kind, region, net_fen)
    SELECT subject_id, sale_day, category, kind, region, net_fen FROM changed
    ORDER BY subject_id, sale_day, category
    ON CONFLICT (subject_id, sale_day, category)
    DO UPDATE SET net_fen = day.net_fen + excluded.net_fen, region = excluded.region
    RETURNING day.subject_id, day.sale_day, day.category
)
SELECT subject_id, sale_day, category, moved.was_region
FROM added LEFT JOIN moved USING (subject_id, sale_day, category)
""")
"""Add the ledger entries of a window to the net of their source days; answers the days touched, each with the division
it was in before, if the registry learnt late that its subject lived elsewhere."""

DAYS_OF_RATIOS = text("""
SELECT DISTINCT day.subject_id, day.sale_day, day.category
FROM sales.source_days AS day
JOIN sales.income_ratios AS ratio
  ON ratio.category IN ('*', day.category)
 AND ratio.valid_from <= day.sale_day AND (ratio.valid_to IS NULL OR day.sale_day < ratio.valid_to)
WHERE ratio.recorded_in = ANY(CAST(:batches AS bigint[])) OR ratio.superseded_in = ANY(CAST(:batches AS bigint[]))
""")
"""Source days on which the ratios written or replaced in these batches may bear."""

CHANGED_GROUPS = text("""
WITH batches AS MATERIALIZED (
    SELECT batch_id FROM codes.feed WHERE position > :after AND position <= :upto
)
SELECT group_id, min(valid_from) AS changed_from FROM (
    SELECT link.group_id, link.valid_from FROM codes.memberships AS link
    WHERE link.recorded_in = ANY(ARRAY(SELECT batch_id FROM batches))
    UNION ALL
    SELECT link.group_id, link.valid_from FROM codes.memberships AS link
    WHERE link.superseded_in = ANY(ARRAY(SELECT batch_id FROM batches))
    UNION ALL
    SELECT terms.subject_id, terms.valid_from FROM codes.group_terms AS terms
    WHERE terms.recorded_in = ANY(ARRAY(SELECT batch_id FROM batches))
) AS changed
GROUP BY group_id
""")
"""Groups whose member list or terms changed in a window of codes' feed, and the first day it bears on."""

OPEN_DAYS_OF_GROUPS = text("""
WITH changed AS (
    SELECT * FROM unnest(CAST(:group_id AS bigint[]), CAST(:changed_from AS date[])) AS grp (group_id, changed_from)
), own AS (
    SELECT day.subject_id, day.sale_day, day.category, day.kind, day.region
    FROM changed JOIN sales.source_days AS day
      ON day.subject_id = changed.group_id AND day.sale_day >= changed.changed_from
), received AS (
    SELECT DISTINCT changed.group_id AS subject_id, day.sale_day, day.category, link.member_kind AS kind, terms.region
    FROM changed
    JOIN codes.memberships AS link ON link.member_id = changed.group_id AND link.superseded_in IS NULL
    JOIN sales.source_days AS day
      ON day.subject_id = link.group_id AND day.sale_day >= changed.changed_from
     AND link.valid_from <= day.sale_day AND (link.valid_to IS NULL OR day.sale_day < link.valid_to)
    JOIN codes.group_terms AS terms
      ON terms.subject_id = changed.group_id AND terms.superseded_in IS NULL
     AND terms.valid_from <= day.sale_day AND (terms.valid_to IS NULL OR day.sale_day < terms.valid_to)
), added AS (
    INSERT INTO sales.source_days (subject_id, sale_day, category, kind, region, net_fen)
    SELECT subject_id, sale_day, category, kind, region, 0 FROM received
    ON CONFLICT DO NOTHING
)
SELECT subject_id, sale_day, category FROM own
UNION
SELECT subject_id, sale_day, category FROM received
""")
"""Source days whose member list changed: a group's own, and those on which a cooperative received from an enterprise
(which get a row of their own, so that the new list can be posted for them)."""

SETTLE = text("""
WITH due AS (
    SELECT * FROM unnest(CAST(:subject_id AS bigint[]), CAST(:sale_day AS date[]), CAST(:category AS text[]),
                         CAST(:was_region AS text[])) AS day (subject_id, sale_day, category, was_region)
), ruled AS (
    SELECT day.*, due.was_region, ratio.ratio_id AS new_ratio_id,
           CASE WHEN day.kind = 'household' AND ratio.ratio_id IS NOT NULL THEN 'contract' ELSE ratio.basis END
               AS new_basis,
           coalesce(day.net_fen * ratio.ratio_bp / 10000, 0) AS new_base_fen
    FROM due
    JOIN sales.source_days AS day USING (subject_id, sale_day, category)
    LEFT JOIN LATERAL (
        SELECT ratio.ratio_id, ratio.basis, ratio.ratio_bp
        FROM sales.income_ratios AS ratio
        WHERE ratio.superseded_in IS NULL AND ratio.category IN (day.category, '*')
          AND ratio.valid_from <= day.sale_day AND (ratio.valid_to IS NULL OR day.sale_day < ratio.valid_to)
          AND starts_with(day.region, CASE
              WHEN ratio.region LIKE '__0000000000' THEN left(ratio.region, 2)
              WHEN ratio.region LIKE '____00000000' THEN left(ratio.region, 4)
              WHEN ratio.region LIKE '______000000' THEN left(ratio.region, 6)
              WHEN ratio.region LIKE '_________000' THEN left(ratio.region, 9)
              ELSE ratio.region END)
        ORDER BY ratio.category = '*', rtrim(ratio.region, '0') COLLATE "C" DESC, ratio.ratio_id DESC
        LIMIT 1
    ) AS ratio ON TRUE
), changed AS (
    SELECT ruled.*,
           ruled.new_ratio_id IS DISTINCT FROM ruled.ratio_id OR ruled.was_region IS NOT NULL AS under_another_ratio
    FROM ruled
    WHERE ruled.was_region IS NOT NULL OR ruled.new_ratio_id IS DISTINCT FROM ruled.ratio_id
       OR ruled.new_base_fen <> ruled.base_fen
       OR ruled.net_fen <> ruled.posted_net_fen OR CAST(:relist AS boolean)
), posted AS (
    INSERT INTO sales.income_entries (subject_id, sale_day, category, batch_id, entry_no, kind, region,
                                      net_fen, base_fen, ratio_id, basis, list_position)
    SELECT subject_id, sale_day, category, CAST(:batch_id AS bigint), 1, kind, coalesce(was_region, region),
           -posted_net_fen, -base_fen, ratio_id, basis, list_position
    FROM changed WHERE under_another_ratio AND (posted_net_fen <> 0 OR base_fen <> 0)
    UNION ALL
    SELECT subject_id, sale_day, category, CAST(:batch_id AS bigint), 2, kind, region,
           net_fen - CASE WHEN under_another_ratio THEN 0 ELSE posted_net_fen END,
           new_base_fen - CASE WHEN under_another_ratio THEN 0 ELSE base_fen END,
           new_ratio_id, new_basis, CAST(:list_position AS bigint)
    FROM changed
)
UPDATE sales.source_days AS day
SET posted_net_fen = changed.net_fen, base_fen = changed.new_base_fen, ratio_id = changed.new_ratio_id,
    basis = changed.new_basis, list_position = CAST(:list_position AS bigint)
FROM changed
WHERE day.subject_id = changed.subject_id AND day.sale_day = changed.sale_day AND day.category = changed.category
""")
"""Post what the rule says of the due days less what is posted so far: base = floor(net x ratio), the ratio being the
category's own before ``*``, then the deepest region's; none in force: base 0 and no basis, income unknown. What a
household sells under its own code reaches it by contract; a group's is known as its ratio is.

Under another ratio than before, or in another division, what was posted is reversed (entry 1) and posted anew (2)."""

LIST_POSITION = text("SELECT coalesce((SELECT position FROM sales.cursors WHERE consumer = 'income.codes'), 0)")
"""How far the settlement has read codes' feed: the position at which member lists are known."""

NEED_NOT_GATHER = text("""
WITH read AS (
    SELECT position FROM sales.cursors WHERE consumer = 'income.sales'
), first AS (
    SELECT accepted FROM sales.feed JOIN sales.batches USING (batch_id)
    WHERE position > (SELECT position FROM read) AND channel <> 'income' ORDER BY position LIMIT 50
), newest AS (
    SELECT batch_id, sealed_at FROM sales.feed WHERE position > (SELECT position FROM read)
    ORDER BY position DESC LIMIT 50
)
SELECT (SELECT coalesce(sum(accepted), 0) < 50 FROM first)
    OR NOT EXISTS (
        SELECT FROM newest JOIN sales.batches USING (batch_id)
        WHERE channel <> 'income' AND sealed_at > now() - interval '3 seconds')
""")
"""Whether what waits for the settlement, beside what it posted itself, gains nothing by waiting longer: a few lines at
most, or no more has come in for a while. Only the first and the newest batches are looked at, since it is asked twice a
second."""
