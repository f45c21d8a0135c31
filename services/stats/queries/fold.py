"""How a window of the ledger enters the cells: each statement takes the entries between two positions of the feed and
adds them, so that it must run exactly once per window (the consumer's cursor moves in the same transaction).

Two rules shape the statements. Only the ledger's own rows and this schema's own state are read, never the present
state of ``sales``, which may be ahead of the window (but for what never changes of a line). And no statement joins two
sets of unknown size with each other, only such a set with an index: the planner cannot guess a window's size, and a
wrong guess must not turn it quadratic.
"""

from sqlalchemy import text

from services.stats.queries.tree import ANCESTOR, ANCESTORS, IS_ANCESTOR

BE_READY = text("""
SELECT set_config('work_mem', '64MB', TRUE), set_config('plan_cache_mode', 'force_custom_plan', TRUE)
""")
"""Windows differ a thousandfold in size: plan for each, and give its hashes room."""

_TAKEN = """
    FROM sales.feed JOIN sales.entries AS entry USING (batch_id)
    WHERE feed.position > :after AND feed.position <= :upto AND NOT entry.internal
"""

_MONTH = "CAST(date_trunc('month', CAST(sale_day AS timestamp)) AS date)"
_GRAINS = """
    (VALUES ('day', sale_day), ('month', month),
            ('year', CAST(date_trunc('year', CAST(month AS timestamp)) AS date))) AS cell (grain, period)
"""


def _of_several(what: str, which: str) -> str:
    """How often more or less what is told by the columns ``what`` counts at every level, of each kind (and of all, as a
    difference from their sum) and category (and of all).
    """
    return f"""
    SELECT platform, sale_day, {_MONTH} AS month, level, region, told.kind, category, told.times
    FROM (
        SELECT platform, sale_day, level, {ANCESTOR} AS region, kind, coalesce(category, '*') AS category,
               bool_or(sold_after)::int - bool_or(sold_before)::int AS times
        FROM described CROSS JOIN {ANCESTORS}
        WHERE {which} AND {IS_ANCESTOR}
        GROUP BY {what}, level, {ANCESTOR}, GROUPING SETS ((kind, category), (kind), (category), ())
    ) AS counted
    CROSS JOIN LATERAL (VALUES (kind, times), ('*', CASE WHEN kind IS NULL THEN times ELSE -times END))
        AS told (kind, times)
    WHERE told.kind IS NOT NULL AND told.times <> 0
    """


