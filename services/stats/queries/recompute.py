"""The cube by a second path: every row again from the ledger's entries, not by increments, and up the region tree as
the registry's own parents say, not by the digits of codes. ``:upto`` is the position that the cube has come to.
"""

from services.stats.queries.lineage import first_incomes

_ENTRIES = """
    FROM sales.entries AS entry
    WHERE NOT entry.internal AND entry.batch_id IN (SELECT feed.batch_id FROM sales.feed WHERE feed.position <= :upto)
"""

_TREE = """
    division AS (
        SELECT DISTINCT ON (code) code, level, parent_code FROM codes.divisions
        WHERE superseded_in IS NULL ORDER BY code, valid_from DESC
    ), tree AS (
        SELECT code AS region, code AS ancestor, level, parent_code FROM division
        UNION ALL
        SELECT tree.region, parent.code, parent.level, parent.parent_code
        FROM tree JOIN division AS parent ON parent.code = tree.parent_code
    )
"""

LINES = """
SELECT entry.order_no, entry.platform, entry.line_no, entry.subject_id, entry.region,
       sum(CASE measure WHEN 'gross' THEN entry.amount_fen ELSE 0 END) AS gross_fen,
       sum(CASE measure WHEN 'refund' THEN -entry.amount_fen ELSE 0 END) AS refund_fen,
       min(feed.position) AS since, count(*) OVER (PARTITION BY entry.order_no, entry.platform) > 1 AS shares_order,
       coalesce(min(told.shop), '') AS shop, coalesce(min(told.station), '') AS station,
       coalesce(min(left(told.buyer_region, 2) || '0000000000'), '') AS buyer_province,
       coalesce(min(told.trade), '') AS trade, coalesce(min(told.unit), '') AS unit,
       coalesce(min(told.quantity_milli), 0) AS quantity_milli
FROM sales.entries AS entry JOIN sales.feed USING (batch_id)
LEFT JOIN sales.lines AS told USING (order_no, platform, line_no)
WHERE NOT entry.internal AND feed.position <= :upto
GROUP BY entry.order_no, entry.platform, entry.line_no, entry.subject_id, entry.region
"""

LINE_CHANGES = """
WITH entry AS (
    SELECT feed.position, order_no, platform, line_no, subject_id, region, event_day, measure, amount_fen,
           feed.position = min(feed.position) OVER (PARTITION BY order_no, platform, line_no, subject_id, region)
               AS is_first
    FROM sales.entries JOIN sales.feed USING (batch_id)
    WHERE NOT internal AND feed.position <= :upto
)
SELECT position, order_no, platform, line_no, subject_id, region, event_day,
       sum(CASE WHEN measure = 'gross' AND NOT is_first THEN amount_fen ELSE 0 END) AS gross_fen,
       sum(CASE measure WHEN 'refund' THEN -amount_fen ELSE 0 END) AS refund_fen
FROM entry GROUP BY position, order_no, platform, line_no, subject_id, region, event_day
"""

HOMES = """
SELECT change.subject_id, change.position AS known_from, day.valid_from, home.region, home.persons, home.status
FROM (
    SELECT DISTINCT subject_id, position FROM codes.households JOIN codes.feed ON batch_id = recorded_in
    WHERE position <= :upto
) AS change
CROSS JOIN LATERAL (
    SELECT DISTINCT CASE WHEN known.valid_from = min(known.valid_from) OVER () THEN DATE '-infinity'
           ELSE known.valid_from END AS valid_from
    FROM codes.households AS known
    WHERE known.subject_id = change.subject_id
      AND (SELECT position FROM codes.feed WHERE batch_id = known.recorded_in) <= change.position
      AND coalesce((SELECT position FROM codes.feed WHERE batch_id = known.superseded_in), 1 + change.position)
          > change.position
) AS day
CROSS JOIN LATERAL (
    SELECT known.region, known.persons, known.status
    FROM codes.households AS known JOIN codes.feed ON batch_id = recorded_in
    WHERE known.subject_id = change.subject_id AND feed.position <= change.position
      AND NOT EXISTS (
          SELECT FROM codes.feed AS later
          WHERE later.batch_id = known.superseded_in AND later.position <= change.position
      )
    ORDER BY known.valid_from <= day.valid_from DESC,
             CASE WHEN known.valid_from <= day.valid_from THEN known.valid_from END DESC, known.valid_from,
             feed.position DESC
    LIMIT 1
) AS home
"""
"""As where a household lives was read from the registry's versions before there were homes, change by change."""

