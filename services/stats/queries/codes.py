"""How codes in force are counted ahead: those that come into force and go out of it, by day."""

from sqlalchemy import text

from services.stats.queries.tree import ANCESTOR, ANCESTORS, IS_ANCESTOR

_ENTERED = """
    SELECT region, kind, valid_from AS moment, 1 AS codes FROM taken JOIN codes.directory ON recorded_in = batch_id
    WHERE state = 'in_force'
    UNION ALL
    SELECT region, kind, valid_to, -1 FROM taken JOIN codes.directory ON recorded_in = batch_id
    WHERE state = 'in_force' AND valid_to IS NOT NULL
    UNION ALL
    SELECT region, kind, valid_from, -1 FROM taken JOIN codes.directory ON superseded_in = batch_id
    WHERE state = 'in_force'
    UNION ALL
    SELECT region, kind, valid_to, 1 FROM taken JOIN codes.directory ON superseded_in = batch_id
    WHERE state = 'in_force' AND valid_to IS NOT NULL
"""

FOLD_CODES = text(f"""
WITH taken AS MATERIALIZED (
    SELECT batch_id FROM codes.feed WHERE position > :after AND position <= :upto
), moved AS (
    -- Who is in force when a day begins was so on the day before: of a moment the day after it is the first.
    SELECT region, kind, CAST(moment AT TIME ZONE 'Asia/Shanghai' AS date) + 1 AS day, sum(codes) AS codes
    FROM ({_ENTERED}) AS entered
    GROUP BY region, kind, day
)
INSERT INTO stats.code_cells AS known (level, kind, grain, region, past, codes)
SELECT level, kind, grain, {ANCESTOR}, past, sum(codes)
FROM moved
CROSS JOIN LATERAL (VALUES ('day', day), ('month', CAST(date_trunc('month', day) AS date))) AS cell (grain, past)
CROSS JOIN {ANCESTORS}
WHERE {IS_ANCESTOR} AND codes <> 0
GROUP BY level, kind, grain, {ANCESTOR}, past
ON CONFLICT (level, kind, grain, region, past) DO UPDATE SET codes = known.codes + excluded.codes
""")
"""Codes that a window of the registry's feed put into force, or out of it."""

KNOWN_MONTHS = text("""
SELECT least(income.first, codes.first) AS first, greatest(income.last, codes.last) AS last
FROM (SELECT min(month), max(month) FROM stats.household_months) AS income (first, last)
CROSS JOIN (SELECT min(past), max(past) FROM stats.code_cells) AS codes (first, last)
""")
"""Of which months anything is counted ahead."""