FOLD_SALES = text(f"""
WITH entered AS (
    SELECT position, order_no, platform, line_no, subject_id, region, kind, category, sale_day, event_day,
           cause <> 'sale' AS is_change,
           CASE measure WHEN 'gross' THEN amount_fen ELSE 0 END AS gross_fen,
           CASE measure WHEN 'refund' THEN -amount_fen ELSE 0 END AS refund_fen
    {_TAKEN}
), touched AS (
    SELECT DISTINCT order_no, platform FROM entered
), line AS (
    -- Every line of every order touched, as it was (this statement does not see what it stores) and what is added.
    SELECT order_no, platform, line_no, subject_id, region, min(kind) AS kind, min(category) AS category,
           min(sale_day) AS sale_day, CAST(sum(gross_fen) AS bigint) AS gross_fen,
           CAST(sum(refund_fen) AS bigint) AS refund_fen, sum(net_before) > 0 AS sold_before,
           sum(net_before + gross_fen - refund_fen) > 0 AS sold_after, min(position) AS since,
           bool_or(event_day IS NOT NULL) AS is_taken,
           array_agg(position) FILTER (WHERE is_change) AS changed_in,
           array_agg(event_day) FILTER (WHERE is_change) AS changed_on,
           array_agg(gross_fen) FILTER (WHERE is_change) AS changed_gross_fen,
           array_agg(refund_fen) FILTER (WHERE is_change) AS changed_refund_fen,
           max(position) FILTER (WHERE event_day IS NOT NULL AND NOT is_change) AS sold_in,
           min(event_day) FILTER (WHERE NOT is_change) AS sold_on,
           CAST(sum(gross_fen) FILTER (WHERE NOT is_change) AS bigint) AS sold_gross_fen
    FROM (
        SELECT order_no, platform, line_no, subject_id, region, kind, category, sale_day, since AS position,
               NULL AS event_day, FALSE AS is_change, gross_fen - refund_fen AS net_before, 0 AS gross_fen,
               0 AS refund_fen
        FROM touched JOIN stats.lines USING (order_no, platform)
        UNION ALL
        SELECT order_no, platform, line_no, subject_id, region, kind, category, sale_day, position, event_day,
               is_change, 0, gross_fen, refund_fen
        FROM entered
    ) AS known_and_entered
    GROUP BY order_no, platform, line_no, subject_id, region
), compared AS (
    SELECT *, count(*) OVER whole_order > 1 AS shares_order,
           lag(line_no) OVER of_category IS DISTINCT FROM line_no
               AND lead(line_no) OVER of_category IS DISTINCT FROM line_no AS is_whole_line,
           min(region) OVER whole_order = max(region) OVER whole_order
               AND min(kind) OVER whole_order = max(kind) OVER whole_order
               AND min(sale_day) OVER whole_order = max(sale_day) OVER whole_order AS has_one_place,
           -- What an order of one place adds to the cells of all categories, and of each of its own: told with one of
           -- its lines.
           CASE row_number() OVER whole_order
               WHEN 1 THEN (bool_or(sold_after) OVER whole_order)::int - (bool_or(sold_before) OVER whole_order)::int
               ELSE 0
           END AS orders,
           CASE row_number() OVER of_category
               WHEN 1 THEN (bool_or(sold_after) OVER of_category)::int - (bool_or(sold_before) OVER of_category)::int
               ELSE 0
           END AS orders_of_category
    FROM line
    -- A line has one category, and so the rows of those who share it lie beside each other.
    WINDOW whole_order AS (
               PARTITION BY order_no, platform ORDER BY category, line_no
               ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
           of_category AS (
               PARTITION BY order_no, platform, category ORDER BY line_no
               ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
), described AS MATERIALIZED (
    -- What a platform says of a line never changes, so the present state of sales may be read for it.
    SELECT line.*, coalesce(fact.shop, '') AS shop, coalesce(fact.station, '') AS station,
           coalesce(rpad(left(fact.buyer_region, 2), 12, '0'), '') AS buyer_province,
           coalesce(fact.trade, '') AS trade, coalesce(fact.unit, '') AS unit,
           coalesce(fact.quantity_milli, 0) AS quantity_milli
    FROM compared AS line
    LEFT JOIN LATERAL (
        SELECT shop, station, buyer_region, trade, unit, quantity_milli FROM sales.lines AS told
        WHERE told.order_no = line.order_no AND told.platform = line.platform AND told.line_no = line.line_no
        LIMIT 1
    ) AS fact ON is_taken OR NOT is_whole_line
), begun AS (
    -- A line whose first entry lies in the window is not stored yet: there is nothing to look for.
    INSERT INTO stats.lines (
        order_no, platform, line_no, subject_id, region, kind, category, sale_day, shop, station, buyer_province,
        trade, unit, quantity_milli, gross_fen, refund_fen, since, shares_order
    )
    SELECT order_no, platform, line_no, subject_id, region, kind, category, sale_day, shop, station, buyer_province,
           trade, unit, quantity_milli, gross_fen, refund_fen, since, shares_order
    FROM described WHERE since > :after
), continued AS (
    INSERT INTO stats.lines AS known (
        order_no, platform, line_no, subject_id, region, kind, category, sale_day, shop, station, buyer_province,
        trade, unit, quantity_milli, gross_fen, refund_fen, since, shares_order
    )
    SELECT order_no, platform, line_no, subject_id, region, kind, category, sale_day, shop, station, buyer_province,
           trade, unit, quantity_milli, gross_fen, refund_fen, since, shares_order
    FROM described WHERE since <= :after AND (is_taken OR shares_order)
    ON CONFLICT (order_no, platform, line_no, subject_id, region) DO UPDATE
    SET gross_fen = known.gross_fen + excluded.gross_fen, refund_fen = known.refund_fen + excluded.refund_fen,
        shares_order = excluded.shares_order
    WHERE excluded.gross_fen <> 0 OR excluded.refund_fen <> 0 OR excluded.shares_order <> known.shares_order
), changed AS (
    INSERT INTO stats.line_changes (
        position, order_no, platform, line_no, subject_id, region, event_day, gross_fen, refund_fen
    )
    SELECT change.position, order_no, platform, line_no, subject_id, region, change.event_day,
           sum(CASE WHEN change.position > since THEN change.gross_fen ELSE 0 END), sum(change.refund_fen)
    FROM described CROSS JOIN LATERAL (
        SELECT * FROM unnest(changed_in, changed_on, changed_gross_fen, changed_refund_fen)
        UNION ALL
        -- A refund whose batch had its number before that of the order may stand before it in the feed.
        SELECT sold_in, sold_on, sold_gross_fen, 0 WHERE sold_in > since
    ) AS change (position, event_day, gross_fen, refund_fen)
    WHERE changed_in IS NOT NULL OR sold_in > since
    GROUP BY change.position, order_no, platform, line_no, subject_id, region, change.event_day
    HAVING min(change.position) > min(since) OR sum(change.refund_fen) <> 0
), added AS MATERIALIZED (
    -- What all cells below are summed of: the lines added up once, by everything that a cell tells apart.
    SELECT *, {_MONTH} AS month
    FROM (
        SELECT platform, sale_day, region, kind, category, subject_id, shop, unit,
               CAST(sum(gross_fen) AS bigint) AS gross_fen, CAST(sum(refund_fen) AS bigint) AS refund_fen,
               CAST(sum(quantity_milli * (sold_after::int - sold_before::int)) FILTER (WHERE is_whole_line) AS bigint)
                   AS quantity_milli,
               sum(sold_after::int - sold_before::int) FILTER (WHERE is_whole_line) AS order_lines,
               sum(orders) FILTER (WHERE has_one_place) AS orders,
               sum(orders_of_category) FILTER (WHERE has_one_place) AS orders_of_category
        FROM described
        GROUP BY platform, sale_day, region, kind, category, subject_id, shop, unit
    ) AS summed
), panel AS (
    INSERT INTO stats.panel_months AS known (subject_id, month, platform, shop, region, kind, net_fen)
    SELECT subject_id, month, platform, shop, region, min(kind), sum(gross_fen - refund_fen)
    FROM added
    GROUP BY subject_id, month, platform, shop, region
    HAVING sum(gross_fen - refund_fen) <> 0
    ON CONFLICT (subject_id, month, platform, shop, region) DO UPDATE SET net_fen = known.net_fen + excluded.net_fen
), unit_changes AS (
    SELECT level, {ANCESTOR} AS region, grain, period, category, platform, unit, quantity_milli
    FROM (
        SELECT region, grain, period, category, platform, unit, CAST(sum(quantity_milli) AS bigint) AS quantity_milli
        FROM added CROSS JOIN LATERAL {_GRAINS}
        WHERE quantity_milli <> 0
        GROUP BY region, grain, period, category, platform, unit
    ) AS whole CROSS JOIN {ANCESTORS}
    WHERE {IS_ANCESTOR}
    UNION ALL
    -- A line that several subjects have counts its quantity once wherever any of them is, as it counts itself.
    SELECT level, region, grain, period, category, platform, unit, quantity_milli
    FROM (
        SELECT level, {ANCESTOR} AS region, sale_day, {_MONTH} AS month, category, platform, unit,
               (bool_or(sold_after)::int - bool_or(sold_before)::int) * max(quantity_milli) AS quantity_milli
        FROM described CROSS JOIN {ANCESTORS}
        WHERE NOT is_whole_line AND {IS_ANCESTOR}
        GROUP BY order_no, platform, line_no, sale_day, category, unit, level, {ANCESTOR}
    ) AS shared CROSS JOIN LATERAL {_GRAINS}
), units AS (
    INSERT INTO stats.unit_cells AS known (level, grain, region, period, category, platform, unit, quantity_milli)
    SELECT level, grain, region, period, category, platform, unit, sum(quantity_milli)
    FROM unit_changes
    GROUP BY level, grain, region, period, category, platform, unit
    HAVING sum(quantity_milli) <> 0
    ON CONFLICT (level, grain, region, period, category, platform, unit) DO UPDATE
    SET quantity_milli = known.quantity_milli + excluded.quantity_milli
), order_changes AS (
    -- Orders of several places (or days) are in a cell while any of their lines is.
    {_of_several("order_no, platform, sale_day", "NOT has_one_place")}
), shared_line_changes AS (
    -- A line that several subjects have, or had, counts once wherever any of them is, as an order of lines does.
    {_of_several("order_no, platform, line_no, sale_day", "NOT is_whole_line")}
), place AS (
    SELECT grain, period, platform, region, kind, category, CAST(sum(gross_fen) AS bigint) AS gross_fen,
           CAST(sum(refund_fen) AS bigint) AS refund_fen, CAST(sum(orders) AS bigint) AS orders,
           CAST(sum(orders_of_category) AS bigint) AS orders_of_category,
           CAST(sum(order_lines) AS bigint) AS order_lines
    FROM added CROSS JOIN LATERAL {_GRAINS}
    GROUP BY grain, period, platform, region, kind, category
), cell_changes AS (
    SELECT level, kind, category, {ANCESTOR} AS region, grain, period, platform, gross_fen, refund_fen, orders,
           order_lines
    FROM (
        SELECT grain, period, platform, region, kind, category, gross_fen, refund_fen, orders_of_category AS orders,
               order_lines
        FROM place
        UNION ALL
        SELECT grain, period, platform, region, kind, '*', CAST(sum(gross_fen) AS bigint),
               CAST(sum(refund_fen) AS bigint), CAST(sum(orders) AS bigint), CAST(sum(order_lines) AS bigint)
        FROM place GROUP BY grain, period, platform, region, kind
    ) AS whole CROSS JOIN {ANCESTORS}
    WHERE {IS_ANCESTOR}
    UNION ALL
    SELECT level, kind, category, region, grain, period, platform, 0, 0, times, 0
    FROM order_changes CROSS JOIN LATERAL {_GRAINS}
    UNION ALL
    SELECT level, kind, category, region, grain, period, platform, 0, 0, 0, times
    FROM shared_line_changes CROSS JOIN LATERAL {_GRAINS}
)
INSERT INTO stats.sales_cells AS known (
    level, kind, category, grain, region, period, platform, gross_fen, refund_fen, orders, order_lines
)
SELECT level, kind, category, grain, region, period, platform,
       sum(gross_fen), sum(refund_fen), coalesce(sum(orders), 0), coalesce(sum(order_lines), 0)
FROM cell_changes
GROUP BY level, kind, category, grain, region, period, platform
HAVING kind <> '*' OR sum(orders) <> 0 OR sum(order_lines) <> 0
ON CONFLICT (level, kind, category, grain, region, period, platform) DO UPDATE
SET gross_fen = known.gross_fen + excluded.gross_fen, refund_fen = known.refund_fen + excluded.refund_fen,
    orders = known.orders + excluded.orders, order_lines = known.order_lines + excluded.order_lines
""")
"""Lines, what became of them, the cells of sales and quantities, and who sold in which shop."""