SALES_CELLS = f"""
WITH RECURSIVE {_TREE}, line AS (
    SELECT order_no, platform, line_no, region, kind, category, sale_day,
           sum(CASE measure WHEN 'gross' THEN amount_fen ELSE 0 END) AS gross_fen,
           sum(CASE measure WHEN 'refund' THEN -amount_fen ELSE 0 END) AS refund_fen
    {_ENTRIES}
    GROUP BY order_no, platform, line_no, subject_id, region, kind, category, sale_day
), cell AS (
    SELECT tree.level, kind, coalesce(category, '*') AS category, grain, tree.ancestor AS region,
           period, platform, sum(gross_fen) AS gross_fen, sum(refund_fen) AS refund_fen,
           count(DISTINCT (order_no, sale_day)) FILTER (WHERE gross_fen > refund_fen) AS orders,
           count(DISTINCT (order_no, line_no, sale_day)) FILTER (WHERE gross_fen > refund_fen) AS order_lines
    FROM line JOIN tree USING (region)
    CROSS JOIN LATERAL (
        VALUES ('day', sale_day), ('month', CAST(date_trunc('month', sale_day) AS date)),
               ('year', CAST(date_trunc('year', sale_day) AS date))
    ) AS cell (grain, period)
    GROUP BY tree.level, tree.ancestor, grain, period, platform,
             GROUPING SETS ((kind, category), (kind), (category), ())
)
SELECT level, kind, category, grain, region, period, platform, gross_fen, refund_fen, orders, order_lines
FROM cell WHERE kind IS NOT NULL
UNION ALL
SELECT level, '*', category, grain, region, period, platform, 0, 0,
       sum(CASE WHEN kind IS NULL THEN orders ELSE -orders END),
       sum(CASE WHEN kind IS NULL THEN order_lines ELSE -order_lines END)
FROM cell GROUP BY level, category, grain, region, period, platform
"""

UNIT_CELLS = f"""
WITH RECURSIVE {_TREE}, line AS (
    SELECT order_no, platform, line_no, region, category, sale_day,
           sum(amount_fen) > 0 AS is_sold
    {_ENTRIES}
    GROUP BY order_no, platform, line_no, subject_id, region, category, sale_day
), placed AS (
    SELECT DISTINCT order_no, platform, line_no, category, sale_day, tree.level, tree.ancestor
    FROM line JOIN tree USING (region) WHERE is_sold
)
SELECT level, grain, ancestor AS region, period, placed.category, platform, coalesce(told.unit, '') AS unit,
       sum(coalesce(told.quantity_milli, 0)) AS quantity_milli
FROM placed LEFT JOIN sales.lines AS told USING (order_no, platform, line_no)
CROSS JOIN LATERAL (
    VALUES ('day', placed.sale_day), ('month', CAST(date_trunc('month', placed.sale_day) AS date)),
           ('year', CAST(date_trunc('year', placed.sale_day) AS date))
) AS cell (grain, period)
GROUP BY level, grain, ancestor, period, placed.category, platform, coalesce(told.unit, '')
"""

PANEL_MONTHS = """
SELECT entry.subject_id, CAST(date_trunc('month', entry.sale_day) AS date) AS month, entry.platform,
       coalesce(told.shop, '') AS shop, entry.region, sum(entry.amount_fen) AS net_fen
FROM sales.entries AS entry JOIN sales.feed USING (batch_id)
LEFT JOIN sales.lines AS told USING (order_no, platform, line_no)
WHERE NOT entry.internal AND feed.position <= :upto
GROUP BY entry.subject_id, date_trunc('month', entry.sale_day), entry.platform, coalesce(told.shop, ''), entry.region
"""

REFUND_CELLS = f"""
WITH RECURSIVE {_TREE}
SELECT tree.level, tree.ancestor AS region, event_day, kind, category, platform, -sum(amount_fen) AS refund_fen
FROM (SELECT region, event_day, kind, category, platform, measure, amount_fen {_ENTRIES}) AS entry
JOIN tree USING (region)
WHERE measure = 'refund'
GROUP BY tree.level, tree.ancestor, event_day, kind, category, platform
"""

_SOLD = f"""
    sold AS (
        SELECT subject_id, kind, region, grain, period, sum(amount_fen) AS net_fen
        FROM (SELECT subject_id, kind, region, sale_day, amount_fen {_ENTRIES}) AS entry
        CROSS JOIN LATERAL (
            VALUES ('day', sale_day), ('month', CAST(date_trunc('month', sale_day) AS date)),
                   ('year', CAST(date_trunc('year', sale_day) AS date))
        ) AS cell (grain, period)
        GROUP BY subject_id, kind, region, grain, period
    )
"""

SELLERS = f"WITH {_SOLD} SELECT subject_id, grain, period, region, net_fen FROM sold"

SELLER_CELLS = f"""
WITH RECURSIVE {_TREE}, {_SOLD}
SELECT tree.level, kind, grain, tree.ancestor AS region, period, count(DISTINCT subject_id) AS subjects
FROM sold JOIN tree USING (region)
WHERE net_fen > 0
GROUP BY tree.level, kind, grain, tree.ancestor, period
"""

SOURCE_DAYS = """
SELECT subject_id, sale_day, category, coalesce(basis, 'unknown') AS basis,
       (array_agg(kind ORDER BY feed.position DESC, entry_no DESC))[1] AS kind,
       (array_agg(region ORDER BY feed.position DESC, entry_no DESC))[1] AS region,
       CAST(sum(net_fen) AS bigint) AS net_fen, CAST(sum(base_fen) AS bigint) AS base_fen,
       max(list_position) AS list_position
FROM sales.incomes JOIN sales.feed USING (batch_id)
WHERE feed.position <= :upto
GROUP BY subject_id, sale_day, category, coalesce(basis, 'unknown')
"""

PAID_MONTHS = """
SELECT member_id AS subject_id, coalesce(group_id, 0) AS group_id, for_month AS month,
       coalesce(min(group_kind), 'uncoded') AS group_kind, count(*) AS payments,
       CAST(sum(amount_fen) AS bigint) AS paid_fen
FROM sales.payments
WHERE member_kind = 'household'
  AND recorded_in IN (SELECT feed.batch_id FROM sales.feed WHERE feed.position <= :upto)
  AND NOT EXISTS (
      SELECT FROM sales.feed WHERE feed.batch_id = payments.superseded_in AND feed.position <= :upto
  )
GROUP BY member_id, coalesce(group_id, 0), for_month
"""

HOUSEHOLD_MONTHS = """
SELECT subject_id, CAST(date_trunc('month', sale_day) AS date) AS month, sum(contract_fen) AS contract_fen,
       sum(imputed_fen) AS imputed_fen, sum(paid_fen) AS paid_fen
FROM stats.household_days GROUP BY subject_id, date_trunc('month', sale_day)
"""


_KNOWN = """
    (SELECT position FROM codes.feed WHERE batch_id = known.recorded_in) <= :upto
    AND coalesce((SELECT position FROM codes.feed WHERE batch_id = known.superseded_in), 1 + :upto) > :upto
"""