FOLD_REFUNDS = text(f"""
WITH taken AS (
    SELECT region, event_day, kind, category, platform, -sum(amount_fen) AS refund_fen
    {_TAKEN} AND measure = 'refund'
    GROUP BY region, event_day, kind, category, platform
)
INSERT INTO stats.refund_cells AS known (level, region, event_day, kind, category, platform, refund_fen)
SELECT level, {ANCESTOR}, event_day, kind, category, platform, sum(refund_fen)
FROM taken CROSS JOIN {ANCESTORS}
WHERE {IS_ANCESTOR}
GROUP BY level, {ANCESTOR}, event_day, kind, category, platform
ON CONFLICT (level, region, event_day, kind, category, platform) DO UPDATE
SET refund_fen = known.refund_fen + excluded.refund_fen
""")
"""Refunds by their own day."""

FOLD_SELLERS = text(f"""
WITH taken AS (
    SELECT subject_id, grain, period, region, min(kind) AS kind, sum(net_fen) AS net_fen
    FROM (
        SELECT subject_id, sale_day, region, min(kind) AS kind, sum(amount_fen) AS net_fen
        {_TAKEN}
        GROUP BY subject_id, sale_day, region
    ) AS sold
    CROSS JOIN LATERAL (
        VALUES ('day', sale_day), ('month', CAST(date_trunc('month', sale_day) AS date)),
               ('year', CAST(date_trunc('year', sale_day) AS date))
    ) AS cell (grain, period)
    GROUP BY subject_id, grain, period, region
), stored AS (
    INSERT INTO stats.sellers AS known (subject_id, grain, period, region, kind, net_fen)
    SELECT subject_id, grain, period, region, kind, net_fen FROM taken
    ON CONFLICT (subject_id, grain, period, region) DO UPDATE SET net_fen = known.net_fen + excluded.net_fen
), touched AS (
    SELECT DISTINCT subject_id, grain, period FROM taken
), compared AS (
    SELECT subject_id, grain, period, region, min(kind) AS kind,
           sum(net_before) > 0 AS sold_before, sum(net_before + net_fen) > 0 AS sold_after,
           count(*) OVER (PARTITION BY subject_id, grain, period) = 1 AS has_one_place
    FROM (
        SELECT subject_id, grain, period, region, kind, net_fen AS net_before, 0 AS net_fen
        FROM touched JOIN stats.sellers USING (subject_id, grain, period)
        UNION ALL
        SELECT subject_id, grain, period, region, kind, 0, net_fen FROM taken
    ) AS seller
    GROUP BY subject_id, grain, period, region
), subject_changes AS (
    SELECT level, kind, grain, {ANCESTOR} AS region, period, subjects
    FROM (
        SELECT kind, grain, region, period, sum(sold_after::int - sold_before::int) AS subjects
        FROM compared WHERE has_one_place AND sold_after <> sold_before
        GROUP BY kind, grain, region, period
    ) AS place CROSS JOIN {ANCESTORS}
    WHERE {IS_ANCESTOR}
    UNION ALL
    -- A subject that sold from two villages counts in both, and once in whatever lies above both.
    SELECT level, kind, grain, {ANCESTOR} AS region, period,
           bool_or(sold_after)::int - bool_or(sold_before)::int AS subjects
    FROM compared CROSS JOIN {ANCESTORS}
    WHERE NOT has_one_place AND {IS_ANCESTOR}
    GROUP BY subject_id, kind, grain, period, level, {ANCESTOR}
)
INSERT INTO stats.seller_cells AS known (level, kind, grain, region, period, subjects)
SELECT level, kind, grain, region, period, sum(subjects)
FROM subject_changes
GROUP BY level, kind, grain, region, period
HAVING sum(subjects) <> 0
ON CONFLICT (level, kind, grain, region, period) DO UPDATE SET subjects = known.subjects + excluded.subjects
""")
"""Who sold."""