STANDINGS = f"""
WITH reached AS MATERIALIZED (
    SELECT subject_id, min(month) AS first_month FROM stats.household_months
    WHERE contract_fen + imputed_fen + paid_fen > 0 GROUP BY subject_id
), begun AS MATERIALIZED ({first_incomes(f"SELECT known.* FROM codes.successions AS known WHERE {_KNOWN}")}
), registered AS MATERIALIZED (
    SELECT subject_id, year, valid_from, per_head_fen * persons AS baseline_fen FROM (
        SELECT known.*, max(year) OVER (PARTITION BY subject_id) AS last_year
        FROM codes.reckoned_incomes AS known JOIN begun USING (subject_id)
        WHERE year < extract(year FROM first_month) AND {_KNOWN}
    ) AS earlier
    WHERE year = last_year
), day AS (
    SELECT subject_id, valid_from FROM stats.homes WHERE known_to IS NULL
    UNION
    SELECT subject_id, valid_from FROM (
        SELECT subject_id, valid_from, min(valid_from) OVER (PARTITION BY subject_id) AS first FROM registered
    ) AS dated
    WHERE valid_from > first
)
SELECT day.subject_id, day.valid_from,
       coalesce(lead(day.valid_from) OVER (PARTITION BY day.subject_id ORDER BY day.valid_from), 'infinity')
           AS valid_to,
       home.region, home.persons, home.status, baseline.baseline_fen,
       CAST(extract(year FROM reached.first_month) AS integer) AS first_year
FROM day JOIN reached USING (subject_id)
JOIN stats.homes AS home ON home.subject_id = day.subject_id AND home.known_to IS NULL
    AND home.valid_from <= day.valid_from AND home.valid_to > day.valid_from
LEFT JOIN (
    SELECT DISTINCT ON (day.subject_id, day.valid_from) day.subject_id, day.valid_from, registered.baseline_fen
    FROM day JOIN registered ON registered.subject_id = day.subject_id
    ORDER BY day.subject_id, day.valid_from, registered.valid_from <= day.valid_from DESC,
             CASE WHEN registered.valid_from <= day.valid_from THEN registered.valid_from END DESC,
             registered.valid_from
) AS baseline ON baseline.subject_id = day.subject_id AND baseline.valid_from = day.valid_from
"""
"""What a household counts as from each day on which its home or its baseline becomes another. ``:upto`` is the
registry's position; homes and months have checks of their own."""

MEMBER_LISTS = """
SELECT asked.group_id, asked.sale_day, asked.list_position, link.member_id, link.member_kind,
       CAST(sum(link.weight) AS bigint) AS weight
FROM unnest(CAST(:groups AS bigint[]), CAST(:days AS date[]), CAST(:positions AS bigint[]))
    AS asked (group_id, sale_day, list_position)
JOIN codes.memberships AS link
  ON link.group_id = asked.group_id
 AND link.valid_from <= asked.sale_day AND coalesce(link.valid_to, 'infinity') > asked.sale_day
JOIN codes.feed AS recorded ON recorded.batch_id = link.recorded_in AND recorded.position <= asked.list_position
WHERE NOT EXISTS (
    SELECT FROM codes.feed AS superseded
    WHERE superseded.batch_id = link.superseded_in AND superseded.position <= asked.list_position
)
GROUP BY asked.group_id, asked.sale_day, asked.list_position, link.member_id, link.member_kind
ORDER BY link.member_id
"""

MEMBER_TERMS = """
SELECT DISTINCT ON (asked.group_id, asked.sale_day, asked.list_position)
       asked.group_id, asked.sale_day, asked.list_position, term.members_bp, term.region
FROM unnest(CAST(:groups AS bigint[]), CAST(:days AS date[]), CAST(:positions AS bigint[]))
    AS asked (group_id, sale_day, list_position)
JOIN codes.group_terms AS term
  ON term.subject_id = asked.group_id
 AND term.valid_from <= asked.sale_day AND coalesce(term.valid_to, 'infinity') > asked.sale_day
JOIN codes.feed AS recorded ON recorded.batch_id = term.recorded_in AND recorded.position <= asked.list_position
WHERE NOT EXISTS (
    SELECT FROM codes.feed AS superseded
    WHERE superseded.batch_id = term.superseded_in AND superseded.position <= asked.list_position
)
ORDER BY asked.group_id, asked.sale_day, asked.list_position, term.valid_from DESC, recorded.position DESC
"""
